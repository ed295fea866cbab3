"""What callers of `/access/entities` ask for, from a query string or a body."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from core.errors import Invalid
from profiles.api.bodies import Json, require_object, require_text, whole_number
from profiles.lookup.events import DEFAULT_LIMIT, MOST_EVENTS
from profiles.lookup.fields import FieldTree, parse_fields
from profiles.lookup.properties import parse_properties
from profiles.lookup.types import EventFilter

EVENT_SCHEMA = "_xdm.context.experienceevent"
MOST_IDENTITIES_ASKED = 1000


@dataclass(frozen=True, slots=True)
class Named:
    """An identity as a caller names it: value and namespace code, or an XID alone."""

    entity_id: str
    namespace: str | None
    start: str = ""


@dataclass(frozen=True, slots=True)
class EventQuery:
    """How a caller wants events listed."""

    wanted: EventFilter
    newest_first: bool
    limit: int

    @property
    def orderby(self) -> str:
        """The order as answers spell it."""
        return "-timestamp" if self.newest_first else "timestamp"


def schema_name(params: Mapping[str, Any]) -> str:
    """`schema.name` of a query string."""
    name = params.get("schema.name")
    if not name:
        msg = "schema.name is required."
        raise Invalid(msg, path="schema.name")
    return str(name)


def named_in_query(params: QueryDict, *, related: bool = False) -> Named:
    """The identity of a query string; for events the related one, or the plain spelling of it."""
    for prefix in ("relatedEntityId", "entityId") if related else ("entityId",):
        value = params.get(prefix)
        if value:
            return Named(value, params.get(f"{prefix}NS") or params.get(f"{prefix}NS.code"))
    msg = "entityId is required."
    raise Invalid(msg, path="entityId")


def named_in_body(body: Json, *, related: bool = False) -> list[Named]:
    """The identities of a POST body."""
    given = body.get("identities")
    if not isinstance(given, list) or not 0 < len(given) <= MOST_IDENTITIES_ASKED:
        msg = f"identities must list 1 to {MOST_IDENTITIES_ASKED} objects."
        raise Invalid(msg, path="identities")
    return [_named(require_object(item), related=related) for item in given]


def _named(item: Json, *, related: bool) -> Named:
    prefix = "relatedEntityId" if related and "relatedEntityId" in item else "entityId"
    namespace = item.get(f"{prefix}NS")
    if isinstance(namespace, dict):
        namespace = namespace.get("code")
    if namespace is not None and not isinstance(namespace, str):
        raise Invalid(f"{prefix}NS.code must be a text.", path=f"{prefix}NS", received=namespace)
    return Named(require_text(item, prefix), namespace, str(item.get("start") or ""))


def field_tree(value: Any) -> FieldTree | None:
    """`fields`: a comma list or an array; None: all fields."""
    if not value:
        return None
    paths = value.split(",") if isinstance(value, str) else value
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise Invalid("fields must be a list of field paths.", path="fields", received=value)
    return parse_fields(paths) or None


def events_in_query(params: QueryDict) -> EventQuery:
    """How a query string wants events."""
    return _event_query(
        times=params,
        properties=params.getlist("property"),
        limit=params.get("limit"),
        orderby=params.get("orderby") or params.get("orderBy"),
    )


def events_in_body(body: Json) -> EventQuery:
    """How a body wants events."""
    properties = body.get("property") or []
    if isinstance(properties, str):
        properties = [properties]
    return _event_query(
        times=require_object(body.get("timeFilter") or {}),
        properties=[str(one) for one in properties],
        limit=body.get("limit"),
        orderby=body.get("orderby") or body.get("orderBy"),
    )


def _event_query(
    *, times: Mapping[str, Any], properties: Sequence[str], limit: Any, orderby: Any
) -> EventQuery:
    # A `+` in a query string arrives as a blank.
    order = str(orderby or "timestamp").strip().lstrip("+")
    if order not in ("timestamp", "-timestamp"):
        raise Invalid("orderby must be +timestamp or -timestamp.", path="orderby", received=orderby)
    return EventQuery(
        wanted=EventFilter(
            start=_time(times, "startTime"),
            end=_time(times, "endTime"),
            properties=parse_properties(properties),
        ),
        newest_first=order.startswith("-"),
        limit=whole_number(limit, name="limit", default=DEFAULT_LIMIT, least=1, most=MOST_EVENTS),
    )


def _time(times: Mapping[str, Any], name: str) -> int | None:
    value = times.get(name)
    if value is None or value == "":
        return None
    return min(whole_number(value, name=name, default=0), 2**62)
