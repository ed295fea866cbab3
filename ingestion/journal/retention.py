"""What the journal keeps beside its records, and for how long."""

from django.db import transaction

from core import clock, sql

REJECT_DAYS = 30
BATCH_DAYS = 30
COUNT_DAYS = 400
_DAY_US = 86_400_000_000
_DAY_MINUTES = 1440


def forget_old() -> None:
    """Drop rejects, traces and counters past their time. Records stay until the lake is there."""
    now = clock.now_us()
    with transaction.atomic():
        for name, before in (
            ("forget_rejects", now - REJECT_DAYS * _DAY_US),
            ("forget_batches", now - BATCH_DAYS * _DAY_US),
            ("forget_counts", now // 60_000_000 - COUNT_DAYS * _DAY_MINUTES),
        ):
            sql.change("ingestion.journal", name, {"before": before})
