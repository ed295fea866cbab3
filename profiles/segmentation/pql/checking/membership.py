"""Memberships in audiences: `inSegment`, and what is read from `segmentMembership`."""

from profiles.segmentation.pql.typed import (
    PROFILE,
    Call,
    Constant,
    Field,
    InSegment,
    Typed,
    Variable,
)
from profiles.segmentation.pql.types import BOOLEAN

MEMBERSHIP = "segmentMembership"
OWN_AUDIENCES = "ups"
_MEMBER = {"realized", "existing"}


def as_membership(call: Call) -> InSegment | None:
    """`segmentMembership.get("ups").get(id).status in ["realized", "existing"]` as InSegment."""
    status, values = call.arguments
    if call.function != "in" or not isinstance(values, Constant) or set(values.value) != _MEMBER:
        return None
    if not (isinstance(status, Field) and status.name == "status"):
        return None
    segment_id = audience_of(status.object)
    return None if segment_id is None else InSegment(segment_id, BOOLEAN, call.at)


def audience_of(entry: Typed) -> str | None:
    """The id in `segmentMembership.get("ups").get(id)`."""
    by_namespace, segment_id = _get(entry)
    memberships, namespace = _get(by_namespace)
    if memberships is None or not is_memberships(memberships):
        return None
    return segment_id if (namespace or "").lower() == OWN_AUDIENCES else None


def is_memberships(node: Typed) -> bool:
    """Is it the profile's whole `segmentMembership`?"""
    match node:
        case Field(Variable(name), field):
            return (name, field) == (PROFILE, MEMBERSHIP)
        case _:
            return False


def _get(node: Typed | None) -> tuple[Typed | None, str | None]:
    """The map and the constant key of a `get`."""
    if isinstance(node, Call) and node.function == "get":
        source, key = node.arguments
        if isinstance(key, Constant) and isinstance(key.value, str):
            return source, key.value
    return None, None
