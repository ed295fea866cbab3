"""Identities: the namespaces this organization knows, new ones and their edits."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from console.forms.identities import NamespaceEditForm, NamespaceForm, type_word
from console.pages import Crumb, Tab, actor_of, in_sandbox, render_page
from console.paging import page_of
from console.tables import Column, Table, table_of
from core.errors import AppError, NotFound
from core.sandboxes.models import Sandbox
from ingestion.namespaces.actions import create_namespace, update_namespace
from ingestion.namespaces.models import IdentityNamespace
from ingestion.namespaces.queries import get_namespace, list_namespaces
from profiles.identity.namespaces import LINKLESS_TYPES

COLUMNS = (
    Column("name", "Display name"),
    Column("code", "Identity symbol"),
    Column("type", "Identity type"),
    Column("owner", "Owner"),
    Column("id", "Namespace ID", extra=True, number=True),
    Column("updated", "Last updated", wide=True),
)
# Namespaces other products of the suite bring: listed on demand.
INTEGRATION_CODES = frozenset({"CORE", "TNTID", "AAID", "AVID", "AdCloud", "gclid", "APNS", "FCM"})


def workspace_tabs(sandbox: Sandbox, current: str) -> tuple[Tab, ...]:
    """The pages of the workspace."""
    names = (
        ("identities", "Browse"),
        ("identity-graph", "Identity Graph"),
        ("identity-simulation", "Graph Simulation"),
        ("identity-settings", "Settings"),
    )
    return tuple(
        Tab(label, reverse(name, args=[sandbox.name]), current=name == current)
        for name, label in names
    )


@dataclass(frozen=True, slots=True)
class NamespaceRow:
    """A line of the list."""

    namespace: IdentityNamespace
    type_word: str
    new: bool


@dataclass(frozen=True, slots=True)
class NamespacesPage:
    """Namespaces that match the search."""

    tabs: tuple[Tab, ...]
    table: Table
    rows: tuple[NamespaceRow, ...]
    text: str
    integration: bool


@require_GET
@in_sandbox
def list_(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Custom namespaces first, then standard ones; those of integrations on demand."""
    text = request.GET.get("q", "").strip()
    integration = request.GET.get("integration") == "on"
    created = request.GET.get("created", "")
    found = list_namespaces(organization=sandbox.organization)
    matching = [
        each
        for each in sorted(found, key=lambda one: (not one.custom, one.name))
        if text.lower() in f"{each.name} {each.code}".lower()
        and (integration or each.custom or not _is_integration(each))
    ]
    shown, paging = page_of(matching, request)
    rows = tuple(
        NamespaceRow(each, type_word(each.id_type), str(each.id) == created) for each in shown
    )
    table = table_of(
        request, "identities", label="Identity namespaces", columns=COLUMNS, paging=paging
    )
    return render_page(
        request,
        "console/identities/list.html",
        NamespacesPage(workspace_tabs(sandbox, "identities"), table, rows, text, integration),
        sandbox=sandbox,
        section="identities",
        title="Identities",
        fragment="results",
    )


def _is_integration(namespace: IdentityNamespace) -> bool:
    return namespace.code in INTEGRATION_CODES or namespace.id_type.startswith("B2B_")


@dataclass(frozen=True, slots=True)
class NewNamespacePage:
    """The form of a new namespace."""

    form: NamespaceForm


@require_http_methods(["GET", "POST"])
@in_sandbox
def new(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Create a namespace; its row is marked in the list afterwards."""
    if request.method == "GET":
        return _show_new(request, sandbox, NamespaceForm())
    form = NamespaceForm(request.POST)
    if not form.is_valid():
        return _show_new(request, sandbox, form, status=422)
    try:
        made = create_namespace(form.given(), actor=actor_of(request), sandbox=sandbox)
    except AppError as error:
        is_code = "code_in_use" in error.fields or error.fields.get("path") == "code"
        form.add_error("code" if is_code else None, error.message)
        return _show_new(request, sandbox, form, status=422)
    messages.success(request, f"Identity namespace {made.name} created.")
    return redirect(f"{reverse('identities', args=[sandbox.name])}?created={made.id}")


def _show_new(
    request: HttpRequest, sandbox: Sandbox, form: NamespaceForm, *, status: int = 200
) -> HttpResponse:
    return render_page(
        request,
        "console/identities/new.html",
        NewNamespacePage(form),
        sandbox=sandbox,
        section="identities",
        title="Create identity namespace",
        crumbs=(
            Crumb("Identities", reverse("identities", args=[sandbox.name])),
            Crumb("Create identity namespace"),
        ),
        status=status,
    )


@dataclass(frozen=True, slots=True)
class NamespacePage:
    """One namespace; `form` None: a standard one, which nobody changes."""

    namespace: IdentityNamespace
    type_word: str
    links: bool
    form: NamespaceEditForm | None


@require_http_methods(["GET", "POST"])
@in_sandbox
def detail(request: HttpRequest, sandbox: Sandbox, number: int) -> HttpResponse:
    """Look at a namespace; change the name and description of a custom one."""
    try:
        namespace = get_namespace(organization=sandbox.organization, number=number)
    except NotFound as error:
        raise Http404(error.message) from error
    stored = {"name": namespace.name, "description": namespace.description}
    if request.method == "GET":
        form = NamespaceEditForm(initial=stored) if namespace.custom else None
        return _show(request, sandbox, namespace, form)
    form = NamespaceEditForm(request.POST)
    if not form.is_valid():
        return _show(request, sandbox, namespace, form, status=422)
    try:
        update_namespace(
            form.given(namespace), actor=actor_of(request), sandbox=sandbox, number=number
        )
    except AppError as error:
        form.add_error(None, error.message)
        return _show(request, sandbox, namespace, form, status=422)
    messages.success(request, f"Identity namespace {namespace.name} saved.")
    return redirect(f"{reverse('identities', args=[sandbox.name])}?created={number}")


def _show(
    request: HttpRequest,
    sandbox: Sandbox,
    namespace: IdentityNamespace,
    form: NamespaceEditForm | None,
    *,
    status: int = 200,
) -> HttpResponse:
    page = NamespacePage(
        namespace=namespace,
        type_word=type_word(namespace.id_type),
        links=namespace.id_type.upper() not in LINKLESS_TYPES,
        form=form,
    )
    return render_page(
        request,
        "console/identities/namespace.html",
        page,
        sandbox=sandbox,
        section="identities",
        title=namespace.name,
        crumbs=(
            Crumb("Identities", reverse("identities", args=[sandbox.name])),
            Crumb(namespace.name),
        ),
        status=status,
    )
