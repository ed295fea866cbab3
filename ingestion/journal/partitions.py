"""Daily partitions of the journal, made ahead of time."""

from datetime import timedelta

from django.db import IntegrityError, connection
from psycopg import sql

from core import clock

DAYS_AHEAD = 7


def ensure_partitions() -> None:
    """Create today's partition and the next days'. Rows of a day without one go to the default."""
    today = clock.now().date()
    for offset in range(DAYS_AHEAD + 1):
        day = today + timedelta(days=offset)
        statement = sql.SQL(
            "CREATE TABLE IF NOT EXISTS {name} PARTITION OF journal_record"
            " FOR VALUES FROM ({start}) TO ({end})"
        ).format(
            name=sql.Identifier(f"journal_record_{day:%Y%m%d}"),
            start=sql.Literal(day.isoformat()),
            end=sql.Literal((day + timedelta(days=1)).isoformat()),
        )
        with connection.cursor() as cursor:
            try:
                cursor.execute(statement)
            except IntegrityError:
                # Rows of that day already lie in the default partition; they stay readable there.
                continue
