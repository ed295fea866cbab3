"""What a job found becomes memberships and counts, as if each were settled by itself."""

import random
from collections import Counter
from typing import Any

import pytest

from core import sql
from profiles.segmentation.found import Found
from profiles.segmentation.inputs import load_states
from profiles.segmentation.settle import settle
from profiles.segmentation.states import (
    EXITED,
    NOTHING,
    REALIZED,
    State,
    States,
    encode,
    transition,
)

pytestmark = pytest.mark.django_db(transaction=True)

SANDBOX = 1
BEFORE, NOW, LATER = 1_764_000_000_000, 1_764_000_500_000, 1_764_900_000_000
AUDIENCES = frozenset({11, 12, 13, 14})
# Not of this job: it stays as it is.
OTHER = 15


def _standing(source: random.Random) -> States | None:
    """As profiles have them: none, of few kinds so that some are alike, or with a due moment."""
    kinds = [
        None,
        {},
        {11: State(REALIZED, BEFORE, None), 12: State(EXITED, BEFORE, None)},
        {13: State(REALIZED, BEFORE, None), OTHER: State(REALIZED, BEFORE, LATER)},
        {14: State(None, None, LATER)},
        dict.fromkeys(AUDIENCES, State(REALIZED, BEFORE, None)),
    ]
    return source.choice(kinds)


def _write(connection: Any, stored: dict[bytes, States | None]) -> None:
    with connection.cursor() as cursor:
        for profile, states in stored.items():
            cursor.execute(
                "INSERT INTO identity (id, sandbox, namespace, value, profile, created_at)"
                " VALUES (%s, %s, 1, %s, %s, 0)",
                (profile, SANDBOX, profile.hex(), profile),
            )
            if states is not None:
                cursor.execute(
                    "INSERT INTO profile_membership (profile, sandbox, audiences, states)"
                    " VALUES (%s, %s, '{}', %s)",
                    (profile, SANDBOX, encode(states)),
                )


@pytest.mark.parametrize("seed", range(6))
def test_profiles_are_settled_together_as_each_would_be_alone(seed: int) -> None:
    source = random.Random(seed)
    stored = {source.randbytes(16): _standing(source) for _ in range(60)}
    choices = [[], [11], [11, 12], [12, 13, 14]]
    page: list[Found] = [(profile, source.choice(choices)) for profile in sorted(stored)]
    gone = source.randbytes(16)
    with sql.connect(autocommit=True) as connection:
        _write(connection, stored)
        with connection.cursor(binary=True) as cursor:
            settle(cursor, SANDBOX, [*page[:35], (gone, [11])], AUDIENCES, now=NOW)
            settle(cursor, SANDBOX, page[35:], AUDIENCES, now=NOW)
            after = load_states(cursor, [*stored, gone])
        counted = connection.execute("SELECT audience, realized, exited FROM audience_count")
        counts = {audience: (realized, exited) for audience, realized, exited in counted}
        moved = connection.execute(
            'SELECT audience, sum(entered), sum("left") FROM audience_hour GROUP BY 1'
        )
        moves = {audience: (int(entered), int(left)) for audience, entered, left in moved}
        listed: dict[bytes, list[int]] = dict(
            connection.execute("SELECT profile, audiences FROM profile_membership").fetchall()
        )

    expected = {profile: _settled(stored[profile] or {}, held) for profile, held in page}
    assert after == {
        profile: states
        for profile, states in expected.items()
        if states or (stored[profile] == {} and profile in after)
    }
    assert {bytes(profile): audiences for profile, audiences in listed.items() if audiences} == {
        profile: numbers
        for profile, states in expected.items()
        if (numbers := sorted(n for n, one in states.items() if one.status == REALIZED))
        and states != (stored[profile] or {})
    }
    differences = _differences(stored, expected)
    assert {number: counts.get(number, (0, 0)) for number in AUDIENCES} == differences[0]
    assert {number: moves.get(number, (0, 0)) for number in AUDIENCES} == differences[1]
    assert OTHER not in counts


def _settled(states: States, held: list[int]) -> States:
    settled = dict(states)
    for number in AUDIENCES:
        before = states.get(number, NOTHING)
        after = transition(before, holds=number in held, due_at=before.due_at, now=NOW)
        if after.status != before.status:
            settled[number] = after._replace(due_at=None)
    return settled


def _differences(
    stored: dict[bytes, States | None], expected: dict[bytes, States]
) -> tuple[dict[int, tuple[int, int]], dict[int, tuple[int, int]]]:
    """By audience: realized and exited more than before; how often one entered and left."""
    kept: Counter[tuple[int, str | None]] = Counter()
    moves: Counter[tuple[int, str | None]] = Counter()
    for profile, states in expected.items():
        before = stored[profile] or {}
        for number in AUDIENCES:
            old, new = before.get(number, NOTHING).status, states.get(number, NOTHING).status
            kept[number, new] += 1
            kept[number, old] -= 1
            if old != new:
                moves[number, new] += 1
    return (
        {number: (kept[number, REALIZED], kept[number, EXITED]) for number in AUDIENCES},
        {number: (moves[number, REALIZED], moves[number, EXITED]) for number in AUDIENCES},
    )
