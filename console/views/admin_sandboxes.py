"""Sandboxes: list, creation, copy of a configuration, reset and deletion."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from console.forms.admin import CopyForm, SandboxForm
from console.pages import Crumb, actor_of, in_sandbox, render_page
from console.paging import page_of
from console.tables import Column, Table, table_of
from core.errors import AppError, Forbidden, NotFound
from core.sandboxes import actions
from core.sandboxes.models import Sandbox
from core.sandboxes.queries import get_sandbox, list_sandboxes
from core.sandboxes.wipe import count_rows

TONES = {
    Sandbox.State.ACTIVE: "positive",
    Sandbox.State.FAILED: "negative",
    Sandbox.State.DELETED: "neutral",
}
# What people call the tables a reset empties; the others are details of these.
KINDS = {
    "ingestion_registryresource": "schemas and their parts",
    "ingestion_dataset": "datasets",
    "ingestion_inlet": "streaming connections",
    "journal_record": "records in the journal",
    "journal_reject": "failed records",
    "identity": "identities",
    "profile": "profiles",
    "profile_event": "events",
    "profiles_mergepolicy": "merge policies",
}

COLUMNS = (
    Column("title", "Title"),
    Column("name", "Name"),
    Column("type", "Type"),
    Column("state", "State"),
    Column("created", "Created"),
)


@dataclass(frozen=True, slots=True)
class SandboxRow:
    """A line of the list."""

    sandbox: Sandbox
    tone: str


@dataclass(frozen=True, slots=True)
class SandboxesPage:
    """The sandboxes this person sees."""

    table: Table
    rows: tuple[SandboxRow, ...]


@require_GET
@in_sandbox
def list_(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """In the order they were made."""
    actor = actor_of(request)
    found = list_sandboxes(organization=sandbox.organization)
    shown, paging = page_of([each for each in found if actor.sees(each.pk)], request)
    table = table_of(request, "sandboxes", label="Sandboxes", columns=COLUMNS, paging=paging)
    rows = tuple(
        SandboxRow(each, TONES.get(Sandbox.State(each.state), "informative")) for each in shown
    )
    return render_page(
        request,
        "console/admin/sandboxes.html",
        SandboxesPage(table, rows),
        sandbox=sandbox,
        section="sandboxes",
        title="Sandboxes",
    )


@dataclass(frozen=True, slots=True)
class SandboxFormPage:
    """The form of a new sandbox."""

    form: SandboxForm


@require_http_methods(["GET", "POST"])
@in_sandbox
def new(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Create a sandbox; it can be used at once."""
    form = SandboxForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.create_sandbox(
                actor=actor_of(request),
                organization=sandbox.organization,
                name=form.cleaned_data["name"],
                title=form.cleaned_data["title"],
                sandbox_type=form.cleaned_data["type"],
            )
        except Forbidden:
            raise
        except AppError as error:
            form.add_error("name", error.message)
        else:
            messages.success(request, f"Sandbox {made.title} created.")
            return redirect("sandbox", sandbox.name, made.name)
    return render_page(
        request,
        "console/admin/sandbox_new.html",
        SandboxFormPage(form),
        sandbox=sandbox,
        section="sandboxes",
        title="Create sandbox",
        crumbs=(*_crumbs(sandbox), Crumb("Create sandbox")),
        status=422 if form.is_bound else 200,
    )


@dataclass(frozen=True, slots=True)
class SandboxPage:
    """One sandbox, and in numbers what a reset or deletion would remove."""

    subject: Sandbox
    tone: str
    counts: tuple[tuple[str, int], ...]
    rows: int
    copy: CopyForm | None


@require_GET
@in_sandbox
def detail(request: HttpRequest, sandbox: Sandbox, name: str) -> HttpResponse:
    """What a sandbox holds, and what can be done to it."""
    subject = _find(request, sandbox, name)
    rows = count_rows(subject)
    copy = CopyForm(source=subject)
    page = SandboxPage(
        subject=subject,
        tone=TONES.get(Sandbox.State(subject.state), "informative"),
        counts=tuple((word, rows.get(table, 0)) for table, word in KINDS.items()),
        rows=sum(rows.values()),
        copy=copy if copy.fields["target"].choices else None,  # type: ignore[attr-defined]
    )
    return render_page(
        request,
        "console/admin/sandbox.html",
        page,
        sandbox=sandbox,
        section="sandboxes",
        title=subject.title,
        crumbs=(*_crumbs(sandbox), Crumb(subject.title)),
    )


@require_POST
@in_sandbox
def copy(request: HttpRequest, sandbox: Sandbox, name: str) -> HttpResponse:
    """Copy what shapes data into another sandbox."""
    subject = _find(request, sandbox, name)
    try:
        copied = actions.copy_configuration(
            actor=actor_of(request),
            organization=sandbox.organization,
            source=subject.name,
            target=request.POST.get("target", ""),
        )
    except Forbidden:
        raise
    except AppError as error:
        messages.error(request, error.message)
    else:
        words = ", ".join(f"{count} {kind}" for kind, count in copied.items())
        messages.success(request, f"Copied from {subject.title}: {words}.")
    return redirect("sandbox", sandbox.name, name)


@require_POST
@in_sandbox
def reset(request: HttpRequest, sandbox: Sandbox, name: str) -> HttpResponse:
    """Empty the sandbox once its name was typed."""
    subject = _find(request, sandbox, name)
    if not _confirmed(request, subject):
        return redirect("sandbox", sandbox.name, name)
    try:
        actions.reset_sandbox(actor=actor_of(request), organization=sandbox.organization, name=name)
        messages.success(request, f"Sandbox {subject.title} is empty again.")
    except Forbidden:
        raise
    except AppError as error:
        messages.error(request, error.message)
    return redirect("sandbox", sandbox.name, name)


@require_POST
@in_sandbox
def delete(request: HttpRequest, sandbox: Sandbox, name: str) -> HttpResponse:
    """Delete the sandbox once its name was typed."""
    subject = _find(request, sandbox, name)
    if not _confirmed(request, subject):
        return redirect("sandbox", sandbox.name, name)
    try:
        actions.delete_sandbox(
            actor=actor_of(request), organization=sandbox.organization, name=name
        )
    except Forbidden:
        raise
    except AppError as error:
        messages.error(request, error.message)
        return redirect("sandbox", sandbox.name, name)
    messages.success(request, f"Sandbox {subject.title} deleted.")
    return redirect("start") if subject.pk == sandbox.pk else redirect("sandboxes", sandbox.name)


def _confirmed(request: HttpRequest, subject: Sandbox) -> bool:
    if request.POST.get("name", "").strip() == subject.name:
        return True
    messages.error(request, f"Nothing was changed: type {subject.name} to confirm.")
    return False


def _find(request: HttpRequest, sandbox: Sandbox, name: str) -> Sandbox:
    try:
        found = get_sandbox(organization=sandbox.organization, name=name)
    except NotFound as error:
        raise Http404(error.message) from error
    if not actor_of(request).sees(found.pk):
        raise Http404(f"No sandbox named {name}")
    return found


def _crumbs(sandbox: Sandbox) -> tuple[Crumb, ...]:
    return (Crumb("Sandboxes", reverse("sandboxes", args=[sandbox.name])),)
