"""Audiences made by the actions, and bodies of requests about them."""

from typing import Any

from core import clock
from core.access.types import SYSTEM
from core.sandboxes.models import Sandbox
from profiles.segmentation.actions import create_segment
from profiles.segmentation.exports import start_export
from profiles.segmentation.external import create_with_source
from profiles.segmentation.jobs import start_job
from profiles.segmentation.models import SegmentCount, SegmentDefinition
from profiles.segmentation.previews import start_preview
from profiles.segmentation.schedules import create_schedule
from profiles.segmentation.types import (
    ExportInput,
    Expression,
    ExternalInput,
    PreviewInput,
    ScheduleInput,
    SegmentInput,
)
from profiles.store.models import MergePolicy

FINNISH = 'homeAddress.country = "FI"'
BOUGHT_TODAY = 'CHAIN(xEvent, timestamp, [C0: WHAT(eventType = "commerce.purchases") WHEN(today)])'
BOUGHT_THIS_WEEK = BOUGHT_TODAY.replace("today", "<= 7 days before now")
SCHEMA = "_xdm.context.profile"


def rule(value: str = FINNISH, form: str = "pql/text") -> dict[str, Any]:
    """The `expression` of a body."""
    return {"type": "PQL", "format": form, "value": value}


def body(name: str = "Finnish buyers", value: str = FINNISH, **more: Any) -> dict[str, Any]:
    """A definition as a program sends it."""
    return {
        "name": name,
        "description": "",
        "schema": {"name": SCHEMA},
        "expression": rule(value),
        "ttlInDays": 30,
        **more,
    }


def method(name: str) -> dict[str, Any]:
    """`evaluationInfo` with one method enabled: batch, continuous or synchronous."""
    names = ("batch", "continuous", "synchronous")
    return {each: {"enabled": each == name} for each in names}


def make_segment(
    sandbox: Sandbox, name: str = "Finnish buyers", value: str = FINNISH, **more: Any
) -> SegmentDefinition:
    """A published audience."""
    given = SegmentInput(name=name, expression=Expression(value), **more)
    return create_segment(given, actor=SYSTEM, sandbox=sandbox)


def make_policy(sandbox: Sandbox, name: str = "Another") -> MergePolicy:
    """A merge policy that is not active on edge."""
    return MergePolicy.objects.create(
        sandbox=sandbox, name=name, updated_ms=1_780_000_000_000, updated_by="test"
    )


def fill_with_segments(sandbox: Sandbox) -> None:
    """Something in every table of audiences."""
    used = make_segment(sandbox, "Used")
    make_segment(sandbox, "User", f'inSegment("{used.pk}")')
    now = clock.now_ms()
    SegmentCount.objects.create(sandbox=sandbox, segment=used, at_ms=now)
    start_job(["*"], actor=SYSTEM, sandbox=sandbox)
    schedule = ScheduleInput("Nightly", "batch_segmentation", "0 0 1 * * ?")
    create_schedule(schedule, actor=SYSTEM, sandbox=sandbox)
    start_preview(PreviewInput(Expression(FINNISH)), actor=SYSTEM, sandbox=sandbox)
    start_export(ExportInput(), actor=SYSTEM, sandbox=sandbox)
    create_with_source(ExternalInput(name="External"), {}, actor=SYSTEM, sandbox=sandbox)
