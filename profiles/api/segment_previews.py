"""`/data/core/ups/preview` and `/estimate`: who matches a rule, and about how many."""

from typing import Any
from urllib.parse import urlencode

import orjson
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.http.views import rights
from profiles.api.bodies import Json, optional_text, require_object, whole_number
from profiles.api.segment_inputs import expression_of
from profiles.api.segments import SegmentsView
from profiles.segmentation import previews
from profiles.segmentation.estimates import estimate
from profiles.segmentation.models import SegmentPreview
from profiles.segmentation.types import PROFILE_SCHEMA, TEXT, PreviewInput

TAG = "Previews and estimates"
_BASE = "/data/core/ups"


def preview_input(body: Json) -> PreviewInput:
    """A rule to try out, from a body."""
    value = body.get("predicateExpression")
    kind = optional_text(body, "predicateType", TEXT)
    if isinstance(value, dict):
        value = orjson.dumps(value).decode()
    return PreviewInput(
        expression=expression_of({"format": kind, "value": value}, path="predicateExpression"),
        schema_name=optional_text(body, "predicateModel") or PROFILE_SCHEMA,
        identity_graph=optional_text(body, "graphType") or "pdg",
        merge_policy_id=optional_text(body, "mergePolicyId") or None,
    )


class PreviewsView(SegmentsView):
    """Previews of a sandbox."""

    permission = rights("view-segments")

    @extend_schema(
        tags=[TAG],
        summary="Start a preview",
        description="The sample comes from `/preview/{id}`, the expected number from"
        " `/estimate/{id}`.",
        request=OpenApiTypes.OBJECT,
        responses={201: OpenApiTypes.OBJECT},
    )
    def post(self, request: Request) -> Response:
        caller = self.caller(request)
        started = previews.start_preview(
            preview_input(require_object(request.data)),
            actor=caller.actor,
            sandbox=caller.sandbox,
        )
        body = {
            "state": started.state,
            "previewQueryId": str(started.pk),
            "previewQueryStatus": started.state,
            "previewId": str(started.pk),
            "previewExecutionId": 0,
        }
        return Response(body, status=201)


class PreviewView(SegmentsView):
    """One preview."""

    permission = rights("view-segments")

    @extend_schema(
        tags=[TAG],
        summary="Get the sample of a preview",
        parameters=[OpenApiParameter(name, str) for name in ("offset", "limit")],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request, preview_id: str) -> Response:
        params = request.query_params
        offset = whole_number(params.get("offset"), name="offset", default=0)
        limit = whole_number(params.get("limit"), name="limit", default=1000, least=1, most=1000)
        preview = previews.get_preview(sandbox=self.caller(request).sandbox, preview_id=preview_id)
        rows = preview.sample[offset : offset + limit]

        def link(start: int) -> str:
            query = urlencode([("offset", start), ("limit", limit)])
            return f"{_BASE}/preview/{preview.pk}?{query}"

        more = offset + limit < len(preview.sample)
        return Response(
            {
                "results": [_profile(row, preview) for row in rows],
                "state": preview.state,
                "links": {
                    "_self": link(offset),
                    "next": link(offset + limit) if more else "",
                    "prev": link(max(0, offset - limit)) if offset else "",
                },
                "page": {"offset": offset, "size": len(rows)},
            }
        )

    @extend_schema(tags=[TAG], summary="Delete a preview", responses=OpenApiTypes.OBJECT)
    def delete(self, request: Request, preview_id: str) -> Response:
        caller = self.caller(request)
        previews.delete_preview(actor=caller.actor, sandbox=caller.sandbox, preview_id=preview_id)
        return Response({"status": True, "message": f"Preview {preview_id} was deleted."})


class EstimateView(SegmentsView):
    """The estimate of one preview."""

    permission = rights("view-segments")

    @extend_schema(
        tags=[TAG],
        summary="Get the estimate of a preview",
        description="`standardError` is 0 when all profiles were read.",
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request, preview_id: str) -> Response:
        preview = previews.get_preview(sandbox=self.caller(request).sandbox, preview_id=preview_id)
        return Response(_estimate(preview))


def _profile(row: dict[str, Any], preview: SegmentPreview) -> Json:
    query = urlencode([("schema.name", preview.schema_name), ("entityId", row["xid"])])
    identities = {code: {"id": list(ids)} for code, ids in row["identities"].items()}
    return {
        row["xid"]: {
            "_href": f"{_BASE}/access/entities?{query}",
            "endCustomerIds": identities,
        }
    }


def _estimate(preview: SegmentPreview) -> Json:
    counts = preview.estimate
    read, matched = counts.get("read", 0), counts.get("matched", 0)
    total = counts.get("total", 0)
    found = estimate(matched=matched, read=read, total=total)
    trouble = preview.errors[0] if preview.errors else {}
    return {
        "estimatedSize": found.size,
        "numRowsToRead": total if preview.state != SegmentPreview.State.READY else read,
        "totalRows": total,
        "profilesReadSoFar": read,
        "profilesMatchedSoFar": matched,
        "standardError": found.standard_error,
        "confidenceInterval": "95%",
        "estimatedNamespaceDistribution": [
            {"namespaceId": number, "profilesMatchedSoFar": count}
            for number, count in sorted(counts.get("by_namespace", {}).items())
        ],
        "state": preview.state,
        "error": {"description": trouble.get("message", ""), "traceback": ""},
        "_links": {"preview": f"{_BASE}/preview/{preview.pk}"},
    }
