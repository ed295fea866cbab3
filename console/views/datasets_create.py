"""Create a dataset from a schema: select the schema, then configure."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from console.components import Paging
from console.datasets import dataset_crumbs
from console.forms.datasets import NewDatasetForm
from console.pages import actor_of, in_sandbox, render_page
from console.paging import paging_of, size_of
from console.schemas.words import class_word
from console.views.datasets_csv import KIND as CSV_KIND
from console.wizard import WizardStep, steps_of
from core.drafts.models import Draft
from core.drafts.queries import list_drafts
from core.errors import AppError
from core.sandboxes.models import Sandbox
from ingestion.catalog import tags as tag_rules
from ingestion.catalog.actions import create_dataset
from ingestion.catalog.switches import obstacle_to_profile
from ingestion.catalog.types import DatasetInput
from ingestion.schemas.browse import browse_schemas, primary_namespaces, titles_of_schemas
from ingestion.schemas.models import RegistryResource

ENABLED = ["enabled:true"]
_STEPS = (("schema", "Select schema"), ("configure", "Configure"))


@dataclass(frozen=True, slots=True)
class SchemaChoice:
    """A schema to choose."""

    schema: RegistryResource
    class_word: str
    identity: str


@dataclass(frozen=True, slots=True)
class SelectSchemaPage:
    """Schemas that match the search."""

    steps: tuple[WizardStep, ...]
    rows: tuple[SchemaChoice, ...]
    paging: Paging
    text: str
    any_exist: bool


@dataclass(frozen=True, slots=True)
class ConfigurePage:
    """The form of the new dataset."""

    steps: tuple[WizardStep, ...]
    form: NewDatasetForm
    schema_uri: str
    schema_title: str
    obstacle: str


@dataclass(frozen=True, slots=True)
class ChoosePage:
    """The two ways, and files that were begun with."""

    drafts: tuple[Draft, ...]


@require_GET
@in_sandbox
def choose(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """From a schema, or from a file."""
    drafts = list_drafts(CSV_KIND, actor=actor_of(request), sandbox=sandbox)
    return render_page(
        request,
        "console/datasets/new.html",
        ChoosePage(tuple(drafts)),
        sandbox=sandbox,
        section="datasets",
        title="Create dataset",
        crumbs=dataset_crumbs(sandbox, "Create dataset"),
    )


@require_GET
@in_sandbox
def select_schema(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """The first step: which schema."""
    text = request.GET.get("q", "").strip()
    found, total = browse_schemas(
        sandbox=sandbox, text=text, after=request.GET.get("after", ""), size=size_of(request)
    )
    identities = primary_namespaces(sandbox=sandbox, uris=[row.uri for row in found.rows])
    page = SelectSchemaPage(
        steps=steps_of(_STEPS, "schema"),
        rows=tuple(
            SchemaChoice(row, class_word(row.class_uri), identities.get(row.uri, ""))
            for row in found.rows
        ),
        paging=paging_of(found, total=total, size=size_of(request)),
        text=text,
        any_exist=bool(total or text),
    )
    return render_page(
        request,
        "console/datasets/schema.html",
        page,
        sandbox=sandbox,
        section="datasets",
        title="Create dataset from schema",
        crumbs=dataset_crumbs(sandbox, "Create dataset from schema"),
        fragment="results",
    )


@require_http_methods(["GET", "POST"])
@in_sandbox
def configure(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """The second step: name and switches; finishing opens the dataset."""
    uri = request.GET.get("schema", "")
    title = titles_of_schemas(sandbox=sandbox, uris=[uri]).get(uri)
    if title is None:
        messages.warning(request, "Select a schema first.")
        return redirect("dataset-schema", sandbox.name)
    obstacle = obstacle_to_profile(sandbox=sandbox, schema_uri=uri)
    form = NewDatasetForm(
        request.POST if request.method == "POST" else None,
        profile_ready=not obstacle,
        initial={"profile": not obstacle},
    )
    status = 200
    if request.method == "POST":
        if form.is_valid():
            done = _create(request, sandbox, uri, form)
            if done is not None:
                return done
        status = 422
    steps = steps_of(_STEPS, "configure", schema=reverse("dataset-schema", args=[sandbox.name]))
    return render_page(
        request,
        "console/datasets/configure.html",
        ConfigurePage(steps, form, uri, title, obstacle),
        sandbox=sandbox,
        section="datasets",
        title="Create dataset from schema",
        crumbs=dataset_crumbs(sandbox, "Create dataset from schema"),
        status=status,
    )


def _create(
    request: HttpRequest, sandbox: Sandbox, uri: str, form: NewDatasetForm
) -> HttpResponse | None:
    """The way on after creating; None when it was refused, the form says why."""
    enabled = form.cleaned_data.get("profile", False)
    tags = {tag_rules.PROFILE: ENABLED, tag_rules.IDENTITY: ENABLED} if enabled else {}
    given = DatasetInput(
        name=form.cleaned_data["name"],
        description=form.cleaned_data["description"],
        schema_uri=uri,
        tags=tags,
    )
    try:
        dataset = create_dataset(actor=actor_of(request), sandbox=sandbox, given=given)
    except AppError as error:
        form.add_error("name" if error.fields.get("path") == "name" else None, error.message)
        return None
    messages.success(request, f"Dataset {dataset.name} created. Connect a source to fill it.")
    return redirect("dataset", sandbox.name, dataset.pk)
