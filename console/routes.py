"""Addresses of the console. Data lives under its sandbox, so that links can be shared."""

from django.urls import URLPattern, URLResolver, include, path

from console import admin_routes, customer_routes
from console.views import (
    components,
    home,
    monitoring,
    notifications,
    preferences,
    profile,
    profiles,
    records,
    search,
    session,
    source_endpoint,
    source_setup,
    source_traffic,
    sources,
)

in_sandbox: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("search/", search.search, name="search"),
    path("sources/", sources.list_, name="sources"),
    path("sources/", include("console.source_setup_routes")),
    path("sources/<slug:inlet_id>/", source_endpoint.endpoint, name="source"),
    path("sources/<slug:inlet_id>/tail/", source_endpoint.tail, name="source-tail"),
    path("sources/<slug:inlet_id>/send/", source_endpoint.send_test, name="source-send"),
    path(
        "sources/<slug:inlet_id>/send-as-is/",
        source_endpoint.send_as_is,
        name="source-send-as-is",
    ),
    path("sources/<slug:inlet_id>/check/", source_endpoint.check, name="source-check"),
    path("sources/<slug:inlet_id>/metrics/", source_traffic.metrics, name="source-metrics"),
    path("sources/<slug:inlet_id>/errors/", source_traffic.errors, name="source-errors"),
    path("sources/<slug:inlet_id>/switch/", source_setup.switch, name="source-switch"),
    path("sources/<slug:inlet_id>/delete/", source_setup.delete, name="source-delete"),
    path("records/<slug:record_id>/", records.detail, name="record"),
    path("records/<slug:record_id>/retry/", records.retry, name="record-retry"),
    path("profiles/", profiles.find, name="profiles"),
    *customer_routes.patterns,
    path("profiles/<slug:xid>/", profile.attributes, name="profile"),
    path("profiles/<slug:xid>/events/", profile.events, name="profile-events"),
    path("profiles/<slug:xid>/identities/", profile.identities, name="profile-identities"),
    path("profiles/<slug:xid>/json/", profile.as_json, name="profile-json"),
    path("audiences/", include("console.builder.routes")),
    path("schemas/", include("console.schemas.routes")),
    path("datasets/", include("console.dataset_routes")),
    path("notifications/", notifications.list_, name="notifications"),
    path("notifications/bell/", notifications.bell, name="notifications-bell"),
    path("notifications/read/", notifications.read, name="notifications-read"),
    path("notifications/<int:number>/", notifications.open_, name="notification"),
    path("monitoring/", monitoring.overview, name="monitoring"),
    path("monitoring/", include("console.monitoring_routes")),
    *admin_routes.in_sandbox,
    path("_components/", components.components, name="components"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", session.start, name="start"),
    path("sign-in/", session.sign_in, name="sign-in"),
    path("sign-out/", session.sign_out, name="sign-out"),
    *admin_routes.outside,
    path("preferences/", preferences.preferences, name="preferences"),
    path("preferences/columns/", preferences.columns, name="table-columns"),
    path("s/<slug:sandbox>/", include(in_sandbox)),
]
