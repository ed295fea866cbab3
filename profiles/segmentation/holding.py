"""Transactions beside the running pipeline: while one is open, the sandbox' pipeline waits."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import Cursor

from ingestion.journal.queries import PROFILE_READER, hold


@contextmanager
def held_pipeline(connection: psycopg.Connection[Any], sandbox: int) -> Iterator[Cursor[Any]]:
    """A binary cursor in a transaction during which nobody else writes this sandbox' profiles."""
    with connection.transaction(), connection.cursor(binary=True) as cursor:
        hold(cursor, PROFILE_READER, sandbox)
        yield cursor
