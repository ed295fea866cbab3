"""Announce control-plane changes so that collectors and workers reload within a second."""

from itertools import count

from django.db import connection, transaction

CONFIG_CHANNEL = "onefold_config"
JOURNAL_CHANNEL = "onefold_journal"
_numbers = count(1)
_last_change = 0


def config_changed(kind: str) -> None:
    """Say that objects of this kind changed; delivered by Postgres when the transaction commits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CONFIG_CHANNEL, kind])
    # Twice: for reads in this transaction, and for those that raced with its commit.
    _count_change()
    transaction.on_commit(_count_change)


def last_change() -> int:
    """Number of this process's last configuration change: caches drop what they read before it."""
    return _last_change


def _count_change() -> None:
    global _last_change  # noqa: PLW0603 - one number a process
    _last_change = next(_numbers)
