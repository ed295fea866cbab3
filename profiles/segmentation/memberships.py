"""The audiences of one profile, as look-ups show them."""

from dataclasses import dataclass

from core.sandboxes.models import Sandbox
from profiles.lookup.types import ProfileView
from profiles.segmentation.models import SegmentDefinition
from profiles.segmentation.queries import evaluated
from profiles.segmentation.states import REALIZED, State, decode


@dataclass(frozen=True, slots=True)
class Membership:
    """A profile's standing in one audience."""

    segment: SegmentDefinition
    state: State

    @property
    def is_member(self) -> bool:
        """Whether it is in now; else it was."""
        return self.state.status == REALIZED


def list_memberships(*, sandbox: Sandbox, view: ProfileView) -> list[Membership]:
    """Audiences the profile is in, the newest first; then those it left."""
    states = decode(view.states) if view.states else {}
    shown = {number: state for number, state in states.items() if state.status is not None}
    rows = evaluated(sandbox).filter(number__in=shown)
    found = [Membership(row, shown[row.number]) for row in rows]
    return sorted(
        found, key=lambda one: (not one.is_member, -(one.state.qualified_at or 0), one.segment.name)
    )
