"""Counters of the data plane as charts and totals; `profiles.monitoring` says what they mean."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from console.components import Chart, Series
from console.pages import Tab
from core import clock
from ingestion.journal.latency import IDENTITY, PROFILE, STAGES, STORED, VALIDATED, percentile_ms
from profiles.monitoring.queries import Counts, counts_by_slot, summed
from profiles.monitoring.types import (
    LATENCIES,
    VOLUMES,
    Totals,
    Window,
    totals_of,
    window_of,
)

STAGE_WORDS: Mapping[str, str] = {
    STORED: "Stored",
    VALIDATED: "Validated",
    IDENTITY: "Identity linked",
    PROFILE: "Profile updated",
}
PERCENTILES: Mapping[str, float] = {"p50": 0.50, "p95": 0.95, "p99": 0.99}


@dataclass(frozen=True, slots=True)
class Span:
    """A range to look at: `minutes` long, in steps of `step` minutes."""

    name: str
    label: str
    minutes: int
    step: int

    @property
    def window(self) -> Window:
        """The range that ends now."""
        return window_of(minutes=self.minutes, step=self.step)


SPANS = (
    Span("15m", "15 min", 15, 1),
    Span("1h", "1 hour", 60, 1),
    Span("6h", "6 hours", 360, 5),
    Span("12h", "12 hours", 720, 10),
    Span("24h", "24 hours", 1440, 15),
    Span("7d", "7 days", 10_080, 120),
    Span("30d", "30 days", 43_200, 480),
)


def span_named(name: str) -> Span:
    """The span a link asks for; 24 hours otherwise."""
    return next((span for span in SPANS if span.name == name), SPANS[4])


HOUR, DAY = span_named("1h"), span_named("24h")


@dataclass(frozen=True, slots=True)
class Traffic:
    """What happened in a span."""

    span: Span
    totals: Totals
    volume: Chart
    latency: Chart


@dataclass(frozen=True, slots=True)
class Steps:
    """Counters of a window, step by step, for charts."""

    span: Span
    window: Window
    by_slot: Mapping[int, Counts]

    def series(self, value: Callable[[Counts, int], float | None]) -> list[float | None]:
        """One value for each step; `value` takes its counters and its first minute."""
        return [value(self.by_slot.get(slot, {}), slot) for slot in self.window.slots]

    @property
    def labels(self) -> list[str]:
        """When each step began, UTC."""
        return [_label(slot, self.span) for slot in self.window.slots]


def read_steps(
    stream: int,
    span: Span,
    *,
    window: Window | None = None,
    inlet: int | None = None,
    dataset: int | None = None,
) -> Steps:
    """Counters of a sandbox, an inlet or a dataset."""
    window = window or span.window
    names = (*VOLUMES, *LATENCIES)
    found = counts_by_slot(stream, names, window, inlet=inlet, dataset=dataset)
    return Steps(span, window, found)


def read_traffic(
    stream: int, span: Span, *, inlet: int | None = None, dataset: int | None = None
) -> Traffic:
    """Totals and charts of a sandbox, an inlet or a dataset."""
    steps = read_steps(stream, span, inlet=inlet, dataset=dataset)
    totals = totals_of(summed(steps.by_slot.values()))
    return Traffic(span, totals, volume_chart(steps), profile_latency_chart(steps))


def volume_chart(steps: Steps) -> Chart:
    """Records by what became of them."""
    return Chart(
        "volume",
        f"Records ingested, failed and skipped, {steps.span.label}",
        "bar",
        steps.labels,
        (
            Series("Ingested", steps.series(lambda counts, _: totals_of(counts).ingested)),
            Series(
                "Failed", steps.series(lambda counts, _: totals_of(counts).failed), tone="negative"
            ),
            Series(
                "Skipped", steps.series(lambda counts, _: totals_of(counts).skipped), tone="neutral"
            ),
        ),
        stacked=True,
    )


def throughput_chart(steps: Steps) -> Chart:
    """Records a second at the door, and through the pipeline."""
    seconds = steps.window.seconds_of
    return Chart(
        "throughput",
        f"Records a second, {steps.span.label}",
        "line",
        steps.labels,
        (
            Series(
                "Request throughput",
                steps.series(lambda counts, slot: rate(totals_of(counts).received, seconds(slot))),
            ),
            Series(
                "Processing throughput",
                steps.series(lambda counts, slot: rate(totals_of(counts).processed, seconds(slot))),
            ),
        ),
        whole=False,
    )


def latency_chart(steps: Steps, percentile: str) -> Chart:
    """A percentile of each stage."""
    share = PERCENTILES[percentile]
    return Chart(
        "latency",
        f"Milliseconds since receipt, {percentile}, {steps.span.label}",
        "line",
        steps.labels,
        tuple(Series(STAGE_WORDS[stage], _latency(steps, stage, share)) for stage in STAGES),
        whole=False,
    )


def profile_latency_chart(steps: Steps) -> Chart:
    """Percentiles of the way to the profile."""
    return Chart(
        "latency",
        f"Milliseconds from received to profile, {steps.span.label}",
        "line",
        steps.labels,
        tuple(
            Series(name, _latency(steps, PROFILE, share))
            for name, share in reversed(list(PERCENTILES.items()))
        ),
        whole=False,
    )


def _latency(steps: Steps, stage: str, share: float) -> list[float | None]:
    return steps.series(lambda counts, _: percentile_ms(counts, stage, share))


def rate(records: int, seconds: float) -> float:
    """Records a second, as exact as people read it."""
    value = records / seconds
    return round(value, 3 if value < 1 else 1)


def _label(minute: int, span: Span) -> str:
    moment = clock.from_ms(minute * 60_000)
    return f"{moment:%H:%M}" if span.minutes <= 1440 else f"{moment:%d %b %H:%M}"


def span_tabs(current: Span, **kept: str) -> tuple[Tab, ...]:
    """Links to other spans; `kept` are parameters that stay."""
    rest = "".join(f"&{name}={value}" for name, value in kept.items() if value)
    return tuple(
        Tab(span.label, f"?span={span.name}{rest}", current=span is current) for span in SPANS
    )
