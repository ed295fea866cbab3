"""Notice when a dataflow fails, or too much of a sandbox's traffic, and tell those who watch it.

Looked at once a minute, over the last minutes. What goes on is told once, until it ends.
"""

from collections.abc import Mapping

from django.conf import settings
from django.db import transaction

from core.notifications.actions import end_incidents, tell_sandbox
from core.notifications.types import Kind, Notice
from core.sandboxes.models import Sandbox
from ingestion.connections.browse import names_of_inlets
from profiles.monitoring.queries import totals_by_inlet
from profiles.monitoring.types import Totals, window_of

WATCHED_MIN = 15
# Fewer are somebody who tries things out.
LEAST_FAILED = 10
LEAST_JUDGED = 100
PERMISSION = "view-monitoring-dashboard"


def watch_traffic() -> None:
    """Look at every sandbox."""
    window = window_of(minutes=WATCHED_MIN)
    for sandbox in Sandbox.objects.filter(state=Sandbox.State.ACTIVE).order_by("pk"):
        totals = totals_by_inlet(sandbox.number, window)
        with transaction.atomic():
            lasting = {**_failing(sandbox, totals), **_too_many(sandbox, totals)}
            for incident, notice in lasting.items():
                tell_sandbox(notice, sandbox=sandbox, incident=incident)
            end_incidents(sandbox=sandbox, lasting=lasting)


def _failing(sandbox: Sandbox, totals: Mapping[int, Totals]) -> dict[str, Notice]:
    """Connections of which nothing gets through."""
    numbers = [
        inlet
        for inlet, each in totals.items()
        if each.failed >= LEAST_FAILED and not each.ingested and not each.skipped
    ]
    if not numbers:
        return {}
    inlets = names_of_inlets(sandbox=sandbox, numbers=numbers)
    return {
        f"{Kind.DATAFLOW_FAILING}:{sandbox.number}:{number}": Notice(
            Kind.DATAFLOW_FAILING,
            f"{inlet.name} is failing",
            f"All {totals[number].failed:,} records of the last {WATCHED_MIN} minutes failed.",
            subject=inlet.inlet_id,
            permission=PERMISSION,
        )
        for number, inlet in inlets.items()
    }


def _too_many(sandbox: Sandbox, totals: Mapping[int, Totals]) -> dict[str, Notice]:
    """Too large a share of all records."""
    every = Totals(
        ingested=sum(each.ingested for each in totals.values()),
        failed=sum(each.failed for each in totals.values()),
        skipped=sum(each.skipped for each in totals.values()),
    )
    judged = every.ingested + every.failed + every.skipped
    most: float = settings.CONFIG.failure_alert_percent
    if judged < LEAST_JUDGED or every.failed_ratio * 100 <= most:
        return {}
    notice = Notice(
        Kind.FAILURE_RATIO,
        f"{every.failed_share} of records fail in {sandbox.title}",
        f"{every.failed:,} of {judged:,} in the last {WATCHED_MIN} minutes; {most:g} % may.",
        permission=PERMISSION,
    )
    return {f"{Kind.FAILURE_RATIO}:{sandbox.number}": notice}
