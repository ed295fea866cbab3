"""Which events count, and when values are due again. Pure; UTC; weeks begin on Sunday."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from profiles.segmentation.pql import moments

_DAY_US: Final = 86_400_000_000
# Most of each unit, and what the calendar functions call it.
LIMITS: Final = {"HOURS": 24, "DAYS": 7, "WEEKS": 4, "MONTHS": 6}
_UNITS: Final = {"HOURS": "hour", "DAYS": "day", "WEEKS": "week", "MONTHS": "month"}
# Only these are refreshed less often than daily, so that keeping them current changes anything.
_LONG: Final = ("WEEKS", "MONTHS")


class Refresh(StrEnum):
    """How often values are brought up to date."""

    HOURLY = "hour"
    DAILY = "day"
    WEEKLY = "week"
    MONTHLY = "month"


@dataclass(frozen=True, slots=True)
class Duration:
    """How far back an attribute looks: so many `HOURS`, `DAYS`, `WEEKS` or `MONTHS`."""

    count: int
    unit: str


@dataclass(frozen=True, slots=True)
class Window:
    """Events from `start` to `end`, both included, in microseconds since 1970."""

    start: int
    end: int


def refresh_of(duration: Duration, *, keep_current: bool) -> Refresh:
    """How often: with the unit of the duration, daily where it is kept current."""
    if keep_current and duration.unit in _LONG:
        return Refresh.DAILY
    return Refresh(_UNITS[duration.unit])


def window_at(duration: Duration, *, keep_current: bool, now_ms: int) -> Window:
    """The events that count at a moment.

    A rolling window ends now. One that is kept current begins so long before the present week or
    month, and grows until the next one begins.
    """
    end = now_ms * 1_000
    unit = _UNITS[duration.unit]
    grows = keep_current and duration.unit in _LONG
    until = _floor(end, unit) if grows else end
    return Window(moments.shift(until, -duration.count, unit), end)


def next_refresh(refresh: Refresh, now_ms: int) -> int:
    """The first start of an hour, day, week or month after a moment (ms)."""
    start = _floor(now_ms * 1_000, refresh.value)
    return _shifted(start, refresh.value) // 1_000


def _shifted(start: int, unit: str) -> int:
    return moments.shift(start, 1, unit)


def _floor(moment: int, unit: str) -> int:
    if unit == "week":
        return moments.floor(moment + _DAY_US, unit) - _DAY_US
    return moments.floor(moment, unit)
