"""`/data/core/identity`: XIDs, the v2 graph and the settings of linking."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import AppError, Invalid
from core.http.errors import problem, status_of
from core.http.request_id import current_request_id
from core.http.views import ApiView, rights
from core.sandboxes.models import Sandbox
from profiles.api.bodies import Json, flag, require_object, require_text
from profiles.api.identity_requests import Asked, Form, asked, namespace_number, shown
from profiles.identity import actions, queries
from profiles.identity.actions import NamespaceRule
from profiles.identity.ids import xid, xid_text
from profiles.identity.models import LinkingSettings
from profiles.identity.queries import GraphView, Link
from profiles.lookup.directory import Directory, directory_of

ALGORITHM = "STITCH_ALL"


class IdentityApiView(ApiView):
    """An endpoint of the identity service."""

    permission = rights("view-identity-graph")
    service = "IDENTITY"

    def error_body(self, error: AppError) -> Json:
        body = problem(error, service=self.service)
        return {**body, "title": "InvalidInput"} if status_of(error) == 400 else body


class XidView(IdentityApiView):
    """The XID of an identity."""

    @extend_schema(
        tags=["Identity"],
        summary="Get the XID of an identity",
        parameters=[
            OpenApiParameter("id", str, required=True),
            OpenApiParameter("namespace", str, description="Namespace code"),
            OpenApiParameter("nsid", int, description="Used when namespace is absent"),
        ],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request) -> Response:
        params = request.query_params
        value = params.get("id")
        if not value:
            raise Invalid("id is required.", path="id")
        directory = directory_of(self.caller(request).sandbox)
        number = namespace_number(
            directory, code=params.get("namespace"), number=params.get("nsid")
        )
        return Response({"xid": xid_text(xid(number, value))})


class GraphsView(IdentityApiView):
    """Graphs, version 2."""

    def error_body(self, error: AppError) -> Json:
        if status_of(error) != 400:
            return super().error_body(error)
        return {
            "reason": f"Validation error Request id: {current_request_id()}",
            "message": f"Graph Request Invalid - {error.message}",
        }

    @extend_schema(
        tags=["Identity"],
        summary="Get identity graphs",
        description="By `composite_xids` or `xids`; `projection_type` is `set` (members) or"
        " `graph` (vertices and edges). Answers name identities in the form of the question.",
        request=OpenApiTypes.OBJECT,
        responses=OpenApiTypes.OBJECT,
    )
    def post(self, request: Request) -> Response:
        sandbox = self.caller(request).sandbox
        body = require_object(request.data)
        projection = body.get("projection_type", "set")
        if projection not in ("set", "graph"):
            raise Invalid("projection types available are [graph|set].", received=projection)
        with_metadata = flag(body.get("require_edge_meta_data"), name="require_edge_meta_data")
        composites = body.get("composite_xids", body.get("composite_xid"))
        if isinstance(composites, dict):
            composites = [composites]  # the public Python client names and sends one like this
        wanted = asked(sandbox, xids=body.get("xids"), composites=composites)
        graphs = queries.read_graphs(sandbox=sandbox, names=list(wanted.names))
        if projection == "set":
            shown_graphs = [_set(graph, wanted.form, sandbox) for graph in graphs.values()]
        else:
            shown_graphs = _graphs(
                list(graphs.values()), wanted.form, sandbox, with_metadata=with_metadata
            )
        return Response(_envelope(wanted, graphs, shown_graphs))


def _envelope(wanted: Asked, graphs: dict[bytes, GraphView], shown_graphs: list[Json]) -> Json:
    unknown = [item for name, item in wanted.names.items() if name not in graphs]
    unprocessed = [*wanted.unnamed, *unknown]
    by_xid = wanted.form is Form.XID
    return {
        "version": "2.0",
        "algo_type": ALGORITHM,
        "graphs": shown_graphs,
        "unprocessed_composite_xids": [] if by_xid else unprocessed,
        "unprocessed_xids": unprocessed if by_xid else [],
    }


def _key(form: Form) -> str:
    return "xid" if form is Form.XID else "composite_xid"


def _set(graph: GraphView, form: Form, sandbox: Sandbox) -> Json:
    directory = directory_of(sandbox)
    return {
        _key(form): shown(graph.requested, form, directory),
        "members": [shown(member, form, directory) for member in graph.members],
    }


def _graphs(
    graphs: list[GraphView], form: Form, sandbox: Sandbox, *, with_metadata: bool
) -> list[Json]:
    directory = directory_of(sandbox)
    members = {member.id: member for graph in graphs for member in graph.members}
    links = queries.list_links(sandbox=sandbox, identities=list(members.values()))
    return [_graph(graph, links, form, directory, with_metadata=with_metadata) for graph in graphs]


def _graph(
    graph: GraphView, links: list[Link], form: Form, directory: Directory, *, with_metadata: bool
) -> Json:
    ids = {member.id for member in graph.members}
    own = [link for link in links if link.a.id in ids and link.b.id in ids]
    seen: dict[bytes, int] = {}
    for link in own:
        for end in (link.a.id, link.b.id):
            seen[end] = max(seen.get(end, 0), link.last_established)
    return {
        _key(form): shown(graph.requested, form, directory),
        "vertices": [
            {
                _key(form): shown(vertex.identity, form, directory),
                "last_updated_ts": seen.get(vertex.identity.id, vertex.created_at),
            }
            for vertex in graph.vertices
        ],
        "edges": [_edge(link, form, directory, with_metadata=with_metadata) for link in own],
    }


def _edge(link: Link, form: Form, directory: Directory, *, with_metadata: bool) -> Json:
    edge: Json = {
        f"{_key(form)}_pair": [shown(end, form, directory) for end in (link.a, link.b)],
        "first_established_ts": link.first_established,
        "last_established_ts": link.last_established,
    }
    if with_metadata:
        edge["dataset_ids"] = directory.dataset_ids(link.datasets)
        edge["batch_ids"] = []
    return edge


class IdentitySettingsView(IdentityApiView):
    """The linking rules of a sandbox."""

    permission = rights("view-identity-namespaces", "manage-identity-namespaces")

    @extend_schema(
        tags=["Identity"],
        summary="Get the linking rules",
        description="An empty list: rules are off, all identities that come together are linked.",
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request) -> Response:
        sandbox = self.caller(request).sandbox
        return Response(_settings_body(queries.find_linking_settings(sandbox=sandbox)))

    @extend_schema(
        tags=["Identity"],
        summary="Replace the linking rules",
        description="Each namespace has a priority of its own, 1 is the highest; device and"
        " cookie namespaces come after those of persons; only those of persons can be unique.",
        request=OpenApiTypes.OBJECT,
        responses=OpenApiTypes.OBJECT,
    )
    def put(self, request: Request) -> Response:
        caller = self.caller(request)
        given = require_object(request.data).get("namespaces")
        if not isinstance(given, list):
            raise Invalid("namespaces must be a list.", path="namespaces")
        rules = [_rule(require_object(row)) for row in given]
        saved = actions.save_linking_settings(rules, actor=caller.actor, sandbox=caller.sandbox)
        return Response(_settings_body(saved))


def _rule(row: Json) -> NamespaceRule:
    priority: Any = row.get("priority")
    if not isinstance(priority, int) or isinstance(priority, bool):
        raise Invalid("priority must be a whole number.", path="priority", received=priority)
    return NamespaceRule(
        code=require_text(row, "code"),
        priority=priority,
        unique=flag(row.get("unique"), name="unique"),
    )


def _settings_body(settings: LinkingSettings | None) -> Json:
    return {"namespaces": [] if settings is None else settings.namespaces}
