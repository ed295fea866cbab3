"""Which datasets hold data: from then on their schemas may only grow."""

from collections.abc import Set as AbstractSet
from typing import Any

from psycopg import Cursor

from core import clock, sql

# Datasets this process has seen marked; a hint that spares a statement a batch, not the truth.
_marked: set[int] = set()


def mark_first_records(cursor: Cursor[Any], numbers: AbstractSet[int]) -> None:
    """Mark datasets that receive data, in the transaction that stores it."""
    if numbers <= _marked:
        return
    params = {"now": clock.now_ms(), "numbers": sorted(numbers)}
    cursor.execute(sql.load("ingestion.catalog", "mark_first_records"), params)
    if not cursor.rowcount:
        # Nothing left to mark: committed before, so this process need not ask again.
        _marked.update(numbers)
