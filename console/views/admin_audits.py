"""Audits: who did what, with filters, details and a CSV file."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from console.components import Paging
from console.days import end_of, start_of
from console.pages import Crumb, in_sandbox, render_page
from console.paging import SIZES, size_of
from console.tables import Chip, Column, Table, chips_of, table_of
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

COLUMNS = (
    Column("time", "Time"),
    Column("user", "User"),
    Column("event", "Event", head=True),
    Column("object", "Object"),
    Column("id", "Object ID", extra=True),
    Column("request", "Request ID", extra=True),
    Column("status", "Status"),
)


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A line of the list."""

    event: AuditEvent
    tone: str
    word: str


@dataclass(frozen=True, slots=True)
class AuditsPage:
    """Events that match the filters."""

    table: Table
    rows: tuple[AuditRow, ...]
    chips: tuple[Chip, ...]
    wanted: AuditFilter
    given: QueryDict
    categories: list[str]
    actions: list[str]
    statuses: tuple[tuple[str, str], ...]


def _wanted(request: HttpRequest) -> AuditFilter:
    texts = {
        name: request.GET.get(name, "").strip()[:300]
        for name in ("user", "category", "action", "status")
    }
    return AuditFilter(
        **texts,
        text=request.GET.get("q", "").strip()[:300],
        since=start_of(request.GET.get("at_from", "")),
        until=end_of(request.GET.get("at_to", "")),
    )


@require_GET
@in_sandbox
def list_(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Newest first."""
    wanted = _wanted(request)
    events = list_events(sandbox=sandbox, wanted=wanted)
    before = request.GET.get("after", "")
    size = size_of(request)
    taken = take_page(events, before=before, size=size)
    total = events.count()
    first = total + 1
    if taken.events:
        first = events.filter(pk__gt=taken.events[0].pk).count() + 1
    categories, actions = names_in_use(sandbox=sandbox)
    paging = Paging(
        first=first if taken.events else 0,
        last=first + len(taken.events) - 1 if taken.events else 0,
        total=total,
        more=taken.before is not None,
        next_token=str(taken.before or ""),
        is_first=not before,
        size=size,
        sizes=SIZES,
    )
    page = AuditsPage(
        table=table_of(
            request, "audits", label="Audit events, newest first", columns=COLUMNS, paging=paging
        ),
        rows=tuple(_row(event) for event in taken.events),
        chips=_chips(request.GET, wanted),
        wanted=wanted,
        given=request.GET,
        categories=categories,
        actions=actions,
        statuses=STATUSES,
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


def _chips(given: QueryDict, wanted: AuditFilter) -> tuple[Chip, ...]:
    status = dict(STATUSES).get(wanted.status, wanted.status)
    return chips_of(
        (
            (wanted.user, f"User: {wanted.user}", "user"),
            (wanted.category, f"Category: {wanted.category}", "category"),
            (wanted.action, f"Action: {wanted.action}", "action"),
            (wanted.status, f"Status: {status}", "status"),
            (wanted.since, f"From {given.get('at_from')}", "at_from"),
            (wanted.until, f"To {given.get('at_to')}", "at_to"),
        )
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
