"""Bounds what a poison record costs: one that kills its worker leaves its tries behind, counted."""

import msgspec
import psycopg

from core import sql

_SLICE = "ingestion.journal"
# First key of the advisory lock that makes a drain of a stream exclusive ("drai" in ASCII).
_LOCK_SPACE = 0x64726169


class Attempt(msgspec.Struct, frozen=True):
    """The how-manieth try, at the records after which number."""

    number: int
    after: int


def lock_stream(connection: psycopg.Connection, stream: int) -> bool:
    """Take the session's exclusive right to drain a stream; False when another session has it."""
    row = connection.execute(
        "SELECT pg_try_advisory_lock(%s, %s)", [_LOCK_SPACE, stream]
    ).fetchone()
    return bool(row and row[0])


def unlock_stream(connection: psycopg.Connection, stream: int) -> None:
    """Give the right back (a lost connection gives it back by itself)."""
    connection.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK_SPACE, stream])


def mark_attempt(connection: psycopg.Connection, reader: str, stream: int) -> Attempt | None:
    """Count a try at the next batch; None when nothing waits."""
    statement = sql.load(_SLICE, "mark_attempt")
    row = connection.execute(statement, {"reader": reader, "stream": stream}).fetchone()
    return None if row is None else Attempt(*row)


def forgive_attempts(
    connection: psycopg.Connection, reader: str, stream: int, *, most: int
) -> None:
    """Count tries that failed for the store's own reasons as at most so many."""
    connection.execute(
        sql.load(_SLICE, "forgive_attempts"), {"reader": reader, "stream": stream, "most": most}
    )
