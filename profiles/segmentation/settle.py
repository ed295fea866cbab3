"""Writes who is in batch audiences: what a job found becomes memberships, page by page."""

from collections.abc import Sequence
from typing import Any

from psycopg import Cursor

from profiles.segmentation.found import Found
from profiles.segmentation.inputs import load_alive, load_states
from profiles.segmentation.states import EXITED, REALIZED, State, States
from profiles.segmentation.write_memberships import Counts, Encoder, Standing, save_standings

# Some tens of megabytes.
_MOST_KEPT = 20_000


class Settler:
    """Settles the audiences `numbers` of one job at one moment.

    Profiles with the same standing that are found in the same audiences end with the same states.
    Most have no standing yet: their states are kept from page to page, encoded as they are.
    """

    def __init__(self, sandbox: int, numbers: frozenset[int], *, now: int) -> None:
        self._sandbox = sandbox
        self._numbers = numbers
        self._now = now
        self._new: dict[tuple[int, ...], States] = {}
        self._encoder = Encoder()

    def settle(self, cursor: Cursor[Any], page: Sequence[Found]) -> None:
        """Write a page; the caller holds the pipeline of the sandbox."""
        alive = load_alive(cursor, self._sandbox, [profile for profile, _ in page])
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
            states = self._states(stored, held, counts, profiles=len(profiles))
            standings += [Standing(profile, stored, states) for profile in profiles]
        save_standings(
            cursor, self._sandbox, standings, counts=counts, now=self._now, encoder=self._encoder
        )

    def _states(
        self, stored: States | None, held: Sequence[int], counts: Counts, *, profiles: int
    ) -> States:
        """The states of so many profiles after this job."""
        if stored is not None:
            return self._changed(stored, held, counts, profiles=profiles)
        counts.realized.update(dict.fromkeys(held, profiles))
        counts.entered.update(dict.fromkeys(held, profiles))
        key = tuple(held)
        if key not in self._new:
            if len(self._new) >= _MOST_KEPT:
                self._new.clear()
            self._new[key] = dict.fromkeys(held, State(REALIZED, self._now, None))
        return self._new[key]

    def _changed(
        self, stored: States, held: Sequence[int], counts: Counts, *, profiles: int
    ) -> States:
        """The same as a `transition` for each audience, but visits only those that change."""
        states = dict(stored)
        keeps = frozenset(held)
        for number, state in stored.items():
            if state.status == REALIZED and number in self._numbers and number not in keeps:
                states[number] = State(EXITED, self._now, None)
                counts.left[number] += profiles
                counts.realized[number] -= profiles
                counts.exited[number] += profiles
        entry = State(REALIZED, self._now, None)
        for number in held:
            before = states.get(number)
            if before is not None and before.status == REALIZED:
                continue
            if before is not None and before.status == EXITED:
                counts.exited[number] -= profiles
            states[number] = entry
            counts.entered[number] += profiles
            counts.realized[number] += profiles
        return states
