"""The records behind a number of failures: by cause, one by one, corrected and sent again."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from console.failed_records import (
    FailedRecord,
    as_ndjson,
    cursor_after,
    cursor_in,
    failed_record,
)
from console.monitoring import NO_INLET, Scope, scope_in
from console.pages import Crumb, actor_of, in_sandbox, render_page
from console.views.records import parse_record_id
from core import clock
from core.errors import AppError
from core.sandboxes.models import Sandbox
from ingestion.connections.browse import names_of_inlets
from ingestion.journal.actions import MOST_AT_ONCE, redrive_group, redrive_reject
from ingestion.journal.queries import list_reject_groups, list_rejects
from ingestion.journal.types import RejectGroup, StoredReject
from profiles.monitoring.queries import totals_by_inlet
from profiles.monitoring.types import Totals

PAGE_SIZE = 10
MOST_CAUSES = 200


@dataclass(frozen=True, slots=True)
class FailuresPage:
    """Causes in a range, and the records of the chosen one."""

    scope: Scope
    inlet_name: str
    total: int
    refused: int
    causes: tuple[tuple[RejectGroup, str, bool], ...]
    chosen: RejectGroup | None
    records: tuple[FailedRecord, ...]
    next_href: str
    download_href: str
    replay_href: str
    everywhere_href: str
    as_of: int

    @property
    def since(self) -> int:
        """The beginning, epoch µs."""
        return self.scope.window.since_us

    @property
    def until(self) -> int:
        """The end or now, epoch µs."""
        return min(self.scope.window.until_us, self.as_of)


@require_GET
@in_sandbox
def failures(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Causes, most frequent first; one cause's records when it is chosen."""
    scope = scope_in(request.GET)
    groups = list_reject_groups(sandbox.number, limit=MOST_CAUSES, **scope.filters)
    chosen = _chosen(request, groups)
    found = _page_of(sandbox, scope, chosen, request.GET.get("before", "")) if chosen else []
    totals = _totals(sandbox, scope)
    return render_page(
        request,
        "console/monitoring/failures.html",
        _page(sandbox, scope, totals, groups=groups, chosen=chosen, found=found),
        sandbox=sandbox,
        section="monitoring",
        title="Failures",
        crumbs=(
            Crumb("Monitoring", reverse("monitoring", args=[sandbox.name])),
            Crumb("Failures"),
        ),
    )


def _page(
    sandbox: Sandbox,
    scope: Scope,
    totals: Totals,
    *,
    groups: list[RejectGroup],
    chosen: RejectGroup | None,
    found: list[StoredReject],
) -> FailuresPage:
    here = reverse("monitoring-failures", args=[sandbox.name])
    download = reverse("monitoring-failures-download", args=[sandbox.name])
    replay = reverse("monitoring-replay", args=[sandbox.name])
    shown = found[:PAGE_SIZE]
    cause = {"code": chosen.code, "path": chosen.path} if chosen else {}
    more = len(found) > PAGE_SIZE
    next_query = scope.query(**cause, before=cursor_after(shown[-1])) if more else ""
    return FailuresPage(
        scope=scope,
        inlet_name=_inlet_name(sandbox, scope.inlet),
        total=totals.failed,
        refused=totals.refused,
        causes=tuple(
            (
                group,
                f"{here}?{scope.query(code=group.code, path=group.path)}#records",
                group is chosen,
            )
            for group in groups
        ),
        chosen=chosen,
        records=tuple(_record(sandbox, scope, each) for each in shown),
        next_href=f"{here}?{next_query}#records" if more else "",
        download_href=f"{download}?{scope.query(**cause)}",
        replay_href=f"{replay}?{scope.query()}",
        everywhere_href=f"{here}?{Scope(scope.window).query()}" if scope.inlet is not None else "",
        as_of=clock.now_us(),
    )


def _chosen(request: HttpRequest, groups: list[RejectGroup]) -> RejectGroup | None:
    wanted = request.GET.get("code", ""), request.GET.get("path", "")
    chosen = next((group for group in groups if (group.code, group.path) == wanted), None)
    return groups[0] if chosen is None and len(groups) == 1 else chosen


def _totals(sandbox: Sandbox, scope: Scope) -> Totals:
    by_inlet = totals_by_inlet(sandbox.number, scope.window)
    wanted = by_inlet if scope.inlet is None else {scope.inlet}
    totals = [by_inlet[inlet] for inlet in wanted if inlet in by_inlet]
    return Totals(
        failed=sum(each.failed for each in totals), refused=sum(each.refused for each in totals)
    )


def _inlet_name(sandbox: Sandbox, number: int | None) -> str:
    if number is None:
        return ""
    if number == NO_INLET:
        return "File uploads"
    inlet = names_of_inlets(sandbox=sandbox, numbers=[number]).get(number)
    return inlet.name if inlet else f"Deleted connection {number}"


def _page_of(sandbox: Sandbox, scope: Scope, group: RejectGroup, before: str) -> list[StoredReject]:
    return list_rejects(
        sandbox.number,
        limit=PAGE_SIZE + 1,
        before=cursor_in(before),
        code=group.code,
        path=group.path,
        **scope.filters,
    )


def _record(sandbox: Sandbox, scope: Scope, reject: StoredReject) -> FailedRecord:
    address = reverse("monitoring-retry", args=[sandbox.name, reject.record_id])
    return failed_record(sandbox, reject, retry_href=f"{address}?{scope.query()}")


@require_GET
@in_sandbox
def download(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Failed records of the range (of one cause, if named) as NDJSON."""
    cause = {name: request.GET.get(name, "") for name in ("code", "path")}
    lines = as_ndjson(sandbox.number, {**cause, **scope_in(request.GET).filters})
    response = StreamingHttpResponse(lines, content_type="application/x-ndjson")
    response["Content-Disposition"] = f'attachment; filename="failed-{sandbox.name}.ndjson"'
    return response  # type: ignore[return-value] # Django's own base class is wider


@require_POST
@in_sandbox
def retry(request: HttpRequest, sandbox: Sandbox, record_id: str) -> HttpResponse:
    """Send one failed record again, as edited."""
    text = request.POST.get("payload", "").strip()
    try:
        done = redrive_reject(
            actor=actor_of(request),
            sandbox=sandbox,
            seq=parse_record_id(sandbox, record_id),
            payload=text.encode() if text else None,
        )
    except AppError as error:
        messages.error(request, f"Record {record_id} was not sent again: {error.message}")
        return redirect(_back(request, sandbox))
    if done is None:
        messages.warning(request, f"Record {record_id} was sent again before.")
        return redirect(_back(request, sandbox))
    again = f"{sandbox.number}-{done.redriven_as}"
    messages.success(request, f"Record {record_id} sent again as {again}.")
    return redirect("record", sandbox.name, again)


@require_POST
@in_sandbox
def replay(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Send all open records of one cause again: they meet the schema and mapping of now."""
    try:
        count = redrive_group(
            actor=actor_of(request),
            sandbox=sandbox,
            code=request.POST.get("code", ""),
            path=request.POST.get("path", ""),
            **scope_in(request.GET).filters,
        )
    except AppError as error:
        messages.error(request, error.message)
        return redirect(_back(request, sandbox))
    rest = " There are more: send again." if count == MOST_AT_ONCE else ""
    if count:
        noun = "record" if count == 1 else "records"
        messages.success(request, f"{count:,} {noun} sent again.{rest}")
    else:
        messages.warning(request, "No open record of this cause is left.")
    return redirect(_back(request, sandbox))


def _back(request: HttpRequest, sandbox: Sandbox) -> str:
    cause = {name: request.POST.get(name, "") for name in ("code", "path")}
    here = reverse("monitoring-failures", args=[sandbox.name])
    return f"{here}?{scope_in(request.GET).query(**cause)}"
