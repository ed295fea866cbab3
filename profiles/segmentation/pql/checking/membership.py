"""The long form of `inSegment`: a test of the status in `segmentMembership`."""

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
    segment_id = _segment_id(status.object)
    return None if segment_id is None else InSegment(segment_id, BOOLEAN, call.at)


def _segment_id(entry: Typed) -> str | None:
    by_namespace, segment_id = _get(entry)
    memberships, namespace = _get(by_namespace)
    match memberships:
        case Field(Variable(name), field) if name == PROFILE and field == MEMBERSHIP:
            return segment_id if (namespace or "").lower() == OWN_AUDIENCES else None
        case _:
            return None


def _get(node: Typed | None) -> tuple[Typed | None, str | None]:
    """The map and the constant key of a `get`."""
    if isinstance(node, Call) and node.function == "get":
        source, key = node.arguments
        if isinstance(key, Constant) and isinstance(key.value, str):
            return source, key.value
    return None, None
