"""Addresses of the audience portal and of the segment builder."""

from django.urls import URLPattern, path

from console.views import audience_builder, audience_sample, audience_save, audiences

urlpatterns: list[URLPattern] = [
    path("", audiences.list_, name="audiences"),
    path("new/", audience_builder.new, name="audience-new"),
    path("build/<uuid:draft_id>/", audience_builder.build, name="audience-build"),
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
