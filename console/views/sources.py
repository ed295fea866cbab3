"""Sources: streaming connections and the page of one endpoint."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from console.inlets import fate_of
from console.pages import Tab, in_sandbox, render_page
from console.paging import paging_of, size_of
from console.records import Fate
from console.tables import Column, Table, table_of
from console.traffic import DAY
from console.views.source_wizard_catalog import source_tabs
from core import clock
from core.sandboxes.models import Sandbox
from ingestion.connections.browse import FlowTarget, browse_inlets, flow_targets
from ingestion.connections.models import Inlet
from profiles.monitoring.queries import totals_by_inlet
from profiles.monitoring.types import Totals

COLUMNS = (
    Column("name", "Name", order="name"),
    Column("status", "Status"),
    Column("dataset", "Dataset"),
    Column("received", "Received, 24 h", number=True),
    Column("ingested", "Ingested, 24 h", number=True),
    Column("failed", "Failed, 24 h", number=True),
    Column("inlet", "Inlet ID", extra=True),
    Column("changed", "Last changed", order="changed", extra=True),
    Column("created", "Created", order="created", wide=True),
)


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A line of the list."""

    inlet: Inlet
    fate: Fate
    targets: tuple[FlowTarget, ...]
    totals: Totals


@dataclass(frozen=True, slots=True)
class SourceListPage:
    """Streaming connections that match the search."""

    table: Table
    rows: tuple[SourceRow, ...]
    text: str
    any_exist: bool
    as_of: int
    tabs: tuple[Tab, ...]


@require_GET
@in_sandbox
def list_(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """All streaming connections with a day's traffic."""
    text = request.GET.get("q", "").strip()
    order = request.GET.get("sort") or "-changed"
    size = size_of(request)
    found, total = browse_inlets(
        sandbox=sandbox, text=text, order=order, after=request.GET.get("after", ""), size=size
    )
    table = table_of(
        request,
        "sources",
        label="Streaming connections",
        columns=COLUMNS,
        order=order,
        paging=paging_of(found, total=total, size=size),
    )
    targets = flow_targets(
        sandbox=sandbox,
        connections=[row.connection_id for row in found.rows if row.connection_id],
    )
    totals = totals_by_inlet(sandbox.number, DAY.window)
    rows = tuple(
        SourceRow(
            inlet=row,
            fate=fate_of(row, totals.get(row.number, Totals())),
            targets=tuple(targets.get(row.connection_id, ()) if row.connection_id else ()),
            totals=totals.get(row.number, Totals()),
        )
        for row in found.rows
    )
    return render_page(
        request,
        "console/sources/list.html",
        SourceListPage(
            table,
            rows,
            text,
            bool(total or text),
            clock.now_us(),
            source_tabs(sandbox, "sources"),
        ),
        sandbox=sandbox,
        section="sources",
        title="Sources",
        fragment="results",
    )
