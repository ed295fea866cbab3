"""Routes of Flow Service and the legacy inlets, with and without a trailing slash."""

from typing import Any

from django.urls import URLPattern, re_path

from ingestion.api import flows, flows_runs, inlets

_BASE = "data/foundation/flowservice"
_ID = r"(?P<object_id>[^/]+)"


def _route(pattern: str, view: Any) -> URLPattern:
    route: URLPattern = re_path(rf"^{pattern}/?$", view.as_view())
    return route


urlpatterns = [
    _route(f"{_BASE}/connectionSpecs", flows.SpecsView),
    _route(rf"{_BASE}/connectionSpecs/(?P<spec_id>[^/]+)", flows.SpecView),
    _route(f"{_BASE}/flowSpecs", flows.FlowSpecsView),
    _route(rf"{_BASE}/flowSpecs/(?P<spec_id>[^/]+)", flows.FlowSpecView),
    _route(f"{_BASE}/connections", flows.ConnectionsView),
    _route(f"{_BASE}/connections/{_ID}", flows.ConnectionView),
    _route(f"{_BASE}/connections/{_ID}/test", flows.ConnectionTestView),
    _route(f"{_BASE}/connections/{_ID}/action", flows.ConnectionActionView),
    _route(f"{_BASE}/sourceConnections", flows.SourceConnectionsView),
    _route(f"{_BASE}/sourceConnections/{_ID}", flows.SourceConnectionView),
    _route(f"{_BASE}/targetConnections", flows.TargetConnectionsView),
    _route(f"{_BASE}/targetConnections/{_ID}", flows.TargetConnectionView),
    _route(f"{_BASE}/flows", flows.FlowsView),
    _route(f"{_BASE}/flows/{_ID}", flows.FlowObjectView),
    _route(f"{_BASE}/flows/{_ID}/action", flows.ActionView),
    _route(f"{_BASE}/flows/{_ID}/runs", flows_runs.FlowRunsView),
    _route(f"{_BASE}/runs", flows_runs.RunsView),
    _route(rf"{_BASE}/runs/(?P<run_id>[^/]+)", flows_runs.RunView),
    _route("data/core/edge/inlet", inlets.InletsView),
    _route(r"data/core/edge/inlet/(?P<inlet_id>[^/]+)", inlets.InletView),
]
