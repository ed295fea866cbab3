"""Traffic of a sandbox, read from the counters of collector and pipeline."""

from collections.abc import Iterable, Sequence

from core import clock
from ingestion.journal.latency import PROFILE, buckets_of
from ingestion.journal.queries import list_counts
from ingestion.journal.types import Point
from profiles.monitoring.types import VOLUMES, Totals, Window, totals_of, window_of

type Counts = dict[str, int]


def counts_by_slot(
    stream: int,
    names: Sequence[str],
    window: Window,
    *,
    inlet: int | None = None,
    dataset: int | None = None,
) -> dict[int, Counts]:
    """Counters of each step in which anything was counted, by the step's first minute."""
    points = list_counts(
        stream,
        names,
        since=window.since,
        until=window.until,
        step=window.step,
        inlet=inlet,
        dataset=dataset,
    )
    found: dict[int, Counts] = {}
    for point in points:
        found.setdefault(point.minute, {})[point.name] = point.value
    return found


def totals_by_inlet(stream: int, window: Window) -> dict[int, Totals]:
    """Totals of each inlet with any traffic; 0: files, and what the system wrote."""
    return {inlet: totals_of(counts) for inlet, counts in counts_by_inlet(stream, window).items()}


def counts_by_inlet(
    stream: int, window: Window, *, names: Sequence[str] = (*VOLUMES, *buckets_of(PROFILE))
) -> dict[int, Counts]:
    """Counters of the whole window by inlet."""
    points = list_counts(
        stream,
        names,
        since=window.since,
        until=window.until,
        step=window.until - window.since,
        by_inlet=True,
    )
    found: dict[int, Counts] = {}
    for point in points:
        _add(found.setdefault(point.inlet, {}), [point])
    return found


def get_totals(stream: int, window: Window) -> Totals:
    """Totals of the sandbox."""
    return totals_of(summed(counts_by_inlet(stream, window).values()))


def summed(counts: Iterable[Counts]) -> Counts:
    """Counters added up."""
    total: Counts = {}
    for each in counts:
        for name, value in each.items():
            total[name] = total.get(name, 0) + value
    return total


def get_rates(stream: int) -> tuple[float, float]:
    """Records received and ingested a second, since the beginning of the last full minute."""
    window = window_of(minutes=2)
    counts = counts_by_slot(stream, VOLUMES, window)
    totals = totals_of(summed(counts.values()))
    seconds = max(1.0, clock.now_ms() / 1000 - window.since * 60)
    return round(totals.received / seconds, 1), round(totals.ingested / seconds, 1)


def _add(counts: Counts, points: Iterable[Point]) -> None:
    for point in points:
        counts[point.name] = counts.get(point.name, 0) + point.value
