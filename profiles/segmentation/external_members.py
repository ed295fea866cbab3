"""Lists of members that come from elsewhere: who is on one, set-based."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import Cursor

from core import clock, sql
from core.arrays import byteas, int4s, int8s
from profiles.segmentation.models import SegmentDefinition

_PACKAGE = "profiles.segmentation"
_MS_AN_HOUR = 3_600_000
_EXPIRED_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class ListSize:
    """Identities on a list, and the known people these are."""

    identities: int
    profiles: int


def save_members(
    cursor: Cursor[Any],
    *,
    sandbox: int,
    audience: int,
    members: Mapping[bytes, bytes],
    now: int,
    expires_at: int | None,
) -> int:
    """Put identities with their payload (JSON, or nothing) onto a list; answers how many are new.

    Locks rows in key order.
    """
    ids = sorted(members)
    rows = cursor.execute(
        sql.load(_PACKAGE, "save_external_members"),
        {
            "sandbox": sandbox,
            "audience": audience,
            "identities": byteas(ids),
            "payloads": byteas([members[each] for each in ids]),
            "now": now,
            "expires_at": expires_at,
        },
    ).fetchall()
    return sum(is_new for (is_new,) in rows)


def delete_unseen(cursor: Cursor[Any], *, audience: int, since: int) -> int:
    """Take off whom no import named since a moment; answers how many."""
    cursor.execute(
        sql.load(_PACKAGE, "delete_unseen_members"), {"audience": audience, "since": since}
    )
    return cursor.rowcount


def count_moves(
    cursor: Cursor[Any], *, sandbox: int, audience: int, entered: int, left: int, now: int
) -> None:
    """Bring the live count of a list up to date."""
    if not entered and not left:
        return
    cursor.execute(
        sql.load(_PACKAGE, "add_audience_counts"),
        {
            "sandbox": sandbox,
            "hour": now // _MS_AN_HOUR,
            "audiences": int4s([audience]),
            "realized": int8s([entered - left]),
            "exited": int8s([0]),
            "entered": int8s([entered]),
            "left": int8s([left]),
        },
    )


def count_list(segment: SegmentDefinition) -> ListSize:
    """How long a list is."""
    params = {"audience": segment.number, "sandbox": segment.sandbox_id}
    ((identities, profiles),) = sql.scan(_PACKAGE, "count_external_profiles", params)
    return ListSize(identities, profiles)


def expire_members() -> None:
    """Take off all lists whose time there is over."""
    now = clock.now_ms()
    full = True
    with sql.connect(autocommit=True, application="onefold-expire") as connection:
        while full:
            with connection.transaction(), connection.cursor(binary=True) as cursor:
                rows = cursor.execute(
                    sql.load(_PACKAGE, "expire_external_members"),
                    {"now": now, "limit": _EXPIRED_AT_ONCE},
                ).fetchall()
                for audience, sandbox, left in rows:
                    count_moves(
                        cursor, sandbox=sandbox, audience=audience, entered=0, left=left, now=now
                    )
            full = sum(left for _, _, left in rows) == _EXPIRED_AT_ONCE
