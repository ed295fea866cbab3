"""Datasets: the list, and the activity of one."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from console.components import Paging
from console.datasets import DatasetHead, Held, dataset_crumbs, dataset_head, held_by
from console.pages import Tab, in_sandbox, render_page
from console.paging import paging_of, size_of
from console.traffic import Traffic, read_traffic, span_named, span_tabs
from core import clock
from core.sandboxes.models import Sandbox
from ingestion.catalog.browse import ORDERS, browse_datasets
from ingestion.catalog.models import Dataset
from ingestion.catalog.switches import SYSTEM_TAGS
from ingestion.connections.belonging import sources_of
from ingestion.connections.models import Inlet
from ingestion.schemas.browse import titles_of_schemas


@dataclass(frozen=True, slots=True)
class DatasetRow:
    """A line of the list."""

    dataset: Dataset
    schema_title: str
    schema_token: str
    held: Held


@dataclass(frozen=True, slots=True)
class DatasetListPage:
    """Datasets of the sandbox that match search and filters."""

    rows: tuple[DatasetRow, ...]
    paging: Paging
    text: str
    profile_only: bool
    schema: str
    schema_title: str
    order: str
    filtered: bool
    any_exist: bool
    as_of: int


@require_GET
@in_sandbox
def list_(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """All datasets, newest first by change or creation."""
    text = request.GET.get("q", "").strip()
    profile_only = request.GET.get("profile") == "on"
    schema = request.GET.get("schema", "")
    order = request.GET.get("sort", "")
    found, total = browse_datasets(
        sandbox=sandbox,
        text=text,
        profile_only=profile_only,
        schema_uri=schema,
        order=order,
        after=request.GET.get("after", ""),
        size=size_of(request),
    )
    titles = titles_of_schemas(sandbox=sandbox, uris={schema, *(r.schema_uri for r in found.rows)})
    held = held_by(sandbox, [row.number for row in found.rows])
    filtered = bool(text or profile_only or schema)
    page = DatasetListPage(
        rows=tuple(
            DatasetRow(
                row,
                titles.get(row.schema_uri, "Standard schema"),
                row.schema_uri.rpartition("/")[2],
                held.get(row.number, Held()),
            )
            for row in found.rows
        ),
        paging=paging_of(found, total=total),
        text=text,
        profile_only=profile_only,
        schema=schema,
        schema_title=titles.get(schema, "Unknown schema"),
        order=order if order in ORDERS else "updated",
        filtered=filtered,
        any_exist=bool(total or filtered),
        as_of=clock.now_us(),
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
class ActivityPage:
    """What a dataset took in."""

    head: DatasetHead
    traffic: Traffic
    spans: tuple[Tab, ...]
    sources: tuple[Inlet, ...]
    tags: tuple[tuple[str, str], ...]
    as_of: int


@require_GET
@in_sandbox
def detail(request: HttpRequest, sandbox: Sandbox, dataset_id: str) -> HttpResponse:
    """Records ingested and failed over time, and where they come from."""
    head = dataset_head(sandbox, dataset_id, tab="dataset")
    span = span_named(request.GET.get("span", "24h"))
    page = ActivityPage(
        head=head,
        traffic=read_traffic(sandbox.number, span, dataset=head.dataset.number),
        spans=span_tabs(span),
        sources=tuple(sources_of(sandbox, head.dataset)),
        tags=tuple(
            (name, ", ".join(map(str, values)) if isinstance(values, list) else str(values))
            for name, values in head.dataset.tags.items()
            if name not in SYSTEM_TAGS
        ),
        as_of=clock.now_us(),
    )
    return render_page(
        request,
        "console/datasets/activity.html",
        page,
        sandbox=sandbox,
        section="datasets",
        title=head.dataset.name,
        crumbs=dataset_crumbs(sandbox, head.dataset.name),
    )
