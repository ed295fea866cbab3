"""Transactions beside the running pipeline: while one is open, the sandbox' pipeline waits."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import Cursor

from core import sql


@contextmanager
def held_pipeline(connection: psycopg.Connection[Any], sandbox: int) -> Iterator[Cursor[Any]]:
    """A binary cursor in a transaction during which nobody else writes this sandbox' profiles."""
    with connection.transaction(), connection.cursor(binary=True) as cursor:
        cursor.execute(sql.load("profiles.lookup", "hold_pipeline"), {"sandbox": sandbox})
        yield cursor
