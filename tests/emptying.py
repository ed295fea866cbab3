"""Empty tables between tests, by deleting what is there.

Django's own flush truncates every table, which makes new files for all of them and their indexes:
ten times slower here. It also makes content types and permissions again; these are kept.
"""

from functools import cache

from django.apps import apps
from django.db import connection
from psycopg import sql

_KEPT = {"django_migrations", "django_content_type", "auth_permission"}
# Foreign keys are checked when all is gone: the order of tables does not matter.
_EMPTY = """
DO $$
DECLARE
    name text;
    is_filled boolean;
BEGIN
    FOREACH name IN ARRAY {names}::text[] LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO is_filled;
        IF is_filled THEN
            EXECUTE format('DELETE FROM %I', name);
        END IF;
    END LOOP;
END $$
"""


def empty_tables() -> None:
    """Empty every table (partitions go with their parent)."""
    _empty(_tables())


def empty_data_plane() -> None:
    """Empty those tables that Django has no models for."""
    models = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    _empty(tuple(name for name in _tables() if name not in models))


def _empty(names: tuple[str, ...]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(_EMPTY).format(names=sql.Literal(list(names))))


@cache
def _tables() -> tuple[str, ...]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname"
        )
        return tuple(name for (name,) in cursor.fetchall() if name not in _KEPT)
