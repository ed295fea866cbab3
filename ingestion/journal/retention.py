"""What the journal keeps beside its records, and for how long."""

from django.db import transaction

from core import clock, sql
from ingestion.journal.latency import STAGES, buckets_of

REJECT_DAYS = 30
REQUEST_DAYS = 30
BATCH_DAYS = 30
COUNT_DAYS = 400
# Longer ranges are read by the hour.
LATENCY_DAYS = 7
_DAY_US = 86_400_000_000
_DAY_MINUTES = 1440


def forget_old() -> None:
    """Drop rejects, traces and counters past their time. Records stay until the lake is there."""
    now = clock.now_us()
    minute = now // 60_000_000
    latencies = {"names": list(buckets_of(*STAGES))}
    with transaction.atomic():
        for name, before in (
            ("forget_rejects", now - REJECT_DAYS * _DAY_US),
            ("forget_requests", now - REQUEST_DAYS * _DAY_US),
            ("forget_batches", now - BATCH_DAYS * _DAY_US),
            ("forget_counts", minute - COUNT_DAYS * _DAY_MINUTES),
            ("forget_hours", minute - COUNT_DAYS * _DAY_MINUTES),
        ):
            sql.change("ingestion.journal", name, {"before": before})
        oldest = {"before": minute - LATENCY_DAYS * _DAY_MINUTES}
        sql.change("ingestion.journal", "forget_latencies", latencies | oldest)
