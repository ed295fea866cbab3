"""Switch and delete streaming connections."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from console.pages import actor_of, in_sandbox
from core.errors import AppError, NotFound
from core.sandboxes.models import Sandbox
from ingestion.connections.actions import switch_object
from ingestion.connections.http_api import close_stream
from ingestion.connections.models import FlowObject, Inlet
from ingestion.connections.queries import get_inlet
from ingestion.connections.types import Writer


def _find(sandbox: Sandbox, inlet_id: str) -> Inlet:
    try:
        return get_inlet(sandbox=sandbox, inlet_id=inlet_id)
    except NotFound as error:
        raise Http404(error.message) from error


@require_POST
@in_sandbox
def switch(request: HttpRequest, sandbox: Sandbox, inlet_id: str) -> HttpResponse:
    """Enable or disable a connection: a disabled one refuses records."""
    inlet = _find(sandbox, inlet_id)
    operation = "enable" if request.POST.get("to") == "enable" else "disable"
    try:
        switch_object(
            writer=Writer(actor_of(request)),
            sandbox=sandbox,
            kind=FlowObject.Kind.CONNECTION,
            object_id=str(inlet.connection_id),
            operation=operation,
        )
        messages.success(request, f"Connection {inlet.name} {operation}d.")
    except AppError as error:
        messages.error(request, error.message)
    return redirect("source", sandbox.name, inlet_id)


@require_POST
@in_sandbox
def delete(request: HttpRequest, sandbox: Sandbox, inlet_id: str) -> HttpResponse:
    """Delete a connection once its name was typed."""
    inlet = _find(sandbox, inlet_id)
    if request.POST.get("name", "").strip() != inlet.name:
        messages.error(request, f"Not deleted: type {inlet.name} to confirm.")
        return redirect("source", sandbox.name, inlet_id)
    try:
        close_stream(actor=actor_of(request), sandbox=sandbox, inlet=inlet)
    except AppError as error:
        messages.error(request, error.message)
        return redirect("source", sandbox.name, inlet_id)
    messages.success(request, f"Connection {inlet.name} deleted. Its records stay.")
    return redirect("sources", sandbox.name)
