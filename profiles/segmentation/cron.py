"""Quartz cron expressions: when a schedule is due next. Pure; all times are UTC.

Six or seven fields: second, minute, hour, day of month, month, day of week, [year]. A day is named
by one of the two day fields, the other one is `?`. Days of the week count from Sunday = 1.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
FIRST_YEAR, LAST_YEAR = 1970, 2099

type _DayRule = Callable[[date], bool]

_STEP = re.compile(r"(\*|[A-Z0-9]+(?:-[A-Z0-9]+)?)(?:/(\d{1,4}))?")
_LAST = re.compile(r"L(?:-(\d{1,2}))?")
_NEAREST = re.compile(r"(\d{1,2}|L)W")
_LAST_WEEKDAY = re.compile(r"([A-Z]{3}|\d)L")
_NTH_WEEKDAY = re.compile(r"([A-Z]{3}|\d)#(\d)")


class BadCron(ValueError):
    """Not a cron expression; says which field and why."""


@dataclass(frozen=True, slots=True)
class Cron:
    """A parsed expression. `is_day` decides about whole days, without month and year."""

    seconds: frozenset[int]
    minutes: frozenset[int]
    hours: frozenset[int]
    months: frozenset[int]
    years: frozenset[int]
    is_day: _DayRule

    @property
    def fires_daily_at_most(self) -> bool:
        """Whether a day has one time only."""
        return len(self.seconds) == len(self.minutes) == len(self.hours) == 1

    def times(self) -> list[time]:
        """The times of a day it fires at, in order."""
        return [
            time(hour, minute, second)
            for hour in sorted(self.hours)
            for minute in sorted(self.minutes)
            for second in sorted(self.seconds)
        ]


@dataclass(frozen=True, slots=True)
class _Field:
    """One of the fields: its bounds, and names that stand for numbers from `least`."""

    title: str
    least: int
    most: int
    names: tuple[str, ...] = ()

    def number(self, text: str) -> int:
        if text in self.names:
            return self.names.index(text) + self.least
        if not text.isdecimal() or not self.least <= int(text) <= self.most:
            raise BadCron(f"{self.title}: {text} is not from {self.least} to {self.most}")
        return int(text)

    def values(self, text: str) -> frozenset[int]:
        """`*`, numbers, names, ranges (that may wrap around) and steps, separated by commas."""
        return frozenset(value for part in text.split(",") for value in self._part(part))

    def _part(self, part: str) -> Iterator[int]:
        match = _STEP.fullmatch(part)
        if match is None:
            raise BadCron(f"{self.title}: {part or 'nothing'} is not understood")
        span, step = match[1], int(match[2] or 1)
        if step < 1:
            raise BadCron(f"{self.title}: a step is at least 1")
        first, last = self._span(span, stepped=match[2] is not None)
        if last < first:
            last += self.most - self.least + 1
        size = self.most - self.least + 1
        yield from ((v - self.least) % size + self.least for v in range(first, last + 1, step))

    def _span(self, text: str, *, stepped: bool) -> tuple[int, int]:
        if text == "*":
            return self.least, self.most
        first, dash, last = text.partition("-")
        if dash:
            return self.number(first), self.number(last)
        return self.number(first), self.most if stepped else self.number(first)


_SECOND = _Field("second", 0, 59)
_MINUTE = _Field("minute", 0, 59)
_HOUR = _Field("hour", 0, 23)
_DAY = _Field("day of month", 1, 31)
_MONTH = _Field("month", 1, 12, MONTHS)
_WEEKDAY = _Field("day of week", 1, 7, WEEKDAYS)
_YEAR = _Field("year", FIRST_YEAR, LAST_YEAR)


def parse_cron(text: str) -> Cron:
    """The expression; raises BadCron."""
    parts = text.upper().split()
    if len(parts) not in {6, 7}:
        raise BadCron(f"a cron expression has 6 or 7 fields, this one has {len(parts)}")
    second, minute, hour, day, month, weekday, *year = parts
    if (day == "?") == (weekday == "?"):
        raise BadCron("exactly one of day of month and day of week is ?")
    return Cron(
        seconds=_SECOND.values(second),
        minutes=_MINUTE.values(minute),
        hours=_HOUR.values(hour),
        months=_MONTH.values(month),
        years=_YEAR.values(year[0] if year else "*"),
        is_day=_any(weekday, _weekday_rule) if day == "?" else _any(day, _day_rule),
    )


def next_fire(cron: Cron, after: datetime) -> datetime | None:
    """The first time later than `after`; None when there is none any more."""
    after = after.astimezone(UTC)
    times = cron.times()
    for day in _days(cron, after.date()):
        for each in times:
            moment = datetime.combine(day, each, UTC)
            if moment > after:
                return moment
    return None


def _days(cron: Cron, first: date) -> Iterator[date]:
    """Matching days from `first` on."""
    day = first
    while day.year <= LAST_YEAR:
        if day.year not in cron.years or day.month not in cron.months:
            day = _first_of_next_month(day)
            continue
        if cron.is_day(day):
            yield day
        day += timedelta(days=1)


def _first_of_next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _any(text: str, rule: Callable[[str], _DayRule]) -> _DayRule:
    """A day that any of the comma-separated parts names."""
    rules = [rule(part) for part in text.split(",")]
    return lambda day: any(each(day) for each in rules)


def _day_rule(part: str) -> _DayRule:
    if match := _LAST.fullmatch(part):
        back = int(match[1] or 0)
        if back > 30:
            raise BadCron(f"day of month: {part} reaches back more than 30 days")
        return lambda day: day.day == _length(day) - back
    if match := _NEAREST.fullmatch(part):
        wanted = None if match[1] == "L" else _DAY.number(match[1])
        return lambda day: day == _nearest_weekday(day, wanted or _length(day))
    days = _DAY.values(part)
    return lambda day: day.day in days


def _weekday_rule(part: str) -> _DayRule:
    if match := _LAST_WEEKDAY.fullmatch(part):
        wanted = _WEEKDAY.number(match[1])
        return lambda day: _number_of(day) == wanted and day.day + 7 > _length(day)
    if match := _NTH_WEEKDAY.fullmatch(part):
        wanted, nth = _WEEKDAY.number(match[1]), int(match[2])
        if not 1 <= nth <= 5:
            raise BadCron(f"day of week: {part} is not from #1 to #5")
        return lambda day: _number_of(day) == wanted and (day.day - 1) // 7 + 1 == nth
    # A bare L is the last day of the week.
    days = _WEEKDAY.values("SAT" if part == "L" else part)
    return lambda day: _number_of(day) in days


def _number_of(day: date) -> int:
    """1 for Sunday to 7 for Saturday."""
    return day.isoweekday() % 7 + 1


def _length(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def _nearest_weekday(day: date, wanted: int) -> date | None:
    """The weekday nearest to a day of this month, within the month."""
    if wanted > _length(day):
        return None
    target = day.replace(day=wanted)
    match target.isoweekday():
        case 6:
            return target - timedelta(days=1 if wanted > 1 else -2)
        case 7:
            return target + timedelta(days=1 if wanted < _length(day) else -2)
        case _:
            return target
