"""The spine: one micro-batch of one stream, top to bottom, in one transaction."""

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import Cursor

from core import clock
from ingestion.admission.admit import admit, reject_of
from ingestion.admission.types import Accepted, Refusal
from ingestion.journal.queries import advance, claim, record_batch, record_rejects
from ingestion.journal.types import JournalRecord, PipelineBatch, Reject
from profiles.context import Context
from profiles.identity.attribute import Attributed, attribute
from profiles.identity.resolve import resolve
from profiles.metrics import count_batch
from profiles.store.write import merge_profiles, store_events

READER = "profile"
MAX_BATCH = 1500
MAX_BYTES = 8 * 1024 * 1024


def process_batch(connection: psycopg.Connection, context: Context, *, limit: int) -> int:
    """Take up to `limit` records through the pipeline; returns how many there were.

    Effects and position commit together: whatever dies, each record counts once.
    """
    with connection.transaction(), connection.cursor(binary=True) as cursor:
        claimed_at = clock.now_us()
        records = claim(cursor, READER, context.stream, limit=limit, max_bytes=MAX_BYTES)
        if not records:
            return 0
        _process(cursor, context, records, claimed_at)
        return len(records)


def _process(
    cursor: Cursor[Any], context: Context, records: Sequence[JournalRecord], claimed_at: int
) -> None:
    verdicts = admit(records, context.datasets)
    attribution = attribute(verdicts.accepted, context)
    admitted_at = clock.now_us()
    fresh = store_events(cursor, context, attribution.stored)
    resolution = resolve(cursor, context, attribution.linked, fresh=fresh)
    resolved_at = clock.now_us()
    merge_profiles(cursor, context, attribution.stored, resolution)
    merged_at = clock.now_us()
    rejected = [*verdicts.rejected, *attribution.rejected]
    record_rejects(cursor, rejected)
    batch = PipelineBatch(
        stream=context.stream,
        first_seq=records[0].seq,
        last_seq=records[-1].seq,
        claimed_at=claimed_at,
        admitted_at=admitted_at,
        resolved_at=resolved_at,
        merged_at=merged_at,
        committed_at=clock.now_us(),
        received=len(records),
        accepted=len(records) - len(rejected),
        rejected=len(rejected),
        duplicates=fresh.duplicates,
        skipped=attribution.skipped,
    )
    record_batch(cursor, batch)
    count_batch(cursor, context, records, verdicts.accepted, rejected, batch)
    advance(cursor, READER, context.stream, records[-1].seq)


def reject_poison(connection: psycopg.Connection, context: Context, why: str) -> None:
    """Take the next record out of the way as a reject, so that the stream goes on."""
    with connection.transaction(), connection.cursor(binary=True) as cursor:
        records = claim(cursor, READER, context.stream, limit=1, max_bytes=MAX_BYTES)
        if not records:
            return
        refusal = Refusal("ONEFOLD-1500-500", f"The record could not be processed. {why}"[:500])
        record_rejects(cursor, [reject_of(records[0], refusal, dataset=None)])
        advance(cursor, READER, context.stream, records[0].seq)
