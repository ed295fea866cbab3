"""`/data/core/ups/export/jobs`: profiles, or members of audiences, written out."""

from typing import Any
from urllib.parse import urlencode

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import Invalid
from core.http.views import rights
from core.sandboxes.models import Sandbox
from profiles.api.bodies import Json, flag, optional_text, require_object, whole_number
from profiles.api.segment_jobs import span_body
from profiles.api.segments import SegmentsView
from profiles.api.ups import sandbox_body
from profiles.segmentation import exports
from profiles.segmentation.models import ExportJob
from profiles.segmentation.types import PROFILE_SCHEMA, ExportInput

TAG = "Export jobs"
_STATUSES = {"realized", "existing", "exited"}


def export_body(job: ExportJob, sandbox: Sandbox) -> Json:
    """An export job as the API shows it."""
    policy = job.merge_policy
    end = job.finished_ms or job.updated_ms
    ran = span_body(job.started_ms or end, end)
    return {
        "id": job.pk,
        "jobType": "BATCH",
        "profileInstanceId": "ups",
        "imsOrgId": sandbox.organization.ims_org_id,
        "sandbox": sandbox_body(sandbox),
        "status": job.status,
        "schema": {"name": job.schema_name},
        "fields": job.fields,
        "filter": job.filter,
        "additionalFields": job.additional_fields,
        "mergePolicy": {"id": str(policy.pk), "version": policy.version} if policy else None,
        "destination": _destination(job),
        "requestId": job.request_id,
        "computeGatewayJobId": {"exportJob": str(job.compute_id), "pushJob": ""},
        "metrics": {
            "totalTime": span_body(job.created_ms, end),
            "profileExportTime": ran,
            "aCPDatasetWriteTime": ran,
        },
        "errors": [
            {"code": each["code"], "msg": each["message"], "callStack": ""} for each in job.errors
        ],
        "creationTime": job.created_ms,
        "updateTime": job.updated_ms,
    }


def _destination(job: ExportJob) -> Json:
    body: Json = {"datasetId": job.dataset_id, "segmentPerBatch": job.segment_per_batch}
    if job.segment_per_batch:
        body["batches"] = [
            {"segmentId": each["segment_id"], "segmentNs": "ups", "batchId": each["batch_id"]}
            for each in job.batches
        ]
    elif job.batches:
        body["batchId"] = job.batches[0]["batch_id"]
    return body


def export_input(body: Json) -> ExportInput:
    """An export from a body."""
    parts = {
        name: require_object(body.get(name) or {})
        for name in ("schema", "mergePolicy", "filter", "additionalFields", "destination")
    }
    destination = parts["destination"]
    if not destination.get("datasetId"):
        raise Invalid("destination.datasetId is required.", path="destination.datasetId")
    _check_segments(parts["filter"].get("segments") or [])
    return ExportInput(
        schema_name=optional_text(parts["schema"], "name") or PROFILE_SCHEMA,
        merge_policy_id=optional_text(parts["mergePolicy"], "id") or None,
        fields=optional_text(body, "fields"),
        filter=parts["filter"],
        additional_fields=parts["additionalFields"],
        dataset_id=optional_text(destination, "datasetId"),
        segment_per_batch=flag(destination.get("segmentPerBatch"), name="segmentPerBatch"),
    )


def _check_segments(given: Any) -> None:
    if not isinstance(given, list):
        raise Invalid("filter.segments must be a list.", path="filter.segments", received=given)
    for each in given:
        if not isinstance(each, dict) or not isinstance(each.get("segmentId"), str):
            message = "filter.segments needs objects with a segmentId."
            raise Invalid(message, path="filter.segments", received=each)
        statuses = each.get("status") or []
        if not isinstance(statuses, list) or not set(map(str, statuses)) <= _STATUSES:
            message = f"status lists some of {', '.join(sorted(_STATUSES))}."
            raise Invalid(message, path="filter.segments.status", received=statuses)


class ExportJobsView(SegmentsView):
    """The export jobs of a sandbox."""

    permission = rights("view-segments", "export-audience-for-segment")

    @extend_schema(
        tags=[TAG],
        summary="List export jobs",
        parameters=[OpenApiParameter(name, str) for name in ("limit", "offset", "status")],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request) -> Response:
        sandbox = self.caller(request).sandbox
        params = request.query_params
        offset = whole_number(params.get("offset"), name="offset", default=0)
        limit = whole_number(params.get("limit"), name="limit", default=100, least=1, most=1000)
        rows = exports.list_exports(sandbox=sandbox, status=params.get("status", ""))
        found = [export_body(each, sandbox) for each in rows[offset : offset + limit]]
        link = ""
        if offset + limit < rows.count():
            kept = [(key, params[key]) for key in params if key not in {"offset", "limit"}]
            query = urlencode([("limit", limit), ("offset", offset + limit), *kept])
            link = f"/export/jobs?{query}"
        page = {
            "sortField": "createdTime",
            "sort": "desc",
            "pageOffset": str(offset),
            "pageSize": len(found),
        }
        return Response({"records": found, "page": page, "link": {"next": link}})

    @extend_schema(
        tags=[TAG],
        summary="Export profiles",
        description="Members of the audiences in `filter`, or all profiles, into a dataset of the"
        " union schema.",
        request=OpenApiTypes.OBJECT,
        responses=OpenApiTypes.OBJECT,
    )
    def post(self, request: Request) -> Response:
        caller = self.caller(request)
        job = exports.start_export(
            export_input(require_object(request.data)),
            actor=caller.actor,
            sandbox=caller.sandbox,
        )
        return Response(export_body(job, caller.sandbox))


class ExportJobView(SegmentsView):
    """One export job."""

    permission = rights("view-segments", "export-audience-for-segment")

    @extend_schema(tags=[TAG], summary="Get an export job", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, job_id: str) -> Response:
        sandbox = self.caller(request).sandbox
        return Response(export_body(exports.get_export(sandbox=sandbox, job_id=job_id), sandbox))

    @extend_schema(tags=[TAG], summary="Delete an export job", responses=OpenApiTypes.OBJECT)
    def delete(self, request: Request, job_id: str) -> Response:
        caller = self.caller(request)
        exports.delete_export(actor=caller.actor, sandbox=caller.sandbox, job_id=job_id)
        return Response({"status": True, "message": f"Export job {job_id} was deleted."})
