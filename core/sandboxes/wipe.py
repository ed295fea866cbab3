"""Remove everything a sandbox holds, whichever layer's table it is in.

Core knows no table of the layers above, and must not miss one of theirs: the catalog of Postgres
says which tables name a sandbox, and which hang on those.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import connection
from psycopg import sql

from core.sandboxes.models import Sandbox

# Columns that hold the number of a sandbox.
COLUMNS = ("sandbox", "sandbox_id", "stream")
# Tables that outlive a reset, and why.
KEPT: Mapping[str, str] = {
    "core_auditevent": "the trail says who reset the sandbox, too",
    "core_role_sandboxes": "a reset keeps permissions",
    "journal_head": "numbers of records are never given out twice",
    "journal_position": "moved past everything instead: see wipe",
}

_TABLES = """
SELECT c.relname, a.attname
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  AND NOT c.relispartition AND a.attname = ANY(%s) AND NOT a.attisdropped AND a.attnum > 0
ORDER BY c.relname
"""
_REFERENCES = """
SELECT child.relname, col.attname, parent.relname, target.attname
FROM pg_constraint AS k
JOIN pg_class AS child ON child.oid = k.conrelid
JOIN pg_class AS parent ON parent.oid = k.confrelid
JOIN pg_attribute AS col ON col.attrelid = child.oid AND col.attnum = k.conkey[1]
JOIN pg_attribute AS target ON target.attrelid = parent.oid AND target.attnum = k.confkey[1]
WHERE k.contype = 'f' AND array_length(k.conkey, 1) = 1
  AND child.relnamespace = 'public'::regnamespace AND child.relname <> parent.relname
"""


@dataclass(frozen=True, slots=True)
class Reference:
    """A column of one table that points at a row of another."""

    child: str
    column: str
    parent: str
    target: str


def tables_of_sandboxes() -> dict[str, str]:
    """Table -> its column with the sandbox's number, for all that name one."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES, [list(COLUMNS)])
        return dict(cursor.fetchall())


def wipe(sandbox: Sandbox) -> dict[str, int]:
    """Delete all rows of the sandbox in the current transaction; rows deleted by table.

    Locks:   the pipeline's position, then the head of the journal: a batch or an append under
             way ends first, and the next one finds an empty sandbox.
    """
    hold_stream(sandbox.pk)
    owned = {name: column for name, column in tables_of_sandboxes().items() if name not in KEPT}
    references = _references()
    removed: dict[str, int] = {}
    for table in _children_first(owned, references):
        for each in references:
            if each.parent == table and each.child not in owned and each.child not in KEPT:
                _add(removed, each.child, _delete_children(each, owned[table], sandbox.pk))
        _add(removed, table, _delete(table, owned[table], sandbox.pk))
    return removed


def count_rows(sandbox: Sandbox) -> dict[str, int]:
    """How many rows each table holds for the sandbox; tables without any are left out."""
    counts: dict[str, int] = {}
    for table, column in tables_of_sandboxes().items():
        if table in KEPT:
            continue
        statement = sql.SQL("SELECT count(*) FROM {} WHERE {} = %s").format(
            sql.Identifier(table), sql.Identifier(column)
        )
        with connection.cursor() as cursor:
            cursor.execute(statement, [sandbox.pk])
            _add(counts, table, cursor.fetchone()[0])
    return counts


def hold_stream(stream: int) -> None:
    """Let a batch and an append under way end, keep others waiting, and skip what was appended."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM journal_position WHERE stream = %s ORDER BY reader FOR UPDATE", [stream]
        )
        cursor.execute("SELECT 1 FROM journal_head WHERE stream = %s FOR UPDATE", [stream])
        cursor.execute(
            "UPDATE journal_position SET attempts = 0, seq = head.next_seq - 1"
            " FROM journal_head AS head"
            " WHERE head.stream = journal_position.stream AND head.stream = %s",
            [stream],
        )


def _references() -> list[Reference]:
    with connection.cursor() as cursor:
        cursor.execute(_REFERENCES)
        return [Reference(*row) for row in cursor.fetchall()]


def _children_first(owned: Iterable[str], references: list[Reference]) -> list[str]:
    """Tables in an order in which no row loses what it refers to."""
    left = sorted(owned)
    ordered: list[str] = []
    while left:
        parents = {each.parent for each in references if each.child in left}
        free = [table for table in left if table not in parents] or left[:1]
        ordered += free
        left = [table for table in left if table not in free]
    return ordered


def _delete(table: str, column: str, number: int) -> int:
    statement = sql.SQL("DELETE FROM {} WHERE {} = %s").format(
        sql.Identifier(table), sql.Identifier(column)
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [number])
        return int(cursor.rowcount)


def _delete_children(reference: Reference, column: str, number: int) -> int:
    statement = sql.SQL(
        "DELETE FROM {child} WHERE {key} IN (SELECT {target} FROM {parent} WHERE {column} = %s)"
    ).format(
        child=sql.Identifier(reference.child),
        key=sql.Identifier(reference.column),
        target=sql.Identifier(reference.target),
        parent=sql.Identifier(reference.parent),
        column=sql.Identifier(column),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [number])
        return int(cursor.rowcount)


def _add(counts: dict[str, int], table: str, rows: int) -> None:
    if rows:
        counts[table] = counts.get(table, 0) + rows
