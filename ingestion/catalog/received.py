"""What arriving records ask and tell the catalog, in the pipeline's transaction."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Any

from psycopg import Cursor

from core import clock, sql

# Datasets this process has seen marked; a hint that spares a statement a batch, not the truth.
_marked: set[int] = set()


def mark_first_records(cursor: Cursor[Any], numbers: AbstractSet[int]) -> None:
    """Mark datasets that receive data: from then on their schemas may only grow."""
    if numbers <= _marked:
        return
    params = {"now": clock.now_ms(), "numbers": sorted(numbers)}
    cursor.execute(sql.load("ingestion.catalog", "mark_first_records"), params)
    if not cursor.rowcount:
        # Nothing left to mark: committed before, so this process need not ask again.
        _marked.update(numbers)


def any_dataset(cursor: Cursor[Any], sandbox: int, ids: Iterable[str]) -> bool:
    """Does any of these names, which may be nonsense, belong to a live dataset?"""
    params = {"sandbox": sandbox, "ids": [one for one in ids if one.isalnum()]}
    cursor.execute(sql.load("ingestion.catalog", "any_dataset"), params)
    return cursor.rowcount > 0
