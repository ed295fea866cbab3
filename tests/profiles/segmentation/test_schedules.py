"""Schedules: what is due starts once, also after a pause."""

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from core import clock
from core.access.types import SYSTEM
from core.audit.models import AuditEvent
from core.sandboxes.models import Sandbox
from profiles.segmentation import jobs
from profiles.segmentation.models import ExportJob, SegmentJob, SegmentSchedule
from profiles.segmentation.schedules import change_schedule, create_schedule, start_due_schedules
from profiles.segmentation.types import ScheduleInput
from tests.factories.loyalty import make_loyalty
from tests.factories.segments import make_segment

pytestmark = pytest.mark.django_db
DAILY = ScheduleInput(
    name="Nightly",
    kind="batch_segmentation",
    schedule="0 0 1 * * ?",
    properties={"segments": ["*"]},
    state="active",
)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Moves the clock."""

    def move(text: str) -> None:
        moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
        monkeypatch.setattr(clock, "now", lambda: moment)
        monkeypatch.setattr(clock, "now_ms", lambda: clock.to_ms(moment))

    return move


def test_starts_what_is_due_once_and_makes_up_for_a_pause_once(sandbox: Sandbox, at: Any) -> None:
    at("2026-03-10T12:00:00")
    schedule = create_schedule(DAILY, actor=SYSTEM, sandbox=sandbox)
    assert start_due_schedules() == 0
    at("2026-03-11T01:00:00")
    assert (start_due_schedules(), start_due_schedules()) == (1, 0)
    (job,) = SegmentJob.objects.all()
    assert (job.source, job.everything, job.properties) == (
        "scheduler",
        True,
        {"scheduleId": str(schedule.pk)},
    )
    at("2026-03-15T09:00:00")
    assert (start_due_schedules(), start_due_schedules()) == (1, 0)
    schedule.refresh_from_db()
    assert schedule.next_ms == clock.to_ms(datetime(2026, 3, 16, 1, tzinfo=UTC))


def test_an_export_is_scheduled_too(sandbox: Sandbox, at: Any) -> None:
    at("2026-03-10T12:00:00")
    given = ScheduleInput("Weekly", "export", "0 0 2 ? * SUN", {"segments": ["*"]}, "active")
    create_schedule(given, actor=SYSTEM, sandbox=sandbox)
    at("2026-03-15T02:00:00")
    assert start_due_schedules() == 1
    assert ExportJob.objects.get().status == "NEW"


def test_what_is_off_or_closed_starts_nothing(
    sandbox: Sandbox, other_sandbox: Sandbox, at: Any
) -> None:
    at("2026-03-10T12:00:00")
    off = create_schedule(DAILY, actor=SYSTEM, sandbox=sandbox)
    create_schedule(DAILY, actor=SYSTEM, sandbox=other_sandbox)
    Sandbox.objects.filter(pk=other_sandbox.pk).update(state=Sandbox.State.RESETTING)
    change_schedule(
        lambda _: ScheduleInput("x", "export", DAILY.schedule),
        actor=SYSTEM,
        sandbox=sandbox,
        schedule_id=str(off.pk),
    )
    off.refresh_from_db()
    assert (off.state, off.kind, off.next_ms) == ("inactive", "batch_segmentation", None)
    at("2026-03-12T12:00:00")
    assert start_due_schedules() == 0


def test_a_refused_start_is_tried_again_next_time(
    sandbox: Sandbox, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    at("2026-03-10T12:00:00")
    make_loyalty(sandbox)
    make_segment(sandbox)
    monkeypatch.setattr(jobs, "MOST_OPEN_JOBS", 0)
    schedule = create_schedule(DAILY, actor=SYSTEM, sandbox=sandbox)
    at("2026-03-11T01:00:00")
    assert start_due_schedules() == 1
    assert not SegmentJob.objects.filter(source="scheduler").exists()
    event = AuditEvent.objects.get(asset_id=str(schedule.pk), status="Failure")
    assert event.details["trouble"].startswith("Request rate")
    schedule.refresh_from_db()
    assert schedule.next_ms == clock.to_ms(datetime(2026, 3, 12, 1, tzinfo=UTC))


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_start_one_job(sandbox: Sandbox) -> None:
    schedule = create_schedule(DAILY, actor=SYSTEM, sandbox=sandbox)
    SegmentSchedule.objects.filter(pk=schedule.pk).update(next_ms=1)
    ready = threading.Barrier(4)

    def sweep() -> None:
        ready.wait()
        try:
            start_due_schedules()
        finally:
            connection.close()

    threads = [threading.Thread(target=sweep) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert SegmentJob.objects.count() == 1
