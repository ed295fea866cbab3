"""Take long work from its row, have an engine do it, write down how it ended.

Claims, signs of life, cancellation and failures are seen to here, so that no engine can forget
them, and any worker may die: what stands still for `STALE_MS` is started again, `MOST_ATTEMPTS`
times. A worker that was taken for dead finds its claim gone when it reports, and stops.
"""

import logging
from collections.abc import Callable
from typing import Any

from django.db import DatabaseError
from django.db.models import F, Q, QuerySet

from core import clock
from core.errors import AppError
from profiles.segmentation.engines import Slot
from profiles.segmentation.models import Work
from profiles.segmentation.work_types import Report, Stopped

logger = logging.getLogger(__name__)

STALE_MS = 5 * 60 * 1000
MOST_ATTEMPTS = 3


class Claim[Row: Work]:
    """A worker's hold on one row, for the states that kind of work has."""

    def __init__(self, row: Row, rows: QuerySet[Row], *, column: str, running: str) -> None:
        self.row = row
        self._rows = rows
        self._mine = Q(pk=row.pk, attempts=row.attempts) & Q(**{column: running})
        self._column = column

    def report(self, **columns: Any) -> None:
        """Still alive; raises Stopped when the claim is gone."""
        if not self.change(updated_ms=clock.now_ms(), **columns):
            raise Stopped

    def end(self, state: str, **columns: Any) -> bool:
        """Move to a last state; False when the claim is gone."""
        now = clock.now_ms()
        return self.change(**{self._column: state}, updated_ms=now, finished_ms=now, **columns)

    def change(self, **columns: Any) -> bool:
        """Write columns of the row, as long as it is ours."""
        return bool(self._rows.filter(self._mine).update(**columns))


def free(column: str, waiting: tuple[str, ...], running: str) -> Q:
    """Rows that wait, or whose worker gives no sign of life any more."""
    stale = Q(**{column: running}) & Q(updated_ms__lt=clock.now_ms() - STALE_MS)
    return Q(**{f"{column}__in": waiting}) | stale


def take[Row: Work](
    rows: QuerySet[Row], pk: Any, *, claimable: Q, column: str, running: str
) -> Claim[Row] | None:
    """Claim a row; None when it is not claimable, since another worker has it or it ended."""
    now = clock.now_ms()
    taken = rows.filter(claimable, pk=pk).update(
        **{column: running}, attempts=F("attempts") + 1, started_ms=now, updated_ms=now
    )
    row = rows.filter(pk=pk).first() if taken else None
    return None if row is None else Claim(row, rows, column=column, running=running)


def attempt[Row: Work, Given, Found](
    claim: Claim[Row],
    slot: Slot[Callable[[Given, Report], Found]],
    given: Given,
    *,
    report: Report,
    failed: str,
) -> Found | None:
    """What the engine found; None when it was stopped, or failed and the row says so."""
    if claim.row.attempts > MOST_ATTEMPTS:
        message = f"It was started {MOST_ATTEMPTS} times and never ended."
        claim.end(failed, errors=[trouble(message, "gave_up")])
        return None
    try:
        return slot.engine(given, report)
    except Stopped:
        return None
    except DatabaseError:
        # Nothing can be written down now: the sweep starts it again.
        raise
    except AppError as error:
        claim.end(failed, errors=[trouble(error.message, error.code)])
    except Exception as error:
        logger.exception("%s failed", claim.row)
        claim.end(failed, errors=[trouble(f"{type(error).__name__}: {error}", "internal")])
    return None


def trouble(message: str, code: str) -> dict[str, str]:
    """One entry of a row's `errors`."""
    return {"code": code, "message": message[:2000]}
