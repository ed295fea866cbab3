"""The schedule of all audiences in words, as the portal and the list of jobs show it."""

from dataclasses import dataclass

from console.cron_words import cron_in_words
from core.sandboxes.models import Sandbox
from profiles.segmentation.models import SegmentSchedule
from profiles.segmentation.schedules import find_batch_schedule


@dataclass(frozen=True, slots=True)
class ScheduleCard:
    """The batch schedule in words."""

    row: SegmentSchedule | None
    is_on: bool
    words: str


def schedule_card(sandbox: Sandbox) -> ScheduleCard:
    """The batch schedule of the sandbox."""
    row = find_batch_schedule(sandbox=sandbox)
    is_on = row is not None and row.state == SegmentSchedule.State.ACTIVE
    return ScheduleCard(row, is_on, cron_in_words(row.schedule) if row else "")
