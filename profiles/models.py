"""Lists this app's models for Django; import them from their slices."""

from profiles.identity.models import LinkingSettings, Relinking
from profiles.lookup.models import EventTypeConfig
from profiles.segmentation.computed_models import ComputedAttribute, ComputedRun
from profiles.segmentation.models import (
    ExportJob,
    ExternalUpload,
    SegmentCount,
    SegmentDefinition,
    SegmentJob,
    SegmentPreview,
    SegmentSchedule,
    SegmentVersion,
)
from profiles.store.models import MergePolicy

__all__ = [
    "ComputedAttribute",
    "ComputedRun",
    "EventTypeConfig",
    "ExportJob",
    "ExternalUpload",
    "LinkingSettings",
    "MergePolicy",
    "Relinking",
    "SegmentCount",
    "SegmentDefinition",
    "SegmentJob",
    "SegmentPreview",
    "SegmentSchedule",
    "SegmentVersion",
]
