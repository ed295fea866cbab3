"""Addresses of the audience portal and of the segment builder."""

from django.urls import URLPattern, path

from console.views import (
    audience_builder,
    audience_field,
    audience_sample,
    audience_save,
    audiences,
    audiences_bulk,
    audiences_schedule,
)

urlpatterns: list[URLPattern] = [
    path("", audiences.list_, name="audiences"),
    path("select/", audiences_bulk.select, name="audience-select"),
    path("bulk/publish/", audiences_bulk.publish, name="audiences-publish"),
    path("bulk/deactivate/", audiences_bulk.deactivate, name="audiences-deactivate"),
    path("bulk/tag/", audiences_bulk.tag, name="audiences-tag"),
    path("bulk/move/", audiences_bulk.move, name="audiences-move"),
    path("bulk/delete/", audiences_bulk.delete, name="audiences-delete"),
    path("schedule/", audiences_schedule.schedule, name="audiences-schedule"),
    path("schedule/switch/", audiences_schedule.switch, name="audiences-switch"),
    path("evaluation/", audiences_schedule.summary, name="audiences-evaluation"),
    path("new/", audience_builder.new, name="audience-new"),
    path("build/<uuid:draft_id>/", audience_builder.build, name="audience-build"),
    path("build/<uuid:draft_id>/field/", audience_field.field, name="audience-field"),
    path("build/<uuid:draft_id>/do/", audience_builder.do, name="audience-do"),
    path("build/<uuid:draft_id>/code/", audience_builder.code, name="audience-code"),
    path(
        "build/<uuid:draft_id>/properties/",
        audience_builder.properties,
        name="audience-properties",
    ),
    path("build/<uuid:draft_id>/count/", audience_builder.count, name="audience-count"),
    path("build/<uuid:draft_id>/profiles/", audience_sample.sample, name="audience-sample"),
    path("build/<uuid:draft_id>/save/", audience_save.save, name="audience-save"),
    path("build/<uuid:draft_id>/resolve/", audience_save.resolve, name="audience-resolve"),
    path("build/<uuid:draft_id>/discard/", audience_builder.discard, name="audience-discard"),
    path("<uuid:segment_id>/edit/", audience_builder.edit, name="audience-edit"),
    path("<uuid:segment_id>/copy/", audiences.copy, name="audience-copy"),
]
