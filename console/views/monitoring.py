"""Monitoring, streaming end to end: numbers and charts of a range, by dataflow and by cause."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET

from console.components import Chart
from console.monitoring import FlowTraffic, Scope, flow_rows
from console.pages import Tab, in_sandbox, render_page
from console.traffic import (
    PERCENTILES,
    STAGE_WORDS,
    Span,
    latency_chart,
    read_steps,
    span_named,
    span_tabs,
    throughput_chart,
    volume_chart,
)
from core import clock
from core.sandboxes.models import Sandbox
from ingestion.connections.browse import list_dataflows, list_inlets
from ingestion.journal.latency import STAGES, percentile_ms
from ingestion.journal.queries import count_waiting, get_lag, list_reject_groups
from ingestion.journal.types import Lag, RejectGroup
from profiles.monitoring.queries import counts_by_inlet, get_rates, summed
from profiles.monitoring.types import LATENCIES, VOLUMES, Totals, Window, totals_of

CHARTS = {"throughput": "Throughput", "ingestion": "Ingestion", "latency": "Latency"}
MOST_CAUSES = 10


@dataclass(frozen=True, slots=True)
class Choice:
    """What the page is asked to show; every link keeps the rest."""

    span: Span
    chart: str
    percentile: str
    only_failures: bool

    def query(self, **changes: str) -> str:
        """The choice as a query string, some of it changed; an empty change leaves a part out."""
        given = {
            "span": self.span.name,
            "chart": self.chart,
            "percentile": self.percentile if self.chart == "latency" else "",
            "failures": "on" if self.only_failures else "",
        } | changes
        return "?" + "&".join(f"{name}={value}" for name, value in given.items() if value)


@dataclass(frozen=True, slots=True)
class StageLatency:
    """Percentiles of one stage over the whole range, ms."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class MonitoringPage:
    """Streaming end to end. A poll fills all but the frame around it."""

    choice: Choice
    spans: tuple[Tab, ...]
    charts: tuple[Tab, ...]
    percentiles: tuple[Tab, ...]
    totals: Totals
    ingested_a_second: float
    chart: Chart
    stages: tuple[StageLatency, ...]
    lag: Lag
    rows: tuple[FlowTraffic, ...]
    hidden: int
    groups: tuple[tuple[RejectGroup, str, bool], ...]
    failures_href: str
    toggle_href: str
    poll_href: str
    as_of: int


@require_GET
@in_sandbox
def overview(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """The state of the sandbox's streams; htmx polls all numbers of it."""
    word = request.GET.get("word", "").strip()
    if word:
        return redirect(
            f"{reverse('monitoring-find', args=[sandbox.name])}?{request.GET.urlencode()}"
        )
    return render_page(
        request,
        "console/monitoring/overview.html",
        _page(sandbox, _choice(request)),
        sandbox=sandbox,
        section="monitoring",
        title="Monitoring",
        fragment="live",
    )


def _choice(request: HttpRequest) -> Choice:
    given = request.GET
    chart, percentile = given.get("chart", ""), given.get("percentile", "")
    return Choice(
        span=span_named(given.get("span", "")),
        chart=chart if chart in CHARTS else "throughput",
        percentile=percentile if percentile in PERCENTILES else "p95",
        only_failures=given.get("failures") == "on",
    )


def _page(sandbox: Sandbox, choice: Choice) -> MonitoringPage:
    window = choice.span.window
    counts = counts_by_inlet(sandbox.number, window, names=(*VOLUMES, *LATENCIES))
    every = summed(counts.values())
    rows = _rows(sandbox, window, {inlet: totals_of(each) for inlet, each in counts.items()})
    shown = [row for row in rows if row.totals.failed] if choice.only_failures else rows
    scope = Scope(window)
    failures = reverse("monitoring-failures", args=[sandbox.name])
    groups = list_reject_groups(sandbox.number, limit=MOST_CAUSES, **scope.filters)
    _, ingested = get_rates(sandbox.number)
    return MonitoringPage(
        choice=choice,
        spans=span_tabs(choice.span, **_kept(choice)),
        charts=tuple(
            Tab(label, choice.query(chart=name), current=name == choice.chart)
            for name, label in CHARTS.items()
        ),
        percentiles=tuple(
            Tab(name, choice.query(percentile=name), current=name == choice.percentile)
            for name in PERCENTILES
        ),
        totals=totals_of(every),
        ingested_a_second=ingested,
        chart=_chart(sandbox, choice, window),
        stages=tuple(
            StageLatency(
                STAGE_WORDS[stage],
                tuple(percentile_ms(every, stage, share) for share in PERCENTILES.values()),
            )
            for stage in STAGES
        ),
        lag=get_lag(sandbox.number),
        rows=tuple(shown),
        hidden=len(rows) - len(shown),
        groups=tuple(
            (group, f"{failures}?{scope.query(code=group.code, path=group.path)}#records", False)
            for group in groups
        ),
        failures_href=f"{failures}?{scope.query()}",
        toggle_href=choice.query(failures="" if choice.only_failures else "on"),
        poll_href=choice.query(),
        as_of=clock.now_us(),
    )


def _kept(choice: Choice) -> dict[str, str]:
    return {
        "chart": choice.chart,
        "percentile": choice.percentile if choice.chart == "latency" else "",
        "failures": "on" if choice.only_failures else "",
    }


def _rows(sandbox: Sandbox, window: Window, totals: dict[int, Totals]) -> list[FlowTraffic]:
    return flow_rows(
        sandbox,
        window=window,
        totals=totals,
        waiting=count_waiting(sandbox.number),
        flows=list_dataflows(sandbox=sandbox),
        inlets=list_inlets(sandbox=sandbox),
    )


def _chart(sandbox: Sandbox, choice: Choice, window: Window) -> Chart:
    steps = read_steps(sandbox.number, choice.span, window=window)
    if choice.chart == "latency":
        return latency_chart(steps, choice.percentile)
    return volume_chart(steps) if choice.chart == "ingestion" else throughput_chart(steps)
