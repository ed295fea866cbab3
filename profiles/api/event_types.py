"""`/data/core/ups/config/eventTypes`, kept for clients that announce theirs."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.sandboxes.models import Sandbox
from profiles.api.bodies import Json, flag, optional_text, require_object, whole_number
from profiles.api.ups import UpsView
from profiles.lookup import event_types
from profiles.lookup.event_types import EventTypeInput
from profiles.lookup.models import EventTypeConfig


def event_type_body(event_type: EventTypeConfig, sandbox: Sandbox) -> Json:
    """An event type as the API shows it."""
    return {
        "id": event_type.code,
        "imsOrgId": sandbox.organization.ims_org_id,
        "title": event_type.title,
        "description": event_type.description,
        "global": event_type.is_global,
        "updateEpoch": event_type.updated_ms // 1000,
    }


def _input(data: Any, *, code: str | None = None) -> EventTypeInput:
    body = require_object(data)
    return EventTypeInput(
        code=code if code is not None else optional_text(body, "id"),
        title=optional_text(body, "title"),
        description=optional_text(body, "description"),
        is_global=flag(body.get("global"), name="global", default=True),
    )


class EventTypesView(UpsView):
    """The announced event types of a sandbox."""

    any_content_type = True

    @extend_schema(tags=["Event types"], summary="List event types", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        sandbox = self.caller(request).sandbox
        params = request.query_params
        start = whole_number(params.get("start"), name="start", default=0)
        limit = whole_number(params.get("limit"), name="limit", default=100, least=1, most=1000)
        found = event_types.list_event_types(sandbox=sandbox, start=start, limit=limit + 1)
        page = found[:limit]
        following = str(start + limit) if len(found) > limit else ""
        return Response(
            {
                "_page": {"count": len(page), "next": following},
                "children": [event_type_body(one, sandbox) for one in page],
            }
        )

    @extend_schema(
        tags=["Event types"],
        summary="Announce an event type",
        description="Announcing the same `id` again describes it anew.",
        request=OpenApiTypes.OBJECT,
        responses=OpenApiTypes.OBJECT,
    )
    def post(self, request: Request) -> Response:
        caller = self.caller(request)
        saved = event_types.save_event_type(
            _input(request.data), actor=caller.actor, sandbox=caller.sandbox
        )
        return Response(event_type_body(saved, caller.sandbox))


class EventTypeView(UpsView):
    """One announced event type."""

    any_content_type = True

    @extend_schema(tags=["Event types"], summary="Get an event type", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, code: str) -> Response:
        sandbox = self.caller(request).sandbox
        return Response(
            event_type_body(event_types.get_event_type(sandbox=sandbox, code=code), sandbox)
        )

    @extend_schema(
        tags=["Event types"],
        summary="Describe an event type",
        request=OpenApiTypes.OBJECT,
        responses=OpenApiTypes.OBJECT,
    )
    def put(self, request: Request, code: str) -> Response:
        caller = self.caller(request)
        event_types.get_event_type(sandbox=caller.sandbox, code=code)
        saved = event_types.save_event_type(
            _input(request.data, code=code), actor=caller.actor, sandbox=caller.sandbox
        )
        return Response(event_type_body(saved, caller.sandbox))

    @extend_schema(tags=["Event types"], summary="Forget an event type", responses={200: None})
    def delete(self, request: Request, code: str) -> Response:
        caller = self.caller(request)
        event_types.delete_event_type(actor=caller.actor, sandbox=caller.sandbox, code=code)
        return Response(None)
