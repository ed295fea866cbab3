"""Refresh the whole cache of merged profiles, beside the running pipeline."""

from uuid import UUID

import psycopg

from core import sql
from core.sandboxes.models import Sandbox
from ingestion.journal.queries import PROFILE_READER, ensure_position, hold
from profiles.context import load_context
from profiles.segmentation.jobs import evaluate_policy_soon
from profiles.store.write_profiles import refresh_profiles

_PAGE = 500


def rebuild(stream: int) -> int:
    """Merge all profiles of a sandbox under its current policy; answers how many.

    Page by page: each holds the reader's position, so that the pipeline waits milliseconds. The
    audiences of the policy are evaluated afterwards.
    """
    context = load_context(stream)
    done, after = 0, b""
    with sql.connect(autocommit=True, application="onefold-rebuild") as connection:
        ensure_position(connection, PROFILE_READER, stream)
        while page := _next_page(connection, stream, after):
            with connection.transaction(), connection.cursor(binary=True) as cursor:
                hold(cursor, PROFILE_READER, stream)
                refresh_profiles(cursor, stream, page, context.policy)
            done += len(page)
            after = page[-1]
    if context.policy.id:
        sandbox = Sandbox.objects.get(number=stream)
        evaluate_policy_soon(sandbox=sandbox, policy_id=UUID(context.policy.id))
    return done


def _next_page(connection: psycopg.Connection, stream: int, after: bytes) -> list[bytes]:
    rows = connection.execute(
        sql.load("profiles.store", "list_profile_ids"),
        {"sandbox": stream, "after": after, "limit": _PAGE},
    )
    return [row[0] for row in rows.fetchall()]
