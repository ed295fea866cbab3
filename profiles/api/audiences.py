"""`/data/core/ups/audiences`: audiences with a rule, and those with members from elsewhere."""

from typing import Any

from django.http import QueryDict
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import Invalid, NotFound
from core.http.gateway import Caller
from core.http.params import parse_property
from core.http.request_id import current_request_id
from core.http.views import rights
from core.json_patch import apply_patch
from profiles.api.bodies import Json, require_object
from profiles.api.paging import children_page, wanted_ids, window
from profiles.api.segment_inputs import external_input, is_external, segment_input
from profiles.api.segments import SegmentsView, audience_body
from profiles.segmentation import actions, external, queries
from profiles.segmentation.models import SegmentDefinition
from profiles.segmentation.types import ExternalInput, SegmentFilter, SegmentInput

TAG = "Audiences"
_MOST_IN_BULK = 100
_PROPERTIES = {
    "audienceId": "audience_id",
    "id": "id",
    "name": "name",
    "namespace": "namespace",
    "originName": "origin",
    "lifecycleState": "state",
    "type": "kind",
    "sourceId": "source_id",
    "datasetId": "dataset_id",
    "createdBy": "created_by",
}


class AudiencesView(SegmentsView):
    """The audiences of a sandbox."""

    @extend_schema(
        tags=[TAG],
        summary="List audiences",
        description="`property=field==value` is exact and may repeat; `name` and `description`"
        " are contained in any case. Archived audiences come when `lifecycleState` asks for them.",
        parameters=[
            OpenApiParameter(name, str)
            for name in ("start", "limit", "sort", "property", "name", "description", "entityType")
        ],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request) -> Response:
        sandbox = self.caller(request).sandbox
        params = request.query_params
        start, limit = window(params, limit=20)
        wanted = _wanted(params)
        total = queries.count_segments(sandbox=sandbox, wanted=wanted)
        order = params.get("sort", queries.DEFAULT_ORDER)
        found = queries.list_segments(
            sandbox=sandbox, wanted=wanted, order=order, start=start, limit=limit
        )
        bodies = [audience_body(each, sandbox) for each in found]
        return Response(
            children_page(
                bodies, name="audiences", params=params, start=start, limit=limit, total=total
            )
        )

    @extend_schema(
        tags=[TAG],
        summary="Create an audience",
        description="`type` is SegmentDefinition (with an `expression`) or ExternalSegment.",
        request=OpenApiTypes.OBJECT,
        responses={201: OpenApiTypes.OBJECT},
    )
    def post(self, request: Request) -> Response:
        caller = self.caller(request)
        body = require_object(request.data)
        if is_external(body):
            created = external.create_external(
                external_input(body), actor=caller.actor, sandbox=caller.sandbox
            )
        else:
            created = actions.create_segment(
                segment_input(body), actor=caller.actor, sandbox=caller.sandbox
            )
        return Response(audience_body(created, caller.sandbox), status=201)


class AudienceView(SegmentsView):
    """One audience."""

    @extend_schema(tags=[TAG], summary="Get an audience", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, segment_id: str) -> Response:
        sandbox = self.caller(request).sandbox
        found = queries.get_segment(sandbox=sandbox, segment_id=segment_id)
        return Response(audience_body(found, sandbox))

    @extend_schema(
        tags=[TAG],
        summary="Replace an audience",
        description="`namespace` and `audienceId` cannot change. `If-Match` refuses the body when"
        " somebody else was faster.",
        request=OpenApiTypes.OBJECT,
        responses={201: OpenApiTypes.OBJECT},
    )
    def put(self, request: Request, segment_id: str) -> Response:
        body = require_object(request.data)
        return self._change(request, segment_id, lambda _: body)

    @extend_schema(
        tags=[TAG],
        summary="Change parts of an audience",
        description="JSON Patch: a list of `op`, `path`, `value`.",
        request=OpenApiTypes.OBJECT,
        responses={201: OpenApiTypes.OBJECT},
    )
    def patch(self, request: Request, segment_id: str) -> Response:
        operations = [_rooted(each) for each in _listed(request.data)]
        sandbox = self.caller(request).sandbox

        def patched(stored: SegmentDefinition) -> Json:
            return require_object(apply_patch(audience_body(stored, sandbox), operations))

        return self._change(request, segment_id, patched)

    @extend_schema(
        tags=[TAG],
        summary="Delete an audience",
        description="Refused while other audiences or destinations use it.",
        responses={204: None},
    )
    def delete(self, request: Request, segment_id: str) -> Response:
        caller = self.caller(request)
        actions.delete_segment(
            actor=caller.actor,
            sandbox=caller.sandbox,
            segment_id=segment_id,
            expected_version=self.expected_version(request),
        )
        return Response(status=204)

    def _change(self, request: Request, segment_id: str, edit: Any) -> Response:
        caller: Caller = self.caller(request)
        known = queries.get_segment(sandbox=caller.sandbox, segment_id=segment_id)
        expected = self.expected_version(request)
        if known.kind == SegmentDefinition.Kind.EXTERNAL:

            def described(stored: SegmentDefinition) -> ExternalInput:
                return external_input(edit(stored), stored=stored)

            changed = external.change_external(
                described,
                actor=caller.actor,
                sandbox=caller.sandbox,
                segment_id=segment_id,
                expected_version=expected,
            )
        else:

            def ruled(stored: SegmentDefinition) -> SegmentInput:
                return segment_input(edit(stored), stored=stored)

            changed = actions.change_segment(
                ruled,
                actor=caller.actor,
                sandbox=caller.sandbox,
                segment_id=segment_id,
                expected_version=expected,
            )
        return Response(audience_body(changed, caller.sandbox), status=201)


class AudiencesBulkView(SegmentsView):
    """Several audiences by id."""

    permission = rights("view-segments")

    @extend_schema(
        tags=[TAG],
        summary="Get several audiences",
        description="1 to 100 ids; each answers for itself, and none found at all is 404.",
        request=OpenApiTypes.OBJECT,
        responses={207: OpenApiTypes.OBJECT},
    )
    def post(self, request: Request) -> Response:
        sandbox = self.caller(request).sandbox
        ids = wanted_ids(request.data, most=_MOST_IN_BULK)
        found = {
            str(each.pk): audience_body(each, sandbox)
            for each in queries.find_segments(sandbox=sandbox, segment_ids=ids)
        }
        if not found:
            raise NotFound("None of the audiences is found.")
        missing = {
            "requestId": current_request_id(),
            "errors": {"404": [{"code": 404, "message": "Not found."}]},
        }
        return Response({"results": {each: found.get(each.lower(), missing) for each in ids}}, 207)


def _listed(patch: Any) -> list[Any]:
    return patch if isinstance(patch, list) else [patch]


def _rooted(operation: Any) -> Any:
    """Some clients write paths without the leading slash."""
    if isinstance(operation, dict) and isinstance(operation.get("path"), str):
        return {**operation, "path": "/" + operation["path"].lstrip("/")}
    return operation


def _wanted(params: QueryDict) -> SegmentFilter:
    exact: dict[str, str] = {}
    for text in params.getlist("property"):
        condition = parse_property(text)
        column = _PROPERTIES.get(condition.path)
        if column is None or condition.operator != "==":
            message = "property filters audiences with == on a known field."
            raise Invalid(message, path="property", received=text, expected=sorted(_PROPERTIES))
        exact[column] = condition.value
    if "id" in exact and queries.parse_uuid(exact["id"]) is None:
        exact["id"] = "00000000-0000-0000-0000-000000000000"
    return SegmentFilter(
        name=params.get("name"),
        description=params.get("description"),
        schema_name=params.get("entityType"),
        exact=exact,
    )
