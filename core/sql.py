"""Data-plane SQL: one statement per `<slice>/sql/<verb_noun>.sql`, run on psycopg connections."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import Any, LiteralString

import psycopg
from django.db import DatabaseError, connections, transaction
from psycopg import conninfo
from psycopg.pq import Format

from core.arrays import adapt
from core.errors import TransientError

_PREPARE_AFTER = 2


@cache
def load(package: str, name: str) -> LiteralString:
    """Text of `<package>/sql/<name>.sql`; the file is ours, hence literal."""
    return (files(package) / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def dsn() -> str:
    """Connection string of Django's default database (the test database under tests)."""
    params: dict[str, Any] = connections["default"].get_connection_params()
    known = {"dbname", "user", "password", "host", "port", "sslmode", "options"}
    return conninfo.make_conninfo(**{k: v for k, v in params.items() if k in known and v})


def connect(*, autocommit: bool = False, application: str = "onefold") -> psycopg.Connection:
    """A psycopg connection of its own, outside Django's transactions; the caller closes it."""
    connection = psycopg.connect(dsn(), autocommit=autocommit, application_name=application)
    adapt(connection)
    return connection


def fetch(package: str, name: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Rows of a data-plane statement on this thread's Django connection: one round trip.

    Prepared and binary. Reads only, because a statement that met a lost connection runs again.
    """
    try:
        return _run(load(package, name), params)
    except psycopg.OperationalError:
        default = connections["default"]
        if default.in_atomic_block or not default.connection.closed:
            raise
        # The server restarted since the last request: one reconnect, not one failed request.
        default.close()
        try:
            return _run(load(package, name), params)
        except (psycopg.OperationalError, DatabaseError) as again:
            msg = "The database cannot be reached."
            raise TransientError(msg) from again


def scan(package: str, name: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Rows of a statement that reads most of a table: planned for the sizes of this moment."""
    with transaction.atomic():
        with connections["default"].cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = on")
            cursor.execute("SET LOCAL plan_cache_mode = force_custom_plan")
        return _run(load(package, name), params)


def change(package: str, name: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run a writing data-plane statement inside Django's current transaction; rows it returns."""
    if not connections["default"].in_atomic_block:
        msg = f"{name} changes data: call it inside transaction.atomic()."
        raise RuntimeError(msg)
    return _run(load(package, name), params)


@contextmanager
def transaction_cursor() -> Iterator[psycopg.Cursor[Any]]:
    """A binary cursor inside Django's current transaction, for functions that take one."""
    default = connections["default"]
    if not default.in_atomic_block:
        msg = "Call it inside transaction.atomic()."
        raise RuntimeError(msg)
    with psycopg.Cursor(_raw_connection()) as cursor:
        cursor.format = Format.BINARY
        yield cursor


def _run(statement: LiteralString, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with psycopg.Cursor(_raw_connection()) as cursor:
        cursor.execute(statement, params, binary=True)
        result = cursor.pgresult
        # `cursor.description` would say the same and cost as much as the fetch.
        return cursor.fetchall() if result is not None and result.nfields else []


def _raw_connection() -> psycopg.Connection[Any]:
    """Django's connection, made ready for data-plane statements the first time."""
    default = connections["default"]
    default.ensure_connection()
    raw: psycopg.Connection[Any] = default.connection
    if raw.prepare_threshold != _PREPARE_AFTER:
        # Django turns preparing off for its own cursors, which bind on the client anyway.
        raw.prepare_threshold = _PREPARE_AFTER
        adapt(raw)
    return raw
