"""What an audience was: documents of its versions, and how two of them differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from profiles.segmentation.folders import folder_of
from profiles.segmentation.models import SegmentDefinition, SegmentVersion

# The database forgets the order of a document.
_PATHS = (
    "name",
    "expression",
    "method",
    "mergePolicyId",
    "lifecycleState",
    "description",
    "ttlInDays",
    "excludeOptOut",
    "labels",
    "tags",
    "folder",
    "payloadSchema",
)


@dataclass(frozen=True, slots=True)
class Change:
    """One property that differs between two versions."""

    path: str
    before: Any
    after: Any


def snapshot(segment: SegmentDefinition) -> dict[str, Any]:
    """What makes an audience what it is, in the API's words; who and when stand beside it."""
    return {
        "name": segment.name,
        "description": segment.description,
        "expression": segment.expression,
        "mergePolicyId": str(segment.merge_policy_id) if segment.merge_policy_id else None,
        "method": segment.method,
        "lifecycleState": segment.state,
        "ttlInDays": segment.ttl_days,
        "excludeOptOut": segment.exclude_opt_out,
        "labels": segment.labels,
        "tags": segment.tags,
        "folder": folder_of(segment) or None,
        "payloadSchema": segment.payload_schema,
    }


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Properties that differ, the rule first of all but the name."""
    return [
        Change(path, before.get(path), after.get(path))
        for path in _PATHS
        if before.get(path) != after.get(path)
    ]


def record_version(segment: SegmentDefinition, action: str) -> SegmentVersion:
    """Keep what the audience is now, after an action on it."""
    return SegmentVersion.objects.create(
        sandbox_id=segment.sandbox_id,
        segment=segment,
        version=segment.version,
        action=action,
        document=snapshot(segment),
        changed_ms=segment.updated_ms,
        changed_by=segment.updated_by,
    )


def find_version(segment: SegmentDefinition, version: int) -> Mapping[str, Any] | None:
    """The document of one version."""
    row = SegmentVersion.objects.filter(segment=segment, version=version).first()
    return None if row is None else row.document


def list_versions(segment: SegmentDefinition) -> list[SegmentVersion]:
    """All versions, newest first."""
    return list(segment.versions.order_by("-version"))
