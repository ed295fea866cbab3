"""Append messages to the journal: one statement for the collector, the API and re-drives."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from django.db import connections

from core import sql
from core.arrays import adapt, byteas, int2s, int4s, int8s
from ingestion.journal.types import Append


def statement() -> str:
    """The statement, for connections that keep it prepared."""
    return sql.load("ingestion.journal", "append_records")


def encode(appends: Sequence[Append]) -> dict[str, Any]:
    """Parameters of the statement."""
    counts = Counter[int]()
    for append in appends:
        counts[append.stream] += len(append.payloads)
    left = counts.copy()
    columns: tuple[list[int], ...] = ([], [], [], [], [])
    payloads: list[bytes] = []
    for append in appends:
        size = len(append.payloads)
        last = left[append.stream]
        left[append.stream] = last - size
        values = ([append.stream] * size, range(last, last - size, -1))
        constants = ([append.received_at] * size, [append.inlet] * size, [append.flags] * size)
        for column, more in zip(columns, (*values, *constants), strict=True):
            column.extend(more)
        payloads.extend(append.payloads)
    stream, back, received_at, inlet, flags = columns
    streams = sorted(counts)
    return {
        "streams": int4s(streams),
        "counts": int4s([counts[each] for each in streams]),
        "stream": int4s(stream),
        "back": int4s(back),
        "received_at": int8s(received_at),
        "inlet": int4s(inlet),
        "flags": int2s(flags),
        "payload": byteas(payloads),
    }


def first_numbers(appends: Sequence[Append], rows: Sequence[tuple[int, int]]) -> Iterator[int]:
    """First sequence number of each append, from the rows the statement returned."""
    counts = Counter[int]()
    for append in appends:
        counts[append.stream] += len(append.payloads)
    following = {stream: next_seq - counts[stream] for stream, next_seq in rows}
    for append in appends:
        yield following[append.stream]
        following[append.stream] += len(append.payloads)


def append_records(connection: psycopg.Connection[Any], appends: Sequence[Append]) -> list[int]:
    """Append inside the caller's transaction; the first sequence number of each.

    The streams stay locked for all writers until that transaction ends: end it at once.
    """
    if not appends:
        return []
    # Not the connection's own cursor class: Django's binds parameters on the client.
    with psycopg.Cursor(connection) as cursor:
        adapt(cursor)
        rows = cursor.execute(statement(), encode(appends), binary=True).fetchall()
    return list(first_numbers(appends, rows))


def append_in_django(appends: Sequence[Append]) -> list[int]:
    """`append_records` on this thread's Django connection: in its transaction, else committed."""
    default = connections["default"]
    default.ensure_connection()
    return append_records(default.connection, appends)
