"""`/data/core/ups/segment/jobs`: evaluations of audiences over all profiles."""

from typing import Any

from django.http import QueryDict
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import AppError, Invalid
from core.http.views import rights
from core.sandboxes.models import Sandbox
from profiles.api.bodies import Json, require_object, require_text
from profiles.api.paging import children_page, wanted_ids, window
from profiles.api.segment_inputs import schema_name_of
from profiles.api.segments import SegmentsView
from profiles.api.ups import sandbox_body
from profiles.segmentation import jobs
from profiles.segmentation.models import SegmentJob
from profiles.segmentation.types import PROFILE_SCHEMA, TooManyJobs

TAG = "Segment jobs"
_MOST_IN_BULK = 100
_OF_SEGMENT = ("segments~segmentId", "segments.segmentId", "segmentId")


def job_body(job: SegmentJob, sandbox: Sandbox) -> Json:
    """A job as the API shows it."""
    href = f"/segment/jobs/{job.pk}"
    return {
        "id": str(job.pk),
        "imsOrgId": sandbox.organization.ims_org_id,
        "sandbox": sandbox_body(sandbox),
        "profileInstanceId": "ups",
        "source": job.source,
        "status": job.status,
        "batchId": job.batch_id,
        "computeJobId": job.number,
        "computeGatewayJobId": str(job.compute_id),
        "segments": job.segments,
        "metrics": _metrics(job),
        "requestId": job.request_id,
        "schema": {"name": job.schema_name},
        "properties": {**job.properties, "runId": str(job.compute_id)},
        "errors": job.errors,
        "_links": {
            "cancel": {"href": href, "method": "DELETE"},
            "checkStatus": {"href": href, "method": "GET"},
        },
        "creationTime": job.created_ms,
        "updateTime": job.updated_ms,
        "updateEpoch": job.updated_ms // 1000,
    }


def span_body(start: int, end: int) -> Json:
    """A stretch of time as metrics show it, in milliseconds."""
    return {"startTimeInMs": start, "endTimeInMs": end, "totalTimeInMs": end - start}


def _metrics(job: SegmentJob) -> Json:
    end = job.finished_ms or job.updated_ms
    found = job.metrics.get("segments", {})
    statuses = ("realized", "existing", "exited")
    return {
        "totalTime": span_body(job.created_ms, end),
        "profileSegmentationTime": span_body(job.started_ms or end, end),
        "totalProfiles": job.metrics.get("total_profiles", job.profiles_read),
        "segmentedProfileCounter": {
            key: each["realized"] + each["existing"] for key, each in found.items()
        },
        "segmentedProfileByNamespaceCounter": {
            key: each["by_namespace"] for key, each in found.items()
        },
        "segmentedProfileByStatusCounter": {
            key: {status: each[status] for status in statuses} for key, each in found.items()
        },
        "totalProfilesByMergePolicy": job.metrics.get("profiles_by_policy", {}),
    }


class JobsView(SegmentsView):
    """An endpoint of segment jobs; too many of them have a shape of their own."""

    permission = rights("view-segments", "evaluate-segments")

    def error_body(self, error: AppError) -> dict[str, Any]:
        if isinstance(error, TooManyJobs):
            return {"title": "RequestRateTooLarge", "status": 429, "detail": error.message}
        return super().error_body(error)


class SegmentJobsView(JobsView):
    """The segment jobs of a sandbox."""

    @extend_schema(
        tags=[TAG],
        summary="List segment jobs",
        description="`property=segments~segmentId==<id>` asks for the jobs of one audience.",
        parameters=[
            OpenApiParameter(name, str) for name in ("start", "limit", "status", "sort", "property")
        ],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request) -> Response:
        sandbox = self.caller(request).sandbox
        params = request.query_params
        start, limit = window(params, limit=100)
        rows = jobs.list_jobs(
            sandbox=sandbox,
            status=params.get("status", ""),
            segment_id=_segment_id(params),
            oldest_first=params.get("sort", "").lower().endswith(":asc"),
        )
        bodies = [job_body(each, sandbox) for each in rows[start : start + limit]]
        return Response(
            children_page(
                bodies,
                name="segment/jobs",
                params=params,
                start=start,
                limit=limit,
                total=rows.count(),
            )
        )

    @extend_schema(
        tags=[TAG],
        summary="Evaluate audiences",
        description='A list of `{"segmentId": …}`; `*` stands for all audiences.',
        request=OpenApiTypes.OBJECT,
        responses=OpenApiTypes.OBJECT,
    )
    def post(self, request: Request) -> Response:
        caller = self.caller(request)
        ids, schema_name = _asked(request.data)
        job = jobs.start_job(
            ids, actor=caller.actor, sandbox=caller.sandbox, schema_name=schema_name
        )
        return Response(job_body(job, caller.sandbox))


class SegmentJobView(JobsView):
    """One segment job."""

    @extend_schema(tags=[TAG], summary="Get a segment job", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, job_id: str) -> Response:
        sandbox = self.caller(request).sandbox
        return Response(job_body(jobs.get_job(sandbox=sandbox, job_id=job_id), sandbox))

    @extend_schema(
        tags=[TAG],
        summary="Cancel a segment job",
        description="A job that runs stops within a minute; one that ended stays as it is.",
        responses={204: None},
    )
    def delete(self, request: Request, job_id: str) -> Response:
        caller = self.caller(request)
        jobs.cancel_job(actor=caller.actor, sandbox=caller.sandbox, job_id=job_id)
        return Response(status=204)


class SegmentJobsBulkView(JobsView):
    """Several segment jobs by id."""

    permission = rights("view-segments")

    @extend_schema(
        tags=[TAG],
        summary="Get several segment jobs",
        description="Ids that do not exist are missing from `results`.",
        request=OpenApiTypes.OBJECT,
        responses={207: OpenApiTypes.OBJECT},
    )
    def post(self, request: Request) -> Response:
        sandbox = self.caller(request).sandbox
        ids = wanted_ids(request.data, most=_MOST_IN_BULK)
        found = jobs.find_jobs(sandbox=sandbox, job_ids=ids)
        bodies = {str(each.pk): job_body(each, sandbox) for each in found}
        return Response({"results": bodies}, status=207)


def _asked(body: Any) -> tuple[list[str], str]:
    """Ids of audiences and the class, of either form of the body."""
    segments, schema_name = body, PROFILE_SCHEMA
    if isinstance(body, dict):
        segments = body.get("segments")
        schema_name = schema_name_of({"schema": PROFILE_SCHEMA, **body}, None)
    if not isinstance(segments, list) or not segments:
        message = 'The body lists audiences as {"segmentId": …}.'
        raise Invalid(message, path="segments", received=segments)
    return [require_text(require_object(each), "segmentId") for each in segments], schema_name


def _segment_id(params: QueryDict) -> str:
    given = params.get("property", "")
    if not given:
        return ""
    path, _, value = given.partition("==")
    if path.strip() not in _OF_SEGMENT or not value.strip():
        message = "property filters jobs as segments~segmentId==<id>."
        raise Invalid(message, path="property", received=given)
    return value.strip().strip("\"'").lower()
