"""Monitoring: traffic of the whole sandbox, failures by cause, and a search for one record."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET

from console.pages import Tab, in_sandbox, render_page
from console.records import ErrorGroup, error_groups, is_record_id
from console.traffic import Totals, Traffic, read_traffic, span_named, span_tabs, totals_by_inlet
from core import clock
from core.sandboxes.models import Sandbox
from ingestion.connections.browse import names_of_inlets
from ingestion.connections.models import Inlet
from ingestion.journal.queries import get_lag, list_reject_groups, list_rejects
from ingestion.journal.types import Lag, StoredReject


@dataclass(frozen=True, slots=True)
class InletRow:
    """Traffic of one connection in the span."""

    inlet: Inlet
    totals: Totals


@dataclass(frozen=True, slots=True)
class MonitoringPage:
    """Streaming end to end."""

    traffic: Traffic
    spans: tuple[Tab, ...]
    lag: Lag
    inlets: tuple[InletRow, ...]
    groups: tuple[ErrorGroup, ...]
    word: str
    found: tuple[tuple[StoredReject, str], ...]
    as_of: int


@require_GET
@in_sandbox
def overview(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """The state of the sandbox's streams; a record id in the search opens that record."""
    word = request.GET.get("word", "").strip()
    if is_record_id(word, sandbox):
        return redirect("record", sandbox.name, word)
    span = span_named(request.GET.get("span", ""))
    totals = totals_by_inlet(sandbox.number, minutes=span.minutes)
    inlets = names_of_inlets(sandbox=sandbox, numbers=totals)
    since = clock.now_us() - span.minutes * 60_000_000
    found = list_rejects(sandbox.number, limit=50, word=word) if word else []
    page = MonitoringPage(
        traffic=read_traffic(sandbox.number, span),
        spans=span_tabs(span),
        lag=get_lag(sandbox.number),
        inlets=tuple(InletRow(inlets[n], totals[n]) for n in sorted(inlets)),
        groups=error_groups(sandbox, list_reject_groups(sandbox.number, since=since)),
        word=word,
        found=tuple(
            (each, reverse("record", args=[sandbox.name, each.record_id])) for each in found
        ),
        as_of=clock.now_us(),
    )
    return render_page(
        request,
        "console/monitoring/overview.html",
        page,
        sandbox=sandbox,
        section="monitoring",
        title="Monitoring",
    )
