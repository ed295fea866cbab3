"""Import an audience: a file, a look at it, what it means, and the review that finishes it.

The wizard keeps its state in a draft of its owner; the file lies beside it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from console.audiences import (
    audiences_href,
)
from console.forms.audience_import import (
    ColumnsForm,
    DetailsForm,
    FileForm,
    RenewForm,
    columns_of_state,
    guessed,
)
from console.pages import Crumb, actor_of, in_sandbox, render_page
from console.wizard import WizardStep, steps_of
from core.drafts.actions import change_draft, discard_draft, start_draft
from core.drafts.models import Draft
from core.drafts.queries import get_draft, list_drafts
from core.errors import AppError, Invalid, NotFound
from core.sandboxes.models import Sandbox
from ingestion.uploads.files import (
    CSV,
    DELIMITERS,
    BadFile,
    beginning,
    columns_of,
    detect,
    read_csv,
)
from profiles.segmentation.import_files import forget_upload, keep_upload, upload_path
from profiles.segmentation.member_lists import (
    UploadedList,
    check_columns,
    create_list,
    renew_list,
)
from profiles.segmentation.models import ExternalUpload
from profiles.segmentation.queries import get_segment
from profiles.segmentation.types import ExternalInput
from profiles.store.queries import find_merge_policies

KIND = "audience-import"
SHOWN_ROWS = 10
_STEPS = (
    ("file", "Select file"),
    ("preview", "Preview"),
    ("details", "Details"),
    ("review", "Review"),
)


@dataclass(frozen=True, slots=True)
class DraftRow:
    """An unfinished import."""

    id: str
    name: str
    updated_ms: int


@dataclass(frozen=True, slots=True)
class FilePage:
    """Step 1."""

    steps: tuple[WizardStep, ...]
    form: FileForm
    drafts: tuple[DraftRow, ...]
    into: str


@dataclass(frozen=True, slots=True)
class PreviewPage:
    """Step 2: the first rows as they are read."""

    steps: tuple[WizardStep, ...]
    draft: Draft
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    delimiters: tuple[tuple[str, str], ...]
    trouble: str


@dataclass(frozen=True, slots=True)
class DetailsPage:
    """Step 3."""

    steps: tuple[WizardStep, ...]
    draft: Draft
    form: ColumnsForm
    into: str


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """Step 4."""

    steps: tuple[WizardStep, ...]
    draft: Draft
    facts: tuple[tuple[str, str], ...]
    columns: tuple[dict[str, str], ...]
    into: str
    trouble: str


@require_http_methods(["GET", "POST"])
@in_sandbox
def start(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Choose the file; `into` names an audience that gets a newer list."""
    into = request.GET.get("into", "")
    name = _name_of(sandbox, into) if into else ""
    if request.method == "GET":
        return _show_start(request, sandbox, FileForm(), into=name)
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show_start(request, sandbox, form, into=name, status=422)
    file = form.cleaned_data["file"]
    try:
        state = _keep(file.name, file.chunks()) | {"into": into}
    except BadFile as error:
        form.add_error("file", error.message)
        return _show_start(request, sandbox, form, into=name, status=422)
    draft = start_draft(KIND, actor=actor_of(request), sandbox=sandbox, state=state)
    return redirect("audience-import-preview", sandbox.name, draft.pk)


def _keep(name: str, chunks: Any) -> dict[str, Any]:
    """Store the file; what is told by its beginning."""
    key, size = keep_upload(chunks)
    try:
        options = _options(name, upload_path(key))
    except BadFile:
        forget_upload(key)
        raise
    return {"file": key, "name": name, "size": size, "options": options}


def _options(name: str, path: Path) -> dict[str, Any]:
    options = detect(name, beginning(path))
    if options["format"] != CSV:
        raise BadFile(f"{name} is no CSV file with a header row.")
    columns_of(path, options)
    return options


def _name_of(sandbox: Sandbox, segment_id: str) -> str:
    try:
        return get_segment(sandbox=sandbox, segment_id=segment_id).name
    except NotFound as error:
        raise Http404(error.message) from error


@require_http_methods(["GET", "POST"])
@in_sandbox
def preview(request: HttpRequest, sandbox: Sandbox, draft_id: UUID) -> HttpResponse:
    """The first rows; another delimiter reads them anew."""
    draft = _draft(request, sandbox, draft_id)
    wanted = request.POST.get("delimiter", "")
    if wanted in DELIMITERS and wanted != draft.state["options"]["delimiter"]:
        options = {**draft.state["options"], "delimiter": wanted}
        draft = _change(request, sandbox, draft, {"options": options, "columns": None})
    columns = _columns(draft)
    trouble = check_columns(columns)
    if request.POST.get("do") == "next" and not trouble:
        return redirect("audience-import-details", sandbox.name, draft_id)
    page = PreviewPage(
        steps=steps_of(_STEPS, "preview"),
        draft=draft,
        columns=columns,
        rows=tuple(tuple(row.get(each, "") for each in columns) for row in _sample(draft)),
        delimiters=tuple(DELIMITERS.items()),
        trouble=trouble,
    )
    status = 422 if request.method == "POST" and trouble else 200
    return _render(request, sandbox, "preview", page, draft.state["name"], status=status)


def _columns(draft: Draft) -> tuple[str, ...]:
    try:
        return tuple(columns_of(upload_path(draft.state["file"]), draft.state["options"]))
    except (OSError, BadFile) as error:
        raise Http404("The file of this draft is gone: upload it again.") from error


def _sample(draft: Draft) -> list[dict[str, str]]:
    rows = read_csv(upload_path(draft.state["file"]), draft.state["options"])
    found = []
    for number, row in rows:
        if number > SHOWN_ROWS:
            break
        if not isinstance(row, Invalid):
            found.append(row)
    return found


@require_http_methods(["GET", "POST"])
@in_sandbox
def details(request: HttpRequest, sandbox: Sandbox, draft_id: UUID) -> HttpResponse:
    """What the audience is called, and which column names its people."""
    draft = _draft(request, sandbox, draft_id)
    columns = _columns(draft)
    if check_columns(columns):
        return redirect("audience-import-preview", sandbox.name, draft_id)
    into = draft.state["into"]
    kind = RenewForm if into else DetailsForm
    if request.method == "GET":
        form: ColumnsForm = kind(sandbox=sandbox, columns=columns, initial=_initial(draft, columns))
        return _show_details(request, sandbox, draft, form)
    form = kind(request.POST, sandbox=sandbox, columns=columns)
    if not form.is_valid():
        return _show_details(request, sandbox, draft, form, status=422)
    given = {k: v for k, v in form.cleaned_data.items() if not k.startswith("type_")}
    _change(request, sandbox, draft, {"details": given, "columns": form.given()})
    return redirect("audience-import-review", sandbox.name, draft_id)


def _initial(draft: Draft, columns: tuple[str, ...]) -> dict[str, Any]:
    known = draft.state.get("columns") or []
    types = {f"type_{index}": each["type"] for index, each in enumerate(known)}
    if draft.state.get("details"):
        return {**draft.state["details"], **types}
    name = draft.state["name"].rpartition(".")[0] or draft.state["name"]
    return {"name": name, "mode": "replace", "ttl_days": 30, **guessed(columns, _sample(draft))}


def _show_details(
    request: HttpRequest, sandbox: Sandbox, draft: Draft, form: ColumnsForm, *, status: int = 200
) -> HttpResponse:
    into = draft.state["into"]
    page = DetailsPage(
        steps=steps_of(_STEPS, "details", preview=_href(sandbox, draft, "preview")),
        draft=draft,
        form=form,
        into=_name_of(sandbox, into) if into else "",
    )
    return _render(request, sandbox, "details", page, draft.state["name"], status=status)


@require_http_methods(["GET", "POST"])
@in_sandbox
def review(request: HttpRequest, sandbox: Sandbox, draft_id: UUID) -> HttpResponse:
    """Every choice with a way back; Finish makes the audience and starts the import."""
    draft = _draft(request, sandbox, draft_id)
    if not draft.state.get("details") or not draft.state.get("columns"):
        return redirect("audience-import-details", sandbox.name, draft_id)
    trouble = ""
    if request.method == "POST":
        try:
            run = _finish(request, sandbox, draft)
        except AppError as error:
            trouble = error.message
        else:
            discard_draft(draft)
            messages.success(request, f"Import of {run.segment.name} started.")
            return redirect("audience", sandbox.name, run.segment_id)
    into = draft.state["into"]
    page = ReviewPage(
        steps=steps_of(
            _STEPS,
            "review",
            preview=_href(sandbox, draft, "preview"),
            details=_href(sandbox, draft, "details"),
        ),
        draft=draft,
        facts=tuple(_facts(sandbox, draft)),
        columns=tuple(draft.state["columns"]),
        into=_name_of(sandbox, into) if into else "",
        trouble=trouble,
    )
    status = 422 if trouble else 200
    return _render(request, sandbox, "review", page, draft.state["name"], status=status)


def _finish(request: HttpRequest, sandbox: Sandbox, draft: Draft) -> ExternalUpload:
    state, chosen = draft.state, draft.state["details"]
    columns = columns_of_state(state["columns"])
    uploaded = UploadedList(state["file"], state["name"], state["options"], columns)
    actor = actor_of(request)
    if state["into"]:
        return renew_list(
            uploaded,
            adds=chosen["mode"] == "add",
            actor=actor,
            sandbox=sandbox,
            segment_id=state["into"],
        )
    given = ExternalInput(
        name=chosen["name"],
        audience_id=chosen["external_id"],
        description=chosen["description"],
        ttl_days=chosen["ttl_days"],
        merge_policy_id=chosen.get("policy") or None,
    )
    return create_list(given, uploaded, actor=actor, sandbox=sandbox)


def _facts(sandbox: Sandbox, draft: Draft) -> list[tuple[str, str]]:
    chosen = draft.state["details"]
    facts = [("Identities", f"{chosen['identity']}, namespace {chosen['namespace']}")]
    if draft.state["into"]:
        adds = chosen["mode"] == "add"
        facts.insert(0, ("Audience", _name_of(sandbox, draft.state["into"])))
        facts.append(("Present list", "Added to" if adds else "Replaced"))
        return facts
    facts.insert(0, ("Name", chosen["name"]))
    facts += [
        ("Description", chosen["description"] or "None"),
        ("Merge policy", _policy_name(sandbox, chosen.get("policy", ""))),
        ("External audience ID", chosen["external_id"] or "Given when it is created"),
        ("Members are kept for", f"{chosen['ttl_days']} days"),
    ]
    return facts


def _policy_name(sandbox: Sandbox, policy_id: str) -> str:
    found = find_merge_policies(sandbox=sandbox, policy_ids=[policy_id]) if policy_id else []
    return found[0].name if found else "None"


@require_POST
@in_sandbox
def discard(request: HttpRequest, sandbox: Sandbox, draft_id: UUID) -> HttpResponse:
    """Forget an unfinished import and its file."""
    draft = _draft(request, sandbox, draft_id)
    forget_upload(draft.state["file"])
    discard_draft(draft)
    messages.success(request, f"Import of {draft.state['name']} discarded.")
    return redirect(audiences_href(sandbox))


def _draft(request: HttpRequest, sandbox: Sandbox, draft_id: UUID) -> Draft:
    try:
        return get_draft(str(draft_id), kind=KIND, actor=actor_of(request), sandbox=sandbox)
    except NotFound as error:
        raise Http404(error.message) from error


def _change(request: HttpRequest, sandbox: Sandbox, draft: Draft, changes: dict[str, Any]) -> Draft:
    return change_draft(
        str(draft.pk),
        kind=KIND,
        actor=actor_of(request),
        sandbox=sandbox,
        change=lambda state: {**state, **changes},
    )


def _href(sandbox: Sandbox, draft: Draft, step: str) -> str:
    return reverse(f"audience-import-{step}", args=[sandbox.name, draft.pk])


def _show_start(
    request: HttpRequest, sandbox: Sandbox, form: FileForm, *, into: str, status: int = 200
) -> HttpResponse:
    drafts = list_drafts(KIND, actor=actor_of(request), sandbox=sandbox)
    rows = tuple(DraftRow(str(each.pk), each.state["name"], each.updated_ms) for each in drafts)
    page = FilePage(steps_of(_STEPS, "file"), form, rows, into)
    return _render(request, sandbox, "file", page, "", status=status)


def _render(
    request: HttpRequest, sandbox: Sandbox, step: str, page: Any, name: str, *, status: int = 200
) -> HttpResponse:
    own = Crumb("Import audience", reverse("audience-import", args=[sandbox.name]) if name else "")
    return render_page(
        request,
        f"console/audiences/import/{step}.html",
        page,
        sandbox=sandbox,
        section="audiences",
        title="Import audience",
        crumbs=(
            Crumb("Audiences", audiences_href(sandbox)),
            own,
            *([Crumb(name)] if name else []),
        ),
        status=status,
    )
