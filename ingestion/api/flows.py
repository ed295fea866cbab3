"""`/data/foundation/flowservice`: connections, source and target connections, flows, specs."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import AppError
from core.http.errors import status_of
from core.http.openapi import ANY_JSON, ANY_OBJECT, operation
from core.http.params import parse_property
from core.http.request_id import current_request_id
from core.http.views import ApiView, rights
from core.json_patch import apply_patch
from core.sandboxes.models import Sandbox
from ingestion.api.flows_documents import (
    Document,
    etag_of,
    find_inlet,
    object_document,
    parse_connection,
    parse_name,
    parse_object,
    reference,
)
from ingestion.api.flows_lists import LIST_QUERY, list_body
from ingestion.connections import actions, queries
from ingestion.connections.errors import refusal
from ingestion.connections.models import FlowObject
from ingestion.connections.specs import CONNECTION_SPECS, FLOW_SPECS, HTTP_API
from ingestion.connections.types import InletInput, Writer

_TAG = "flow service"
_KIND = FlowObject.Kind
# Refusals the platform itself raises have no number of this service.
_CODES = {400: "1402", 404: "1439", 405: "1434", 409: "1409", 412: "1404"}


class FlowView(ApiView):
    """An endpoint of Flow Service."""

    permission = rights("view-sources", "manage-sources")
    service = "FLOW"

    def error_body(self, error: AppError) -> dict[str, Any]:
        status = status_of(error)
        code = error.code if error.code.isdigit() else _CODES.get(status, "1400")
        detail = {"detailed-message": error.message, "request-id": current_request_id()}
        return {
            "type": f"https://ns.adobe.com/aep/errors/FLOW-{code}-{status}",
            "title": error.message,
            "status": status,
            "report": {**error.fields, **detail},
        }

    def writer(self, request: Request) -> Writer:
        """Who writes, as the actions want it."""
        caller = self.caller(request)
        return Writer(actor=caller.actor, client_id=caller.client_id)


def if_match(request: Request) -> str | None:
    """The bare etag of the If-Match header."""
    given: str | None = request.headers.get("if-match")
    return None if given is None else given.strip().removeprefix("W/").strip().strip('"')


def related_to(rows: Iterable[FlowObject], sandbox: Sandbox) -> Mapping[str, FlowObject]:
    """Everything these objects refer to, by id: at most two queries."""
    rows = list(rows)
    found: dict[str, FlowObject] = {}
    wanted = {i for row in rows for i in _named(row)}
    while wanted:
        level = {str(o.pk): o for o in FlowObject.objects.filter(sandbox=sandbox, pk__in=wanted)}
        found |= level
        wanted = {i for row in level.values() for i in _named(row)} - found.keys()
    return found


def _named(row: FlowObject) -> list[str]:
    document = row.document
    names = [*document.get("sourceConnectionIds", ()), *document.get("targetConnectionIds", ())]
    base = document.get("baseConnectionId")
    return [*names, str(base)] if base else names


class ObjectsView(FlowView):
    """All objects of one kind, and the creation of one."""

    kind: ClassVar[str]

    @operation(_TAG, query=LIST_QUERY)
    def get(self, request: Request) -> Response:
        sandbox = self.caller(request).sandbox
        rows = list(queries.list_objects(sandbox=sandbox, kind=self.kind))
        related = related_to(rows, sandbox)
        documents = [object_document(row, sandbox, related) for row in rows]
        return Response(list_body(documents, request.query_params, path=f"/{self.kind}"))

    @operation(_TAG, body=ANY_OBJECT, status=201)
    def post(self, request: Request) -> Response:
        body = request.data
        document = parse_object(body)
        if self.kind == _KIND.FLOW and "state" in body:
            raise refusal("1410", "state cannot be given when creating a flow", path="state")
        stored = self.create(request, document)
        return Response(reference(stored), 201, headers={"ETag": etag_of(stored)})

    def create(self, request: Request, document: Document) -> FlowObject:
        """Store the new object."""
        return actions.create_object(
            writer=self.writer(request),
            sandbox=self.caller(request).sandbox,
            kind=self.kind,
            name=parse_name(document),
            document=document,
        )


class ConnectionsView(ObjectsView):
    """Base connections: a streaming one opens an inlet."""

    kind = _KIND.CONNECTION

    def create(self, request: Request, document: Document) -> FlowObject:
        given = parse_connection(document)
        spec = document.get("connectionSpec")
        if not isinstance(spec, dict) or spec.get("id") != HTTP_API:
            received = spec.get("id") if isinstance(spec, dict) else spec
            raise refusal(
                "1413",
                "connectionSpec.id is invalid",
                path="connectionSpec.id",
                received=received,
                expected=[HTTP_API],
            )
        return actions.create_connection(
            writer=self.writer(request),
            sandbox=self.caller(request).sandbox,
            given=given,
            document=document,
        )


class SourceConnectionsView(ObjectsView):
    """Source connections."""

    kind = _KIND.SOURCE


class TargetConnectionsView(ObjectsView):
    """Target connections."""

    kind = _KIND.TARGET


class FlowsView(ObjectsView):
    """Flows."""

    kind = _KIND.FLOW


class ObjectView(FlowView):
    """One object of a kind."""

    kind: ClassVar[str]

    @operation(_TAG)
    def get(self, request: Request, object_id: str) -> Response:
        sandbox = self.caller(request).sandbox
        stored = queries.get_object(sandbox=sandbox, kind=self.kind, object_id=object_id)
        document = object_document(stored, sandbox, related_to([stored], sandbox))
        return Response({"items": [document]}, headers={"ETag": etag_of(stored)})

    @operation(_TAG, body=ANY_JSON)
    def patch(self, request: Request, object_id: str) -> Response:
        given = if_match(request)
        if given is None:
            raise refusal("1403", "The header If-Match is required", id=object_id, type=self.kind)
        if not request.data:
            raise refusal("1405", "The body is empty", id=object_id, type=self.kind)
        stored = actions.change_object(
            writer=self.writer(request),
            sandbox=self.caller(request).sandbox,
            kind=self.kind,
            object_id=object_id,
            if_match=given,
            edit=lambda row: edited(row, request.data),
        )
        return Response(reference(stored), headers={"ETag": etag_of(stored)})

    @operation(_TAG, answer=None, status=204)
    def delete(self, request: Request, object_id: str) -> Response:
        caller = self.caller(request)
        actions.delete_object(
            actor=caller.actor,
            sandbox=caller.sandbox,
            kind=self.kind,
            object_id=object_id,
            if_match=if_match(request),
        )
        return Response(status=204)


def edited(stored: FlowObject, change: Any) -> tuple[str, Document, InletInput | None]:
    """Name, document and inlet after a JSON Patch, whose operations may be in any letter case."""
    before = _client_view(stored)
    if not isinstance(change, list):
        raise refusal("1402", "The body must be a JSON Patch array")
    document = parse_object(apply_patch(before, [_lower(step) for step in change]))
    if document.get("connectionSpec") != before.get("connectionSpec"):
        raise refusal("1414", "connectionSpec cannot change", path="connectionSpec")
    name = parse_name(document)
    inlet = parse_connection(document) if stored.kind == _KIND.CONNECTION else None
    return name, document, inlet


def _client_view(stored: FlowObject) -> Document:
    """What the client may patch: its document, with the inlet as it is now."""
    document = {"description": "", **stored.document, "name": stored.name}
    inlet = find_inlet(stored)
    if inlet is not None:
        params = {
            "sourceId": inlet.source_id,
            "dataType": inlet.data_type,
            "name": inlet.source_id,
            "authenticationRequired": inlet.authentication_required,
        }
        auth = document.get("auth") or {}
        document["auth"] = {**auth, "params": {**(auth.get("params") or {}), **params}}
    return document


def _lower(step: Any) -> Any:
    if not isinstance(step, dict) or not isinstance(step.get("op"), str):
        return step
    op = step["op"].lower()
    if op not in {"add", "replace", "remove"}:
        raise refusal("1434", f"Unknown operation {step['op']}", path="op", received=step["op"])
    return {**step, "op": op}


class ConnectionView(ObjectView):
    """One base connection."""

    kind = _KIND.CONNECTION


class SourceConnectionView(ObjectView):
    """One source connection."""

    kind = _KIND.SOURCE


class TargetConnectionView(ObjectView):
    """One target connection."""

    kind = _KIND.TARGET


class FlowObjectView(ObjectView):
    """One flow."""

    kind = _KIND.FLOW


class ConnectionTestView(FlowView):
    """Whether a base connection works: an inlet of ours does while it is enabled."""

    @operation(_TAG)
    def get(self, request: Request, object_id: str) -> Response:
        stored = queries.get_object(
            sandbox=self.caller(request).sandbox, kind=_KIND.CONNECTION, object_id=object_id
        )
        status = "success" if stored.state == queries.ENABLED else "failed"
        return Response({"result": {"status": status}})


class ActionView(FlowView):
    """Switch a flow or connection on or off."""

    kind: ClassVar[str] = _KIND.FLOW

    @operation(_TAG, query={"op": "`enable` or `disable`"})
    def post(self, request: Request, object_id: str) -> Response:
        stored = actions.switch_object(
            writer=self.writer(request),
            sandbox=self.caller(request).sandbox,
            kind=self.kind,
            object_id=object_id,
            operation=request.query_params.get("op", "").strip().lower(),
        )
        return Response(reference(stored), headers={"ETag": etag_of(stored)})


class ConnectionActionView(ActionView):
    """Switch a base connection, and so its inlet, on or off."""

    kind = _KIND.CONNECTION


class SpecsView(FlowView):
    """Specifications of connections: what can be connected."""

    specs: ClassVar[Mapping[str, Document]] = CONNECTION_SPECS

    @operation(_TAG, query={"property": LIST_QUERY["property"]})
    def get(self, request: Request) -> Response:
        tests = [parse_property(text) for text in request.query_params.getlist("property")]
        found = [s for s in self.specs.values() if all(test.accepts(s) for test in tests)]
        return Response({"items": found, "_links": {}})


class FlowSpecsView(SpecsView):
    """Specifications of flows."""

    specs = FLOW_SPECS


class SpecView(FlowView):
    """One connection specification."""

    kind: ClassVar[str] = "connectionSpecs"
    specs: ClassVar[Mapping[str, Document]] = CONNECTION_SPECS

    @operation(_TAG)
    def get(self, request: Request, spec_id: str) -> Response:
        self.caller(request)
        if spec_id not in self.specs:
            raise queries.object_not_found(self.kind, spec_id)
        return Response({"items": [self.specs[spec_id]]})


class FlowSpecView(SpecView):
    """One flow specification."""

    kind = "flowSpecs"
    specs = FLOW_SPECS
