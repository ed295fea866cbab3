"""Days in filters: from the first one's start to the last one's end, UTC."""

from datetime import MAXYEAR, UTC, datetime, timedelta


def start_of(text: str) -> datetime | None:
    """The start of the day written `2026-03-04`; None for anything else."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None


def end_of(text: str) -> datetime | None:
    """Where the day ends: the start of the next one."""
    start = start_of(text)
    return None if start is None or start.year == MAXYEAR else start + timedelta(days=1)


def start_ms(text: str) -> int | None:
    """The start of the day in epoch milliseconds."""
    return _ms(start_of(text))


def end_ms(text: str) -> int | None:
    """The end of the day in epoch milliseconds."""
    return _ms(end_of(text))


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp()) * 1000
