"""The type of a sandbox's profiles, which rules are checked against."""

from threading import Lock

from core import clock, notify
from core.errors import NotFound
from core.sandboxes.models import Sandbox
from ingestion.schemas.lookup import tenant_of
from ingestion.schemas.queries import union_tree
from ingestion.xdm.names import XDM_NS, tenant_field, uri_of
from profiles.segmentation.computed.expression import type_of
from profiles.segmentation.computed.queries import list_computed_fields
from profiles.segmentation.pql import schema_types
from profiles.segmentation.pql.typed import COMPUTED
from profiles.segmentation.pql.types import ObjectType
from profiles.segmentation.types import PROFILE_SCHEMA, InvalidAudience

_EVENT_CLASS = f"{XDM_NS}context/experienceevent"
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


def _make(sandbox: Sandbox, schema_name: str) -> ObjectType:
    try:
        union = union_tree(sandbox, uri_of(schema_name))
    except NotFound as error:
        message = f"There are no profiles of the class {schema_name}."
        raise InvalidAudience(message, path="schema.name", received=schema_name) from error
    if schema_name != PROFILE_SCHEMA:
        return schema_types.profile_type(union, event_union=None)
    made = schema_types.profile_type(union, event_union=union_tree(sandbox, _EVENT_CLASS))
    return _with_computed(made, sandbox)


def _with_computed(made: ObjectType, sandbox: Sandbox) -> ObjectType:
    """The type with the computed attributes that are in use."""
    fields = {name: type_of(type_) for name, type_ in list_computed_fields(sandbox)}
    if not fields:
        return made
    owner = tenant_field(tenant_of(sandbox))
    known = made.fields.get(owner)
    own = known.fields if isinstance(known, ObjectType) else {}
    inside = {**own, COMPUTED: ObjectType(f"{owner}.{COMPUTED}", fields)}
    return ObjectType(made.label, {**made.fields, owner: ObjectType(owner, inside)})
