"""Datasets: the list, and the activity of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.http import require_GET

from console.datasets import DatasetHead, Held, dataset_crumbs, dataset_head, held_by
from console.days import end_ms, start_ms
from console.pages import Tab, in_sandbox, render_page, wants_fragment
from console.paging import paging_of, size_of
from console.tables import Chip, Column, Table, chips_of, table_of
from console.traffic import Traffic, read_traffic, span_named, span_tabs
from console.usage import UseGroup, uses_of
from console.views.datasets_bulk import dataset_selection
from core import clock
from core.access.queries import names_of_actors
from core.sandboxes.models import Sandbox
from ingestion.catalog.browse import (
    NEWEST_CHANGE,
    DatasetFilter,
    browse_datasets,
    creators_in_use,
    own_tags,
    schemas_in_use,
    tags_in_use,
)
from ingestion.catalog.models import Dataset
from ingestion.connections.belonging import sources_of
from ingestion.connections.models import Inlet
from ingestion.schemas.browse import titles_of_schemas

MOST_CHOICES = 200
COLUMNS = (
    Column("name", "Name", order="name"),
    Column("schema", "Schema"),
    Column("profile", "Profile"),
    Column("records", "Records", number=True),
    Column("failed", "Failed", number=True),
    Column("last", "Last record"),
    Column("tags", "Tags", extra=True),
    Column("created", "Created", order="created", extra=True),
    Column("creator", "Created by", extra=True),
    Column("updated", "Last updated", order="updated", wide=True),
)


@dataclass(frozen=True, slots=True)
class DatasetRow:
    """A line of the list."""

    dataset: Dataset
    schema_title: str
    schema_token: str
    held: Held
    creator: str
    tags: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DatasetListPage:
    """Datasets of the sandbox that match search and filters."""

    table: Table
    rows: tuple[DatasetRow, ...]
    given: QueryDict
    wanted: DatasetFilter
    chips: tuple[Chip, ...]
    schemas: tuple[tuple[str, str], ...]
    tags: tuple[str, ...]
    creators: tuple[tuple[str, str], ...]
    any_exist: bool
    as_of: int

    @property
    def more_filters(self) -> bool:
        """Whether a filter of the folded part is active."""
        return any("profile" not in chip.parameters for chip in self.chips)


@require_GET
@in_sandbox
def list_(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Datasets, the newest change first unless asked otherwise."""
    wanted = _wanted(request.GET)
    order = request.GET.get("sort") or NEWEST_CHANGE
    size = size_of(request)
    found, total = browse_datasets(
        sandbox=sandbox,
        wanted=wanted,
        order=order,
        after=request.GET.get("after", ""),
        size=size,
    )
    used = {wanted.schema_uri, *(row.schema_uri for row in found.rows)}
    # The part that is swapped while people type has no choices in it.
    whole = not wants_fragment(request)
    if whole:
        used.update(schemas_in_use(sandbox=sandbox)[:MOST_CHOICES])
    titles = titles_of_schemas(sandbox=sandbox, uris=used)
    ids = creators_in_use(sandbox=sandbox)
    creators = {**dict(zip(ids, ids, strict=True)), **names_of_actors(ids)}
    page = DatasetListPage(
        table=table_of(
            request,
            "datasets",
            label="Datasets",
            columns=COLUMNS,
            order=order,
            paging=paging_of(found, total=total, size=size),
            selection=dataset_selection(request, sandbox),
        ),
        rows=_rows(sandbox, found.rows, titles, creators),
        given=request.GET,
        wanted=wanted,
        chips=_chips(request.GET, wanted, titles, creators),
        schemas=_by_label(titles),
        tags=tuple(tags_in_use(sandbox=sandbox)) if whole else (),
        creators=_by_label(creators),
        any_exist=bool(total or wanted.narrows),
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


def _wanted(given: QueryDict) -> DatasetFilter:
    return DatasetFilter(
        text=given.get("q", "").strip(),
        profile_only=given.get("profile") == "on",
        schema_uri=given.get("schema", ""),
        tag=given.get("tag", "").strip(),
        created_by=given.get("creator", ""),
        created_from=start_ms(given.get("created_from", "")),
        created_until=end_ms(given.get("created_to", "")),
        updated_from=start_ms(given.get("updated_from", "")),
        updated_until=end_ms(given.get("updated_to", "")),
    )


def _rows(
    sandbox: Sandbox,
    datasets: Sequence[Dataset],
    titles: Mapping[str, str],
    creators: Mapping[str, str],
) -> tuple[DatasetRow, ...]:
    held = held_by(sandbox, [row.number for row in datasets])
    return tuple(
        DatasetRow(
            dataset=row,
            schema_title=titles.get(row.schema_uri, "Standard schema"),
            schema_token=row.schema_uri.rpartition("/")[2],
            held=held.get(row.number, Held()),
            creator=creators.get(row.created_by, row.created_by),
            tags=own_tags(row),
        )
        for row in datasets
    )


def _chips(
    given: QueryDict, wanted: DatasetFilter, titles: Mapping[str, str], creators: Mapping[str, str]
) -> tuple[Chip, ...]:
    schema = titles.get(wanted.schema_uri, "unknown")
    creator = creators.get(wanted.created_by, wanted.created_by)
    return chips_of(
        (
            (wanted.profile_only, "Included in Profile", "profile"),
            (wanted.schema_uri, f"Schema: {schema}", "schema"),
            (wanted.tag, f"Tag: {wanted.tag}", "tag"),
            (wanted.created_by, f"Created by: {creator}", "creator"),
            (wanted.created_from, f"Created from {given.get('created_from')}", "created_from"),
            (wanted.created_until, f"Created to {given.get('created_to')}", "created_to"),
            (wanted.updated_from, f"Updated from {given.get('updated_from')}", "updated_from"),
            (wanted.updated_until, f"Updated to {given.get('updated_to')}", "updated_to"),
        )
    )


def _by_label(labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(labels.items(), key=lambda item: item[1].lower()))


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
        tags=own_tags(head.dataset),
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


@dataclass(frozen=True, slots=True)
class UsedByPage:
    """What uses a dataset, by kind."""

    head: DatasetHead
    groups: tuple[UseGroup, ...]


@require_GET
@in_sandbox
def used_by(request: HttpRequest, sandbox: Sandbox, dataset_id: str) -> HttpResponse:
    """What would notice if the dataset were gone."""
    head = dataset_head(sandbox, dataset_id, tab="dataset-used-by")
    return render_page(
        request,
        "console/datasets/used_by.html",
        UsedByPage(head, uses_of(sandbox, head.dataset)),
        sandbox=sandbox,
        section="datasets",
        title=head.dataset.name,
        crumbs=dataset_crumbs(sandbox, head.dataset.name),
    )
