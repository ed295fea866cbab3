"""Settings of a dataset: what it is called, whether it feeds profiles, its end."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from console.datasets import DatasetHead, dataset_crumbs, dataset_head
from console.forms.datasets import DatasetSettingsForm, tags_as_text
from console.pages import actor_of, in_sandbox, render_page
from console.usage import Impact, impact_of
from core import clock
from core.errors import AppError
from core.sandboxes.models import Sandbox
from ingestion.backfill.actions import start_backfill
from ingestion.backfill.models import Backfill
from ingestion.backfill.queries import find_latest_backfill
from ingestion.catalog import tags as tag_rules
from ingestion.catalog.actions import delete_dataset
from ingestion.catalog.models import Dataset
from ingestion.catalog.switches import describe_dataset, obstacle_to_profile, switch_dataset

SWITCHES = {"profile": tag_rules.PROFILE, "identity": tag_rules.IDENTITY}
WORDS = {"profile": "Profile", "identity": "the identity graph"}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a backfill is."""

    row: Backfill
    percent: int

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return self.row.state == Backfill.State.RUNNING


@dataclass(frozen=True, slots=True)
class SettingsPage:
    """Everything that can be changed."""

    head: DatasetHead
    form: DatasetSettingsForm
    obstacle: str
    progress: Progress | None
    as_of: int


@require_http_methods(["GET", "POST"])
@in_sandbox
def settings(request: HttpRequest, sandbox: Sandbox, dataset_id: str) -> HttpResponse:
    """Name, description, tags; switches; deletion. htmx asks for the backfill's progress alone."""
    head = dataset_head(sandbox, dataset_id, tab="dataset-settings")
    if request.method == "POST":
        form = DatasetSettingsForm(request.POST)
        if form.is_valid() and _describe(request, sandbox, head.dataset, form):
            messages.success(request, f"Dataset {form.cleaned_data['name']} saved.")
            return redirect("dataset-settings", sandbox.name, dataset_id)
        return _show(request, sandbox, head, form, status=422)
    dataset = head.dataset
    initial = {
        "name": dataset.name,
        "description": dataset.description,
        "tags": tags_as_text(dataset.tags),
    }
    return _show(request, sandbox, head, DatasetSettingsForm(initial=initial))


def _describe(
    request: HttpRequest, sandbox: Sandbox, dataset: Dataset, form: DatasetSettingsForm
) -> bool:
    try:
        describe_dataset(
            actor=actor_of(request),
            sandbox=sandbox,
            dataset_id=dataset.pk,
            name=form.cleaned_data["name"],
            description=form.cleaned_data["description"],
            tags=form.cleaned_data["tags"],
        )
    except AppError as error:
        form.add_error(None, error.message)
        return False
    return True


def _show(
    request: HttpRequest,
    sandbox: Sandbox,
    head: DatasetHead,
    form: DatasetSettingsForm,
    *,
    status: int = 200,
) -> HttpResponse:
    dataset = head.dataset
    page = SettingsPage(
        head=head,
        form=form,
        obstacle=obstacle_to_profile(sandbox=sandbox, schema_uri=dataset.schema_uri),
        progress=_progress(sandbox, dataset),
        as_of=clock.now_us(),
    )
    return render_page(
        request,
        "console/datasets/settings.html",
        page,
        sandbox=sandbox,
        section="datasets",
        title=dataset.name,
        crumbs=dataset_crumbs(sandbox, dataset.name),
        fragment="backfill",
        status=status,
    )


def _progress(sandbox: Sandbox, dataset: Dataset) -> Progress | None:
    row = find_latest_backfill(sandbox=sandbox, dataset_id=dataset.pk)
    if row is None:
        return None
    if row.state == Backfill.State.DONE:
        return Progress(row, 100)
    # After the number of records when it is known, for the journal holds others' records, too.
    share = row.appended / row.total if row.total else row.after_seq / max(row.until_seq, 1)
    return Progress(row, min(99, round(100 * share)))


@require_POST
@in_sandbox
def switch(request: HttpRequest, sandbox: Sandbox, dataset_id: str) -> HttpResponse:
    """Turn the dataset's part in profiles or in the identity graph on or off."""
    head = dataset_head(sandbox, dataset_id, tab="dataset-settings")
    what = "identity" if request.POST.get("what") == "identity" else "profile"
    enabled = request.POST.get("to") == "enable"
    try:
        switch_dataset(
            actor=actor_of(request),
            sandbox=sandbox,
            dataset_id=dataset_id,
            tag=SWITCHES[what],
            enabled=enabled,
        )
    except AppError as error:
        messages.error(request, error.message)
        return redirect("dataset-settings", sandbox.name, dataset_id)
    word = "enabled" if enabled else "disabled"
    messages.success(request, f"Dataset {head.dataset.name} {word} for {WORDS[what]}.")
    return redirect("dataset-settings", sandbox.name, dataset_id)


@require_POST
@in_sandbox
def backfill(request: HttpRequest, sandbox: Sandbox, dataset_id: str) -> HttpResponse:
    """Bring the dataset's older records into the profiles it feeds."""
    head = dataset_head(sandbox, dataset_id, tab="dataset-settings")
    try:
        start_backfill(
            actor=actor_of(request),
            sandbox=sandbox,
            dataset_id=dataset_id,
            total=head.held.records,
        )
        messages.success(request, f"Backfill of {head.dataset.name} started.")
    except AppError as error:
        messages.error(request, error.message)
    return redirect("dataset-settings", sandbox.name, dataset_id)


@dataclass(frozen=True, slots=True)
class DeletePage:
    """What deleting the dataset means."""

    dataset: Dataset
    impact: Impact
    trouble: str


@require_http_methods(["GET", "POST"])
@in_sandbox
def delete(request: HttpRequest, sandbox: Sandbox, dataset_id: str) -> HttpResponse:
    """Delete a dataset once its name was typed."""
    dataset = dataset_head(sandbox, dataset_id, tab="dataset-settings").dataset
    trouble = ""
    if request.method == "POST":
        trouble = _delete(request, sandbox, dataset)
        if not trouble:
            messages.success(
                request, f"Dataset {dataset.name} deleted. Profiles keep what it gave them."
            )
            return redirect("datasets", sandbox.name)
    return render_page(
        request,
        "console/datasets/delete.html",
        DeletePage(dataset, impact_of(sandbox, [dataset]), trouble),
        sandbox=sandbox,
        section="datasets",
        title="Delete dataset",
        crumbs=dataset_crumbs(sandbox, dataset.name, "Delete dataset"),
        fragment="ask",
        status=422 if trouble else 200,
    )


def _delete(request: HttpRequest, sandbox: Sandbox, dataset: Dataset) -> str:
    """Why it was not deleted; empty when it was."""
    if request.POST.get("name", "").strip() != dataset.name:
        return f"Not deleted: type {dataset.name} to confirm."
    try:
        delete_dataset(actor=actor_of(request), sandbox=sandbox, dataset_id=dataset.pk)
    except AppError as error:
        return error.message
    return ""
