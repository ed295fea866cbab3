"""Data-plane SQL: one statement per `<slice>/sql/<verb_noun>.sql`, run on psycopg connections."""

from functools import cache
from importlib.resources import files
from typing import Any, LiteralString, cast

import psycopg
from django.db import connections
from psycopg import conninfo


@cache
def load(package: str, name: str) -> LiteralString:
    """Text of `<package>/sql/<name>.sql`; the file is ours, hence literal."""
    text = (files(package) / "sql" / f"{name}.sql").read_text(encoding="utf-8")
    return cast("LiteralString", text)


def dsn() -> str:
    """Connection string of Django's default database (the test database under tests)."""
    params: dict[str, Any] = connections["default"].get_connection_params()
    known = {"dbname", "user", "password", "host", "port", "sslmode"}
    return conninfo.make_conninfo(**{k: v for k, v in params.items() if k in known and v})


def connect(*, autocommit: bool = False, application: str = "onefold") -> psycopg.Connection:
    """A psycopg connection of its own, outside Django's transactions; the caller closes it."""
    return psycopg.connect(dsn(), autocommit=autocommit, application_name=application)
