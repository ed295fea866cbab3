"""Datasets: list and detail."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from console.components import Paging
from console.pages import Crumb, Tab, in_sandbox, render_page
from console.paging import paging_of, size_of
from console.records import ErrorGroup, error_groups
from console.traffic import Traffic, read_traffic, span_named, span_tabs
from core import clock
from core.sandboxes.models import Sandbox
from ingestion.catalog.browse import browse_datasets
from ingestion.catalog.models import Dataset
from ingestion.journal.queries import list_reject_groups
from ingestion.schemas.browse import titles_of_schemas


@dataclass(frozen=True, slots=True)
class DatasetRow:
    """A line of the list."""

    dataset: Dataset
    schema_title: str


@dataclass(frozen=True, slots=True)
class DatasetListPage:
    """Datasets of the sandbox that match the search."""

    rows: tuple[DatasetRow, ...]
    paging: Paging
    text: str
    profile_only: bool
    any_exist: bool


@require_GET
@in_sandbox
def list_(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """All datasets, newest change first."""
    text = request.GET.get("q", "").strip()
    profile_only = request.GET.get("profile") == "on"
    found, total = browse_datasets(
        sandbox=sandbox,
        text=text,
        profile_only=profile_only,
        after=request.GET.get("after", ""),
        size=size_of(request),
    )
    titles = titles_of_schemas(sandbox=sandbox, uris=(row.schema_uri for row in found.rows))
    page = DatasetListPage(
        rows=tuple(
            DatasetRow(row, titles.get(row.schema_uri, "Standard schema")) for row in found.rows
        ),
        paging=paging_of(found, total=total),
        text=text,
        profile_only=profile_only,
        any_exist=bool(total or text or profile_only),
    )
    return render_page(
        request,
        "console/datasets/list.html",
        page,
        sandbox=sandbox,
        section="datasets",
        title="Datasets",
        fragment="results",
    )


@dataclass(frozen=True, slots=True)
class DatasetPage:
    """One dataset."""

    dataset: Dataset
    schema_title: str
    schema_token: str
    tags: tuple[tuple[str, str], ...]
    traffic: Traffic
    spans: tuple[Tab, ...]
    groups: tuple[ErrorGroup, ...]
    as_of: int


@require_GET
@in_sandbox
def detail(request: HttpRequest, sandbox: Sandbox, dataset_id: str) -> HttpResponse:
    """What a dataset holds and how it is set up."""
    dataset = Dataset.objects.filter(sandbox=sandbox, pk=dataset_id, deleted_ms=None).first()
    if dataset is None:
        raise Http404(f"No dataset {dataset_id}")
    titles = titles_of_schemas(sandbox=sandbox, uris=[dataset.schema_uri])
    span = span_named(request.GET.get("span", "24h"))
    tags = tuple(
        (name, ", ".join(map(str, values)) if isinstance(values, list) else str(values))
        for name, values in dataset.tags.items()
    )
    return render_page(
        request,
        "console/datasets/detail.html",
        DatasetPage(
            dataset=dataset,
            schema_title=titles.get(dataset.schema_uri, "Standard schema"),
            schema_token=dataset.schema_uri.rpartition("/")[2],
            tags=tags,
            traffic=read_traffic(sandbox.number, span, dataset=dataset.number),
            spans=span_tabs(span),
            groups=error_groups(
                sandbox, list_reject_groups(sandbox.number, dataset=dataset.number)
            ),
            as_of=clock.now_us(),
        ),
        sandbox=sandbox,
        section="datasets",
        title=dataset.name,
        crumbs=(Crumb("Datasets", reverse("datasets", args=[sandbox.name])), Crumb(dataset.name)),
    )
