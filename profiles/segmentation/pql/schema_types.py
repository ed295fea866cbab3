"""The type of profiles from the resolved union schemas of a sandbox.

A resolved union is one tree of `properties`, `items` and `additionalProperties`.
"""

from collections.abc import Mapping
from typing import Final

from ingestion.xdm.types import Node, xdm_type
from profiles.segmentation.pql.checking.membership import MEMBERSHIP
from profiles.segmentation.pql.typed import EVENTS
from profiles.segmentation.pql.types import (
    BOOLEAN,
    DATE,
    DATE_TIME,
    DOUBLE,
    INTEGER,
    STRING,
    ListType,
    MapType,
    ObjectType,
    Scalar,
    Type,
)

_SCALARS: Final[Mapping[str, Scalar]] = {
    "string": STRING,
    "boolean": BOOLEAN,
    "number": DOUBLE,
    **dict.fromkeys(("long", "int", "short", "byte"), INTEGER),
    "date": DATE,
    "date-time": DATE_TIME,
}
# The union of profiles lists its events under this name; queries say `xEvent`.
_EVENTS_OF_UNION: Final = "timeSeriesEvents"
_MAX_DEPTH: Final = 48
_MEMBERSHIP_TYPE: Final = MapType(
    MapType(
        ObjectType(
            MEMBERSHIP,
            {"status": STRING, "lastQualificationTime": DATE_TIME, "validUntil": DATE_TIME},
        )
    )
)


def profile_type(profile_union: Node, *, event_union: Node | None) -> ObjectType:
    """The type of the profile; `xEvent` is the list of its events.

    Without a union of events, events have only the fields every event has.
    """
    fields = _fields(profile_union, "", depth=0)
    fields.pop(_EVENTS_OF_UNION, None)
    fields.setdefault(MEMBERSHIP, _MEMBERSHIP_TYPE)
    return ObjectType("profile", {**fields, EVENTS: ListType(event_type(event_union))})


def event_type(event_union: Node | None) -> ObjectType:
    """The type of one event."""
    always: dict[str, Type] = {"_id": STRING, "eventType": STRING, "timestamp": DATE_TIME}
    return ObjectType("event", {**_fields(event_union or {}, "", depth=0), **always})


def _fields(node: Node, path: str, *, depth: int) -> dict[str, Type]:
    properties = node.get("properties")
    if not isinstance(properties, Mapping) or depth > _MAX_DEPTH:
        return {}
    prefix = f"{path}." if path else ""
    return {
        str(name): _type(child, f"{prefix}{name}", depth=depth + 1)
        for name, child in properties.items()
        if isinstance(child, Mapping)
    }


def _type(node: Node, path: str, *, depth: int) -> Type:
    match xdm_type(node):
        case "array":
            return ListType(_type(_inner(node, "items"), path, depth=depth + 1))
        case "map":
            return MapType(_type(_inner(node, "additionalProperties"), path, depth=depth + 1))
        case kind if kind in _SCALARS:
            return _SCALARS[kind]
        case _:
            # Also what has no type: it can be tested for null, and nothing else.
            return ObjectType(path, _fields(node, path, depth=depth))


def _inner(node: Node, key: str) -> Node:
    inner = node.get(key)
    return inner if isinstance(inner, Mapping) else {}
