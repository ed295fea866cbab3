"""Addresses of audiences and the work on them; every one works with or without a last slash."""

from django.urls import URLPattern, re_path

from core.http.views import ApiView
from profiles.api import (
    audience_explain,
    audiences,
    export_jobs,
    external_audiences,
    segment_definitions,
    segment_jobs,
    segment_previews,
    segment_schedules,
    segment_search,
)

_UPS = "data/core/ups"
_EXTERNAL = "data/core/ais/external-audience"
_SEGMENT = r"(?P<segment_id>[^/]+)"
_JOB = r"(?P<job_id>[^/]+)"
_PREVIEW = r"(?P<preview_id>[^/]+)"


def _route(pattern: str, view: type[ApiView]) -> URLPattern:
    return re_path(rf"^{pattern}/?$", view.as_view())


urlpatterns: list[URLPattern] = [
    _route(f"{_UPS}/segment/definitions", segment_definitions.SegmentDefinitionsView),
    _route(f"{_UPS}/segment/definitions/bulk-get", segment_definitions.SegmentDefinitionsBulkView),
    _route(f"{_UPS}/segment/definitions/{_SEGMENT}", segment_definitions.SegmentDefinitionView),
    _route(f"{_UPS}/segment/conversion", segment_definitions.SegmentConversionView),
    _route(f"{_UPS}/audiences", audiences.AudiencesView),
    _route(f"{_UPS}/audiences/bulk-get", audiences.AudiencesBulkView),
    _route(f"{_UPS}/audiences/{_SEGMENT}", audiences.AudienceView),
    _route(f"{_UPS}/audiences/{_SEGMENT}/explain", audience_explain.AudienceExplainView),
    _route(f"{_UPS}/segment/jobs", segment_jobs.SegmentJobsView),
    _route(f"{_UPS}/segment/jobs/bulk-get", segment_jobs.SegmentJobsBulkView),
    _route(f"{_UPS}/segment/jobs/{_JOB}", segment_jobs.SegmentJobView),
    _route(f"{_UPS}/config/schedules", segment_schedules.SchedulesView),
    _route(rf"{_UPS}/config/schedules/(?P<schedule_id>[^/]+)", segment_schedules.ScheduleView),
    _route(f"{_UPS}/preview", segment_previews.PreviewsView),
    _route(f"{_UPS}/preview/{_PREVIEW}", segment_previews.PreviewView),
    _route(f"{_UPS}/estimate/{_PREVIEW}", segment_previews.EstimateView),
    _route(f"{_UPS}/search/namespaces", segment_search.SearchNamespacesView),
    _route(f"{_UPS}/search/entities", segment_search.SearchEntitiesView),
    _route(f"{_UPS}/search/taxonomy", segment_search.SearchTaxonomyView),
    _route(f"{_UPS}/export/jobs", export_jobs.ExportJobsView),
    _route(f"{_UPS}/export/jobs/{_JOB}", export_jobs.ExportJobView),
    _route(_EXTERNAL, external_audiences.ExternalAudiencesView),
    _route(
        rf"{_EXTERNAL}/operations/(?P<operation_id>[^/]+)",
        external_audiences.ExternalOperationView,
    ),
    _route(f"{_EXTERNAL}/{_SEGMENT}", external_audiences.ExternalAudienceView),
    _route(f"{_EXTERNAL}/{_SEGMENT}/runs", external_audiences.ExternalRunsView),
    _route(rf"{_EXTERNAL}/{_SEGMENT}/runs/(?P<run_id>[^/]+)", external_audiences.ExternalRunView),
]
