"""Empty copies of the data-plane tables, beside the product's own, to measure statements on.

They live in a schema of their own in the product's database: same server, settings, indexes and
fill factors. A connection made by `connect` finds them first, and configuration behind them.
"""

import re
from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg import sql as query

from core import sql
from core.arrays import adapt

SCHEMA = "bench"
TABLES = (
    "journal_head",
    "journal_record",
    "journal_position",
    "journal_reject",
    "pipeline_batch",
    "metric_minute",
    "metric_hour",
    "identity",
    "identity_edge",
    "identity_edge_ended",
    "identity_observation",
    "profile_fragment",
    "profile_event",
    "profile",
    "profile_membership",
    "audience_count",
    "audience_hour",
)
_WRITES = re.compile(r"^(?:\s*--[^\n]*\n)*\s*(?:INSERT|UPDATE|DELETE|WITH change|WITH added)\b")

type Statement = tuple[Any, Mapping[str, Any]]


class RecordingCursor(psycopg.Cursor[Any]):
    """Notes each writing statement with its parameters, ready to be sent again."""

    def execute(self, *arguments: Any, **options: Any) -> "RecordingCursor":
        log: list[Statement] | None = getattr(self.connection, "writes", None)
        if log is not None and isinstance(arguments[0], str) and _WRITES.match(arguments[0]):
            log.append((arguments[0], arguments[1]))
        super().execute(*arguments, **options)
        return self


class RecordingConnection(psycopg.Connection[Any]):
    """A connection whose `writes` collects what its cursors change."""

    writes: list[Statement]


def connect() -> RecordingConnection:
    """A connection on which the copies hide the product's tables."""
    connection = RecordingConnection.connect(
        sql.dsn(),
        autocommit=True,
        options=f"-c search_path={SCHEMA},public",
        cursor_factory=RecordingCursor,
    )
    connection.writes = []
    adapt(connection)
    return connection


def make_tables(connection: psycopg.Connection[Any]) -> None:
    """Create the copies anew, empty."""
    connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
    connection.execute(f"CREATE SCHEMA {SCHEMA}")
    for table in TABLES:
        _copy_table(connection, table)
    connection.execute(
        f"CREATE TABLE {SCHEMA}.journal_record_all PARTITION OF {SCHEMA}.journal_record DEFAULT"
    )


def drop_tables(connection: psycopg.Connection[Any]) -> None:
    """Remove the copies."""
    connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")


def empty_tables(connection: psycopg.Connection[Any]) -> None:
    """Empty the copies."""
    names = query.SQL(", ").join(query.Identifier(SCHEMA, table) for table in TABLES)
    connection.execute(query.SQL("TRUNCATE {}").format(names))


def _copy_table(connection: psycopg.Connection[Any], table: str) -> None:
    row = connection.execute(
        "SELECT relkind = 'p', reloptions FROM pg_class WHERE oid = %s::regclass",
        [f"public.{table}"],
    ).fetchone()
    assert row is not None
    is_partitioned, options = row
    connection.execute(
        query.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL){}{}").format(
            query.Identifier(SCHEMA, table),
            query.Identifier("public", table),
            query.SQL(" PARTITION BY RANGE (appended_on)" if is_partitioned else ""),
            query.SQL(f" WITH ({', '.join(options)})" if options else ""),
        )
    )
