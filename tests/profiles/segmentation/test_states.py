"""How memberships are stored: what is read is what was written, from older versions as well."""

from importlib import import_module

import msgspec
import pytest
from django.db import connection
from django.db.backends.utils import CursorWrapper
from hypothesis import given
from hypothesis import strategies as st

from profiles.segmentation.states import EXITED, REALIZED, State, States, decode, encode

_MOMENTS = st.none() | st.integers(1_700_000_000_000, 1_900_000_000_000)
_STATES = st.builds(State, st.sampled_from([None, REALIZED, EXITED]), _MOMENTS, _MOMENTS)


@given(st.dictionaries(st.integers(1, 2**31 - 1), _STATES, max_size=30))
def test_states_are_read_as_they_were_written(states: States) -> None:
    assert decode(encode(states)) == states


def test_audiences_of_one_batch_share_what_is_written() -> None:
    one = dict.fromkeys(range(100, 200), State(REALIZED, 1_764_000_000_000, None))
    assert len(encode(one)) < 500


@pytest.mark.django_db
def test_rows_of_older_versions_keep_their_states_and_go_back() -> None:
    migration = import_module("profiles.migrations.0203_alike_states")
    states: States = {
        7: State(REALIZED, 1_764_000_000_000, None),
        8: State(REALIZED, 1_764_000_000_000, None),
        9: State(EXITED, 1_764_000_000_500, 1_764_000_900_000),
        12: State(None, None, 1_764_000_900_000),
    }
    before = msgspec.json.encode(states)
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO profile_membership (profile, sandbox, audiences, states)"
            " VALUES (%s, 1, '{}', %s)",
            [(b"ada", before), (b"nobody", b"{}")],
        )
        cursor.execute(migration.FORWARD)
        assert _stored(cursor) == {b"ada": states, b"nobody": {}}
        cursor.execute(migration.REVERSE)
        cursor.execute("SELECT states FROM profile_membership ORDER BY profile")
        back = [msgspec.json.decode(bytes(row[0]), type=dict[int, State]) for row in cursor]
        assert back == [states, {}]


def _stored(cursor: CursorWrapper) -> dict[bytes, States]:
    cursor.execute("SELECT profile, states FROM profile_membership")
    return {bytes(profile): decode(bytes(text)) for profile, text in cursor}
