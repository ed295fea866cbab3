"""Evaluations of audiences: those of one, those of the sandbox, and each with what it found."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from console.audiences import (
    JOB_STATES,
    AudienceHead,
    JobRow,
    audience_crumbs,
    audience_head,
    job_row,
    people_of,
)
from console.components import Paging
from console.pages import Crumb, Tab, actor_of, in_sandbox, render_page
from console.paging import paging_of, size_of
from console.schedule_card import ScheduleCard, schedule_card
from core import clock
from core.errors import AppError, NotFound
from core.keyset import take
from core.sandboxes.models import Sandbox
from profiles.segmentation.evaluations import reasons_of
from profiles.segmentation.jobs import EVERY, OPEN, cancel_job, get_job, list_jobs, start_job
from profiles.segmentation.models import SegmentJob
from profiles.segmentation.queries import evaluated, names_of

_FILTERS = ("", "SUCCEEDED", "FAILED", "CANCELLED")


@dataclass(frozen=True, slots=True)
class JobsPage:
    """Jobs of the sandbox, newest first."""

    rows: tuple[JobRow, ...]
    paging: Paging
    statuses: tuple[Tab, ...]
    schedule: ScheduleCard
    audiences: int
    is_open: bool
    poll_href: str
    as_of: int


@dataclass(frozen=True, slots=True)
class AudienceJobsPage:
    """Jobs that evaluated one audience."""

    head: AudienceHead
    rows: tuple[tuple[JobRow, int | None], ...]
    paging: Paging


@dataclass(frozen=True, slots=True)
class Found:
    """What a job found of one audience; None: it did not come to that."""

    name: str
    href: str
    realized: int | None
    exited: int | None


@dataclass(frozen=True, slots=True)
class Left:
    """An audience the job left as it was, and why."""

    name: str
    href: str
    reason: str


@dataclass(frozen=True, slots=True)
class JobPage:
    """One job."""

    row: JobRow
    found: tuple[Found, ...]
    left: tuple[Left, ...]
    person: str


@require_GET
@in_sandbox
def jobs(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """All evaluations, and when they happen by themselves; polled while one goes on."""
    status = request.GET.get("status", "")
    status = status if status in _FILTERS else ""
    found = list_jobs(sandbox=sandbox, status=status)
    taken = take(
        found, newest_by="number", after=request.GET.get("after", ""), size=size_of(request)
    )
    page = JobsPage(
        rows=tuple(job_row(each) for each in taken.rows),
        paging=paging_of(taken, total=found.count()),
        statuses=tuple(
            Tab(JOB_STATES[name][1] if name else "All", _query(name), current=name == status)
            for name in _FILTERS
        ),
        schedule=schedule_card(sandbox),
        audiences=evaluated(sandbox).count(),
        is_open=list_jobs(sandbox=sandbox).filter(status__in=OPEN).exists(),
        poll_href=f"?{request.GET.urlencode()}",
        as_of=clock.now_ms(),
    )
    return render_page(
        request,
        "console/monitoring/segment_jobs.html",
        page,
        sandbox=sandbox,
        section="monitoring",
        title="Segment jobs",
        crumbs=_crumbs(sandbox, "Segment jobs"),
        fragment="jobs",
    )


def _query(status: str) -> str:
    return f"?status={status}" if status else "?"


def _crumbs(sandbox: Sandbox, *names: str) -> tuple[Crumb, ...]:
    first = Crumb("Monitoring", reverse("monitoring", args=[sandbox.name]))
    if len(names) == 1:
        return (first, Crumb(names[0]))
    return (
        first,
        Crumb(names[0], reverse("segment-jobs", args=[sandbox.name])),
        *map(Crumb, names[1:]),
    )


@require_POST
@in_sandbox
def evaluate_all(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Evaluate every audience now."""
    try:
        job = start_job([EVERY], actor=actor_of(request), sandbox=sandbox)
        messages.success(request, f"Evaluation of {len(job.segments)} audiences started.")
    except AppError as error:
        messages.error(request, error.message)
    return redirect("segment-jobs", sandbox.name)


@require_GET
@in_sandbox
def audience_jobs(request: HttpRequest, sandbox: Sandbox, segment_id: UUID) -> HttpResponse:
    """When the audience was evaluated, and how many members each evaluation found."""
    head = audience_head(sandbox, segment_id, tab="audience-jobs")
    found = list_jobs(sandbox=sandbox, segment_id=str(segment_id))
    taken = take(
        found, newest_by="number", after=request.GET.get("after", ""), size=size_of(request)
    )
    page = AudienceJobsPage(
        head=head,
        rows=tuple((job_row(each), _members(each.metrics, segment_id)) for each in taken.rows),
        paging=paging_of(taken, total=None),
    )
    return render_page(
        request,
        "console/audiences/jobs.html",
        page,
        sandbox=sandbox,
        section="audiences",
        title=head.segment.name,
        crumbs=audience_crumbs(sandbox, head.segment, "Jobs"),
    )


def _members(metrics: dict[str, dict[str, dict[str, int]]], segment_id: object) -> int | None:
    counts = metrics.get("segments", {}).get(str(segment_id))
    return None if counts is None else counts["realized"] + counts["existing"]


@require_GET
@in_sandbox
def job(request: HttpRequest, sandbox: Sandbox, job_id: UUID) -> HttpResponse:
    """One job with what it found; polled while it goes on."""
    try:
        row = job_row(get_job(sandbox=sandbox, job_id=str(job_id)))
    except NotFound as error:
        raise Http404(error.message) from error
    title = f"Segment job {row.job.number}"
    found, left = _found(sandbox, row.job)
    people = people_of([row.job.created_by])
    return render_page(
        request,
        "console/monitoring/segment_job.html",
        JobPage(row, found, left, people[row.job.created_by]),
        sandbox=sandbox,
        section="monitoring",
        title=title,
        crumbs=_crumbs(sandbox, "Segment jobs", title),
        fragment="progress",
    )


def _found(sandbox: Sandbox, job: SegmentJob) -> tuple[tuple[Found, ...], tuple[Left, ...]]:
    counts, reasons = job.metrics.get("segments", {}), reasons_of(job)
    asked = [str(each["segmentId"]) for each in job.segments if each["segmentId"] != EVERY]
    keys = list(dict.fromkeys([*reasons, *asked, *counts]))[:200]
    names = names_of(sandbox=sandbox, segment_ids=keys)
    shown = {
        key: (names.get(key, "A deleted audience"), _href(sandbox, key) if key in names else "")
        for key in keys
    }
    found = tuple(
        Found(
            *shown[key],
            realized=counts[key]["realized"] if key in counts else None,
            exited=counts[key]["exited"] if key in counts else None,
        )
        for key in keys
    )
    left = tuple(Left(*shown[key], reason) for key, reason in reasons.items() if key in shown)
    return found, left


def _href(sandbox: Sandbox, key: str) -> str:
    return reverse("audience", args=[sandbox.name, key])


@require_POST
@in_sandbox
def cancel(request: HttpRequest, sandbox: Sandbox, job_id: UUID) -> HttpResponse:
    """Stop a job."""
    try:
        stopped = cancel_job(actor=actor_of(request), sandbox=sandbox, job_id=str(job_id))
        messages.success(request, f"Segment job {stopped.number} is told to stop.")
    except NotFound as error:
        raise Http404(error.message) from error
    except AppError as error:
        messages.error(request, error.message)
    return redirect("segment-jobs", sandbox.name)
