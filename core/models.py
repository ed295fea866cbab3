"""Lists this app's models for Django; import them from their slices."""

from core.access.models import ApiCredential, Role, User
from core.audit.models import AuditEvent
from core.drafts.models import Draft
from core.notifications.models import Notification
from core.sandboxes.models import Organization, Sandbox

__all__ = [
    "ApiCredential",
    "AuditEvent",
    "Draft",
    "Notification",
    "Organization",
    "Role",
    "Sandbox",
    "User",
]
