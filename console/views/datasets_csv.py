"""Create a dataset from a CSV file: configure, add data, save. A draft keeps what was said."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from console.datasets import dataset_crumbs
from console.forms.datasets import CsvFileForm, DatasetForm
from console.forms.schemas import FIELD_TYPES
from console.pages import actor_of, in_sandbox, render_page
from console.wizard import WizardStep, steps_of
from core.drafts.actions import State, change_draft, discard_draft, start_draft
from core.drafts.models import Draft
from core.drafts.queries import get_draft
from core.errors import AppError, Forbidden, NotFound
from core.sandboxes.models import Sandbox
from ingestion.uploads.csv_dataset import (
    TYPES,
    CsvColumn,
    CsvDatasetInput,
    create_dataset_from_csv,
    names_for,
    troubles_with,
)
from ingestion.uploads.held import HeldFile, Look, forget_held, hold_file, look_at

KIND = "csv-dataset"
_STEPS = (("configure", "Configure"), ("data", "Add data"))
_TYPE_WORDS = tuple((value, word) for value, word in FIELD_TYPES if value in TYPES)


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """A column of the file and what becomes of it."""

    number: int
    source: str
    example: str
    name: str
    type: str
    keep: bool
    note: str
    trouble: str


@dataclass(frozen=True, slots=True)
class ConfigurePage:
    """Step 1: name and description."""

    steps: tuple[WizardStep, ...]
    form: DatasetForm
    draft: Draft | None


@dataclass(frozen=True, slots=True)
class DataPage:
    """Step 2: the file, then its columns."""

    steps: tuple[WizardStep, ...]
    draft: Draft
    form: CsvFileForm
    held: HeldFile | None
    rows: int
    bad: int
    complete: bool
    columns: tuple[ColumnRow, ...]
    first: tuple[tuple[str, ...], ...]
    types: tuple[tuple[str, str], ...]
    trouble: str


@require_http_methods(["GET", "POST"])
@in_sandbox
def start(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Step 1 of a new dataset."""
    form = DatasetForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actor = actor_of(request)
        draft = start_draft(KIND, actor=actor, sandbox=sandbox, state=form.cleaned_data)
        return redirect("dataset-csv-data", sandbox.name, str(draft.pk))
    return _show_configure(request, sandbox, form, None)


@require_http_methods(["GET", "POST"])
@in_sandbox
def configure(request: HttpRequest, sandbox: Sandbox, draft_id: UUID) -> HttpResponse:
    """Step 1 again; what was said is still there."""
    draft = _draft(request, sandbox, draft_id)
    if request.method == "POST" and request.POST.get("do") == "discard":
        return _discard(request, sandbox, draft)
    form = DatasetForm(request.POST or None, initial=draft.state)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        _keep(request, sandbox, draft, said)
        return redirect("dataset-csv-data", sandbox.name, draft_id)
    return _show_configure(request, sandbox, form, draft)


def _discard(request: HttpRequest, sandbox: Sandbox, draft: Draft) -> HttpResponse:
    held = _held(draft.state)
    if held is not None:
        forget_held(held)
    discard_draft(draft)
    messages.success(request, "Draft discarded.")
    return redirect("dataset-new", sandbox.name)


def _draft(request: HttpRequest, sandbox: Sandbox, draft_id: UUID) -> Draft:
    try:
        return get_draft(str(draft_id), kind=KIND, actor=actor_of(request), sandbox=sandbox)
    except NotFound as error:
        raise Http404(error.message) from error


def _keep(request: HttpRequest, sandbox: Sandbox, draft: Draft, said: Mapping[str, Any]) -> Draft:
    return change_draft(
        str(draft.pk),
        kind=KIND,
        actor=actor_of(request),
        sandbox=sandbox,
        change=lambda state: {**state, **said},
    )


@require_http_methods(["GET", "POST"])
@in_sandbox
def data(request: HttpRequest, sandbox: Sandbox, draft_id: UUID) -> HttpResponse:
    """Step 2: add the file, look at its columns, save."""
    draft = _draft(request, sandbox, draft_id)
    if request.method == "GET":
        return _show_data(request, sandbox, draft)
    do = request.POST.get("do", "")
    if do == "file":
        return _take_file(request, sandbox, draft)
    held = _held(draft.state)
    if do == "another" and held is not None:
        forget_held(held)
        _keep(request, sandbox, draft, {"file": None, "columns": [], "look": {}})
        return redirect("dataset-csv-data", sandbox.name, draft_id)
    draft = _keep(request, sandbox, draft, {"columns": _columns_from(request.POST, draft.state)})
    if do == "save" and held is not None:
        return _save(request, sandbox, draft, held)
    return redirect("dataset-csv-data", sandbox.name, draft_id)


def _take_file(request: HttpRequest, sandbox: Sandbox, draft: Draft) -> HttpResponse:
    form = CsvFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show_data(request, sandbox, draft, form=form)
    file = form.cleaned_data["file"]
    try:
        held = hold_file(
            actor=actor_of(request), sandbox=sandbox, name=file.name, chunks=file.chunks()
        )
        look = look_at(held)
    except Forbidden:
        raise
    except AppError as error:
        form.add_error("file", error.message)
        return _show_data(request, sandbox, draft, form=form)
    old = _held(draft.state)
    if old is not None:
        forget_held(old)
    _keep(request, sandbox, draft, _found(held, look))
    return redirect("dataset-csv-data", sandbox.name, str(draft.pk))


def _found(held: HeldFile, look: Look) -> State:
    """What the draft remembers of a file."""
    names = names_for([column.path[0] for column in look.columns])
    return {
        "file": {**asdict(held), "id": str(held.id)},
        "look": {
            "rows": look.rows,
            "bad": look.bad,
            "complete": look.complete,
            "first": [list(row) for row in look.first],
        },
        "columns": [
            {
                "source": column.path[0],
                "name": name,
                "type": column.type,
                "keep": True,
                "example": column.example,
                "note": "Mixed kinds of values" if column.conflict else "",
            }
            for column, name in zip(look.columns, names, strict=True)
        ],
    }


def _held(state: Mapping[str, Any]) -> HeldFile | None:
    kept = state.get("file")
    return HeldFile(**{**kept, "id": UUID(kept["id"])}) if kept else None


def _columns_from(given: QueryDict, state: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The columns with the person's choices."""
    return [
        {
            **column,
            "name": given.get(f"name-{number}", column["name"]).strip(),
            "type": given.get(f"type-{number}", column["type"]),
            "keep": f"keep-{number}" in given,
        }
        for number, column in enumerate(state.get("columns", ()))
    ]


def _kept(state: Mapping[str, Any]) -> tuple[CsvColumn, ...]:
    return tuple(
        CsvColumn(column["source"], column["name"], column["type"])
        for column in state.get("columns", ())
        if column["keep"]
    )


def _save(request: HttpRequest, sandbox: Sandbox, draft: Draft, held: HeldFile) -> HttpResponse:
    columns = _kept(draft.state)
    if troubles_with(columns):
        return _show_data(request, sandbox, draft, trouble="Correct the marked columns first.")
    given = CsvDatasetInput(draft.state["name"], draft.state["description"], columns)
    try:
        upload = create_dataset_from_csv(given, held=held, actor=actor_of(request), sandbox=sandbox)
    except Forbidden:
        raise
    except AppError as error:
        if error.fields.get("path") == "imported":
            return redirect("upload-progress", sandbox.name, held.id)
        return _show_data(request, sandbox, draft, trouble=error.message)
    discard_draft(draft)
    messages.success(request, f"Dataset {given.name} created. Its rows are on their way.")
    return redirect("upload-progress", sandbox.name, upload.pk)


def _show_configure(
    request: HttpRequest, sandbox: Sandbox, form: DatasetForm, draft: Draft | None
) -> HttpResponse:
    return _render(
        request,
        sandbox,
        "csv_configure",
        ConfigurePage(steps_of(_STEPS, "configure"), form, draft),
        status=422 if form.is_bound else 200,
    )


def _show_data(
    request: HttpRequest,
    sandbox: Sandbox,
    draft: Draft,
    *,
    form: CsvFileForm | None = None,
    trouble: str = "",
) -> HttpResponse:
    look = draft.state.get("look") or {}
    back = reverse("dataset-csv-configure", args=[sandbox.name, str(draft.pk)])
    page = DataPage(
        steps=steps_of(_STEPS, "data", configure=back),
        draft=draft,
        form=form or CsvFileForm(),
        held=None if form is not None else _held(draft.state),
        rows=look.get("rows", 0),
        bad=look.get("bad", 0),
        complete=look.get("complete", True),
        columns=_rows(draft.state),
        first=tuple(tuple(row) for row in look.get("first", ())),
        types=_TYPE_WORDS,
        trouble=trouble,
    )
    status = 422 if form is not None or trouble else 200
    return _render(request, sandbox, "csv_data", page, status=status)


def _rows(state: Mapping[str, Any]) -> tuple[ColumnRow, ...]:
    troubles = troubles_with(_kept(state))
    return tuple(
        ColumnRow(number, **column, trouble=troubles.get(column["source"], ""))
        for number, column in enumerate(state.get("columns", ()))
    )


def _render(
    request: HttpRequest,
    sandbox: Sandbox,
    template: str,
    page: ConfigurePage | DataPage,
    *,
    status: int,
) -> HttpResponse:
    return render_page(
        request,
        f"console/datasets/{template}.html",
        page,
        sandbox=sandbox,
        section="datasets",
        title="Create dataset from CSV file",
        crumbs=dataset_crumbs(sandbox, "Create dataset from CSV file"),
        status=status,
    )
