"""Memberships that time alone changes: windows that close, days that begin."""

from typing import Any

import psycopg
from psycopg import Cursor

from core import clock, sql
from core.sandboxes.models import Sandbox
from profiles.segmentation.audiences import AudienceSet
from profiles.segmentation.holding import held_pipeline
from profiles.segmentation.load import load_audiences
from profiles.segmentation.plan import Wanted
from profiles.segmentation.states import decode
from profiles.segmentation.streaming import evaluate_profiles

_PACKAGE = "profiles.segmentation"
PAGE = 500


def evaluate_due_memberships() -> None:
    """Evaluate what is due in every sandbox, page by page, until nothing is."""
    with sql.connect(autocommit=True, application="onefold-due") as connection:
        rows = connection.execute(
            sql.load(_PACKAGE, "list_due_sandboxes"), {"now": clock.now_ms()}
        ).fetchall()
        for (number,) in rows:
            _evaluate_sandbox(connection, number)


def _evaluate_sandbox(connection: psycopg.Connection[Any], number: int) -> None:
    sandbox = Sandbox.objects.select_related("organization").get(number=number)
    audiences = load_audiences(sandbox)
    full = True
    while full:
        with held_pipeline(connection, number) as cursor:
            done = evaluate_due(cursor, number, audiences=audiences, now=clock.now_ms())
        full = done == PAGE


def evaluate_due(cursor: Cursor[Any], sandbox: int, *, audiences: AudienceSet, now: int) -> int:
    """Evaluate up to `PAGE` profiles that are due; answers how many there were.

    The caller holds the pipeline of the sandbox.
    """
    rows = cursor.execute(
        sql.load(_PACKAGE, "list_due"), {"sandbox": sandbox, "now": now, "limit": PAGE}
    ).fetchall()
    wanted = {
        profile: {
            number
            for number, state in decode(states).items()
            if state.due_at is not None and state.due_at <= now
        }
        for profile, states in rows
    }
    if wanted:
        evaluate_profiles(cursor, sandbox, audiences=audiences, wanted=Wanted(wanted), now=now)
    return len(wanted)
