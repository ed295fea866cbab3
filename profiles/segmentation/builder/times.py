"""Rules about time: what people choose, and the PQL it stands for. All days are those of UTC.

PQL compares instants. A day that a rule includes ends with its last microsecond, so that "after"
and "to" mean what people read; what begins with a day uses `date(…)`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from profiles.segmentation.builder.canvas import TimeRule
from profiles.segmentation.builder.parts import AT, Unfinished, call, equal, logical, text, whole
from profiles.segmentation.pql import nodes
from profiles.segmentation.pql.nodes import Node

UNITS: Final = ("minute", "hour", "day", "week", "month", "year")
_LAST_INSTANT: Final = "T23:59:59.999999Z"
_PERIOD: Final = re.compile(r"(\d{4})(?:-(\d{2}))?")
# Words of the language for whole periods: (word, shift).
_PERIODS: Final[Mapping[str, tuple[str, nodes.Shift | None]]] = {
    "today": ("today", None),
    "yesterday": ("yesterday", None),
    "tomorrow": ("tomorrow", None),
    "thisWeek": ("week", "this"),
    "lastWeek": ("week", "last"),
    "thisMonth": ("month", "this"),
    "lastMonth": ("month", "last"),
    "nextMonth": ("month", "next"),
    "thisYear": ("year", "this"),
    "lastYear": ("year", "last"),
}
_BY_WORD: Final = {word: name for name, word in _PERIODS.items()}


@dataclass(frozen=True, slots=True)
class TimeOperator:
    """What can be asked of a date. `values` says what each is: a number, day or month."""

    label: str
    values: tuple[str, ...] = ()
    unit: bool = False
    events: bool = True


OPERATORS: Final[Mapping[str, TimeOperator]] = {
    "today": TimeOperator("today"),
    "yesterday": TimeOperator("yesterday"),
    "tomorrow": TimeOperator("tomorrow", events=False),
    "inLast": TimeOperator("in last", ("number",), unit=True),
    "inNext": TimeOperator("in next", ("number",), unit=True, events=False),
    "agoMore": TimeOperator("longer ago than", ("number",), unit=True),
    "thisWeek": TimeOperator("this week"),
    "lastWeek": TimeOperator("last week"),
    "thisMonth": TimeOperator("this month"),
    "lastMonth": TimeOperator("last month"),
    "nextMonth": TimeOperator("next month", events=False),
    "thisYear": TimeOperator("this year"),
    "lastYear": TimeOperator("last year"),
    "on": TimeOperator("on", ("day",)),
    "fromTo": TimeOperator("from – to", ("day", "day")),  # noqa: RUF001 - as people write it
    "fromUntil": TimeOperator("from – until the start of", ("day", "day")),  # noqa: RUF001
    "before": TimeOperator("before", ("day",)),
    "after": TimeOperator("after", ("day",)),
    "since": TimeOperator("after the start of", ("day",)),
    "within": TimeOperator("within ±", ("number", "day"), unit=True),
    "during": TimeOperator("during", ("period",)),
    "todayAnyYear": TimeOperator("today, ignoring the year", events=False),
    "monthAnyYear": TimeOperator("this month, ignoring the year", events=False),
    "exists": TimeOperator("exists", events=False),
    "missing": TimeOperator("does not exist", events=False),
}


def condition(rule: TimeRule, moment: Node) -> Node:
    """The condition that the rule makes of a moment, negated or not."""
    made = _condition(rule, moment)
    return nodes.Unary("not", made, AT) if rule.negated else made


def _condition(rule: TimeRule, moment: Node) -> Node:
    match rule.operator:
        case "exists":
            return call(moment, "isNotNull")
        case "missing":
            return call(moment, "isNull")
        case "monthAnyYear":
            return _same_part(moment, "Month")
        case "todayAnyYear":
            return logical("and", _same_part(moment, "Month"), _same_part(moment, "DayOfMonth"))
        case _:
            return nodes.Occurs(moment, test_of(rule), AT)


def _same_part(moment: Node, part: str) -> Node:
    return equal(call(moment, f"get{part}"), call(None, f"current{part}"))


def has_test(rule: TimeRule) -> bool:
    """Whether the rule can stand in WHEN."""
    conditions = ("exists", "missing", "monthAnyYear", "todayAnyYear")
    return not rule.negated and rule.operator not in conditions


def test_of(rule: TimeRule) -> nodes.TimeTest:
    """What stands after `occurs`; raises Unfinished."""
    if rule.operator in _PERIODS:
        word, shift = _PERIODS[rule.operator]
        return nodes.On(nodes.TimeWord(word, shift, AT), AT)
    match rule.operator, _values(rule):
        case "inLast", (count,):
            return _distance("<=", count, rule.unit, "before", _NOW)
        case "inNext", (count,):
            return _distance("<=", count, rule.unit, "after", _NOW)
        case "agoMore", (count,):
            return _distance(">", count, rule.unit, "before", _NOW)
        case "within", (count, day):
            return _distance("<=", count, rule.unit, "from", _day(day))
        case "during", (period,):
            return _during(period)
        case _:
            return _day_test(rule)


def _day_test(rule: TimeRule) -> nodes.TimeTest:
    match rule.operator, _values(rule):
        case "on", (day,):
            return nodes.On(_day(day), AT)
        case "before", (day,):
            return nodes.Side("before", _day(day), AT)
        case "since", (day,):
            return nodes.Side("after", _day(day), AT)
        case "after", (day,):
            return nodes.Side("after", _end_of(day), AT)
        case "fromTo", (first, last):
            return nodes.Between(_day(first), _end_of(last), AT)
        case "fromUntil", (first, last):
            return nodes.Between(_day(first), _day(last), AT)
        case _:
            raise Unfinished("Choose when.")


_NOW: Final = nodes.TimeWord("now", None, AT)


def _values(rule: TimeRule) -> tuple[str, ...]:
    """The values an operator takes, blanks and what is too much taken away."""
    wanted = len(OPERATORS[rule.operator].values) if rule.operator in OPERATORS else 0
    values = tuple(value.strip() for value in rule.values[:wanted])
    if len(values) < wanted or not all(values):
        raise Unfinished("A value is missing.")
    return values


def _distance(
    operator: nodes.Operator, count: str, unit: str, direction: nodes.Direction, reference: Node
) -> nodes.Distance:
    return nodes.Distance(operator, whole(count), unit or "day", direction, reference, AT)


def _during(period: str) -> nodes.Distance:
    """The same month or year: no months away from its first day."""
    found = _PERIOD.fullmatch(period)
    if found is None:
        raise Unfinished(f"“{period}” is neither a month such as 2026-03 nor a year.")
    year, month = found.groups()
    reference = _day(f"{year}-{month or '01'}-01")
    return nodes.Distance("=", 0, "month" if month else "year", "from", reference, AT)


def _day(value: str) -> Node:
    day = _parsed(value)
    return call(None, "date", *(nodes.Literal(part, AT) for part in (day.year, day.month, day.day)))


def _end_of(value: str) -> Node:
    return text(f"{_parsed(value).isoformat()}{_LAST_INSTANT}")


def _parsed(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise Unfinished(f"“{value}” is no day such as 2026-03-01.") from None


# --- Back from PQL


def rule_of(condition_: Node) -> tuple[Node, TimeRule] | None:
    """The moment a condition is about, and the rule; None: it says something else."""
    if isinstance(condition_, nodes.Unary) and condition_.operator == "not":
        found = rule_of(condition_.operand)
        if found is None or found[1].negated:
            return None
        return found[0], replace(found[1], negated=True)
    match condition_:
        case nodes.Occurs(moment, test):
            rule = rule_of_test(test)
            return None if rule is None else (moment, rule)
        case nodes.Logical("and", (first, last)):
            found = _any_year(first, "Month", "todayAnyYear")
            same = found is not None and found == _any_year(last, "DayOfMonth", "todayAnyYear")
            return found if same else None
        case _:
            return _any_year(condition_, "Month", "monthAnyYear")


def _any_year(condition_: Node, part: str, operator: str) -> tuple[Node, TimeRule] | None:
    """`x.getMonth() = currentMonth()`."""
    match condition_:
        case nodes.Binary("=", nodes.Invoke(moment, get, ()), nodes.Invoke(None, current, ())):
            same = (get, current) == (f"get{part}", f"current{part}")
            return (moment, TimeRule(operator)) if same and moment is not None else None
        case _:
            return None


def rule_of_test(test: nodes.TimeTest) -> TimeRule | None:
    """The rule a time test says, if it is one of those here."""
    match test:
        case nodes.On(nodes.TimeWord(word, shift)) if (word, shift) in _BY_WORD:
            return TimeRule(_BY_WORD[word, shift])
        case nodes.On(reference):
            return _with_days("on", _read_day(reference))
        case nodes.Side("before", reference):
            return _with_days("before", _read_day(reference))
        case nodes.Side(_, reference):
            start, end = _read_day(reference), _read_end(reference)
            return _with_days("after", end) if start is None else _with_days("since", start)
        case nodes.Between(first, last):
            start, end = _read_day(last), _read_end(last)
            name = "fromTo" if start is None else "fromUntil"
            return _with_days(name, _read_day(first), end if start is None else start)
        case nodes.Distance():
            return _read_distance(test)


def _with_days(operator: str, *days: str | None) -> TimeRule | None:
    known = tuple(day for day in days if day is not None)
    return TimeRule(operator, known) if len(known) == len(days) else None


def _read_distance(test: nodes.Distance) -> TimeRule | None:
    day = _read_day(test.reference)
    if day is not None and test.direction == "from":
        return _read_around(test, day)
    if test.reference != _NOW or test.unit not in UNITS:
        return None
    ways = {("<=", "before"): "inLast", ("<=", "after"): "inNext", (">", "before"): "agoMore"}
    name = ways.get((test.operator or "=", test.direction))
    return None if name is None else TimeRule(name, (str(test.count),), test.unit)


def _read_around(test: nodes.Distance, day: str) -> TimeRule | None:
    if test.operator == "<=" and test.unit in UNITS:
        return TimeRule("within", (str(test.count), day), test.unit)
    if test.count or test.operator not in ("=", None):
        return None
    if test.unit == "month" and day.endswith("-01"):
        return TimeRule("during", (day[:7],))
    if test.unit == "year" and day.endswith("-01-01"):
        return TimeRule("during", (day[:4],))
    return None


def _read_day(reference: Node) -> str | None:
    """`date(2026, 3, 1)` or `"2026-03-01"`."""
    match reference:
        case nodes.Invoke(None, "date", arguments):
            parts = [each.value for each in arguments if isinstance(each, nodes.Literal)]
            return _isoformat(*parts) if len(parts) == 3 else None
        case nodes.Literal(str() as value) if len(value) == len("2026-03-01"):
            return value if value[4] == value[7] == "-" else None
        case _:
            return None


def _isoformat(year: object, month: object, day: object) -> str | None:
    if not (isinstance(year, int) and isinstance(month, int) and isinstance(day, int)):
        return None
    return f"{year:04}-{month:02}-{day:02}"


def _read_end(reference: Node) -> str | None:
    match reference:
        case nodes.Literal(str() as value) if value.endswith(_LAST_INSTANT):
            return value.removesuffix(_LAST_INSTANT)
        case _:
            return None
