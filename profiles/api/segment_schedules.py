"""`/data/core/ups/config/schedules`: when all audiences are evaluated or exported."""

from dataclasses import replace
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import Invalid
from core.http.views import rights
from core.sandboxes.models import Sandbox
from profiles.api.bodies import Json, optional_text, require_object, require_text
from profiles.api.paging import children_page, window
from profiles.api.segments import SegmentsView
from profiles.api.ups import sandbox_body
from profiles.segmentation import schedules
from profiles.segmentation.models import SegmentSchedule
from profiles.segmentation.types import ScheduleInput

TAG = "Segment schedules"
_PATCHED = {"/state": "state", "/schedule": "schedule", "/name": "name"}


def schedule_body(schedule: SegmentSchedule, sandbox: Sandbox) -> Json:
    """A schedule as the API shows it."""
    return {
        "id": str(schedule.pk),
        "imsOrgId": sandbox.organization.ims_org_id,
        "sandbox": sandbox_body(sandbox),
        "name": schedule.name,
        "type": schedule.kind,
        "state": schedule.state,
        "frequency": "daily",
        "schedule": schedule.schedule,
        "properties": schedule.properties,
        "createEpoch": schedule.created_ms // 1000,
        "updateEpoch": schedule.updated_ms // 1000,
    }


def schedule_input(body: Json) -> ScheduleInput:
    """A schedule from a body."""
    properties = body.get("properties")
    if properties is None:
        raise Invalid("properties is required.", path="properties")
    return ScheduleInput(
        name=require_text(body, "name"),
        kind=require_text(body, "type"),
        schedule=require_text(body, "schedule"),
        properties=require_object(properties),
        state=optional_text(body, "state", "inactive"),
    )


class SchedulesView(SegmentsView):
    """The schedules of a sandbox."""

    permission = rights("view-segments", "evaluate-segments")

    @extend_schema(
        tags=[TAG],
        summary="List schedules",
        parameters=[OpenApiParameter(name, str) for name in ("start", "limit")],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request) -> Response:
        sandbox = self.caller(request).sandbox
        params = request.query_params
        start, limit = window(params, limit=100)
        rows = schedules.list_schedules(sandbox=sandbox)
        bodies = [schedule_body(each, sandbox) for each in rows[start : start + limit]]
        return Response(
            children_page(
                bodies,
                name="config/schedules",
                params=params,
                start=start,
                limit=limit,
                total=rows.count(),
            )
        )

    @extend_schema(
        tags=[TAG],
        summary="Create a schedule",
        description="`schedule` is a Quartz cron expression of 6 or 7 fields, at most once a day.",
        request=OpenApiTypes.OBJECT,
        responses=OpenApiTypes.OBJECT,
    )
    def post(self, request: Request) -> Response:
        caller = self.caller(request)
        created = schedules.create_schedule(
            schedule_input(require_object(request.data)),
            actor=caller.actor,
            sandbox=caller.sandbox,
        )
        return Response(schedule_body(created, caller.sandbox))


class ScheduleView(SegmentsView):
    """One schedule."""

    permission = rights("view-segments", "evaluate-segments")

    @extend_schema(tags=[TAG], summary="Get a schedule", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, schedule_id: str) -> Response:
        sandbox = self.caller(request).sandbox
        found = schedules.get_schedule(sandbox=sandbox, schedule_id=schedule_id)
        return Response(schedule_body(found, sandbox))

    @extend_schema(
        tags=[TAG],
        summary="Change a schedule",
        description="A list of `op`, `path` (`/state`, `/schedule` or `/name`), `value`.",
        request=OpenApiTypes.OBJECT,
        responses={204: None},
    )
    def patch(self, request: Request, schedule_id: str) -> Response:
        caller = self.caller(request)
        changes = _changes(request.data)
        schedules.change_schedule(
            lambda stored: replace(stored, **changes),
            actor=caller.actor,
            sandbox=caller.sandbox,
            schedule_id=schedule_id,
        )
        return Response(status=204)

    @extend_schema(tags=[TAG], summary="Delete a schedule", responses={204: None})
    def delete(self, request: Request, schedule_id: str) -> Response:
        caller = self.caller(request)
        schedules.delete_schedule(
            actor=caller.actor, sandbox=caller.sandbox, schedule_id=schedule_id
        )
        return Response(status=204)


def _changes(patch: Any) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for each in patch if isinstance(patch, list) else [patch]:
        operation = require_object(each)
        if operation.get("op", "add") not in {"add", "replace"}:
            raise Invalid("op must be add or replace.", path="op", received=operation.get("op"))
        path = "/" + require_text(operation, "path").strip("/")
        if path not in _PATCHED:
            message = f"{path} cannot be patched: only {', '.join(_PATCHED)}."
            raise Invalid(message, path="path", received=path)
        changes[_PATCHED[path]] = require_text(operation, "value")
    return changes
