"""`occurs`: when something happened."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from profiles.segmentation.pql import nodes
from profiles.segmentation.pql.checking.coerce import fit, is_null, is_temporal
from profiles.segmentation.pql.checking.compare import DATES
from profiles.segmentation.pql.checking.context import Context
from profiles.segmentation.pql.checking.lift import some
from profiles.segmentation.pql.checking.scope import Scope
from profiles.segmentation.pql.checking.wording import in_words
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.limits import MAX_DURATION_YEARS
from profiles.segmentation.pql.typed import (
    Call,
    Constant,
    Duration,
    InPeriod,
    Now,
    Span,
    Typed,
    Within,
)
from profiles.segmentation.pql.types import BOOLEAN, DATE_TIME, ListType
from profiles.segmentation.pql.walk import children

_YEAR: Final = 31_557_600_000
# Milliseconds of a unit, calendar units by their mean.
_LENGTHS: Final = {
    "millisecond": 1,
    "second": 1_000,
    "minute": 60_000,
    "hour": 3_600_000,
    "day": 86_400_000,
    "week": 7 * 86_400_000,
    "month": _YEAR // 12,
    "quarter": _YEAR // 4,
    "year": _YEAR,
    "decade": 10 * _YEAR,
    "century": 100 * _YEAR,
    "millennium": 1000 * _YEAR,
}
_DAYS: Final = {"today": 0, "yesterday": -1, "tomorrow": 1}
_SHIFTS: Final = {"this": 0, "last": -1, "next": 1}


def time_word(node: nodes.TimeWord) -> Now:
    """`now`, `today`, `last month` as an instant: its first."""
    if node.shift is not None:
        return Now(node.word, _SHIFTS[node.shift], DATE_TIME, node.at)
    if node.word == "now":
        return Now(None, 0, DATE_TIME, node.at)
    return Now("day", _DAYS[node.word], DATE_TIME, node.at)


def length(count: int, unit: str) -> int:
    """Milliseconds of a duration, calendar units by their mean."""
    return count * _LENGTHS[unit]


def duration(count: int, unit: str, *, at: Span) -> Duration:
    """A duration of a size that calendars can follow."""
    if length(count, unit) > MAX_DURATION_YEARS * _YEAR:
        raise PqlError(f"A duration is at most {MAX_DURATION_YEARS} years.", at=at)
    return Duration(count, unit)


@dataclass(frozen=True, slots=True)
class Reference:
    """What a moment is compared with; `end` is set for a period such as `last month`."""

    start: Typed
    end: Typed | None


def occurs(context: Context, node: nodes.Occurs, scope: Scope) -> Typed:
    """`moment occurs test`; a list of moments: does it hold for some of them?"""
    moment = context.typed(node.moment, scope)
    return time_test(context, moment, node.test, scope, at=node.at)


def time_test(
    context: Context, moment: Typed, test: nodes.TimeTest, scope: Scope, *, at: Span
) -> Typed:
    """The condition a time test makes of a moment."""
    build = _builder(context, test, scope, at=at)

    def tested(item: Typed) -> Typed:
        made = build(as_instant(context, item))
        missing = any(is_null(part) for part in children(made))
        return Constant(False, BOOLEAN, at) if missing else made  # noqa: FBT003 - a value

    if isinstance(moment.type, ListType):
        return some(context, moment, tested, at=at)
    return tested(moment)


def as_instant(context: Context, node: Typed) -> Typed:
    """The node as an instant: a text constant is read; refuses what is no date."""
    made = fit(node, DATE_TIME)
    if made is not None and (is_temporal(made.type) or is_null(made)):
        return made
    shown = context.quote(node.at)
    raise PqlError(
        f"occurs compares dates, but {shown} is {in_words(node.type)}.",
        at=node.at,
        expected="a date",
        found=in_words(node.type),
        suggestion=DATES if isinstance(node, Constant) else None,
    )


def _builder(
    context: Context, test: nodes.TimeTest, scope: Scope, *, at: Span
) -> Callable[[Typed], Typed]:
    match test:
        case nodes.Distance():
            return _distance(context, test, scope, at=at)
        case nodes.Side(direction, reference):
            bound = _reference(context, reference, scope)
            return _side(direction, bound, at=at)
        case nodes.On(reference):
            bound = _reference(context, reference, scope)
            return _on(bound, at=at)
        case nodes.Between(start, end):
            low, high = (_reference(context, part, scope) for part in (start, end))
            stop = high.start if high.end is None else high.end
            inclusive = high.end is None
            return lambda moment: InPeriod(moment, low.start, stop, inclusive, BOOLEAN, at)


def _reference(context: Context, node: nodes.Node, scope: Scope) -> Reference:
    start = as_instant(context, context.typed(node, scope))
    if isinstance(node, nodes.TimeWord) and node.shift is not None and isinstance(start, Now):
        return Reference(start, Now(start.unit, start.add + 1, DATE_TIME, node.at))
    return Reference(start, None)


def _distance(
    context: Context, test: nodes.Distance, scope: Scope, *, at: Span
) -> Callable[[Typed], Typed]:
    reference = _reference(context, test.reference, scope)
    far = reference.end if test.direction == "after" and reference.end else reference.start
    length_ = duration(test.count, test.unit, at=test.at)
    operator = test.operator or "="
    return lambda moment: Within(moment, operator, length_, test.direction, far, BOOLEAN, at)


def _side(direction: str, reference: Reference, *, at: Span) -> Callable[[Typed], Typed]:
    if direction == "before":
        return lambda moment: Call("<", (moment, reference.start), BOOLEAN, at)
    if reference.end is not None:
        end = reference.end
        return lambda moment: Call(">=", (moment, end), BOOLEAN, at)
    return lambda moment: Call(">", (moment, reference.start), BOOLEAN, at)


def _on(reference: Reference, *, at: Span) -> Callable[[Typed], Typed]:
    """Within the period; within the day of an instant."""
    first, last = reference.start, reference.end
    match first:
        case Now(None):
            first, last = _day(0, first.at), _day(1, first.at)
        case Now() if last is None:
            last = _day(first.add + 1, first.at)
        case Constant(datetime() as moment):
            first, last = _day_of(moment, first)
        case _:
            pass
    if last is None:
        # The unit that holds an instant, no days away from it: its day.
        no_days = Duration(0, "day")
        return lambda moment: Within(moment, "=", no_days, "before", first, BOOLEAN, at)
    end = last
    return lambda moment: InPeriod(moment, first, end, inclusive=False, type=BOOLEAN, at=at)


def _day(add: int, at: Span) -> Now:
    return Now("day", add, DATE_TIME, at)


def _day_of(moment: datetime, node: Constant) -> tuple[Constant, Constant]:
    first = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    last_day = datetime.max.replace(tzinfo=UTC)
    end = min(first, last_day - timedelta(days=1)) + timedelta(days=1)
    return Constant(first, DATE_TIME, node.at), Constant(end, DATE_TIME, node.at)
