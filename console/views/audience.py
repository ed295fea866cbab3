"""One audience: what it is, who is in it, and what can be done with it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from console.audience_charts import Growth, Range, growth_of, range_named, range_tabs
from console.audiences import (
    EXTERNAL,
    METHODS,
    ORIGINS,
    AudienceHead,
    JobRow,
    audience_crumbs,
    audience_head,
    audiences_href,
    last_job,
    open_job,
    people_of,
    words_of,
)
from console.components import Chart
from console.cron_words import cron_in_words
from console.pages import Tab, actor_of, in_sandbox, render_page, wants_fragment
from console.people import display_name
from console.rule_words import Phrase
from console.views.session import safe_next
from core import clock
from core.errors import AppError
from core.sandboxes.models import Sandbox
from profiles.lookup.queries import count_profiles
from profiles.segmentation.actions import delete_segment, set_state
from profiles.segmentation.external import list_runs
from profiles.segmentation.folders import folder_of
from profiles.segmentation.jobs import cancel_job, start_job
from profiles.segmentation.members import SampledMember, Totals, count_members, sample_members
from profiles.segmentation.models import ExternalUpload, SegmentDefinition
from profiles.segmentation.schedules import find_batch_schedule
from profiles.segmentation.usage import other_users_of

SAMPLED = 10
# What is fetched again, each on its own, when the numbers moved.
PARTS = frozenset({"growth", "samples", "properties"})
PROCESSING = ExternalUpload.Status.PROCESSING
DONE = {"published": "published", "inactive": "deactivated", "archived": "archived"}


@dataclass(frozen=True, slots=True)
class Live:
    """What a poll brings. `seen` tells the next poll what this one showed."""

    totals: Totals
    profiles: int
    growth: Growth
    job: JobRow | None
    importing: ExternalUpload | None
    seen: str
    as_of: int

    @property
    def share(self) -> str:
        """The total among all profiles."""
        if not self.profiles:
            return "There are no profiles yet"
        percent = 100 * self.totals.realized / self.profiles
        short = "under 1" if 0 < percent < 1 else f"{percent:.0f}"
        return f"{short} % of {self.profiles:,} profile{'' if self.profiles == 1 else 's'}"

    @property
    def remembered(self) -> int:
        """People who are or were members."""
        return self.totals.realized + self.totals.exited


@dataclass(frozen=True, slots=True)
class Sample:
    """A member in the table."""

    xid: str
    name: str
    first_name: str
    last_name: str
    email: str


@dataclass(frozen=True, slots=True)
class User:
    """An audience that builds on this one."""

    name: str
    href: str


@dataclass(frozen=True, slots=True)
class AudiencePage:
    """Everything at a glance."""

    head: AudienceHead
    live: Live
    chart: Chart
    ranges: tuple[Tab, ...]
    shown: str
    charts: tuple[Tab, ...]
    words: Phrase | None
    samples: tuple[Sample, ...]
    users: tuple[User, ...]
    others: tuple[str, ...]
    schedule: str
    last: JobRow | None
    method: str
    origin: str
    folder: str
    created_by: str
    updated_by: str


@require_GET
@in_sandbox
def overview(request: HttpRequest, sandbox: Sandbox, segment_id: UUID) -> HttpResponse:
    """The audience; htmx polls numbers and progress, and fetches the rest when these moved."""
    head = audience_head(sandbox, segment_id, tab="audience")
    part = request.GET.get("part", "")
    part = part if part in PARTS else "live"
    page = _page(request, sandbox, head, sampled=part == "samples" or not wants_fragment(request))
    response = render_page(
        request,
        "console/audiences/overview.html",
        page,
        sandbox=sandbox,
        section="audiences",
        title=head.segment.name,
        crumbs=audience_crumbs(sandbox, head.segment),
        fragment=part,
    )
    if part == "live" and "seen" in request.GET:
        _tell(response, request.GET["seen"], page.live.seen)
    return response


def _tell(response: HttpResponse, before: str, now: str) -> None:
    """Have the chart, and after an evaluation the sample, fetched again when they changed."""
    if before == now:
        return
    told: dict[str, Any] = {"audience-moved": {}}
    if before.partition("-")[0] != now.partition("-")[0] or before.endswith("-0"):
        told["audience-evaluated"] = {}
    response["HX-Trigger"] = json.dumps(told)


def _page(
    request: HttpRequest, sandbox: Sandbox, head: AudienceHead, *, sampled: bool
) -> AudiencePage:
    segment = head.segment
    wanted = range_named(request.GET.get("range", ""))
    shown = "moves" if request.GET.get("chart") == "moves" else "members"
    growth = growth_of(segment, wanted)
    live = _live(sandbox, segment, growth)
    names = people_of([segment.created_by, segment.updated_by])
    dependents = sorted(segment.dependents.all(), key=lambda each: each.name)
    return AudiencePage(
        head=head,
        live=live,
        chart=growth.moves if shown == "moves" else growth.members,
        ranges=tuple(_with(tab, chart=shown) for tab in range_tabs(wanted)),
        shown=shown,
        charts=_chart_tabs(wanted, shown),
        words=words_of(sandbox, segment),
        # Finding them reads memberships of others: not with each poll.
        samples=_samples(sandbox, segment) if sampled and live.totals.realized else (),
        users=tuple(
            User(each.name, reverse("audience", args=[sandbox.name, each.pk]))
            for each in dependents
        ),
        others=tuple(other_users_of(segment)),
        schedule=_schedule(sandbox, segment),
        last=last_job(sandbox, segment),
        method=METHODS[segment.method],
        origin=ORIGINS.get(segment.origin, segment.origin),
        folder=folder_of(segment),
        created_by=names[segment.created_by],
        updated_by=names[segment.updated_by],
    )


def _live(sandbox: Sandbox, segment: SegmentDefinition, growth: Growth) -> Live:
    totals = count_members([segment]).get(segment.number, Totals())
    is_list = segment.kind == EXTERNAL
    return Live(
        totals=totals,
        profiles=count_profiles(sandbox=sandbox),
        growth=growth,
        job=None if is_list else open_job(sandbox, segment),
        importing=list_runs(segment).filter(status=PROCESSING).first() if is_list else None,
        seen=f"{segment.evaluated_ms or 0}-{totals.realized}",
        as_of=clock.now_ms(),
    )


def _with(tab: Tab, *, chart: str) -> Tab:
    return Tab(tab.label, f"{tab.href}&chart={chart}", current=tab.current)


def _chart_tabs(wanted: Range, shown: str) -> tuple[Tab, ...]:
    return tuple(
        Tab(label, f"?range={wanted.name}&chart={name}", current=name == shown)
        for name, label in (("members", "Members"), ("moves", "Entered and left"))
    )


def _samples(sandbox: Sandbox, segment: SegmentDefinition) -> tuple[Sample, ...]:
    found = sample_members(sandbox=sandbox, segment=segment, limit=SAMPLED)
    return tuple(_sample(each) for each in found)


def _sample(member: SampledMember) -> Sample:
    name = _part(member.attributes, "person", "name")
    return Sample(
        xid=member.xid,
        name=display_name(member.attributes, ()) or member.value,
        first_name=_text(name, "firstName"),
        last_name=_text(name, "lastName"),
        email=_text(_part(member.attributes, "personalEmail"), "address"),
    )


def _part(document: Any, *path: str) -> Any:
    for step in path:
        document = document.get(step) if isinstance(document, dict) else None
    return document


def _text(document: Any, name: str) -> str:
    value = _part(document, name)
    return value if isinstance(value, str) else ""


def _schedule(sandbox: Sandbox, segment: SegmentDefinition) -> str:
    schedule = find_batch_schedule(sandbox=sandbox)
    batch = "" if schedule is None or schedule.state != "active" else schedule.schedule
    words = cron_in_words(batch) if batch else ""
    if segment.method != SegmentDefinition.Method.BATCH:
        return f"With each record. {words}".strip() if words else "With each record"
    return words or "Not scheduled: only on demand and after a change"


@require_POST
@in_sandbox
def evaluate(request: HttpRequest, sandbox: Sandbox, segment_id: UUID) -> HttpResponse:
    """Evaluate the audience over all profiles, now."""
    head = audience_head(sandbox, segment_id, tab="audience")

    def start() -> str:
        start_job([str(segment_id)], actor=actor_of(request), sandbox=sandbox)
        return f"Evaluation of {head.segment.name} started."

    return _do(request, sandbox, segment_id, start)


@require_POST
@in_sandbox
def cancel(request: HttpRequest, sandbox: Sandbox, segment_id: UUID, job_id: UUID) -> HttpResponse:
    """Stop an evaluation."""

    def stop() -> str:
        job = cancel_job(actor=actor_of(request), sandbox=sandbox, job_id=str(job_id))
        return (
            f"Job {job.number} is told to stop."
            if job.finished_ms is None
            else (f"Job {job.number} is cancelled.")
        )

    return _do(request, sandbox, segment_id, stop)


@require_POST
@in_sandbox
def change_state(request: HttpRequest, sandbox: Sandbox, segment_id: UUID) -> HttpResponse:
    """Publish or deactivate the audience."""
    to = request.POST.get("to", "")

    def change() -> str:
        segment = set_state(
            to, actor=actor_of(request), sandbox=sandbox, segment_id=str(segment_id)
        )
        return f"Audience {segment.name} {DONE.get(segment.state, segment.state)}."

    return _do(request, sandbox, segment_id, change)


@require_POST
@in_sandbox
def delete(request: HttpRequest, sandbox: Sandbox, segment_id: UUID) -> HttpResponse:
    """Delete the audience once its name was typed."""
    name = audience_head(sandbox, segment_id, tab="audience").segment.name
    own = reverse("audience", args=[sandbox.name, segment_id])
    if request.POST.get("name", "").strip() != name:
        messages.error(request, f"Not deleted: type {name} to confirm.")
        return redirect(safe_next(request, default=own))
    try:
        delete_segment(actor=actor_of(request), sandbox=sandbox, segment_id=str(segment_id))
    except AppError as error:
        messages.error(request, error.message)
        return redirect(safe_next(request, default=own))
    messages.success(request, f"Audience {name} deleted. Its members are being removed.")
    return redirect(audiences_href(sandbox))


def _do(
    request: HttpRequest, sandbox: Sandbox, segment_id: UUID, action: Callable[[], str]
) -> HttpResponse:
    """Do it, say how it went, and show the audience again."""
    try:
        messages.success(request, action())
    except AppError as error:
        messages.error(request, error.message)
    own = reverse("audience", args=[sandbox.name, segment_id])
    return redirect(safe_next(request, default=own))
