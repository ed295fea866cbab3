"""Append events: set-based, each (dataset, _id) once."""

from collections.abc import Sequence
from typing import Any

from psycopg import Cursor

from core import sql
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
            "datasets": [row.dataset for row in rows],
            "event_ids": [row.event_id for row in rows],
            "identities": [row.identity for row in rows],
            "timestamps": [row.timestamp for row in rows],
            "received_ats": [row.received_at for row in rows],
            "seqs": [row.seq for row in rows],
            "event_types": [row.event_type for row in rows],
            "documents": [row.document for row in rows],
        },
    )
    return {row[0] for row in cursor.fetchall()}
