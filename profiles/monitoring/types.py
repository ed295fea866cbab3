"""What each number of traffic means. Pages, notifications and tests all count with these.

    received = ingested + failed + skipped + waiting

- received  records that reached an address or were read from a file
- ingested  accepted, and not known before
- failed    refused at the door (answered with an error, nothing kept) or rejected on the way
- skipped   events whose id was stored before: a retry or a duplicate
- waiting   stored, and not yet taken by the pipeline

A record counts in the minute it was received. One that is sent again after a failure counts as
ingested beside its failure, for both happened.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from core import clock
from ingestion.journal.latency import PROFILE, STAGES, buckets_of, percentile_ms
from ingestion.journal.types import RECEIVED, REFUSED
from profiles.metrics import DUPLICATE, INGESTED, REJECTED

VOLUMES = (RECEIVED, REFUSED, INGESTED, REJECTED, DUPLICATE)
LATENCIES = buckets_of(*STAGES)
_MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Window:
    """The minutes `since` <= minute < `until` since the epoch, in steps of `step` minutes."""

    since: int
    until: int
    step: int

    @property
    def slots(self) -> range:
        """First minutes of the steps."""
        return range(self.since, self.until, self.step)

    @property
    def since_us(self) -> int:
        """The beginning as receive times have it."""
        return self.since * _MINUTE_MS * 1000

    @property
    def until_us(self) -> int:
        """The end, exclusive, as receive times have it."""
        return self.until * _MINUTE_MS * 1000

    def seconds_of(self, slot: int) -> float:
        """How much of a step has passed; at least one second."""
        return _seconds(slot, slot + self.step)

    @property
    def seconds(self) -> float:
        """How much of the window has passed."""
        return _seconds(self.since, self.until)


def _seconds(since: int, until: int) -> float:
    passed = min(clock.now_ms(), until * _MINUTE_MS) - since * _MINUTE_MS
    return max(1.0, passed / 1000)


def window_of(*, minutes: int, step: int = 1) -> Window:
    """The last minutes, up to the end of the current step."""
    until = (clock.now_ms() // _MINUTE_MS // step + 1) * step
    return Window(until - minutes, until, step)


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of a window; see above. `refused` is the part of `failed` that was never stored."""

    received: int = 0
    ingested: int = 0
    failed: int = 0
    refused: int = 0
    skipped: int = 0
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None

    @property
    def processed(self) -> int:
        """Records the pipeline is done with."""
        return self.ingested + self.failed - self.refused + self.skipped

    @property
    def failed_ratio(self) -> float:
        """Failed among those with a verdict, 0 to 1."""
        judged = self.ingested + self.failed + self.skipped
        return self.failed / judged if judged else 0.0

    @property
    def failed_share(self) -> str:
        """The same in percent, for people; empty when nothing failed."""
        share = 100 * self.failed_ratio
        if not share:
            return ""
        return "under 0.01 %" if share < 0.01 else f"{share:.2f} %"


def totals_of(counts: Mapping[str, int]) -> Totals:
    """Totals of summed counters. Latencies are those from receipt to the profile."""
    duplicates = counts.get(DUPLICATE, 0)
    refused = counts.get(REFUSED, 0)
    return Totals(
        received=counts.get(RECEIVED, 0),
        ingested=counts.get(INGESTED, 0) - duplicates,
        failed=refused + counts.get(REJECTED, 0),
        refused=refused,
        skipped=duplicates,
        p50_ms=percentile_ms(counts, PROFILE, 0.50),
        p95_ms=percentile_ms(counts, PROFILE, 0.95),
        p99_ms=percentile_ms(counts, PROFILE, 0.99),
    )
