"""Addresses of the registry, each with and without a trailing slash.

An id in a path is a whole URL: the server hands it over decoded, slashes and all.
"""

from typing import Any

from django.urls import URLPattern, re_path

from ingestion.api.registry import descriptors, resources, rpc

_BASE = "data/foundation/schemaregistry"
_ID = r"(?P<identifier>.+?)"
_TYPE = r"(?P<container>global|tenant)/(?P<kind>[a-zA-Z]+)"


def _route(pattern: str, view: Any) -> URLPattern:
    route: URLPattern = re_path(rf"^{_BASE}/{pattern}/?$", view.as_view())
    return route


urlpatterns: list[URLPattern] = [
    _route("stats", rpc.StatsView),
    _route(f"rpc/export/{_ID}", rpc.ExportView),
    _route("rpc/import", rpc.ImportView),
    _route(f"rpc/sampledata/{_ID}", rpc.SampleDataView),
    _route(f"rpc/auditlog/{_ID}", rpc.AuditLogView),
    _route("tenant/descriptors", descriptors.DescriptorsView),
    _route(f"tenant/descriptors/{_ID}", descriptors.DescriptorView),
    _route(_TYPE, resources.ResourcesView),
    _route(f"{_TYPE}/{_ID}", resources.ResourceView),
]
