"""Failed records of a dataset: by cause, one by one, as a file, and back on their way."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from console.datasets import DatasetHead, dataset_crumbs, dataset_head
from console.failed_records import (
    FailedRecord,
    as_ndjson,
    cursor_after,
    cursor_in,
    failed_record,
)
from console.pages import actor_of, in_sandbox, render_page
from console.views.records import parse_record_id
from core import clock
from core.errors import AppError
from core.sandboxes.models import Sandbox
from ingestion.journal.actions import MOST_AT_ONCE, redrive_group, redrive_reject
from ingestion.journal.queries import list_reject_groups, list_rejects
from ingestion.journal.types import RejectGroup, StoredReject

PAGE_SIZE = 10


@dataclass(frozen=True, slots=True)
class FailedGroup:
    """Failures of one cause and place; `href` lists them."""

    group: RejectGroup
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class FailedPage:
    """Causes, and the records of the chosen one."""

    head: DatasetHead
    groups: tuple[FailedGroup, ...]
    chosen: RejectGroup | None
    records: tuple[FailedRecord, ...]
    next_href: str
    download_href: str
    as_of: int


@require_GET
@in_sandbox
def failed(request: HttpRequest, sandbox: Sandbox, dataset_id: str) -> HttpResponse:
    """Causes of failure, most frequent first; one cause's records when it is chosen."""
    head = dataset_head(sandbox, dataset_id, tab="dataset-failed")
    groups = list_reject_groups(sandbox.number, dataset=head.dataset.number)
    code, path = request.GET.get("code", ""), request.GET.get("path", "")
    chosen = next((g for g in groups if (g.code, g.path) == (code, path)), None)
    if chosen is None and len(groups) == 1:
        chosen = groups[0]
    found = _page_of(sandbox, head, chosen, request.GET.get("before", "")) if chosen else []
    shown = found[:PAGE_SIZE]
    here = reverse("dataset-failed", args=[sandbox.name, dataset_id])
    more = {"before": cursor_after(shown[-1])} if len(found) > PAGE_SIZE else {}
    page = FailedPage(
        head=head,
        groups=tuple(FailedGroup(g, f"{here}?{_query(g)}#records", g is chosen) for g in groups),
        chosen=chosen,
        records=tuple(_record(sandbox, dataset_id, each) for each in shown),
        next_href=f"{here}?{_query(chosen, **more)}#records" if chosen and more else "",
        download_href=_download_href(sandbox, dataset_id, chosen),
        as_of=clock.now_us(),
    )
    return render_page(
        request,
        "console/datasets/failed.html",
        page,
        sandbox=sandbox,
        section="datasets",
        title=head.dataset.name,
        crumbs=dataset_crumbs(sandbox, head.dataset.name),
    )


def _record(sandbox: Sandbox, dataset_id: str, reject: StoredReject) -> FailedRecord:
    retry_href = reverse("dataset-retry", args=[sandbox.name, dataset_id, reject.record_id])
    return failed_record(sandbox, reject, retry_href=retry_href)


def _query(group: RejectGroup, **more: str) -> str:
    return urlencode({"code": group.code, "path": group.path, **more})


def _download_href(sandbox: Sandbox, dataset_id: str, chosen: RejectGroup | None) -> str:
    href = reverse("dataset-failed-download", args=[sandbox.name, dataset_id])
    return f"{href}?{_query(chosen)}" if chosen else href


def _page_of(
    sandbox: Sandbox, head: DatasetHead, group: RejectGroup, before: str
) -> list[StoredReject]:
    return list_rejects(
        sandbox.number,
        limit=PAGE_SIZE + 1,
        before=cursor_in(before),
        dataset=head.dataset.number,
        code=group.code,
        path=group.path,
    )


@require_GET
@in_sandbox
def download(request: HttpRequest, sandbox: Sandbox, dataset_id: str) -> HttpResponse:
    """Failed records (of one cause, if named) as NDJSON, one line each with its reason."""
    head = dataset_head(sandbox, dataset_id, tab="dataset-failed")
    narrowed = {
        "dataset": head.dataset.number,
        "code": request.GET.get("code", ""),
        "path": request.GET.get("path", ""),
    }
    response = StreamingHttpResponse(
        as_ndjson(sandbox.number, narrowed), content_type="application/x-ndjson"
    )
    name = f"failed-{dataset_id}.ndjson"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response  # type: ignore[return-value] # Django's own base class is wider


@require_POST
@in_sandbox
def retry_one(
    request: HttpRequest, sandbox: Sandbox, dataset_id: str, record_id: str
) -> HttpResponse:
    """Send one failed record again, as edited."""
    text = request.POST.get("payload", "").strip()
    back = _back(request, sandbox, dataset_id)
    try:
        done = redrive_reject(
            actor=actor_of(request),
            sandbox=sandbox,
            seq=parse_record_id(sandbox, record_id),
            payload=text.encode() if text else None,
        )
    except AppError as error:
        messages.error(request, f"Record {record_id} was not sent again: {error.message}")
        return redirect(back)
    if done is None:
        messages.warning(request, f"Record {record_id} was sent again before.")
        return redirect(back)
    again = f"{sandbox.number}-{done.redriven_as}"
    messages.success(request, f"Record {record_id} sent again as {again}.")
    return redirect("record", sandbox.name, again)


@require_POST
@in_sandbox
def retry_group(request: HttpRequest, sandbox: Sandbox, dataset_id: str) -> HttpResponse:
    """Send all open records of one cause again: they meet the schema and mapping of now."""
    head = dataset_head(sandbox, dataset_id, tab="dataset-failed")
    try:
        count = redrive_group(
            actor=actor_of(request),
            sandbox=sandbox,
            code=request.POST.get("code", ""),
            path=request.POST.get("path", ""),
            dataset=head.dataset.number,
        )
    except AppError as error:
        messages.error(request, error.message)
        return redirect(_back(request, sandbox, dataset_id))
    rest = " There are more: send again." if count == MOST_AT_ONCE else ""
    noun = "record" if count == 1 else "records"
    if count:
        messages.success(request, f"{count:,} {noun} of {head.dataset.name} sent again.{rest}")
    else:
        messages.warning(request, "No open record of this cause is left.")
    return redirect(_back(request, sandbox, dataset_id))


def _back(request: HttpRequest, sandbox: Sandbox, dataset_id: str) -> str:
    here = reverse("dataset-failed", args=[sandbox.name, dataset_id])
    code, path = request.POST.get("code", ""), request.POST.get("path", "")
    return f"{here}?{urlencode({'code': code, 'path': path})}" if code else here
