"""Addresses of one audience, of evaluations and of their schedule."""

from django.urls import URLPattern, path

from console.views import (
    audience,
    audience_history,
    audience_import,
    audience_imports,
    audience_properties,
    profile_audiences,
    segment_jobs,
    segment_schedule,
)

_ONE = "audiences/<uuid:segment_id>/"
_IMPORT = "audiences/import/"

patterns: list[URLPattern] = [
    path(_IMPORT, audience_import.start, name="audience-import"),
    path(f"{_IMPORT}<uuid:draft_id>/", audience_import.preview, name="audience-import-preview"),
    path(
        f"{_IMPORT}<uuid:draft_id>/details/",
        audience_import.details,
        name="audience-import-details",
    ),
    path(
        f"{_IMPORT}<uuid:draft_id>/review/", audience_import.review, name="audience-import-review"
    ),
    path(
        f"{_IMPORT}<uuid:draft_id>/discard/",
        audience_import.discard,
        name="audience-import-discard",
    ),
    path(f"{_ONE}imports/", audience_imports.imports, name="audience-imports"),
    path(_ONE, audience.overview, name="audience"),
    path(f"{_ONE}evaluate/", audience.evaluate, name="audience-evaluate"),
    path(f"{_ONE}state/", audience.change_state, name="audience-state"),
    path(f"{_ONE}delete/", audience.delete, name="audience-delete"),
    path(f"{_ONE}history/", audience_history.history, name="audience-history"),
    path(f"{_ONE}properties/", audience_properties.properties, name="audience-edit-properties"),
    path(f"{_ONE}jobs/", segment_jobs.audience_jobs, name="audience-jobs"),
    path(f"{_ONE}jobs/<uuid:job_id>/cancel/", audience.cancel, name="audience-job-cancel"),
    path("profiles/<slug:xid>/audiences/", profile_audiences.audiences, name="profile-audiences"),
    path(
        "profiles/<slug:xid>/audiences/evaluate/",
        profile_audiences.evaluate,
        name="profile-audiences-evaluate",
    ),
    path("monitoring/segment-jobs/", segment_jobs.jobs, name="segment-jobs"),
    path(
        "monitoring/segment-jobs/evaluate/", segment_jobs.evaluate_all, name="segment-jobs-evaluate"
    ),
    path("monitoring/segment-jobs/schedule/", segment_schedule.schedule, name="segment-schedule"),
    path("monitoring/segment-jobs/<uuid:job_id>/", segment_jobs.job, name="segment-job"),
    path(
        "monitoring/segment-jobs/<uuid:job_id>/cancel/",
        segment_jobs.cancel,
        name="segment-job-cancel",
    ),
]
