"""Schedules of batch evaluation and of exports, and the sweep that starts what is due."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet

from core import clock
from core.access.permissions import require
from core.access.types import SYSTEM, Actor
from core.audit import actions as audit
from core.errors import AppError, Conflict, Invalid, NotFound
from core.notify import config_changed
from core.sandboxes.models import Sandbox
from profiles.segmentation.cron import BadCron, Cron, next_fire, parse_cron
from profiles.segmentation.exports import start_export
from profiles.segmentation.jobs import EVERY, start_job
from profiles.segmentation.models import SegmentDefinition, SegmentSchedule
from profiles.segmentation.queries import evaluated, parse_uuid
from profiles.segmentation.types import ExportInput, ScheduleInput

Kind = SegmentSchedule.Kind
State = SegmentSchedule.State
ALL = "All audiences"
DAILY = "0 0 1 * * ?"
_LONGEST_CRON = 120


@transaction.atomic
def create_schedule(given: ScheduleInput, *, actor: Actor, sandbox: Sandbox) -> SegmentSchedule:
    """A new schedule; a sandbox has one of batch evaluation."""
    require(actor, "evaluate-segments", sandbox)
    Sandbox.objects.select_for_update(no_key=True).get(pk=sandbox.pk)
    batch = SegmentSchedule.objects.filter(sandbox=sandbox, kind=Kind.BATCH)
    if given.kind == Kind.BATCH and batch.exists():
        message = "The sandbox has a schedule of batch segmentation already: change that one."
        raise Conflict(message, path="type", received=given.kind)
    schedule = SegmentSchedule(sandbox=sandbox, created_ms=clock.now_ms(), created_by=actor.id)
    _write(schedule, given, "Create", actor=actor)
    return schedule


@transaction.atomic
def change_schedule(
    edit: Callable[[ScheduleInput], ScheduleInput],
    *,
    actor: Actor,
    sandbox: Sandbox,
    schedule_id: str,
) -> SegmentSchedule:
    """Change a schedule: `edit` sees it under a lock. Its type stays."""
    require(actor, "evaluate-segments", sandbox)
    schedule = _locked(sandbox, schedule_id)
    before = input_of(schedule)
    given = replace(edit(before), kind=before.kind)
    if given.state != State.ACTIVE:
        _refuse_without_batch(schedule)
    _write(schedule, given, "Update", actor=actor)
    return schedule


def schedule_all(
    state: State, *, actor: Actor, sandbox: Sandbox, cron: str = ""
) -> SegmentSchedule:
    """Turn the schedule of all audiences on or off, at other times if `cron` names them.

    Made, daily unless `cron` says otherwise, when there is none.
    """
    stored = find_batch_schedule(sandbox=sandbox)
    if stored is None:
        given = ScheduleInput(ALL, Kind.BATCH, cron or DAILY, {"segments": [EVERY]}, state)
        return create_schedule(given, actor=actor, sandbox=sandbox)
    return change_schedule(
        lambda before: replace(before, schedule=cron or before.schedule, state=state),
        actor=actor,
        sandbox=sandbox,
        schedule_id=str(stored.pk),
    )


@transaction.atomic
def delete_schedule(*, actor: Actor, sandbox: Sandbox, schedule_id: str) -> None:
    """Remove a schedule, unless streaming audiences rest on it."""
    require(actor, "evaluate-segments", sandbox)
    schedule = _locked(sandbox, schedule_id)
    _refuse_without_batch(schedule)
    _announce(schedule, "Delete", actor=actor)
    schedule.delete()


def get_schedule(*, sandbox: Sandbox, schedule_id: str) -> SegmentSchedule:
    """The schedule with this id; raises NotFound."""
    key = parse_uuid(schedule_id)
    found = list_schedules(sandbox=sandbox).filter(pk=key).first() if key else None
    if found is None:
        raise NotFound(f"The schedule {schedule_id} is not found.", scheduleId=schedule_id)
    return found


def list_schedules(*, sandbox: Sandbox) -> QuerySet[SegmentSchedule]:
    """Schedules of the sandbox, oldest first."""
    return SegmentSchedule.objects.filter(sandbox=sandbox).order_by("created_ms", "pk")


def find_batch_schedule(*, sandbox: Sandbox) -> SegmentSchedule | None:
    """The schedule by which all audiences are evaluated, if there is one."""
    return SegmentSchedule.objects.filter(sandbox=sandbox, kind=Kind.BATCH).first()


def count_resting(*, sandbox: Sandbox) -> int:
    """Streaming and edge audiences: batch evaluation corrects them, so it stays on."""
    return evaluated(sandbox).exclude(method=SegmentDefinition.Method.BATCH).count()


def start_due_schedules() -> int:
    """Start the work of every schedule whose time has come; answers how many.

    Each in a transaction of its own. A time that passed while nothing ran is made up for, once.
    """
    due = SegmentSchedule.objects.filter(
        state=State.ACTIVE, next_ms__lte=clock.now_ms(), sandbox__state=Sandbox.State.ACTIVE
    )
    return sum(_start(pk) for pk in due.order_by("next_ms").values_list("pk", flat=True))


def input_of(schedule: SegmentSchedule) -> ScheduleInput:
    """What would make the schedule what it is."""
    return ScheduleInput(
        name=schedule.name,
        kind=schedule.kind,
        schedule=schedule.schedule,
        properties=schedule.properties,
        state=schedule.state,
    )


@transaction.atomic
def _start(pk: uuid.UUID) -> bool:
    # SKIP LOCKED: another sweep, or a person's edit, has the row; the next sweep sees what is left.
    rows = SegmentSchedule.objects.select_for_update(of=("self",), skip_locked=True)
    rows = rows.select_related("sandbox__organization")
    schedule = rows.filter(pk=pk, state=State.ACTIVE, next_ms__lte=clock.now_ms()).first()
    if schedule is None:
        return False
    try:
        with transaction.atomic():
            _begin(schedule)
    except AppError as error:
        # Tried again at its next time; the trail says why this one was missed.
        _announce(schedule, "Evaluate", actor=SYSTEM, trouble=error.message)
    schedule.last_ms = clock.now_ms()
    schedule.next_ms = _next(parse_cron(schedule.schedule))
    schedule.save(update_fields=["last_ms", "next_ms"])
    return True


def _begin(schedule: SegmentSchedule) -> None:
    if schedule.kind == Kind.EXPORT:
        start_export(ExportInput(), actor=SYSTEM, sandbox=schedule.sandbox)
        return
    start_job(
        schedule.properties.get("segments", [EVERY]),
        actor=SYSTEM,
        sandbox=schedule.sandbox,
        source="scheduler",
        properties={"scheduleId": str(schedule.pk)},
    )


def _write(schedule: SegmentSchedule, given: ScheduleInput, action: str, *, actor: Actor) -> None:
    cron = _check(given)
    schedule.name, schedule.kind = given.name.strip(), given.kind
    schedule.properties, schedule.schedule = dict(given.properties), given.schedule.strip()
    schedule.state = given.state
    schedule.next_ms = _next(cron) if given.state == State.ACTIVE else None
    schedule.updated_ms, schedule.updated_by = clock.now_ms(), actor.id
    schedule.save()
    _announce(schedule, action, actor=actor)


def _check(given: ScheduleInput) -> Cron:
    if not 0 < len(given.name.strip()) <= 300:
        raise Invalid("name must have 1 to 300 characters.", path="name", received=given.name)
    for path, value, known in (
        ("type", given.kind, Kind.values),
        ("state", given.state, State.values),
    ):
        if value not in known:
            message = f"{path} must be one of {', '.join(known)}."
            raise Invalid(message, path=path, received=value)
    segments = given.properties.get("segments", [EVERY])
    if segments != [EVERY]:
        message = 'properties.segments must be ["*"]: a schedule is about all audiences.'
        raise Invalid(message, path="properties.segments", received=segments)
    return _check_cron(given.schedule)


def _check_cron(text: str) -> Cron:
    try:
        cron = parse_cron(text[: _LONGEST_CRON + 1])
    except BadCron as error:
        raise Invalid(f"schedule: {error}.", path="schedule", received=text) from error
    reason = ""
    if len(text) > _LONGEST_CRON:
        reason = f"at most {_LONGEST_CRON} characters"
    elif not cron.fires_daily_at_most:
        reason = "it runs at most once a day: name one second, minute and hour"
    elif next_fire(cron, clock.now()) is None:
        reason = "there is no such time any more"
    if reason:
        raise Invalid(f"schedule: {reason}.", path="schedule", received=text)
    return cron


def _next(cron: Cron) -> int | None:
    # A sweep may come a moment early by the clock of another host: never the same second twice.
    found = next_fire(cron, clock.now() + timedelta(seconds=1))
    return None if found is None else clock.to_ms(found)


def _locked(sandbox: Sandbox, schedule_id: str) -> SegmentSchedule:
    pk = get_schedule(sandbox=sandbox, schedule_id=schedule_id).pk
    return SegmentSchedule.objects.select_for_update().get(pk=pk)


def _refuse_without_batch(schedule: SegmentSchedule) -> None:
    """While batch evaluation is on, it stays on for the audiences that rest on it."""
    if schedule.kind != Kind.BATCH or schedule.state != State.ACTIVE:
        return
    if count_resting(sandbox=schedule.sandbox):
        message = "The schedule cannot be turned off while there are streaming or edge audiences."
        raise Invalid(message, path="state", received=State.INACTIVE)


def _announce(schedule: SegmentSchedule, action: str, *, actor: Actor, trouble: str = "") -> None:
    audit.record(
        actor=actor,
        action=action,
        asset=("SegmentSchedule", str(schedule.pk), schedule.name),
        sandbox=schedule.sandbox,
        details={"schedule": schedule.schedule, "state": schedule.state, "trouble": trouble},
        status="Failure" if trouble else "Success",
    )
    config_changed("segment_schedule")
