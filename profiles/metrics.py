"""What the pipeline counts, a minute at a time: the one source of every number shown."""

from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from psycopg import Cursor

from ingestion.admission.types import Accepted
from ingestion.journal.latency import IDENTITY, PROFILE, VALIDATED, bucket_of
from ingestion.journal.queries import add_counts
from ingestion.journal.types import (
    BACKFILLED,
    REDRIVEN,
    Count,
    JournalRecord,
    PipelineBatch,
    Reject,
)

INGESTED, REJECTED, DUPLICATE = "ingested", "rejected", "duplicate"
"""Accepted records, duplicates among them; refused ones; events that were known already."""

_US_A_MINUTE = 60_000_000

type Key = tuple[int, int, int, str]


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
        if record.seq in refused or record.flags & BACKFILLED:
            continue
        place = (_minute(record), record.inlet, one.dataset.number)
        counts[*place, INGESTED] += 1
        if record.seq in duplicates:
            counts[*place, DUPLICATE] += 1
    for reject in rejected:
        minute = reject.received_at // _US_A_MINUTE
        counts[minute, reject.inlet, reject.dataset or 0, REJECTED] += 1
    _count_latencies(counts, records, batch)
    add_counts(
        cursor,
        [Count(batch.stream, *key, value) for key, value in sorted(counts.items())],
    )


def _count_latencies(
    counts: Counter[Key], records: Sequence[JournalRecord], batch: PipelineBatch
) -> None:
    """Records of one moment share their latencies; those sent again say nothing about speed."""
    moments = Counter(
        (record.received_at, record.inlet)
        for record in records
        if not record.flags & (REDRIVEN | BACKFILLED)
    )
    ends = (
        (VALIDATED, batch.admitted_at),
        (IDENTITY, batch.resolved_at),
        (PROFILE, batch.committed_at),
    )
    for (received_at, inlet), size in moments.items():
        minute = received_at // _US_A_MINUTE
        for stage, at in ends:
            counts[minute, inlet, 0, bucket_of(stage, at - received_at)] += size


def _minute(record: JournalRecord) -> int:
    return record.received_at // _US_A_MINUTE
