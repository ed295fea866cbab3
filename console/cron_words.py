"""Cron expressions for people: in words, and as the few choices most schedules are made of."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from profiles.segmentation.cron import WEEKDAYS, BadCron, next_fire, parse_cron

type Frequency = Literal["daily", "weekly", "monthly", "own"]

DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_MONDAY_FIRST = (*WEEKDAYS[1:], WEEKDAYS[0])
_TIME = re.compile(r"0 (\d{1,2}) (\d{1,2}) (\S+) (\S+) (\S+)(?: \*)?")


@dataclass(frozen=True, slots=True)
class Timing:
    """When something runs, as chosen. `time` is HH:MM in UTC, `day` 1 to 31 or L: the last."""

    frequency: Frequency
    time: str = "01:00"
    weekdays: tuple[str, ...] = ()
    day: str = "1"
    expression: str = ""

    @property
    def cron(self) -> str:
        """The expression that says so."""
        if self.frequency == "own":
            return " ".join(self.expression.split())
        hour, _, minute = self.time.partition(":")
        day, weekdays = "*", "?"
        if self.frequency == "weekly":
            day = "?"
            weekdays = ",".join(each for each in _MONDAY_FIRST if each in self.weekdays)
        elif self.frequency == "monthly":
            day = self.day
        return f"0 {int(minute)} {int(hour)} {day} * {weekdays}"


def timing_of(text: str) -> Timing:
    """The choices an expression is made of; what they cannot say is an expression of one's own."""
    match = _TIME.fullmatch(" ".join(text.upper().split()))
    own = Timing("own", expression=text)
    if match is None:
        return own
    minute, hour, day, month, weekday = match.groups()
    if month != "*" or int(hour) > 23 or int(minute) > 59:
        return own
    time = f"{int(hour):02d}:{int(minute):02d}"
    names = _names(weekday)
    if (day, weekday) in {("*", "?"), ("?", "*")}:
        return Timing("daily", time, expression=text)
    if day == "?" and names:
        return Timing("weekly", time, weekdays=names, expression=text)
    if weekday == "?" and (day == "L" or (day.isdecimal() and 1 <= int(day) <= 31)):
        return Timing("monthly", time, day=day, expression=text)
    return own


def cron_in_words(text: str) -> str:
    """`Every Monday and Thursday at 01:00 UTC`."""
    timing = timing_of(text)
    at = f"at {timing.time} UTC"
    match timing.frequency:
        case "daily":
            return f"Every day {at}"
        case "weekly":
            days = [DAYS[WEEKDAYS.index(each)] for each in timing.weekdays]
            return f"Every {_listed(days)} {at}"
        case "monthly":
            last = timing.day == "L"
            return (
                f"On the last day of every month {at}"
                if last
                else (f"On day {int(timing.day)} of every month {at}")
            )
        case _:
            return f"By the cron expression {text}"


def next_times(text: str, *, after: datetime, count: int = 3) -> list[datetime]:
    """The times that come next; none for what is no expression."""
    try:
        cron = parse_cron(text)
    except BadCron:
        return []
    found: list[datetime] = []
    while len(found) < count:
        moment = next_fire(cron, found[-1] if found else after)
        if moment is None:
            break
        found.append(moment)
    return found


def _names(weekday: str) -> tuple[str, ...]:
    """Names of listed days, Monday first; none where something else is said."""
    found: set[str] = set()
    for part in weekday.split(","):
        if part in WEEKDAYS:
            found.add(part)
        elif part.isdecimal() and 1 <= int(part) <= 7:
            found.add(WEEKDAYS[int(part) - 1])
        else:
            return ()
    return tuple(each for each in _MONDAY_FIRST if each in found)


def _listed(words: Sequence[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
