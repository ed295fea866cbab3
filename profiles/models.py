"""Lists this app's models for Django; import them from their slices."""

from profiles.identity.models import LinkingSettings
from profiles.lookup.models import EventTypeConfig
from profiles.store.models import MergePolicy

__all__ = ["EventTypeConfig", "LinkingSettings", "MergePolicy"]
