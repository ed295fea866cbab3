"""What a profile's membership in an audience is, and how an evaluation changes it. Pure."""

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

import msgspec

Status = Literal["realized", "exited"]
REALIZED: Status = "realized"
EXITED: Status = "exited"


class State(NamedTuple):
    """A profile's standing in one audience; times in epoch ms.

    status        None: never a member (kept for its `due_at` alone)
    qualified_at  of the last entry, or of the last exit
    due_at        when the verdict may change with no new data; None: only data changes it
    """

    status: Status | None
    qualified_at: int | None
    due_at: int | None


class MembershipChange(NamedTuple):
    """A profile entered (`realized`) or left (`exited`) an audience; `at` in epoch ms."""

    profile: bytes
    audience: int
    status: Status
    at: int


# By audience number.
type States = dict[int, State]

# Not worth keeping.
NOTHING = State(None, None, None)


def transition(before: State, *, holds: bool, due_at: int | None, now: int) -> State:
    """The state after an evaluation. Entering and leaving set the time; staying does not."""
    status, qualified_at, _ = before
    if holds:
        if status == REALIZED:
            return State(REALIZED, qualified_at, due_at)
        return State(REALIZED, now, due_at)
    if status == REALIZED:
        return State(EXITED, now, due_at)
    return State(status, qualified_at, due_at)


def join(parts: Iterable[States]) -> States:
    """States of profiles that became one: for each audience the newest qualification."""
    joined: States = {}
    for states in parts:
        for number, state in states.items():
            known = joined.get(number)
            if known is None or (known.qualified_at or 0) < (state.qualified_at or 0):
                joined[number] = state
    return joined


def realized(states: Mapping[int, State]) -> list[int]:
    """Numbers of the audiences the profile is in, sorted."""
    return sorted(number for number, state in states.items() if state.status == REALIZED)


def earliest(*moments: int | None) -> int | None:
    """The first of these moments that there is."""
    return min((moment for moment in moments if moment is not None), default=None)


def next_due(states: Mapping[int, State]) -> int | None:
    """The earliest moment at which time alone may change one of them."""
    return earliest(*(state.due_at for state in states.values()))


def encode(states: States) -> bytes:
    """`[[status, qualified_at, due_at, [numbers]]]`: a batch brings one state to many audiences."""
    alike: dict[State, list[int]] = {}
    for number, state in states.items():
        alike.setdefault(state, []).append(number)
    return _encoder.encode([(*state, numbers) for state, numbers in alike.items()])


def decode(text: bytes) -> States:
    """States as stored."""
    states: States = {}
    for status, qualified_at, due_at, numbers in _decoder.decode(text):
        states |= dict.fromkeys(numbers, State(status, qualified_at, due_at))
    return states


type _Stored = list[tuple[Status | None, int | None, int | None, list[int]]]

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[_Stored] = msgspec.json.Decoder(_Stored)
