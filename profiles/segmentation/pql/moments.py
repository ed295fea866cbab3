"""Instants as microseconds since 1970, and the calendar of PQL: UTC, weeks begin on Monday.

What would leave the years 1 to 9999 stops at `FIRST` or `LAST`.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from profiles.segmentation.pql import instants

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = 1_000_000
_DAY = 86_400 * _SECOND
_WEEK = 7 * _DAY
# 1970 began on a Thursday.
_MONDAY = 3 * _DAY

_FIXED = {
    "millisecond": 1_000,
    "second": _SECOND,
    "minute": 60 * _SECOND,
    "hour": 3_600 * _SECOND,
    "day": _DAY,
    "week": _WEEK,
}
# The month after the last of year 9999, counted from year 0.
_BEYOND = 120_000
_MONTHS = {
    "month": 1,
    "quarter": 3,
    "year": 12,
    "decade": 120,
    "century": 1_200,
    "millennium": 12_000,
}


def from_datetime(moment: datetime) -> int:
    """Microseconds of an aware datetime."""
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * _SECOND + since.microseconds


def to_datetime(moment: int) -> datetime:
    """Aware UTC datetime of microseconds."""
    return _EPOCH + timedelta(microseconds=moment)


FIRST = from_datetime(datetime.min.replace(tzinfo=UTC))
LAST = from_datetime(datetime.max.replace(tzinfo=UTC))


def from_text(text: str) -> int | None:
    """Microseconds of a date or date-time (see `instants`), else None."""
    if _is_plain(text):
        try:
            return from_datetime(datetime.fromisoformat(text))
        except ValueError:
            return None
    moment = instants.parse(text)
    return None if moment is None else from_datetime(moment)


def _is_plain(text: str) -> bool:
    """Is it shaped like 2026-03-01T09:00:00Z or 2026-03-01T09:00:00.123Z?

    Almost all are, and need no regular expression.
    """
    size = len(text)
    return (
        (size == 20 or (size == 24 and text[19] == "."))
        and text[-1] == "Z"
        and text[10] == "T"
        and text[4] == text[7] == "-"
        and text[13] == text[16] == ":"
        and text[11:13] < "24"
    )


def to_text(moment: int) -> str:
    """`2026-03-01T09:00:00Z`, with as many digits below the second as it needs: none, 3 or 6."""
    finest = "seconds" if moment % _SECOND == 0 else "milliseconds"
    if moment % 1_000:
        finest = "microseconds"
    return to_datetime(moment).isoformat(timespec=finest).replace("+00:00", "Z")


def fixed_length(count: int, unit: str) -> int | None:
    """Microseconds of a duration in units up to weeks; None: it depends on the calendar."""
    size = _FIXED.get(unit)
    return None if size is None else count * size


def floor(moment: int, unit: str) -> int:
    """Start of the unit that holds the instant."""
    size = _FIXED.get(unit)
    if size is None:
        month = _month(moment // _DAY)
        return _month_start(month - month % _MONTHS[unit])
    offset = _MONDAY if unit == "week" else 0
    return max(moment - (moment + offset) % size, FIRST)


def ceiling(moment: int, unit: str) -> int:
    """First start of a unit that is not before the instant."""
    start = floor(moment, unit)
    return start if start == moment else shift(start, 1, unit)


def shift(moment: int, count: int, unit: str) -> int:
    """The instant so many units later; by months, the same day or the last of a shorter month."""
    size = _FIXED.get(unit)
    if size is not None:
        return min(max(moment + count * size, FIRST), LAST)
    day = _shifted_day(moment // _DAY, count * _MONTHS[unit])
    if day is None:
        return FIRST if count < 0 else LAST
    return day * _DAY + moment % _DAY


@lru_cache(maxsize=4_096)
def _shifted_day(day: int, months: int) -> int | None:
    """The day so many months from one, both counted from 1970; None: in no year there is."""
    month = _month(day)
    start, shifted = _month_start(month) // _DAY, month + months
    if not 12 <= shifted < _BEYOND:
        return None
    first = _month_start(shifted) // _DAY
    # After the last month there is `LAST`, a moment before the day that would follow.
    last = (_month_start(shifted + 1) - 1) // _DAY
    return min(first + day - start, last)


@lru_cache(maxsize=4_096)
def _month(day: int) -> int:
    """Number of the month, counted from year 0, that holds a day counted from 1970."""
    at = _EPOCH + timedelta(days=day)
    return at.year * 12 + at.month - 1


@lru_cache(maxsize=4_096)
def _month_start(month: int) -> int:
    """First instant of a month counted from year 0."""
    if month < 12:
        return FIRST
    if month >= _BEYOND:
        return LAST
    return from_datetime(datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC))
