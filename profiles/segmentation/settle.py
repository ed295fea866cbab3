"""Writes who is in batch audiences: what a job found becomes memberships, page by page."""

from collections.abc import Sequence
from typing import Any

from psycopg import Cursor

from profiles.segmentation.found import Found
from profiles.segmentation.inputs import load_alive, load_states
from profiles.segmentation.states import EXITED, REALIZED, State, States
from profiles.segmentation.write_memberships import Counts, Standing, save_standings


def settle(
    cursor: Cursor[Any], sandbox: int, page: Sequence[Found], numbers: frozenset[int], *, now: int
) -> None:
    """Write a page of what was found of the audiences `numbers`; the caller holds the pipeline.

    Profiles with the same standing that are found in the same audiences end with the same states:
    these are made once.
    """
    alive = load_alive(cursor, sandbox, [profile for profile, _ in page])
    rows = load_states(cursor, alive)
    alike: dict[tuple[int, int], list[bytes]] = {}
    for profile, held in page:
        if profile in alive:
            # Equal ones are the same objects.
            alike.setdefault((id(rows.get(profile)), id(held)), []).append(profile)
    held_by = dict(page)
    counts = Counts()
    standings: list[Standing] = []
    for profiles in alike.values():
        stored, held = rows.get(profiles[0]), held_by[profiles[0]]
        states = dict(stored or {})
        _bring_in_line(states, held, numbers, counts, profiles=len(profiles), now=now)
        standings += [Standing(profile, stored, states) for profile in profiles]
    save_standings(cursor, sandbox, standings, counts=counts, now=now)


def _bring_in_line(
    states: States,
    held: Sequence[int],
    numbers: frozenset[int],
    counts: Counts,
    *,
    profiles: int,
    now: int,
) -> None:
    """Let the states of so many profiles say who holds; `held` are among `numbers`.

    The same as a `transition` for each audience, but visits only those that change.
    """
    keeps = frozenset(held)
    for number, state in list(states.items()):
        if state.status == REALIZED and number in numbers and number not in keeps:
            states[number] = State(EXITED, now, None)
            counts.left[number] += profiles
            counts.realized[number] -= profiles
            counts.exited[number] += profiles
    entry = State(REALIZED, now, None)
    for number in held:
        before = states.get(number)
        if before is not None and before.status == REALIZED:
            continue
        if before is not None and before.status == EXITED:
            counts.exited[number] -= profiles
        states[number] = entry
        counts.entered[number] += profiles
        counts.realized[number] += profiles
