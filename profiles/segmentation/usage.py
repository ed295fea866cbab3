"""Who uses an audience: other audiences, and what layers above this one register (destinations)."""

from collections.abc import Callable, Iterable

from profiles.segmentation.models import SegmentDefinition
from profiles.segmentation.types import AudienceInUse

# Answers with the names of its objects that need the audience.
Checker = Callable[[SegmentDefinition], Iterable[str]]
_checkers: list[Checker] = []


def on_usage_asked(checker: Checker) -> Checker:
    """Ask `checker` before an audience stops being evaluated or goes (register in `ready`)."""
    if checker not in _checkers:
        _checkers.append(checker)
    return checker


def users_of(segment: SegmentDefinition) -> list[str]:
    """Names of everything that needs the audience."""
    # In memory: lists have the dependents of all their rows at hand.
    names = sorted(f"audience {each.name}" for each in segment.dependents.all())
    return names + other_users_of(segment)


def other_users_of(segment: SegmentDefinition) -> list[str]:
    """Names of what needs the audience and is no audience itself."""
    return [name for checker in _checkers for name in checker(segment)]


def refuse_if_used(segment: SegmentDefinition, what: str) -> None:
    """Raise AudienceInUse while something needs the audience; `what` ends the sentence."""
    names = users_of(segment)
    if names:
        shown = ", ".join(names[:5]) + (" and others" if len(names) > 5 else "")
        message = f"The audience cannot be {what}. It is used by {shown}."
        raise AudienceInUse(message, dependents=names)
