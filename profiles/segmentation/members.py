"""Who is in an audience, how many, and how that came about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from core import sql
from core.sandboxes.models import Sandbox
from profiles.identity.ids import xid, xid_text
from profiles.segmentation.models import SegmentDefinition

_PACKAGE = "profiles.segmentation"


@dataclass(frozen=True, slots=True)
class Totals:
    """People in an audience, and people who left it and are still remembered."""

    realized: int = 0
    exited: int = 0


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour (since the epoch) with a change: members at its end, and who moved in it."""

    hour: int
    realized: int
    entered: int
    left: int


@dataclass(frozen=True, slots=True)
class SampledMember:
    """A member: `id` pages on, `xid` names it, with its merged attributes."""

    id: bytes
    xid: str
    namespace: int
    value: str
    attributes: Mapping[str, Any]


def count_members(segments: Sequence[SegmentDefinition]) -> dict[int, Totals]:
    """Live totals by the audiences' numbers; what never had anybody is missing."""
    numbers = [segment.number for segment in segments]
    rows = sql.fetch(_PACKAGE, "count_statuses", {"audiences": numbers}) if numbers else []
    return {number: Totals(realized, exited) for number, realized, exited in rows}


def list_hours(segment: SegmentDefinition, *, since: int) -> list[Hour]:
    """Hours with a change from `since` (hours of the epoch) on, and the last one before."""
    params = {"audience": segment.number, "sandbox": segment.sandbox_id, "since": since}
    return [Hour(*row) for row in sql.fetch(_PACKAGE, "list_hours", params)]


def sample_members(
    *, sandbox: Sandbox, segment: SegmentDefinition, limit: int = 10, after: bytes = b""
) -> list[SampledMember]:
    """Members in the order of their ids, which is as good as random; page on with the last id."""
    is_list = segment.kind == SegmentDefinition.Kind.EXTERNAL
    rows = sql.scan(
        _PACKAGE,
        "sample_external_members" if is_list else "sample_members",
        {
            "sandbox": sandbox.number,
            "audience": segment.number,
            "after": after,
            "limit": limit,
        },
    )
    return [_sampled(*row) for row in rows]


def _sampled(profile: bytes, namespace: int, value: str, document: bytes | None) -> SampledMember:
    attributes = {} if document is None else orjson.loads(document)
    return SampledMember(profile, xid_text(xid(namespace, value)), namespace, value, attributes)
