"""What the pipeline counts, a minute at a time: the one source of every number shown."""

from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from psycopg import Cursor

from ingestion.admission.types import Accepted
from ingestion.journal.queries import add_counts
from ingestion.journal.types import BACKFILLED, Count, JournalRecord, PipelineBatch, Reject

INGESTED, REJECTED, DUPLICATE = "ingested", "rejected", "duplicate"
# Upper bounds of the latency histogram, ms; the last bucket has none.
LATENCY_BOUNDS_MS = (10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 60_000)
_US_A_MINUTE = 60_000_000

type Key = tuple[int, int, int, str]


def latency_bucket(latency_us: int) -> str:
    """Name of the histogram counter a latency falls into."""
    for bound in LATENCY_BOUNDS_MS:
        if latency_us <= bound * 1000:
            return f"latency_le_{bound}"
    return "latency_le_inf"


def count_batch(
    cursor: Cursor[Any],
    *,
    records: Sequence[JournalRecord],
    accepted: Sequence[Accepted],
    rejected: Sequence[Reject],
    duplicates: AbstractSet[int],
    batch: PipelineBatch,
) -> None:
    """Add a micro-batch to the minute counters, in its transaction.

    `duplicates` are sequence numbers. What is in `accepted` and in `rejected` was refused after
    validation and counts as rejected.
    """
    counts: Counter[Key] = Counter()
    refused = {one.seq for one in rejected}
    for one in accepted:
        record = one.record
        if record.seq not in refused and not record.flags & BACKFILLED:
            counts[_minute(record), record.inlet, one.dataset.number, INGESTED] += 1
    for reject in rejected:
        minute = reject.received_at // _US_A_MINUTE
        counts[minute, reject.inlet, reject.dataset or 0, REJECTED] += 1
    for record in records:
        if record.flags & BACKFILLED:
            continue
        if record.seq in duplicates:
            counts[_minute(record), record.inlet, 0, DUPLICATE] += 1
        bucket = latency_bucket(batch.committed_at - record.received_at)
        counts[_minute(record), record.inlet, 0, bucket] += 1
    add_counts(
        cursor,
        [Count(batch.stream, *key, value) for key, value in sorted(counts.items())],
    )


def _minute(record: JournalRecord) -> int:
    return record.received_at // _US_A_MINUTE
