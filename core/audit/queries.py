"""Reads of the audit trail, newest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from core.audit.models import AuditEvent
from core.errors import NotFound
from core.sandboxes.models import Sandbox


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What to look for; empty fields ask for nothing."""

    text: str = ""
    user: str = ""
    category: str = ""
    action: str = ""
    status: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some events, and the number to ask for the next with (None: no more)."""

    events: tuple[AuditEvent, ...]
    before: int | None


def list_events(*, sandbox: Sandbox, wanted: AuditFilter) -> QuerySet[AuditEvent]:
    """Events of the sandbox and of the organization as a whole."""
    found = AuditEvent.objects.filter(Q(sandbox=sandbox) | Q(sandbox=None)).select_related(
        "sandbox"
    )
    for name, value in (
        ("asset_type__iexact", wanted.category),
        ("action__iexact", wanted.action),
        ("status__iexact", wanted.status),
        ("actor_name__icontains", wanted.user),
    ):
        if value:
            found = found.filter(**{name: value})
    if wanted.text:
        found = found.filter(
            Q(asset_name__icontains=wanted.text) | Q(asset_id__icontains=wanted.text)
        )
    if wanted.since:
        found = found.filter(at__gte=wanted.since)
    if wanted.until:
        found = found.filter(at__lt=wanted.until)
    return found.order_by("-id")


def take_page(events: QuerySet[AuditEvent], *, before: str, size: int) -> AuditPage:
    """The page before this event number; the trail is append-only, so numbers order it."""
    if before.isdecimal() and len(before) < 19:
        events = events.filter(id__lt=int(before))
    rows = list(events[: size + 1])
    shown = tuple(rows[:size])
    return AuditPage(shown, shown[-1].pk if len(rows) > size else None)


def get_event(*, sandbox: Sandbox, event_id: str) -> AuditEvent:
    """One event; raises NotFound."""
    found = list_events(sandbox=sandbox, wanted=AuditFilter())
    event = found.filter(pk=int(event_id)).first() if event_id.isdecimal() else None
    if event is None:
        raise NotFound(f"No audit event {event_id}")
    return event


def names_in_use(*, sandbox: Sandbox) -> tuple[list[str], list[str]]:
    """Categories and actions that occur, for filters."""
    found = list_events(sandbox=sandbox, wanted=AuditFilter()).order_by()
    categories = found.values_list("asset_type", flat=True).distinct()
    actions = found.values_list("action", flat=True).distinct()
    return sorted(categories), sorted(actions)


CSV_HEAD = ("time", "user", "kind", "action", "category", "object", "name", "status", "request")


def csv_rows(events: QuerySet[AuditEvent]) -> Iterator[tuple[str, ...]]:
    """Lines of the exported log. Cells that spreadsheets would run are quoted as text."""
    yield CSV_HEAD
    for event in events.iterator(chunk_size=1000):
        cells = (
            event.at.isoformat(),
            event.actor_name,
            event.actor_kind,
            event.action,
            event.asset_type,
            event.asset_id,
            event.asset_name,
            event.status,
            event.request_id,
        )
        yield tuple(
            f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t") else cell for cell in cells
        )
