"""Write who is in which audience, and count it, set-based."""

from collections import Counter
from collections.abc import Iterable, Sequence
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
    """A profile's memberships: `before` of each stored row that it replaces, and now.

    `stored` is its own row as it was, None without one.
    """

    profile: bytes
    stored: States | None
    before: Sequence[States]
    now: States

    @property
    def is_written(self) -> bool:
        """Does its row have to change?"""
        return self.now != (self.stored or {})


def save_standings(
    cursor: Cursor[Any],
    sandbox: int,
    standings: Iterable[Standing],
    *,
    changes: Iterable[MembershipChange],
    gone: Iterable[bytes] = (),
    now: int,
) -> None:
    """Write what changed. `gone`: profiles whose rows end; `changes` are counted as moves.

    Locks rows in profile order; the caller holds the pipeline of the sandbox.
    """
    known = list(standings)
    written = sorted(
        (one for one in known if one.is_written and one.now), key=lambda one: one.profile
    )
    empty = {one.profile for one in known if one.is_written and not one.now}
    ended = sorted(empty | set(gone))
    if written:
        cursor.execute(
            sql.load(_PACKAGE, "save_memberships"),
            {
                "sandbox": sandbox,
                "profiles": byteas([one.profile for one in written]),
                "audiences": texts([",".join(map(str, realized(one.now))) for one in written]),
                "states": byteas([encode(one.now) for one in written]),
                "due_ats": int8s([next_due(one.now) or 0 for one in written]),
            },
        )
    if ended:
        cursor.execute(sql.load(_PACKAGE, "delete_memberships"), {"profiles": byteas(ended)})
    _count(cursor, sandbox, known, changes, now=now)


def _count(
    cursor: Cursor[Any],
    sandbox: int,
    standings: Iterable[Standing],
    changes: Iterable[MembershipChange],
    *,
    now: int,
) -> None:
    """Counts are of profiles: of two members that became one person, one is left."""
    totals: Counter[tuple[int, str]] = Counter()
    for one in standings:
        for number, state in one.now.items():
            if state.status is not None:
                totals[number, state.status] += 1
        for states in one.before:
            for number, state in states.items():
                if state.status is not None:
                    totals[number, state.status] -= 1
    moves = Counter((change.audience, change.status) for change in changes)
    numbers = sorted({number for number, _ in moves} | {key[0] for key in totals if totals[key]})
    if not numbers:
        return
    cursor.execute(
        sql.load(_PACKAGE, "add_audience_counts"),
        {
            "sandbox": sandbox,
            "hour": now // _MS_AN_HOUR,
            "audiences": int4s(numbers),
            "realized": int8s([totals[number, REALIZED] for number in numbers]),
            "exited": int8s([totals[number, EXITED] for number in numbers]),
            "entered": int8s([moves[number, REALIZED] for number in numbers]),
            "left": int8s([moves[number, EXITED] for number in numbers]),
        },
    )
