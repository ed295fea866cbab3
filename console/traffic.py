"""Counters of the data plane as charts and totals; the same definitions on every page."""

from collections.abc import Mapping
from dataclasses import dataclass

from console.components import Chart, Series
from console.pages import Tab
from core import clock
from ingestion.journal.queries import list_counts
from ingestion.journal.types import RECEIVED, REFUSED, Point
from profiles.metrics import DUPLICATE, INGESTED, LATENCY_BOUNDS_MS, REJECTED

_COUNTED = (RECEIVED, REFUSED, INGESTED, REJECTED, DUPLICATE)
_BUCKETS = (*(f"latency_le_{bound}" for bound in LATENCY_BOUNDS_MS), "latency_le_inf")


@dataclass(frozen=True, slots=True)
class Span:
    """A range to look at: `minutes` long, in steps of `step` minutes."""

    name: str
    label: str
    minutes: int
    step: int


SPANS = (
    Span("15m", "15 min", 15, 1),
    Span("1h", "1 hour", 60, 1),
    Span("6h", "6 hours", 360, 5),
    Span("24h", "24 hours", 1440, 15),
    Span("7d", "7 days", 10_080, 120),
    Span("30d", "30 days", 43_200, 480),
)


def span_named(name: str) -> Span:
    """The span a link asks for; an hour otherwise."""
    return next((span for span in SPANS if span.name == name), SPANS[1])


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of a span. Failed = refused at the door + rejected on the way."""

    received: int = 0
    ingested: int = 0
    failed: int = 0
    duplicates: int = 0
    p50_ms: float | None = None
    p95_ms: float | None = None

    @property
    def failed_share(self) -> str:
        """Failed among received, in percent, for people."""
        if not self.received or not self.failed:
            return ""
        share = 100 * self.failed / self.received
        return "under 0.01 %" if share < 0.01 else f"{share:.2f} %"


@dataclass(frozen=True, slots=True)
class Traffic:
    """What happened in a span."""

    span: Span
    totals: Totals
    volume: Chart
    latency: Chart


def read_traffic(
    stream: int, span: Span, *, inlet: int | None = None, dataset: int | None = None
) -> Traffic:
    """Totals and charts of a sandbox, an inlet or a dataset."""
    until = clock.now_ms() // 60_000 + 1
    start = (until - span.minutes) // span.step * span.step
    points = list_counts(
        stream,
        (*_COUNTED, *_BUCKETS),
        since=start,
        until=until,
        step=span.step,
        inlet=inlet,
        dataset=dataset,
    )
    slots = list(range(start, until, span.step))
    labels = [_label(slot, span) for slot in slots]
    by_slot = _by_slot(points)
    latencies = [_latencies(by_slot.get(slot, {})) for slot in slots]
    return Traffic(
        span=span,
        totals=totals_of(_summed(points)),
        volume=Chart(
            "volume",
            f"Records ingested and failed, {span.label}",
            "bar",
            labels,
            (
                Series("Ingested", [by_slot.get(slot, {}).get(INGESTED, 0) for slot in slots]),
                Series(
                    "Failed", [_failed(by_slot.get(slot, {})) for slot in slots], tone="negative"
                ),
            ),
            stacked=True,
        ),
        latency=Chart(
            "latency",
            f"Milliseconds from received to profile, {span.label}",
            "line",
            labels,
            (
                Series("p95", [each[1] for each in latencies]),
                Series("p50", [each[0] for each in latencies]),
            ),
            whole=False,
        ),
    )


def totals_of(counts: Mapping[str, int]) -> Totals:
    """Totals of summed counters."""
    return Totals(
        received=counts.get(RECEIVED, 0),
        ingested=counts.get(INGESTED, 0),
        failed=_failed(counts),
        duplicates=counts.get(DUPLICATE, 0),
        p50_ms=percentile(counts, 0.50),
        p95_ms=percentile(counts, 0.95),
    )


def totals_by_inlet(stream: int, *, minutes: int) -> dict[int, Totals]:
    """Totals of the last minutes for each inlet that had any traffic."""
    until = clock.now_ms() // 60_000 + 1
    points = list_counts(
        stream, _COUNTED, since=until - minutes, until=until, step=minutes, by_inlet=True
    )
    grouped: dict[int, dict[str, int]] = {}
    for point in points:
        counts = grouped.setdefault(point.inlet, {})
        counts[point.name] = counts.get(point.name, 0) + point.value
    return {inlet: totals_of(counts) for inlet, counts in grouped.items()}


def recent_totals(stream: int, *, minutes: int) -> tuple[float, Totals]:
    """Totals since the beginning of the minute `minutes` ago, and how many seconds that is."""
    now = clock.now_ms()
    until = now // 60_000 + 1
    since = until - 1 - minutes
    points = list_counts(stream, (*_COUNTED, *_BUCKETS), since=since, until=until, step=1)
    return now / 1000 - since * 60, totals_of(_summed(points))


def percentile(counts: Mapping[str, int], share: float) -> float | None:
    """A percentile of the latency histogram in ms, linear within its bucket."""
    total = sum(counts.get(name, 0) for name in _BUCKETS)
    if not total:
        return None
    wanted, seen, lower = share * total, 0, 0.0
    for name, upper in zip(_BUCKETS, (*LATENCY_BOUNDS_MS, LATENCY_BOUNDS_MS[-1]), strict=True):
        here = counts.get(name, 0)
        if here and seen + here >= wanted:
            return round(lower + (upper - lower) * (wanted - seen) / here, 1)
        seen, lower = seen + here, float(upper)
    return lower


def _failed(counts: Mapping[str, int]) -> int:
    return counts.get(REFUSED, 0) + counts.get(REJECTED, 0)


def _latencies(counts: Mapping[str, int]) -> tuple[float | None, float | None]:
    return percentile(counts, 0.5), percentile(counts, 0.95)


def _summed(points: list[Point]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for point in points:
        counts[point.name] = counts.get(point.name, 0) + point.value
    return counts


def _by_slot(points: list[Point]) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = {}
    for point in points:
        found.setdefault(point.minute, {})[point.name] = point.value
    return found


def _label(minute: int, span: Span) -> str:
    moment = clock.from_ms(minute * 60_000)
    return f"{moment:%H:%M}" if span.minutes <= 1440 else f"{moment:%d %b %H:%M}"


def span_tabs(current: Span) -> tuple[Tab, ...]:
    """Links to other spans."""
    return tuple(Tab(span.label, f"?span={span.name}", current=span is current) for span in SPANS)
