"""The tables Django has no models for."""

from django.apps import apps
from django.db import connection
from psycopg import sql


def truncate_data_plane() -> None:
    """Empty every data-plane table (partitions go with their parent)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p') AND NOT relispartition"
        )
        models = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
        kept = models | {"django_migrations"}
        names = sorted(name for (name,) in cursor.fetchall() if name not in kept)
        cursor.execute(
            sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(map(sql.Identifier, names)))
        )
