"""Write who is in which audience, and count it, set-based."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from psycopg import Cursor

from core import sql
from core.arrays import byteas, int4s, int8s, texts
from profiles.segmentation.states import (
    EXITED,
    REALIZED,
    MembershipChange,
    States,
    encode,
    next_due,
    realized,
)

_PACKAGE = "profiles.segmentation"
_MS_AN_HOUR = 3_600_000


@dataclass(frozen=True, slots=True)
class Standing:
    """A profile's memberships: as its row says, None without one, and now; none: the row ends."""

    profile: bytes
    stored: States | None
    now: States

    @property
    def is_written(self) -> bool:
        """Does its row have to change?"""
        return self.now != (self.stored or {})


class Counts:
    """What a batch changes of the counts of audiences, by number."""

    __slots__ = ("entered", "exited", "left", "realized")

    def __init__(self) -> None:
        self.realized: Counter[int] = Counter()
        self.exited: Counter[int] = Counter()
        self.entered: Counter[int] = Counter()
        self.left: Counter[int] = Counter()

    def numbers(self) -> list[int]:
        """Audiences of which anything changes, sorted."""
        counters = (self.realized, self.exited, self.entered, self.left)
        return sorted({number for one in counters for number, value in one.items() if value})


def count_standings(standings: Iterable[Standing], changes: Iterable[MembershipChange]) -> Counts:
    """Counts are of profiles: of two members that became one person, one is left."""
    counts = Counts()
    for one in standings:
        _add(counts, one.now, 1)
        _add(counts, one.stored or {}, -1)
    for change in changes:
        moves = counts.entered if change.status == REALIZED else counts.left
        moves[change.audience] += 1
    return counts


def _add(counts: Counts, states: States, weight: int) -> None:
    for number, state in states.items():
        if state.status == REALIZED:
            counts.realized[number] += weight
        elif state.status == EXITED:
            counts.exited[number] += weight


def save_standings(
    cursor: Cursor[Any],
    sandbox: int,
    standings: Iterable[Standing],
    *,
    counts: Counts,
    now: int,
) -> None:
    """Write what changed; the caller holds the pipeline of the sandbox."""
    changed = [one for one in standings if one.is_written]
    written = sorted((one for one in changed if one.now), key=lambda one: one.profile)
    ended = sorted(one.profile for one in changed if not one.now)
    if written:
        # Many profiles of a job have the very same states, one object: said once.
        alike: dict[int, list[Standing]] = {}
        for one in written:
            alike.setdefault(id(one.now), []).append(one)
        groups = [*alike.values()]
        kinds = [group[0].now for group in groups]
        cursor.execute(
            sql.load(_PACKAGE, "save_memberships"),
            {
                "sandbox": sandbox,
                "profiles": byteas([b"".join([one.profile for one in group]) for group in groups]),
                "audiences": texts([",".join(map(str, realized(states))) for states in kinds]),
                "states": byteas([encode(states) for states in kinds]),
                "due_ats": int8s([next_due(states) or 0 for states in kinds]),
            },
        )
    if ended:
        cursor.execute(sql.load(_PACKAGE, "delete_memberships"), {"profiles": byteas(ended)})
    _save_counts(cursor, sandbox, counts, now=now)


def _save_counts(cursor: Cursor[Any], sandbox: int, counts: Counts, *, now: int) -> None:
    numbers = counts.numbers()
    if not numbers:
        return
    cursor.execute(
        sql.load(_PACKAGE, "add_audience_counts"),
        {
            "sandbox": sandbox,
            "hour": now // _MS_AN_HOUR,
            "audiences": int4s(numbers),
            "realized": int8s([counts.realized[number] for number in numbers]),
            "exited": int8s([counts.exited[number] for number in numbers]),
            "entered": int8s([counts.entered[number] for number in numbers]),
            "left": int8s([counts.left[number] for number in numbers]),
        },
    )
