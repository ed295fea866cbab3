"""Remove a deleted profile from its audiences."""

from typing import Any

from psycopg import Cursor

from core import clock
from profiles.segmentation.inputs import load_states
from profiles.segmentation.write_memberships import Standing, count_standings, save_standings


def forget_profile(cursor: Cursor[Any], sandbox: int, profile: bytes) -> None:
    """Drop what is known of its memberships, past ones too; the caller holds the pipeline."""
    rows = load_states(cursor, [profile])
    standings = [Standing(one, states, {}) for one, states in rows.items()]
    counts = count_standings(standings, ())
    save_standings(cursor, sandbox, standings, counts=counts, now=clock.now_ms())
