"""Remove the members of audiences that are over."""

from django.db.models import Q, QuerySet

from core import clock
from core.tasks import nudge
from profiles.segmentation import engines
from profiles.segmentation.models import SegmentDefinition

FORGET_TASK = "profiles.tasks.forget_members"


def forget_members(number: int) -> None:
    """Drop the memberships of a deleted or archived audience. Again does no harm."""
    if _over().filter(number=number).exists():
        engines.forgetter.engine(number)
        _over().filter(number=number).update(forgotten_ms=clock.now_ms())


def resume_forgetting() -> None:
    """Nudge for what is left: a message may have been lost."""
    if engines.forgetter.is_installed:
        for number in _over().values_list("number", flat=True)[:100]:
            nudge(FORGET_TASK, within=30, segment=number)


def _over() -> QuerySet[SegmentDefinition]:
    over = Q(deleted_ms__isnull=False) | Q(state=SegmentDefinition.State.ARCHIVED)
    return SegmentDefinition.objects.filter(over, forgotten_ms__isnull=True)
