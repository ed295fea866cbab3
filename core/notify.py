"""Announce control-plane changes so that collectors and workers reload within a second."""

from django.db import connection

CONFIG_CHANNEL = "onefold_config"
JOURNAL_CHANNEL = "onefold_journal"


def config_changed(kind: str) -> None:
    """Say that objects of this kind changed; delivered by Postgres when the transaction commits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CONFIG_CHANNEL, kind])
