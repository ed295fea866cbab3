"""Set up, switch and delete streaming connections."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from console.forms.sources import HttpApiForm
from console.pages import Crumb, actor_of, in_sandbox, render_page
from core.errors import AppError, NotFound
from core.sandboxes.models import Sandbox
from ingestion.connections.actions import switch_object
from ingestion.connections.http_api import close_stream, open_stream
from ingestion.connections.models import FlowObject, Inlet
from ingestion.connections.queries import get_inlet
from ingestion.connections.types import InletInput, Writer


@dataclass(frozen=True, slots=True)
class SetupPage:
    """The form."""

    form: HttpApiForm


@require_http_methods(["GET", "POST"])
@in_sandbox
def new(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Set up an HTTP API source; finishing opens its endpoint page."""
    if request.method == "GET":
        return _show(request, sandbox, HttpApiForm(sandbox=sandbox))
    form = HttpApiForm(request.POST, sandbox=sandbox)
    if not form.is_valid():
        return _show(request, sandbox, form, status=422)
    given = InletInput(
        name=form.cleaned_data["name"],
        description=form.cleaned_data["description"],
        source_id=form.cleaned_data["name"],
        authentication_required=form.cleaned_data["authentication"],
    )
    try:
        inlet = open_stream(
            writer=Writer(actor_of(request)),
            sandbox=sandbox,
            given=given,
            dataset=form.cleaned_data["dataset"],
        )
    except AppError as error:
        form.add_error(None, error.message)
        return _show(request, sandbox, form, status=422)
    messages.success(request, f"Connection {inlet.name} created. Send it a first record.")
    return redirect("source", sandbox.name, inlet.inlet_id)


def _show(
    request: HttpRequest, sandbox: Sandbox, form: HttpApiForm, *, status: int = 200
) -> HttpResponse:
    return render_page(
        request,
        "console/sources/new.html",
        SetupPage(form),
        sandbox=sandbox,
        section="sources",
        title="Set up HTTP API",
        crumbs=(
            Crumb("Sources", reverse("sources", args=[sandbox.name])),
            Crumb("Set up HTTP API"),
        ),
        status=status,
    )


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
