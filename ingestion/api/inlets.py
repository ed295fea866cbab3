"""`/data/core/edge/inlet`: the legacy way to open an address for records."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import Invalid
from core.http.openapi import ANY_OBJECT, operation
from core.http.views import ApiView, rights
from ingestion.api.flows_documents import inlet_document
from ingestion.connections import actions, queries
from ingestion.connections.types import InletInput, Writer

_TAG = "inlets"


def parse_inlet(body: Any) -> InletInput:
    """An inlet as the client describes it."""
    if not isinstance(body, dict):
        raise Invalid("The body must be a JSON object")
    return InletInput(
        name=body.get("name") or "",
        description=body.get("description") or "",
        source_id=body.get("sourceId") or "",
        data_type=body.get("dataType") or "xdm",
        authentication_required=body.get("authenticationRequired", False),
    )


class InletsView(ApiView):
    """The inlets of a sandbox, those of streaming connections too."""

    permission = rights("view-sources", "manage-sources")
    service = "DCS"
    # Its clients send what their HTTP library declares by default.
    any_content_type = True

    @operation(_TAG)
    def get(self, request: Request) -> Response:
        sandbox = self.caller(request).sandbox
        items = [inlet_document(i, sandbox) for i in queries.list_inlets(sandbox=sandbox)]
        return Response({"items": items, "total": len(items)})

    @operation(_TAG, body=ANY_OBJECT, status=201)
    def post(self, request: Request) -> Response:
        caller = self.caller(request)
        inlet = actions.open_inlet(
            writer=Writer(actor=caller.actor, client_id=caller.client_id),
            sandbox=caller.sandbox,
            given=parse_inlet(request.data),
        )
        return Response(inlet_document(inlet, caller.sandbox), 201)


class InletView(ApiView):
    """One inlet."""

    permission = rights("view-sources", "manage-sources")
    service = "DCS"

    @operation(_TAG)
    def get(self, request: Request, inlet_id: str) -> Response:
        sandbox = self.caller(request).sandbox
        inlet = queries.get_inlet(sandbox=sandbox, inlet_id=inlet_id)
        return Response(inlet_document(inlet, sandbox))

    @operation(_TAG, answer=None, status=204)
    def delete(self, request: Request, inlet_id: str) -> Response:
        caller = self.caller(request)
        actions.close_inlet(actor=caller.actor, sandbox=caller.sandbox, inlet_id=inlet_id)
        return Response(status=204)
