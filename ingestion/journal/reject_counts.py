"""Why records were refused, over time: counted from the kept rejects, so for their 30 days."""

from core import sql
from ingestion.journal.types import Point


def list_reject_codes(stream: int, *, since: int, until: int, step: int = 1) -> list[Point]:
    """Rejects of the minutes `since` <= minute < `until`; a point's `name` is their code."""
    params = {"stream": stream, "since": since, "until": until, "step": step}
    rows = sql.fetch("ingestion.journal", "count_reject_codes", params)
    return [Point(*row) for row in rows]
