"""When all audiences are evaluated by themselves."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from console.cron_words import cron_in_words, next_times
from console.forms.segment_schedule import ScheduleForm
from console.pages import Crumb, actor_of, in_sandbox, render_page
from core import clock
from core.errors import AppError
from core.sandboxes.models import Sandbox
from profiles.segmentation.models import SegmentSchedule
from profiles.segmentation.queries import evaluated
from profiles.segmentation.schedules import (
    DAILY,
    count_resting,
    find_batch_schedule,
    schedule_all,
)

State = SegmentSchedule.State


@dataclass(frozen=True, slots=True)
class SchedulePage:
    """The form, and what the stored schedule means."""

    form: ScheduleForm
    row: SegmentSchedule | None
    words: str
    times: tuple[datetime, ...]
    audiences: int
    streaming: int


@require_http_methods(["GET", "POST"])
@in_sandbox
def schedule(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Create or change the one schedule of batch evaluation."""
    row = find_batch_schedule(sandbox=sandbox)
    if request.method == "GET":
        cron = row.schedule if row else DAILY
        is_on = row is None or row.state == State.ACTIVE
        return _show(
            request, sandbox, row, ScheduleForm(initial=ScheduleForm.initial_of(cron, on=is_on))
        )
    form = ScheduleForm(request.POST)
    if not form.is_valid() or not _save(request, sandbox, form):
        return _show(request, sandbox, row, form, status=422)
    words = cron_in_words(form.cron())
    word = f"Audiences are evaluated: {words}." if form.cleaned_data["on"] else "Schedule is off."
    messages.success(request, word)
    return redirect("segment-jobs", sandbox.name)


def _save(request: HttpRequest, sandbox: Sandbox, form: ScheduleForm) -> bool:
    state = State.ACTIVE if form.cleaned_data["on"] else State.INACTIVE
    try:
        schedule_all(state, actor=actor_of(request), sandbox=sandbox, cron=form.cron())
    except AppError as error:
        own = form.cleaned_data["frequency"] == "own"
        names = {"schedule": "expression" if own else "frequency", "state": "on"}
        form.add_error(names.get(error.fields.get("path", "")), error.message)
        return False
    return True


def _show(
    request: HttpRequest,
    sandbox: Sandbox,
    row: SegmentSchedule | None,
    form: ScheduleForm,
    *,
    status: int = 200,
) -> HttpResponse:
    is_on = row is not None and row.state == State.ACTIVE
    page = SchedulePage(
        form=form,
        row=row,
        words=cron_in_words(row.schedule) if row else "",
        times=tuple(next_times(row.schedule, after=clock.now())) if row and is_on else (),
        audiences=evaluated(sandbox).count(),
        streaming=count_resting(sandbox=sandbox),
    )
    jobs = Crumb("Segment jobs", reverse("segment-jobs", args=[sandbox.name]))
    return render_page(
        request,
        "console/monitoring/segment_schedule.html",
        page,
        sandbox=sandbox,
        section="monitoring",
        title="Evaluation schedule",
        crumbs=(
            Crumb("Monitoring", reverse("monitoring", args=[sandbox.name])),
            jobs,
            Crumb("Schedule"),
        ),
        status=status,
    )
