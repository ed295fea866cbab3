"""What data can come from: the catalog of sources, and the dataflows set up so far."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from console.pages import Crumb, Tab, actor_of, in_sandbox, render_page
from console.paging import paging_of, size_of
from console.tables import Column, Table, table_of
from core import clock
from core.drafts.models import Draft
from core.drafts.queries import list_drafts
from core.sandboxes.models import Sandbox
from ingestion.connections.browse import DataflowRow, browse_dataflows, describe_dataflows

DRAFT_KIND = "http-api"
COLUMNS = (
    Column("name", "Name", order="name"),
    Column("status", "Status"),
    Column("connection", "Connection"),
    Column("dataset", "Dataset"),
    Column("data", "Data"),
    Column("changed", "Last changed", order="changed", extra=True),
    Column("created", "Created", order="created", wide=True),
)
TABS = (
    ("source-catalog", "Catalog"),
    ("sources", "Connections"),
    ("source-dataflows", "Dataflows"),
)


@dataclass(frozen=True, slots=True)
class CatalogPage:
    """Cards of sources, and setups that were not finished."""

    tabs: tuple[Tab, ...]
    drafts: tuple[Draft, ...]


@dataclass(frozen=True, slots=True)
class DataflowsPage:
    """Dataflows that match the search."""

    tabs: tuple[Tab, ...]
    table: Table
    rows: tuple[DataflowRow, ...]
    text: str
    any_exist: bool
    as_of: int


def source_tabs(sandbox: Sandbox, current: str) -> tuple[Tab, ...]:
    """Tabs of the Sources workspace."""
    return tuple(
        Tab(label, reverse(name, args=[sandbox.name]), current=name == current)
        for name, label in TABS
    )


@require_GET
@in_sandbox
def catalog(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Ways to bring data in."""
    drafts = list_drafts(DRAFT_KIND, actor=actor_of(request), sandbox=sandbox)
    return _render(
        request,
        sandbox,
        "catalog",
        CatalogPage(source_tabs(sandbox, "source-catalog"), tuple(drafts)),
    )


@require_GET
@in_sandbox
def dataflows(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Dataflows with what they connect."""
    text = request.GET.get("q", "").strip()
    order = request.GET.get("sort") or "-created"
    size = size_of(request)
    found, total = browse_dataflows(
        sandbox=sandbox, text=text, order=order, after=request.GET.get("after", ""), size=size
    )
    page = DataflowsPage(
        tabs=source_tabs(sandbox, "source-dataflows"),
        table=table_of(
            request,
            "dataflows",
            label="Dataflows",
            columns=COLUMNS,
            order=order,
            paging=paging_of(found, total=total, size=size),
        ),
        rows=tuple(describe_dataflows(found.rows, sandbox=sandbox)),
        text=text,
        any_exist=bool(total or text),
        as_of=clock.now_us(),
    )
    return _render(request, sandbox, "dataflows", page, fragment="results")


def _render(
    request: HttpRequest,
    sandbox: Sandbox,
    name: str,
    page: CatalogPage | DataflowsPage,
    *,
    fragment: str = "",
) -> HttpResponse:
    return render_page(
        request,
        f"console/sources/wizard_{name}.html",
        page,
        sandbox=sandbox,
        section="sources",
        title="Sources",
        crumbs=(
            Crumb("Sources", reverse("sources", args=[sandbox.name])),
            Crumb(name.capitalize()),
        ),
        fragment=fragment,
    )
