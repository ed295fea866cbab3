"""Audits: who did what, with filters, details and a CSV file."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from console.components import Paging
from console.pages import Crumb, in_sandbox, render_page
from console.paging import size_of
from core import clock
from core.audit.models import AuditEvent
from core.audit.queries import (
    AuditFilter,
    csv_rows,
    get_event,
    list_events,
    names_in_use,
    take_page,
)
from core.errors import NotFound
from core.sandboxes.models import Sandbox

TONES = {"Success": "positive", "Allow": "positive", "Deny": "negative", "Failure": "negative"}
WORDS = {"Success": "Allowed", "Allow": "Allowed", "Deny": "Denied", "Failure": "Failed"}
STATUSES = (("Success", "Allowed"), ("Deny", "Denied"), ("Failure", "Failed"))


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A line of the list."""

    event: AuditEvent
    tone: str
    word: str


@dataclass(frozen=True, slots=True)
class AuditsPage:
    """Events that match the filters."""

    rows: tuple[AuditRow, ...]
    paging: Paging
    wanted: AuditFilter
    since: str
    until: str
    categories: list[str]
    actions: list[str]
    statuses: tuple[tuple[str, str], ...]
    is_filtered: bool


def _day(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None


def _wanted(request: HttpRequest) -> AuditFilter:
    until = _day(request.GET.get("until", ""))
    texts = {
        name: request.GET.get(name, "").strip()[:300]
        for name in ("text", "user", "category", "action", "status")
    }
    return AuditFilter(
        **texts,
        since=_day(request.GET.get("since", "")),
        # The last day counts to its end.
        until=None if until is None else until + timedelta(days=1),
    )


@require_GET
@in_sandbox
def list_(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Newest first."""
    wanted = _wanted(request)
    events = list_events(sandbox=sandbox, wanted=wanted)
    before = request.GET.get("after", "")
    taken = take_page(events, before=before, size=size_of(request))
    total = events.count()
    first = total + 1
    if taken.events:
        first = events.filter(pk__gt=taken.events[0].pk).count() + 1
    categories, actions = names_in_use(sandbox=sandbox)
    page = AuditsPage(
        rows=tuple(_row(event) for event in taken.events),
        paging=Paging(
            first=first if taken.events else 0,
            last=first + len(taken.events) - 1 if taken.events else 0,
            total=total,
            more=taken.before is not None,
            next_token=str(taken.before or ""),
            is_first=not before,
        ),
        wanted=wanted,
        since=request.GET.get("since", ""),
        until=request.GET.get("until", ""),
        categories=categories,
        actions=actions,
        statuses=STATUSES,
        is_filtered=any(getattr(wanted, each.name) for each in fields(wanted)),
    )
    return render_page(
        request,
        "console/admin/audits.html",
        page,
        sandbox=sandbox,
        section="audits",
        title="Audits",
        fragment="results",
    )


def _row(event: AuditEvent) -> AuditRow:
    tone, word = TONES.get(event.status, "neutral"), WORDS.get(event.status, event.status)
    return AuditRow(event, tone, word)


@require_GET
@in_sandbox
def detail(request: HttpRequest, sandbox: Sandbox, event_id: str) -> HttpResponse:
    """One event with everything that was noted."""
    try:
        event = get_event(sandbox=sandbox, event_id=event_id)
    except NotFound as error:
        raise Http404(error.message) from error
    title = f"{event.action} {event.asset_type}"
    return render_page(
        request,
        "console/admin/audit.html",
        _row(event),
        sandbox=sandbox,
        section="audits",
        title=title,
        crumbs=(Crumb("Audits", reverse("audits", args=[sandbox.name])), Crumb(title)),
    )


class _Echo:
    """A file that hands back what is written to it, line by line."""

    def write(self, text: str) -> str:
        return text


@require_GET
@in_sandbox
def export(request: HttpRequest, sandbox: Sandbox) -> StreamingHttpResponse:
    """All matching events as CSV, sent as they are read."""
    writer = csv.writer(_Echo())
    events = list_events(sandbox=sandbox, wanted=_wanted(request))
    lines: Iterator[str] = (writer.writerow(row) for row in csv_rows(events))
    name = f"audit-{sandbox.name}-{clock.now():%Y%m%d-%H%M%S}.csv"
    return StreamingHttpResponse(
        lines,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
