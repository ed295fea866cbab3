"""Append messages to the journal: one statement for the collector, the API and re-drives."""

import struct
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from django.db import connections
from psycopg.adapt import Dumper
from psycopg.pq import Format

from core import sql
from ingestion.journal.types import Append

_ARRAY = struct.Struct(">5i")
_LENGTH = struct.Struct(">i")


class _Packed:
    """An array parameter in Postgres' binary form.

    psycopg's own lists are inspected value by value: 20 µs a record against 1 µs.
    """

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data


class _PackedDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: _Packed) -> bytes:
        return obj.data


def statement() -> str:
    """The statement, for connections that keep it prepared."""
    return sql.load("ingestion.journal", "append_records")


def adapt(connection: psycopg.Connection[Any] | psycopg.AsyncConnection[Any]) -> None:
    """Teach a connection the parameters that `encode` makes."""
    connection.adapters.register_dumper(_Packed, _PackedDumper)


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
        "streams": _integers(streams),
        "counts": _integers([counts[each] for each in streams]),
        "stream": _integers(stream),
        "back": _integers(back),
        "received_at": _integers(received_at, oid=20, code="q", size=8),
        "inlet": _integers(inlet),
        "flags": _integers(flags, oid=21, code="h", size=2),
        "payload": _byte_strings(payloads),
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
        cursor.adapters.register_dumper(_Packed, _PackedDumper)
        rows = cursor.execute(statement(), encode(appends), binary=True).fetchall()
    return list(first_numbers(appends, rows))


def append_in_django(appends: Sequence[Append]) -> list[int]:
    """`append_records` on this thread's Django connection: in its transaction, else committed."""
    default = connections["default"]
    default.ensure_connection()
    return append_records(default.connection, appends)


def _integers(values: Sequence[int], *, oid: int = 23, code: str = "i", size: int = 4) -> _Packed:
    pairs = [0] * (2 * len(values))
    pairs[::2] = [size] * len(values)
    pairs[1::2] = values
    head = _ARRAY.pack(1, 0, oid, len(values), 1)
    return _Packed(head + struct.pack(">" + f"i{code}" * len(values), *pairs))


def _byte_strings(values: Sequence[bytes]) -> _Packed:
    parts = [_ARRAY.pack(1, 0, 17, len(values), 1)]
    pack = _LENGTH.pack
    for value in values:
        parts.append(pack(len(value)))
        parts.append(value)
    return _Packed(b"".join(parts))
