"""`/data/core/identity/cluster*` and `mapping*`: the graph as older clients read it."""

from abc import abstractmethod
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.sandboxes.models import Sandbox
from profiles.api.bodies import Json, require_object
from profiles.api.identity import ALGORITHM, IdentityApiView
from profiles.api.identity_requests import (
    Asked,
    Form,
    many_in_body,
    namespace_number,
    one_in_query,
    shown_legacy,
)
from profiles.identity import queries
from profiles.identity.ids import xid_text
from profiles.identity.queries import GraphView
from profiles.lookup.directory import Directory, directory_of

VERSION = "1.1.0"
_ONE = [
    OpenApiParameter("xid", str),
    OpenApiParameter("namespace", str, description="Namespace code; `ns` is the same"),
    OpenApiParameter("nsid", int),
    OpenApiParameter("id", str),
]


def _members(sandbox: Sandbox, wanted: Asked) -> Response:
    directory = directory_of(sandbox)
    graphs = queries.read_graphs(sandbox=sandbox, names=list(wanted.names))
    clusters = [
        {
            **_named(graph, wanted.form, directory),
            "members": [shown_legacy(one, wanted.form, directory) for one in graph.members],
        }
        for graph in graphs.values()
    ]
    return Response(
        {
            "version": VERSION,
            "clusters": clusters,
            "unprocessedRecords": _unprocessed(wanted, graphs),
            "algo_type": ALGORITHM,
        }
    )


def _history(sandbox: Sandbox, wanted: Asked) -> Response:
    directory = directory_of(sandbox)
    graphs = queries.read_graphs(sandbox=sandbox, names=list(wanted.names))
    histories = [
        {**_named(graph, wanted.form, directory), "clusterHistory": _now(graph)}
        for graph in graphs.values()
    ]
    return Response(
        {
            "version": VERSION,
            "xidsClusterHistory": histories,
            **_unprocessed_by_form(wanted, graphs),
        }
    )


def _now(graph: GraphView) -> list[Json]:
    """The graph an identity is in now; earlier ones are not kept."""
    first = min(graph.members, key=lambda member: member.id)
    latest = max(vertex.created_at for vertex in graph.vertices)
    return [{"clusterId": xid_text(first.xid), "cRecordedTS": latest}]


def _mapping(sandbox: Sandbox, wanted: Asked, params: Json) -> Response:
    directory = directory_of(sandbox)
    given: Any = params.get("targetNs")
    is_number = str(given).isdigit()
    target = namespace_number(
        directory, code=None if is_number else given, number=given if is_number else None
    )
    graphs = queries.read_graphs(sandbox=sandbox, names=list(wanted.names))
    mappings = [
        {**_named(graph, wanted.form, directory), "mapping": found, "regions": []}
        for graph in graphs.values()
        if (found := _targets(graph, target, wanted.form, directory))
    ]
    if not mappings:
        return Response(None, status=204)
    return Response(
        {"version": VERSION, "mappings": mappings, **_unprocessed_by_form(wanted, graphs)}
    )


def _targets(graph: GraphView, target: int, form: Form, directory: Directory) -> list[Json]:
    key = "xid" if form is Form.XID else "compositeXid"
    return [
        {
            key: shown_legacy(vertex.identity, form, directory),
            "lastAssociationTime": vertex.created_at,
        }
        for vertex in graph.vertices
        if vertex.identity.namespace == target and vertex.identity != graph.requested
    ]


def _named(graph: GraphView, form: Form, directory: Directory) -> Json:
    key = "xid" if form is Form.XID else "compositeXid"
    return {key: shown_legacy(graph.requested, form, directory)}


def _unprocessed(wanted: Asked, graphs: dict[bytes, GraphView]) -> list[Any]:
    unknown = [item for name, item in wanted.names.items() if name not in graphs]
    return [*wanted.unnamed, *unknown]


def _unprocessed_by_form(wanted: Asked, graphs: dict[bytes, GraphView]) -> Json:
    left = _unprocessed(wanted, graphs)
    by_xid = wanted.form is Form.XID
    return {"unprocessedXids": left if by_xid else [], "unprocessedNids": [] if by_xid else left}


class _OneView(IdentityApiView):
    """One identity by GET."""

    @abstractmethod
    def answer(self, sandbox: Sandbox, wanted: Asked, params: Json) -> Response:
        """The body for the identities asked for."""

    @extend_schema(tags=["Identity (legacy)"], parameters=_ONE, responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        sandbox = self.caller(request).sandbox
        params = {name: str(value) for name, value in request.query_params.items()}
        return self.answer(sandbox, one_in_query(sandbox, params), params)


class _ManyView(IdentityApiView):
    """Several identities by POST; same answers."""

    @abstractmethod
    def answer(self, sandbox: Sandbox, wanted: Asked, params: Json) -> Response:
        """The body for the identities asked for."""

    @extend_schema(
        tags=["Identity (legacy)"], request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT
    )
    def post(self, request: Request) -> Response:
        sandbox = self.caller(request).sandbox
        body = require_object(request.data)
        params = {**dict(request.query_params.items()), **body}
        return self.answer(sandbox, many_in_body(sandbox, body), params)


class ClusterMembersView(_OneView):
    """The members of one graph."""

    def answer(self, sandbox: Sandbox, wanted: Asked, params: Json) -> Response:
        return _members(sandbox, wanted)


class ClustersMembersView(_ManyView):
    """The members of several graphs."""

    def answer(self, sandbox: Sandbox, wanted: Asked, params: Json) -> Response:
        return _members(sandbox, wanted)


class ClusterHistoryView(_OneView):
    """The graph one identity belongs to."""

    def answer(self, sandbox: Sandbox, wanted: Asked, params: Json) -> Response:
        return _history(sandbox, wanted)


class ClustersHistoryView(_ManyView):
    """The graphs several identities belong to."""

    def answer(self, sandbox: Sandbox, wanted: Asked, params: Json) -> Response:
        return _history(sandbox, wanted)


class MappingView(_OneView):
    """One identity's counterparts in another namespace."""

    def answer(self, sandbox: Sandbox, wanted: Asked, params: Json) -> Response:
        return _mapping(sandbox, wanted, params)


class MappingsView(_ManyView):
    """Several identities' counterparts in another namespace."""

    def answer(self, sandbox: Sandbox, wanted: Asked, params: Json) -> Response:
        return _mapping(sandbox, wanted, params)
