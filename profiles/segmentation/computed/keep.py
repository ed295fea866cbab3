"""Computed attributes inside the pipeline: values follow profiles that join, part and vanish.

Between runs a value stays as it was found. Where a profile got the events of another, or lost
some, it is worked out at once by closures, over the window that its attribute's last run looked
at, so that all values of an attribute are of one moment.
"""

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import orjson
from psycopg import Cursor

from core import sql
from core.arrays import byteas, int4s, int8s, texts
from profiles.segmentation.computed.fields import ComputedField
from profiles.segmentation.inputs import load_events
from profiles.segmentation.pql.facts import BudgetExceeded, Facts

logger = logging.getLogger(__name__)

_PACKAGE = "profiles.segmentation.computed"

type Row = tuple[int, bytes, object, int]


def keep_values(
    cursor: Cursor[Any],
    sandbox: int,
    *,
    fields: Sequence[ComputedField],
    datasets: Collection[int] | None,
    profiles: Collection[bytes],
    vanished: Collection[bytes],
) -> None:
    """Bring values in line with who is who now. The caller holds the pipeline of the sandbox.

    `profiles` have other events than before, or another id; `vanished` are ids that are no more.
    """
    stale = sorted({*vanished, *profiles})
    if not fields or not stale:
        return
    cursor.execute(sql.load(_PACKAGE, "delete_profile_values"), {"profiles": byteas(stale)})
    if profiles:
        since = min(one.window.start for one in fields) // 1_000
        events = load_events(cursor, profiles, since=since, datasets=datasets)
        _save(
            cursor,
            sandbox,
            sorted(_values(sorted(profiles), fields, events), key=lambda row: row[:2]),
        )


def _values(
    profiles: Sequence[bytes],
    fields: Sequence[ComputedField],
    events: Mapping[bytes, list[dict[str, Any]]],
) -> Iterator[Row]:
    for profile in profiles:
        if profile not in events:
            continue
        for one in fields:
            facts = Facts({}, now=one.at_ms, events=events[profile])
            try:
                found = one.value_in(facts)
            except BudgetExceeded:
                logger.warning("computed attribute %s waits for its next run", one.number)
                continue
            if found is not None:
                yield one.number, profile, *found


def _save(cursor: Cursor[Any], sandbox: int, rows: Sequence[Row]) -> None:
    cursor.execute(
        sql.load(_PACKAGE, "save_values"),
        {
            "sandbox": sandbox,
            "attributes": int4s([row[0] for row in rows]),
            "profiles": byteas([row[1] for row in rows]),
            "values": texts([orjson.dumps(row[2]).decode() for row in rows]),
            "moments": int8s([row[3] for row in rows]),
        },
    )


def load_values(cursor: Cursor[Any], profiles: Collection[bytes]) -> dict[bytes, Any]:
    """Values by name of those of these profiles that have some."""
    rows = cursor.execute(
        sql.load(_PACKAGE, "load_values"), {"profiles": byteas(sorted(profiles))}
    ).fetchall()
    return dict(rows)
