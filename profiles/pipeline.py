"""The spine: one micro-batch of one stream, top to bottom, in one transaction."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import psycopg
from psycopg import Cursor

from core import clock, sql
from ingestion.admission.admit import UNKNOWN_DATASET, admit, reject_of
from ingestion.admission.types import Refusal
from ingestion.catalog.received import any_dataset, mark_first_records
from ingestion.journal.queries import PROFILE_READER, advance, claim, record_batch, record_rejects
from ingestion.journal.types import JournalRecord, PipelineBatch, Reject
from profiles.attribution import attribute
from profiles.context import Context
from profiles.identity.resolve import Resolution, resolve
from profiles.metrics import count_batch
from profiles.segmentation.plan import Touched
from profiles.segmentation.streaming import evaluate
from profiles.store.rows import EventRow
from profiles.store.write_events import store_events
from profiles.store.write_profiles import Merged, apply_changes

MAX_BATCH = 1500
MAX_BYTES = 8 * 1024 * 1024


class StaleContext(Exception):
    """The configuration was changed after it was read: new rules, or perhaps a new dataset."""


def process_batch(
    connection: psycopg.Connection, context: Context, *, limit: int, attempts: int = 0
) -> int:
    """Take up to `limit` records through the pipeline; returns how many there were.

    Effects and position commit together: whatever dies, each record counts once. `attempts` is
    what already counts against the records that follow (see `profiles.drain`).
    """
    with connection.transaction(), connection.cursor(binary=True) as cursor:
        claimed_at = clock.now_us()
        records = claim(cursor, PROFILE_READER, context.stream, limit=limit, max_bytes=MAX_BYTES)
        if not records:
            return 0
        _check_rules(cursor, context)
        _process(cursor, context, records, claimed_at)
        advance(cursor, PROFILE_READER, context.stream, records[-1].seq, attempts=attempts)
        return len(records)


def _process(
    cursor: Cursor[Any], context: Context, records: Sequence[JournalRecord], claimed_at: int
) -> None:
    stream = context.stream
    admission = admit(records, context.datasets, context.flows)
    _check_context(cursor, context, admission.rejected)
    found = attribute(admission.accepted, context)
    admitted_at = clock.now_us()
    fresh = store_events(cursor, stream, found.events)
    duplicates = {event.seq for event in found.events if event.seq not in fresh}
    resolution = resolve(
        cursor,
        stream,
        identities=found.identities,
        observations=[
            one
            for one, seq in zip(found.observations, found.observed, strict=True)
            if seq not in duplicates
        ],
        rules=context.rules,
    )
    resolved_at = clock.now_us()
    merged = apply_changes(
        cursor,
        stream,
        changes=found.changes,
        resolution=resolution,
        policy=context.policy,
        with_before=bool(context.audiences),
    )
    merged_at = clock.now_us()
    evaluate(
        cursor,
        stream,
        audiences=context.audiences,
        touched=_touched(found.events, fresh, resolution, merged),
        now=merged_at // 1000,
    )
    rejected = [*admission.rejected, *found.rejected]
    record_rejects(cursor, rejected)
    mark_first_records(cursor, {one.dataset.number for one in admission.accepted})
    batch = PipelineBatch(
        stream=stream,
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
        duplicates=len(duplicates),
        skipped=found.skipped,
    )
    record_batch(cursor, batch)
    count_batch(
        cursor,
        records=records,
        accepted=admission.accepted,
        rejected=rejected,
        duplicates=duplicates,
        batch=batch,
    )


def _check_rules(cursor: Cursor[Any], context: Context) -> None:
    """Graphs that were held against new rules must not be linked by older ones again."""
    cursor.execute(sql.load("profiles.identity", "read_rules_version"), {"sandbox": context.stream})
    found = cursor.fetchone()
    if (found[0] if found else 0) != context.rules_version:
        raise StaleContext


def _check_context(cursor: Cursor[Any], context: Context, rejected: Iterable[Reject]) -> None:
    """Announcements may come a moment after the first record that needs them."""
    named = {one.received for one in rejected if one.code == UNKNOWN_DATASET}
    unknown = [name for name in named if name is not None and name not in context.datasets]
    if unknown and any_dataset(cursor, context.stream, unknown):
        raise StaleContext


def _touched(
    events: Sequence[EventRow], fresh: AbstractSet[int], resolution: Resolution, merged: Merged
) -> Touched:
    new: dict[bytes, list[EventRow]] = {}
    for event in events:
        if event.seq in fresh:
            new.setdefault(resolution.profiles[event.identity], []).append(event)
    return Touched(
        documents=merged.documents,
        before=merged.before,
        events=new,
        moved=resolution.origins,
        regrouped=resolution.regrouped,
        vanished=resolution.vanished,
    )


def reject_poison(
    connection: psycopg.Connection, context: Context, why: str, *, attempts: int = 0
) -> None:
    """Take the next record out of the way as a reject, so that the stream goes on."""
    with connection.transaction(), connection.cursor(binary=True) as cursor:
        records = claim(cursor, PROFILE_READER, context.stream, limit=1, max_bytes=MAX_BYTES)
        if not records:
            return
        refusal = Refusal("ONEFOLD-1500-500", f"The record could not be processed. {why}"[:500])
        reject = reject_of(records[0], refusal, dataset=None)
        record_rejects(cursor, [reject])
        now = clock.now_us()
        batch = PipelineBatch(
            stream=context.stream,
            first_seq=reject.seq,
            last_seq=reject.seq,
            claimed_at=now,
            admitted_at=now,
            resolved_at=now,
            merged_at=now,
            committed_at=now,
            received=1,
            accepted=0,
            rejected=1,
            duplicates=0,
            skipped=0,
        )
        record_batch(cursor, batch)
        count_batch(
            cursor,
            records=records,
            accepted=(),
            rejected=[reject],
            duplicates=frozenset(),
            batch=batch,
        )
        advance(cursor, PROFILE_READER, context.stream, reject.seq, attempts=attempts)
