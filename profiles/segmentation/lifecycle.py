"""The states of an audience and the ways between them."""

from profiles.segmentation.models import SegmentDefinition
from profiles.segmentation.types import InvalidAudience
from profiles.segmentation.usage import refuse_if_used

State = SegmentDefinition.State
# A published audience never is a draft again; an archived one stays archived.
_NEXT: dict[str, frozenset[str]] = {
    State.DRAFT: frozenset({State.PUBLISHED, State.ARCHIVED}),
    State.PUBLISHED: frozenset({State.INACTIVE, State.ARCHIVED}),
    State.INACTIVE: frozenset({State.PUBLISHED, State.ARCHIVED}),
    State.ARCHIVED: frozenset(),
}
_ALIASES = {"active": State.PUBLISHED}
_DONE = {State.INACTIVE: "deactivated", State.ARCHIVED: "archived"}
ACTIONS = {
    State.DRAFT: "Create",
    State.PUBLISHED: "Publish",
    State.INACTIVE: "Deactivate",
    State.ARCHIVED: "Archive",
}
EVALUATED = (State.DRAFT, State.PUBLISHED)


def first_state(given: str | None) -> State:
    """State of a new audience: published unless a draft is asked for."""
    state = State.PUBLISHED if given is None else _known(given)
    if state not in (State.DRAFT, State.PUBLISHED):
        message = f"A new audience is draft or published, not {state}."
        raise InvalidAudience(message, path="lifecycleState", received=given)
    return state


def next_state(segment: SegmentDefinition, given: str | None) -> State:
    """The state the audience is to have; raises for a way there is not or a use that forbids it."""
    present = State(segment.state)
    state = present if given is None else _known(given)
    if state == present:
        return present
    if state not in _NEXT[present]:
        message = f"An audience that is {present} cannot become {state}."
        raise InvalidAudience(message, path="lifecycleState", received=given)
    if state in _DONE:
        refuse_if_used(segment, _DONE[state])
    return state


def _known(given: str) -> State:
    name = given.strip().lower()
    name = _ALIASES.get(name, name)
    if name not in State.values:
        expected = ", ".join(State.values)
        message = f"lifecycleState must be one of {expected}."
        raise InvalidAudience(message, path="lifecycleState", received=given)
    return State(name)
