"""Local file upload: a file, its mapping, a dry run over all rows, and the import's progress."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from console.forms.uploads import UploadForm
from console.mapping_table import (
    MappingTable,
    RowState,
    proposed_rows,
    rows_from_post,
    table_of,
)
from console.pages import Crumb, actor_of, in_sandbox, render_page
from console.wizard import WizardStep, steps_of
from core.errors import AppError, NotFound
from core.sandboxes.models import Sandbox
from ingestion.schemas.queries import compiled_schema
from ingestion.uploads.actions import (
    change_upload,
    keep_file,
    validate_upload,
)
from ingestion.uploads.actions import (
    start_import as begin_import,
)
from ingestion.uploads.files import CSV, DELIMITERS
from ingestion.uploads.models import Upload
from ingestion.uploads.queries import get_upload, list_uploads
from ingestion.uploads.rows import columns_of, first_rows
from ingestion.xdm.validator import CompiledSchema

_STEPS = (
    ("file", "Select data"),
    ("mapping", "Mapping"),
    ("validate", "Validate"),
    ("import", "Import"),
)


@dataclass(frozen=True, slots=True)
class NewPage:
    """The form, and earlier uploads."""

    steps: tuple[WizardStep, ...]
    form: forms.Form
    recent: tuple[Upload, ...]


@dataclass(frozen=True, slots=True)
class UploadPage:
    """A file on its way."""

    upload: Upload
    steps: tuple[WizardStep, ...]
    table: MappingTable | None
    delimiters: tuple[tuple[str, str], ...]
    preview: tuple[tuple[int, Any], ...]
    trouble: str
    mapping_href: str
    running: bool
    percent: int


@require_http_methods(["GET", "POST"])
@in_sandbox
def new(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Choose the file and its dataset."""
    if request.method == "GET":
        form = UploadForm(sandbox=sandbox, initial={"dataset": request.GET.get("dataset", "")})
        return _show_new(request, sandbox, form)
    form = UploadForm(request.POST, request.FILES, sandbox=sandbox)
    if not form.is_valid():
        return _show_new(request, sandbox, form, status=422)
    file = form.cleaned_data["file"]
    try:
        upload = keep_file(
            actor=actor_of(request),
            sandbox=sandbox,
            dataset_id=form.cleaned_data["dataset"].pk,
            name=file.name,
            chunks=file.chunks(),
        )
    except AppError as error:
        form.add_error("file", error.message)
        return _show_new(request, sandbox, form, status=422)
    if upload.options["format"] != CSV:
        return redirect("upload-validate", sandbox.name, upload.pk)
    return redirect("upload", sandbox.name, upload.pk)


@require_http_methods(["GET", "POST"])
@in_sandbox
def mapping(request: HttpRequest, sandbox: Sandbox, upload_id: UUID) -> HttpResponse:
    """What the columns of a CSV file become."""
    upload = _upload(sandbox, upload_id)
    if upload.state != Upload.State.DRAFT or upload.options["format"] != CSV:
        started = upload.state != Upload.State.DRAFT
        return redirect(
            "upload-progress" if started else "upload-validate", sandbox.name, upload_id
        )
    schema = compiled_schema(sandbox.number, upload.dataset.schema_uri)
    do = request.POST.get("do", "") if request.method == "POST" else ""
    if do == "delimiter" and request.POST.get("delimiter") in DELIMITERS:
        chosen = {"delimiter": request.POST["delimiter"]}
        upload = change_upload(upload, options=chosen, mapping=[])
    sample = columns_of(upload)
    rows = _rows(request, upload, sample, schema, do)
    table = table_of(rows, sample, schema)
    if do and do != "delimiter":
        upload = change_upload(upload, options={}, mapping=rows)
    trouble = ""
    if do == "next":
        if table.mapped and not table.troubles:
            return redirect("upload-validate", sandbox.name, upload_id)
        trouble = "Correct the mapping first." if table.mapped else "Map at least one column."
    return _show(request, upload, "mapping", table=table, trouble=trouble)


def _rows(
    request: HttpRequest, upload: Upload, sample: dict[str, Any], schema: CompiledSchema, do: str
) -> list[RowState]:
    """The rows as sent, as stored, or as proposed."""
    if do in {"next", "validate", "clear"}:
        return rows_from_post(request.POST.dict(), clear=do == "clear")
    if do == "suggest" or not upload.mapping:
        return proposed_rows(sample, schema)
    return list(upload.mapping)


@require_http_methods(["GET", "POST"])
@in_sandbox
def validate(request: HttpRequest, sandbox: Sandbox, upload_id: UUID) -> HttpResponse:
    """The dry run: which rows would fail, and why. Nothing is stored."""
    upload = _upload(sandbox, upload_id)
    if upload.state != Upload.State.DRAFT:
        return redirect("upload-progress", sandbox.name, upload_id)
    trouble = ""
    if request.method == "POST":
        try:
            upload = validate_upload(upload)
        except (AppError, ValueError) as error:
            trouble = str(error)
    return _show(request, upload, "validate", trouble=trouble)


@require_POST
@in_sandbox
def start_import(request: HttpRequest, sandbox: Sandbox, upload_id: UUID) -> HttpResponse:
    """Begin to append the rows."""
    upload = _upload(sandbox, upload_id)
    try:
        begin_import(actor=actor_of(request), upload=upload)
    except AppError as error:
        messages.error(request, error.message)
        return redirect("upload-validate", sandbox.name, upload_id)
    return redirect("upload-progress", sandbox.name, upload_id)


@require_GET
@in_sandbox
def progress(request: HttpRequest, sandbox: Sandbox, upload_id: UUID) -> HttpResponse:
    """How far the import is; polled while it runs."""
    upload = _upload(sandbox, upload_id)
    if upload.state == Upload.State.DRAFT:
        return redirect("upload", sandbox.name, upload_id)
    return _show(request, upload, "import", fragment="progress")


def _upload(sandbox: Sandbox, upload_id: UUID) -> Upload:
    try:
        return get_upload(sandbox=sandbox, upload_id=upload_id)
    except NotFound as error:
        raise Http404(error.message) from error


def _show_new(
    request: HttpRequest, sandbox: Sandbox, form: forms.Form, *, status: int = 200
) -> HttpResponse:
    return render_page(
        request,
        "console/uploads/new.html",
        NewPage(steps_of(_STEPS, "file"), form, tuple(list_uploads(sandbox=sandbox))),
        sandbox=sandbox,
        section="sources",
        title="Upload a file",
        crumbs=_crumbs(sandbox, "Upload a file"),
        status=status,
    )


def _show(
    request: HttpRequest,
    upload: Upload,
    step: str,
    *,
    table: MappingTable | None = None,
    trouble: str = "",
    fragment: str = "",
) -> HttpResponse:
    is_csv = upload.options["format"] == CSV
    mapping_href = reverse("upload", args=[upload.sandbox.name, upload.pk]) if is_csv else ""
    steps = tuple(each for each in _STEPS if is_csv or each[0] != "mapping")
    links = {"mapping": mapping_href} if step == "validate" else {}
    total = upload.report.get("rows") or upload.rows_done
    page = UploadPage(
        upload=upload,
        steps=steps_of(steps, step, **links),
        table=table,
        delimiters=tuple(DELIMITERS.items()),
        preview=tuple(first_rows(upload, limit=5)) if step == "validate" and not is_csv else (),
        trouble=trouble,
        mapping_href=mapping_href,
        running=upload.state == Upload.State.IMPORTING,
        percent=min(99, round(100 * upload.rows_done / total)) if total else 0,
    )
    return render_page(
        request,
        f"console/uploads/{step}.html",
        page,
        sandbox=upload.sandbox,
        section="sources",
        title=upload.name,
        crumbs=_crumbs(upload.sandbox, "Upload a file", upload.name),
        fragment=fragment,
        status=422 if trouble else 200,
    )


def _crumbs(sandbox: Sandbox, first: str, *names: str) -> tuple[Crumb, ...]:
    sources = Crumb("Sources", reverse("sources", args=[sandbox.name]))
    if not names:
        return (sources, Crumb(first))
    return (
        sources,
        Crumb(first, reverse("upload-new", args=[sandbox.name])),
        *map(Crumb, names),
    )
