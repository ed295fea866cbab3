"""`/data/core/ups/segment/definitions` and `/segment/conversion`: audiences with a rule."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import Conflict
from core.http.views import rights
from profiles.api.bodies import Json, flag, optional_text, require_object, whole_number
from profiles.api.paging import wanted_ids, window
from profiles.api.segment_inputs import expression_of, schema_name_of, segment_input, ttl_of
from profiles.api.segments import METHOD_NAMES, SegmentsView, segment_body
from profiles.api.ups import sandbox_body
from profiles.segmentation import actions, queries
from profiles.segmentation.expressions import convert
from profiles.segmentation.models import SegmentDefinition
from profiles.segmentation.types import NameTaken, SegmentFilter, unknown_audience

TAG = "Segment definitions"
_MOST_IN_BULK = 1000


class DefinitionsView(SegmentsView):
    """Views of this service answer 422 where others answer 409."""

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, NameTaken):
            exc = NameTaken(exc.message, status=422)
        response: Response = super().handle_exception(exc)
        return response


class SegmentDefinitionsView(DefinitionsView):
    """The segment definitions of a sandbox."""

    @extend_schema(
        tags=[TAG],
        summary="List segment definitions",
        description="`page` counts from 0 and wins over `start`. `sort` is `field:asc|desc`.",
        parameters=[
            OpenApiParameter(name, str)
            for name in (
                "start",
                "limit",
                "page",
                "sort",
                "evaluationInfo.batch.enabled",
                "evaluationInfo.continuous.enabled",
                "evaluationInfo.synchronous.enabled",
            )
        ],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request) -> Response:
        sandbox = self.caller(request).sandbox
        params = request.query_params
        start, limit = window(params, limit=100)
        if params.get("page"):
            start = whole_number(params["page"], name="page", default=0) * limit
        wanted = _wanted(params)
        order = params.get("sort", queries.DEFAULT_ORDER)
        field, direction = queries.parse_order(order)
        total = queries.count_segments(sandbox=sandbox, wanted=wanted)
        found = queries.list_segments(
            sandbox=sandbox, wanted=wanted, order=order, start=start, limit=limit
        )
        return Response(
            {
                "segments": [segment_body(each, sandbox) for each in found],
                "page": {
                    "totalCount": total,
                    "totalPages": -(-total // limit),
                    "sortField": field,
                    "sort": direction,
                    "pageSize": len(found),
                    "limit": limit,
                },
                "link": {},
            }
        )

    @extend_schema(
        tags=[TAG],
        summary="Create a segment definition",
        description="A rule that is no PQL is refused with line, column and reason; a name in use"
        " with 422.",
        request=OpenApiTypes.OBJECT,
        responses=OpenApiTypes.OBJECT,
    )
    def post(self, request: Request) -> Response:
        caller = self.caller(request)
        body = require_object(request.data)
        _refuse_known_id(
            body, queries.find_segments(sandbox=caller.sandbox, segment_ids=[_id(body)])
        )
        created = actions.create_segment(
            segment_input(body), actor=caller.actor, sandbox=caller.sandbox
        )
        return Response(segment_body(created, caller.sandbox))


class SegmentDefinitionView(DefinitionsView):
    """One segment definition."""

    @extend_schema(tags=[TAG], summary="Get a segment definition", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, segment_id: str) -> Response:
        sandbox = self.caller(request).sandbox
        return Response(segment_body(_get(sandbox, segment_id), sandbox))

    @extend_schema(
        tags=[TAG],
        summary="Replace a segment definition",
        description="The body takes the place of what is stored. `If-Match` refuses it when"
        " somebody else was faster.",
        request=OpenApiTypes.OBJECT,
        responses=OpenApiTypes.OBJECT,
    )
    def patch(self, request: Request, segment_id: str) -> Response:
        caller = self.caller(request)
        body = require_object(request.data)
        changed = actions.change_segment(
            lambda stored: segment_input(body, stored=stored),
            actor=caller.actor,
            sandbox=caller.sandbox,
            segment_id=segment_id,
            expected_version=self.expected_version(request),
        )
        return Response(segment_body(changed, caller.sandbox))

    @extend_schema(
        tags=[TAG],
        summary="Delete a segment definition",
        description="Refused while other audiences or destinations use it.",
        responses=OpenApiTypes.OBJECT,
    )
    def delete(self, request: Request, segment_id: str) -> Response:
        caller = self.caller(request)
        actions.delete_segment(
            actor=caller.actor,
            sandbox=caller.sandbox,
            segment_id=segment_id,
            expected_version=self.expected_version(request),
        )
        message = f"Segment definition {segment_id} was deleted."
        return Response({"status": True, "message": message})


class SegmentDefinitionsBulkView(SegmentsView):
    """Several segment definitions by id."""

    permission = rights("view-segments")

    @extend_schema(
        tags=[TAG],
        summary="Get several segment definitions",
        description="Ids that do not exist are missing from `results`.",
        request=OpenApiTypes.OBJECT,
        responses={207: OpenApiTypes.OBJECT},
    )
    def post(self, request: Request) -> Response:
        sandbox = self.caller(request).sandbox
        ids = wanted_ids(request.data, most=_MOST_IN_BULK)
        found = queries.find_segments(sandbox=sandbox, segment_ids=ids)
        bodies = {str(each.pk): segment_body(each, sandbox) for each in found if _is_rule(each)}
        return Response({"results": bodies}, status=207)


class SegmentConversionView(SegmentsView):
    """A rule in the other format."""

    permission = rights("view-segments")

    @extend_schema(
        tags=[TAG],
        summary="Convert a rule between pql/text and pql/json",
        description="Nothing is stored.",
        request=OpenApiTypes.OBJECT,
        responses=OpenApiTypes.OBJECT,
    )
    def post(self, request: Request) -> Response:
        sandbox = self.caller(request).sandbox
        body = require_object(request.data)
        converted = convert(expression_of(body.get("expression")))
        return Response(
            {
                "name": optional_text(body, "name"),
                "description": optional_text(body, "description"),
                "imsOrgId": sandbox.organization.ims_org_id,
                "sandbox": sandbox_body(sandbox),
                "schema": {"name": schema_name_of(body, None)},
                "ttlInDays": ttl_of(body),
                "expression": {
                    "type": "PQL",
                    "format": converted.format,
                    "value": converted.value,
                },
            }
        )


def _get(sandbox: Any, segment_id: str) -> SegmentDefinition:
    found = queries.get_segment(sandbox=sandbox, segment_id=segment_id)
    if not _is_rule(found):
        raise unknown_audience(segment_id)
    return found


def _is_rule(segment: SegmentDefinition) -> bool:
    return segment.kind == SegmentDefinition.Kind.RULE


def _id(body: Json) -> str:
    given = body.get("id")
    return given if isinstance(given, str) else ""


def _refuse_known_id(body: Json, known: list[SegmentDefinition]) -> None:
    if known:
        message = f"A segment definition with the id {body['id']} already exists."
        raise Conflict(message, status=422, path="id")


def _wanted(params: Any) -> SegmentFilter:
    methods = [
        method
        for method, name in METHOD_NAMES.items()
        if flag(params.get(f"evaluationInfo.{name}.enabled"), name=name)
    ]
    return SegmentFilter(kind=SegmentDefinition.Kind.RULE, method=methods[0] if methods else None)
