"""Profiles and events as `/access/entities` shows them. Stored JSON is embedded, not parsed."""

from collections.abc import Iterable
from typing import Any

import orjson

from core import clock
from ingestion.schemas.lookup import tenant_of
from ingestion.xdm.names import tenant_field
from profiles.lookup.directory import Directory
from profiles.lookup.fields import FieldTree, select
from profiles.lookup.types import EventPage, EventView, ProfileView
from profiles.segmentation.computed.values import placed
from profiles.segmentation.states import REALIZED, decode

_EPOCH = "1970-01-01T00:00:00Z"
# Members of a document that come from elsewhere, too, not from one merged value.
_GRAPH_MEMBERS = (b'"identityMap":', b'"identities":', b'"segmentMembership":')
# Outer key of the memberships that are evaluated here.
_OWN = "ups"


def profile_body(
    view: ProfileView, directory: Directory, *, fields: FieldTree | None = None
) -> dict[str, Any]:
    """One profile, as the value under its XID."""
    requested = view.requested
    return {
        "requestedIdentity": {
            "entityId": requested.value,
            "entityIdNS": {"code": directory.code_of(requested.namespace)},
        },
        "entityId": requested.xid,
        "mergePolicy": {"id": view.policy_id},
        "sources": view.sources,
        "tags": [],
        "identityGraph": [member.xid for member in view.members],
        "entity": _entity(view, directory, fields),
        "lastModifiedAt": clock.iso_ms(view.updated_at),
    }


def unknown_body(entity_id: str) -> dict[str, Any]:
    """What a list of identities answers for one that is not known."""
    return {"entityId": entity_id, "sources": [""], "entity": {}, "lastModifiedAt": _EPOCH}


def _entity(
    view: ProfileView, directory: Directory, fields: FieldTree | None
) -> orjson.Fragment | dict[str, Any]:
    document = view.document
    if view.computed:
        document = orjson.dumps(placed(orjson.loads(document), owner_of(directory), view.computed))
    if fields is None and not any(member in document for member in _GRAPH_MEMBERS):
        members = identity_members(view, directory) | membership_members(view, directory)
        return orjson.Fragment(_spliced(document, members))
    entity = orjson.loads(document)
    entity |= _with_stored(identity_members(view, directory), entity)
    for name, own in membership_members(view, directory).items():
        entity[name] = {**(entity.get(name) or {}), **own}
    return entity if fields is None else select(entity, fields)


def owner_of(directory: Directory) -> str:
    """The field of profiles below which everything of the tenant's own is."""
    return tenant_field(tenant_of(directory.sandbox))


def _spliced(document: bytes, members: dict[str, Any]) -> bytes:
    """`members` as further members of a JSON object that stays text."""
    added = orjson.dumps(members)
    return added if len(document) <= len(b"{}") else document[:-1] + b"," + added[1:]


def identity_members(view: ProfileView, directory: Directory) -> dict[str, Any]:
    """`identityMap` (lower-case codes, as clients know them) and `identities` of the graph."""
    identity_map: dict[str, list[dict[str, str]]] = {}
    identities: list[dict[str, Any]] = []
    requested = view.requested
    for member in view.members:
        code = directory.code_of(member.namespace)
        identity_map.setdefault(code.lower(), []).append({"id": member.value})
        entry: dict[str, Any] = {"id": member.value, "namespace": {"code": code}}
        if member == requested:
            entry["primary"] = True
        identities.append(entry)
    return {"identityMap": identity_map, "identities": identities}


def membership_members(view: ProfileView, directory: Directory) -> dict[str, Any]:
    """`segmentMembership` of audiences evaluated here and of lists; nothing without any."""
    members = _listed(view, directory)
    if view.states is None:
        return {"segmentMembership": members} if members else {}
    ids = directory.audiences
    own = {
        ids[number]: {
            "lastQualificationTime": clock.iso_ms(state.qualified_at or 0),
            "status": state.status,
        }
        for number, state in decode(view.states).items()
        if state.status is not None and number in ids
    }
    if own:
        members[_OWN] = own
    return {"segmentMembership": members} if members else {}


def _listed(view: ProfileView, directory: Directory) -> dict[str, Any]:
    """Memberships in lists from elsewhere, by their namespace and own id."""
    members: dict[str, Any] = {}
    for one in view.listings:
        found = directory.lists[one.number]
        entry = {"lastQualificationTime": clock.iso_ms(one.qualified_at), "status": REALIZED}
        if one.expires_at is not None:
            entry["validUntil"] = clock.iso_ms(one.expires_at)
        members.setdefault(found.namespace, {})[found.audience_id] = entry
    return members


def _with_stored(members: dict[str, Any], entity: dict[str, Any]) -> dict[str, Any]:
    """The graph's identities joined with those a merged document names itself."""
    merged = dict(members["identityMap"])
    for code, items in (entity.get("identityMap") or {}).items():
        listed = merged.setdefault(code.lower(), [])
        known = {None, *(item["id"] for item in listed)}
        listed += [{"id": item["id"]} for item in items if item.get("id") not in known]
    return {**members, "identityMap": merged}


def event_bodies(
    events: Iterable[EventView], related: str, *, fields: FieldTree | None
) -> list[dict[str, Any]]:
    """Events as `children`; `related` is the XID of the identity asked for."""
    return [
        {
            "relatedEntityId": related,
            "entityId": event.event_id,
            "timestamp": event.timestamp,
            "entity": orjson.Fragment(event.document)
            if fields is None
            else select(orjson.loads(event.document), fields),
            "lastModifiedAt": clock.iso_ms(event.received_at // 1000),
        }
        for event in events
    ]


def page_body(page: EventPage, orderby: str) -> dict[str, Any]:
    """`_page` of a list of events."""
    return {
        "orderby": orderby,
        "start": page.start,
        "count": len(page.events),
        "next": page.next,
    }
