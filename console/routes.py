"""Addresses of the console. Everything about data lives under its sandbox, so links can be shared."""

from django.urls import URLPattern, URLResolver, include, path

from console.views import (
    components,
    datasets,
    home,
    identities,
    monitoring,
    preferences,
    profiles,
    records,
    schemas,
    search,
    session,
    source_setup,
    sources,
)

in_sandbox: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("search/", search.search, name="search"),
    path("sources/", sources.list_, name="sources"),
    path("sources/new/", source_setup.new, name="source-new"),
    path("sources/<slug:inlet_id>/", sources.endpoint, name="source"),
    path("sources/<slug:inlet_id>/tail/", sources.tail, name="source-tail"),
    path("sources/<slug:inlet_id>/send/", sources.send_test, name="source-send"),
    path("sources/<slug:inlet_id>/check/", sources.check, name="source-check"),
    path("sources/<slug:inlet_id>/metrics/", sources.metrics, name="source-metrics"),
    path("sources/<slug:inlet_id>/errors/", sources.errors, name="source-errors"),
    path("sources/<slug:inlet_id>/switch/", source_setup.switch, name="source-switch"),
    path("sources/<slug:inlet_id>/delete/", source_setup.delete, name="source-delete"),
    path("records/<slug:record_id>/", records.detail, name="record"),
    path("records/<slug:record_id>/retry/", records.retry, name="record-retry"),
    path("profiles/", profiles.find, name="profiles"),
    path("profiles/<slug:xid>/", profiles.attributes, name="profile"),
    path("profiles/<slug:xid>/events/", profiles.events, name="profile-events"),
    path("profiles/<slug:xid>/identities/", profiles.identities, name="profile-identities"),
    path("profiles/<slug:xid>/json/", profiles.as_json, name="profile-json"),
    path("identities/", identities.list_, name="identities"),
    path("schemas/", schemas.list_, name="schemas"),
    path("schemas/<str:token>/", schemas.detail, name="schema"),
    path("datasets/", datasets.list_, name="datasets"),
    path("datasets/<slug:dataset_id>/", datasets.detail, name="dataset"),
    path("monitoring/", monitoring.overview, name="monitoring"),
    path("_components/", components.components, name="components"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", session.start, name="start"),
    path("sign-in/", session.sign_in, name="sign-in"),
    path("sign-out/", session.sign_out, name="sign-out"),
    path("preferences/", preferences.preferences, name="preferences"),
    path("s/<slug:sandbox>/", include(in_sandbox)),
]
