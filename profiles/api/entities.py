"""`/data/core/ups/access/entities`: read merged profiles and events, delete a profile."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import orjson
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.access.permissions import require
from core.errors import AppError, Invalid, NotFound
from core.http.errors import GatewayError, status_of
from core.http.gateway import authenticate
from core.http.views import rights
from core.sandboxes.models import Sandbox
from profiles.api.bodies import Json, flag, require_object, require_text
from profiles.api.entity_bodies import event_bodies, page_body, profile_body, unknown_body
from profiles.api.entity_requests import (
    EVENT_SCHEMA,
    EventQuery,
    Named,
    events_in_body,
    events_in_query,
    field_tree,
    named_in_body,
    named_in_query,
    schema_name,
)
from profiles.api.ups import UpsView
from profiles.identity.ids import xid_text
from profiles.lookup import actions, queries
from profiles.lookup.directory import directory_of
from profiles.lookup.events import list_events
from profiles.lookup.fields import FieldTree
from profiles.lookup.types import EventPage

_NAMED = (
    OpenApiParameter("schema.name", str, required=True, description="Class to read"),
    OpenApiParameter("entityId", str, description="Identity value, or an XID alone"),
    OpenApiParameter("entityIdNS", str, description="Namespace code, in any case"),
    OpenApiParameter("mergePolicyId", str, description="Default: the class's default policy"),
)
_EVENTS = (
    OpenApiParameter("relatedSchema.name", str),
    OpenApiParameter("relatedEntityId", str, description="Whose events"),
    OpenApiParameter("relatedEntityIdNS", str),
    OpenApiParameter("fields", str, description="Comma list of field paths"),
    OpenApiParameter("startTime", int, description="Epoch ms, included"),
    OpenApiParameter("endTime", int, description="Epoch ms, not included"),
    OpenApiParameter("limit", int),
    OpenApiParameter("orderby", str, description="+timestamp or -timestamp"),
    OpenApiParameter("property", str, many=True, description="Such as eventType=web.visit"),
    OpenApiParameter("start", str, description="Continuation token"),
    OpenApiParameter("withCA", bool, description="With computed attributes; default false"),
)


class EntitiesView(UpsView):
    """Profiles and their events."""

    permission = {**rights("view-profiles"), "DELETE": "manage-profiles"}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Look-ups are the hot path: what goes well is answered without DRF's apparatus.

        What does not is done again with it, which words the refusal as everywhere else.
        """
        if request.method == "GET":
            with suppress(AppError, GatewayError):
                caller = authenticate(request)
                require(caller.actor, "view-profiles", caller.sandbox)
                found = _look_up(caller.sandbox, request.GET)
                return HttpResponse(orjson.dumps(found), content_type="application/json")
        return super().dispatch(request, *args, **kwargs)

    @extend_schema(
        tags=["Profile access"],
        summary="Look up a profile, or the events of one",
        description="A map with the XID of the requested identity as its key; a page of events"
        " for the class `_xdm.context.experienceevent`.",
        parameters=[*_NAMED, *_EVENTS],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request) -> Response:
        return Response(_look_up(self.caller(request).sandbox, request.query_params))

    @extend_schema(
        tags=["Profile access"],
        summary="Look up several profiles, or the events of several",
        description="207 with a list when some identities cannot be read.",
        request=OpenApiTypes.OBJECT,
        responses={200: OpenApiTypes.OBJECT, 207: OpenApiTypes.OBJECT},
    )
    def post(self, request: Request) -> Response:
        sandbox = self.caller(request).sandbox
        body = require_object(request.data)
        schema = require_text(require_object(body.get("schema") or {}), "name")
        fields = field_tree(body.get("fields"))
        if schema == EVENT_SCHEMA:
            found = _events_of_many(sandbox, body, fields)
        else:
            found = _profiles(sandbox, body, schema, fields)
        return _answer(found)

    @extend_schema(
        tags=["Profile access"],
        summary="Delete a profile's attributes and events",
        description="Under a policy with a private graph, those of all linked identities.",
        parameters=[*_NAMED],
        responses={202: None},
    )
    def delete(self, request: Request) -> Response:
        caller = self.caller(request)
        params = request.query_params
        schema = schema_name(params)
        if schema == EVENT_SCHEMA:
            msg = "Events are deleted with their profile: use its schema.name."
            raise Invalid(msg, path="schema.name", received=schema)
        actions.delete_profile(
            actor=caller.actor,
            sandbox=caller.sandbox,
            name=_xid(caller.sandbox, named_in_query(params)),
            policy_id=params.get("mergePolicyId"),
            schema_name=schema,
        )
        return Response(None, status=202)


def _look_up(sandbox: Sandbox, params: QueryDict) -> Json:
    schema = schema_name(params)
    if schema == EVENT_SCHEMA:
        return _events_of_one(sandbox, params)
    view = queries.get_profile(
        sandbox=sandbox,
        name=_xid(sandbox, named_in_query(params)),
        policy_id=params.get("mergePolicyId"),
        schema_name=schema,
        with_computed=flag(params.get("withCA"), name="withCA"),
    )
    body = profile_body(view, directory_of(sandbox), fields=field_tree(params.get("fields")))
    return {body["entityId"]: body}


def _xid(sandbox: Sandbox, named: Named) -> bytes:
    return queries.xid_of(sandbox=sandbox, value=named.entity_id, namespace=named.namespace)


# Results by the name they are shown under; an error says why one identity cannot be read.
type _Found = dict[str, Json | AppError]


def _answer(found: _Found) -> Response:
    if not any(isinstance(result, AppError) for result in found.values()):
        return Response(found)
    listed = [
        {"xid": name, "error": _error_body(result)}
        if isinstance(result, AppError)
        else {"xid": name, **result}
        for name, result in found.items()
    ]
    return Response(listed, status=207)


def _error_body(error: AppError) -> Json:
    return {"message": error.message, "cause": error.code, "statusCode": status_of(error)}


def _names(sandbox: Sandbox, named: Sequence[Named], found: _Found) -> dict[bytes, Named]:
    """XIDs of the identities that can be named; the others are noted as errors."""
    names: dict[bytes, Named] = {}
    for one in named:
        try:
            names[_xid(sandbox, one)] = one
        except NotFound:
            found[one.entity_id] = unknown_body(one.entity_id)
        except AppError as error:
            found[one.entity_id] = error
    return names


def _profiles(sandbox: Sandbox, body: Json, schema: str, fields: FieldTree | None) -> _Found:
    found: _Found = {}
    names = _names(sandbox, named_in_body(body), found)
    directory = directory_of(sandbox)
    views = queries.find_profiles(
        sandbox=sandbox,
        names=list(names),
        policy_id=body.get("mergePolicyId"),
        schema_name=schema,
        with_computed=flag(body.get("withCA"), name="withCA"),
    )
    for name in names:
        view = views.get(name)
        text = xid_text(name)
        if view is None:
            found[text] = unknown_body(text)
        elif isinstance(view, AppError):
            found[text] = view
        else:
            found[text] = profile_body(view, directory, fields=fields)
    return found


def _events_of_one(sandbox: Sandbox, params: QueryDict) -> Json:
    name = _xid(sandbox, named_in_query(params, related=True))
    query = events_in_query(params)
    page = _list(sandbox, name, query, params.get("start") or "", params.get("mergePolicyId"))
    fields = field_tree(params.get("fields"))
    return {
        "_page": page_body(page, query.orderby),
        "children": event_bodies(page.events, xid_text(name), fields=fields),
        "_links": {"next": {"href": _next_href(params, page, query, xid_text(name))}},
    }


def _list(
    sandbox: Sandbox, name: bytes, query: EventQuery, start: str, policy_id: str | None
) -> EventPage:
    return list_events(
        sandbox=sandbox,
        name=name,
        wanted=query.wanted,
        newest_first=query.newest_first,
        start=start,
        limit=query.limit,
        policy_id=policy_id,
    )


_FIXED = ("start", "orderby", "orderBy", "schema.name", "relatedSchema.name", "limit")
_IDENTITY = ("relatedEntityId", "relatedEntityIdNS", "entityId", "entityIdNS")


def _next_href(params: QueryDict, page: EventPage, query: EventQuery, related: str) -> str:
    if not page.next:
        return ""
    kept = [
        (name, value)
        for name, values in params.lists()
        if name not in (*_FIXED, *_IDENTITY)
        for value in values
    ]
    query_string = [
        ("start", page.next),
        ("orderby", query.orderby),
        ("schema.name", EVENT_SCHEMA),
        ("relatedSchema.name", params.get("relatedSchema.name") or "_xdm.context.profile"),
        ("relatedEntityId", related),
        ("limit", query.limit),
        *kept,
    ]
    return f"/entities?{urlencode(query_string)}"


def _events_of_many(sandbox: Sandbox, body: Json, fields: FieldTree | None) -> _Found:
    found: _Found = {}
    query = events_in_body(body)
    for name, one in _names(sandbox, named_in_body(body, related=True), found).items():
        text = xid_text(name)
        try:
            page = _list(sandbox, name, query, one.start, body.get("mergePolicyId"))
        except NotFound:
            page = EventPage(events=())
        except AppError as error:
            found[text] = error
            continue
        found[text] = {
            "_page": page_body(page, query.orderby),
            "children": event_bodies(page.events, text, fields=fields),
            "_links": {"next": _next_payload(body, page, text)},
        }
    return found


def _next_payload(body: Json, page: EventPage, related: str) -> dict[str, Any]:
    if not page.next:
        return {"href": ""}
    identities = [{"relatedEntityId": related, "start": page.next}]
    return {"href": "/entities", "payload": {**body, "identities": identities}}
