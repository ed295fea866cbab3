"""Above the list of audiences: the switch of their schedule, and how their evaluation stands."""

import json
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from console.audiences import (
    METHODS,
    STATES,
    JobRow,
    audiences_href,
    job_row,
    obstacle_of,
)
from console.cron_words import Timing, cron_in_words, timing_of
from console.forms.segment_schedule import TimeOfDayForm
from console.pages import Crumb, actor_of, in_sandbox, render_page, wants_fragment
from console.schedule_card import ScheduleCard, schedule_card
from core import clock
from core.errors import AppError
from core.sandboxes.models import Sandbox
from profiles.segmentation.browse import NOT_SCHEDULED
from profiles.segmentation.evaluations import Evaluations, summarize_evaluations
from profiles.segmentation.models import SegmentDefinition, SegmentJob, SegmentSchedule
from profiles.segmentation.schedules import DAILY, count_resting, schedule_all

State = SegmentSchedule.State
OFF = "batch audiences are evaluated on demand and after edits only"
_COLUMNS = (
    SegmentDefinition.State.PUBLISHED,
    SegmentDefinition.State.DRAFT,
    SegmentDefinition.State.INACTIVE,
)
_ROWS = (
    ("streaming", METHODS["streaming"], "with each record"),
    ("edge", METHODS["edge"], "in the moment of a request"),
    ("batch", METHODS["batch"], "by the schedule, on demand and after edits"),
    (NOT_SCHEDULED, "Not scheduled", "lists from elsewhere, when they are imported"),
)


@dataclass(frozen=True, slots=True)
class TimePage:
    """The question at what time of day. `days` is what the schedule says, if not every day."""

    form: TimeOfDayForm
    is_on: bool
    days: str
    now: datetime


@dataclass(frozen=True, slots=True)
class SwitchPage:
    """The switch alone, as htmx gets it back."""

    schedule: ScheduleCard


@dataclass(frozen=True, slots=True)
class Cell:
    """How many audiences, and the list of them."""

    count: int
    href: str


@dataclass(frozen=True, slots=True)
class MethodRow:
    """Audiences of one method, by state."""

    label: str
    when: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class LeftRow:
    """An audience that was left as it was, and why."""

    segment: SegmentDefinition
    reason: str


@dataclass(frozen=True, slots=True)
class SummaryPage:
    """How evaluation stands. `last_full` only where it is not `last`."""

    columns: tuple[str, ...]
    rows: tuple[MethodRow, ...]
    schedule: ScheduleCard
    resting: int
    open: JobRow | None
    last: JobRow | None
    last_full: JobRow | None
    never: Cell
    left: tuple[LeftRow, ...]
    left_more: int
    as_of: int


@require_http_methods(["GET", "POST"])
@in_sandbox
def schedule(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Ask for the time of day, and turn the schedule on with it."""
    stored = schedule_card(sandbox)
    timing = timing_of(stored.row.schedule if stored.row else DAILY)
    if timing.frequency == "own":
        return redirect("segment-schedule", sandbox.name)
    form = TimeOfDayForm(request.POST or None, initial={"time": timing.time})
    if request.method == "POST" and form.is_valid():
        cron = form.timing(timing).cron
        try:
            schedule_all(State.ACTIVE, actor=actor_of(request), sandbox=sandbox, cron=cron)
        except AppError as error:
            form.add_error("time", error.message)
        else:
            messages.success(request, _said(cron_in_words(cron)))
            return redirect("audiences", sandbox.name)
    return _ask_time(request, sandbox, TimePage(form, stored.is_on, _days(timing), clock.now()))


def _days(timing: Timing) -> str:
    return "" if timing.frequency == "daily" else cron_in_words(timing.cron)


def _said(words: str) -> str:
    return f"All audiences are evaluated {words[0].lower()}{words[1:]}."


def _ask_time(request: HttpRequest, sandbox: Sandbox, page: TimePage) -> HttpResponse:
    title = "Change the time" if page.is_on else "Schedule all audiences"
    return render_page(
        request,
        "console/audiences/schedule_time.html",
        page,
        sandbox=sandbox,
        section="audiences",
        title=title,
        crumbs=(Crumb("Audiences", audiences_href(sandbox)), Crumb(title)),
        fragment="ask",
        status=422 if request.method == "POST" else 200,
    )


@require_POST
@in_sandbox
def switch(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Turn the schedule on, as it was, or off."""
    state = State.ACTIVE if request.POST.get("to") == "on" else State.INACTIVE
    tone, said = "positive", f"The schedule is off: {OFF}."
    try:
        made = schedule_all(state, actor=actor_of(request), sandbox=sandbox)
    except AppError as error:
        tone, said = "negative", error.message
    else:
        if state == State.ACTIVE:
            said = _said(cron_in_words(made.schedule))
    if not wants_fragment(request):
        tell = messages.success if tone == "positive" else messages.error
        tell(request, said)
        return redirect("audiences", sandbox.name)
    response = render_page(
        request,
        "console/audiences/list.html",
        SwitchPage(schedule_card(sandbox)),
        sandbox=sandbox,
        section="audiences",
        title="Audiences",
        fragment="schedule",
    )
    response["HX-Trigger"] = json.dumps({"toast": {"tone": tone, "text": said}})
    return response


@require_GET
@in_sandbox
def summary(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """The evaluation of all audiences at a glance."""
    found, base = summarize_evaluations(sandbox=sandbox), audiences_href(sandbox)
    page = SummaryPage(
        columns=tuple(STATES[state][1] for state in _COLUMNS),
        rows=_method_rows(found, base),
        schedule=schedule_card(sandbox),
        resting=count_resting(sandbox=sandbox),
        open=_row(found.open),
        last=_row(found.last),
        last_full=None if found.last_full == found.last else _row(found.last_full),
        never=Cell(found.never_evaluated, f"{base}?evaluated=never"),
        left=_left(sandbox, found),
        left_more=found.left_total - len(found.left),
        as_of=clock.now_ms(),
    )
    return render_page(
        request,
        "console/audiences/evaluation.html",
        page,
        sandbox=sandbox,
        section="audiences",
        title="Evaluation summary",
        crumbs=(Crumb("Audiences", base), Crumb("Evaluation summary")),
        fragment="ask",
    )


def _method_rows(found: Evaluations, base: str) -> tuple[MethodRow, ...]:
    return tuple(
        MethodRow(
            label,
            when,
            tuple(
                Cell(found.counts.get((method, state), 0), f"{base}?method={method}&state={state}")
                for state in _COLUMNS
            ),
        )
        for method, label, when in _ROWS
    )


def _row(job: SegmentJob | None) -> JobRow | None:
    return None if job is None else job_row(job)


def _left(sandbox: Sandbox, found: Evaluations) -> tuple[LeftRow, ...]:
    """With the reason the job gave, else with what is in the way now."""
    return tuple(
        LeftRow(
            one.segment,
            one.reason or obstacle_of(sandbox, one.segment) or "The next job evaluates it.",
        )
        for one in found.left
    )
