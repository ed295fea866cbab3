"""How often a sign-in may fail, counted in the audit trail so that every process agrees."""

from datetime import timedelta

from core import clock
from core.access.types import SYSTEM
from core.audit import actions as audit
from core.audit.models import AuditEvent

WINDOW = timedelta(minutes=5)
FAILURES_OF_ACCOUNT = 8  # from one address, so that a stranger cannot lock anyone out
FAILURES_OF_ADDRESS = 40

ACTION = "Sign in"


def is_blocked(*, username: str, address: str) -> bool:
    """Whether this address failed too often lately, for this account or at all."""
    failures = AuditEvent.objects.filter(
        at__gte=clock.now() - WINDOW, action=ACTION, status="Failure", details__address=address
    ).values_list("asset_id", flat=True)[:FAILURES_OF_ADDRESS]
    names = list(failures)
    return names.count(username[:300]) >= FAILURES_OF_ACCOUNT or len(names) >= FAILURES_OF_ADDRESS


def note_failure(*, username: str, address: str) -> None:
    """Remember a failed sign-in; it is an audit event, too."""
    name = username[:300]
    audit.record(
        actor=SYSTEM,
        action=ACTION,
        asset=("User", name, name),
        details={"address": address},
        status="Failure",
    )
