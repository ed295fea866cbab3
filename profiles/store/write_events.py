"""Append events: set-based, each (dataset, _id) once."""

from collections.abc import Sequence
from typing import Any

from psycopg import Cursor

from core import sql
from core.arrays import byteas, int4s, int8s, texts
from profiles.store.rows import EventRow


def store_events(cursor: Cursor[Any], sandbox: int, events: Sequence[EventRow]) -> set[int]:
    """Write the events that are new and return their sequence numbers; the rest are duplicates."""
    if not events:
        return set()
    earliest: dict[tuple[int, str], EventRow] = {}
    for event in events:
        known = earliest.setdefault((event.dataset, event.event_id), event)
        if event.order < known.order:
            earliest[event.dataset, event.event_id] = event
    rows = [earliest[key] for key in sorted(earliest)]
    cursor.execute(
        sql.load("profiles.store", "insert_events"),
        {
            "sandbox": sandbox,
            "datasets": int4s([row.dataset for row in rows]),
            "event_ids": texts([row.event_id for row in rows]),
            "identities": byteas([row.identity for row in rows]),
            "timestamps": int8s([row.timestamp for row in rows]),
            "received_ats": int8s([row.received_at for row in rows]),
            "seqs": int8s([row.seq for row in rows]),
            "event_types": texts([row.event_type for row in rows]),
            "documents": byteas([row.document for row in rows]),
        },
    )
    return {row[0] for row in cursor.fetchall()}
