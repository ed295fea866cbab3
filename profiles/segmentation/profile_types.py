"""The types rules are checked against, made from a sandbox's union schemas."""

from collections.abc import Mapping
from threading import Lock
from typing import Any

from core import clock, notify
from core.errors import NotFound
from core.sandboxes.models import Sandbox
from ingestion.schemas.queries import union_tree
from ingestion.xdm.names import XDM_NS, uri_of
from ingestion.xdm.types import xdm_type
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
    Type,
)
from profiles.segmentation.types import PROFILE_SCHEMA, InvalidAudience

_EVENT_CLASS = f"{XDM_NS}context/experienceevent"
_SCALARS: Mapping[str, Type] = {
    "string": STRING,
    "boolean": BOOLEAN,
    "number": DOUBLE,
    "date": DATE,
    "date-time": DATE_TIME,
    **dict.fromkeys(("long", "int", "integer", "short", "byte"), INTEGER),
}
_KNOWN_FOR_MS = 1000
# By sandbox and class: the change it was read after, when, and what.
_known: dict[tuple[int, str], tuple[int, int, ObjectType]] = {}
_lock = Lock()


def profile_type(sandbox: Sandbox, schema_name: str = PROFILE_SCHEMA) -> ObjectType:
    """The type of merged profiles with their events; at most a second behind other processes."""
    key = (sandbox.number, schema_name)
    change, now = notify.last_change(), clock.now_ms()
    found = _known.get(key)
    if found is not None and found[0] == change and now - found[1] < _KNOWN_FOR_MS:
        return found[2]
    made = _make(sandbox, schema_name)
    with _lock:
        _known[key] = (change, now, made)
    return made


def forget() -> None:
    """Drop everything remembered."""
    with _lock:
        _known.clear()


def object_type(label: str, tree: Mapping[str, Any]) -> ObjectType:
    """The type of a resolved schema node with properties; fields of no known type are left out."""
    fields: dict[str, Type] = {}
    for name, node in tree.get("properties", {}).items():
        made = _type(f"{label}.{name}" if label else name, node)
        if made is not None:
            fields[name] = made
    return ObjectType(label, fields)


def _make(sandbox: Sandbox, schema_name: str) -> ObjectType:
    try:
        tree = union_tree(sandbox, uri_of(schema_name))
    except NotFound as error:
        message = f"There are no profiles of the class {schema_name}."
        raise InvalidAudience(message, path="schema.name", received=schema_name) from error
    made = object_type("", tree)
    if schema_name != PROFILE_SCHEMA:
        return ObjectType("profile", made.fields)
    event = object_type("event", union_tree(sandbox, _EVENT_CLASS))
    return ObjectType("profile", {**made.fields, EVENTS: ListType(event)})


def _type(label: str, node: Mapping[str, Any]) -> Type | None:
    kind = xdm_type(node)
    match kind:
        case "object":
            return object_type(label, node)
        case "array" | "map":
            inner = _type(
                label, node.get("items" if kind == "array" else "additionalProperties", {})
            )
            if inner is None:
                return None
            return ListType(inner) if kind == "array" else MapType(inner)
        case _:
            return _SCALARS.get(kind)
