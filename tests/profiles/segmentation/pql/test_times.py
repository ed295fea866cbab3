"""`occurs` against its definition, the calendar, and the moments at which it flips."""

import operator as operators
from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.segmentation.pql import instants, moments
from profiles.segmentation.pql.typed import Duration
from profiles.segmentation.pql.windows import (
    MIRRORED,
    Direction,
    compared,
    predicate,
    windows_of,
    within,
)
from tests.profiles.segmentation.pql.evaluating import due, event, facts, holds
from tests.profiles.segmentation.pql.world import NOW

_MONTHS = {
    "month": 1,
    "quarter": 3,
    "year": 12,
    "decade": 120,
    "century": 1200,
    "millennium": 12000,
}
_FIXED = {
    "millisecond": timedelta(milliseconds=1),
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operators.eq,
    "!=": operators.ne,
    "<": operators.lt,
    "<=": operators.le,
    ">": operators.gt,
    ">=": operators.ge,
}

_datetimes = st.datetimes(datetime(1600, 1, 1), datetime(2400, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the strategy adds the zone
_units = st.sampled_from([*_FIXED, *_MONTHS])
_operators = st.sampled_from([*_TESTS])
_directions = st.sampled_from(["before", "after", "from"])


def _add(moment: datetime, count: int, unit: str) -> datetime:
    if unit in _FIXED:
        return moment + count * _FIXED[unit]
    months = moment.year * 12 + moment.month - 1 + count * _MONTHS[unit]
    year, month = months // 12, months % 12 + 1
    return moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))


def _start(moment: datetime, unit: str) -> datetime:
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    match unit:
        case "day":
            return midnight
        case "week":
            return midnight - timedelta(days=midnight.weekday())
        case _ if unit in _FIXED:
            return midnight + (moment - midnight) // _FIXED[unit] * _FIXED[unit]
        case "month" | "quarter":
            months = _MONTHS[unit]
            return midnight.replace(day=1, month=(moment.month - 1) // months * months + 1)
        case _:
            years = _MONTHS[unit] // 12
            return midnight.replace(day=1, month=1, year=moment.year // years * years)


def _occurs(
    moment: datetime, operator: str, duration: Duration, direction: str, reference: datetime
) -> bool:
    """The definition, word by word."""
    count, unit = duration.count, duration.unit
    if direction == "from":
        sides = [
            _occurs(moment, operator, duration, side, reference) for side in ("before", "after")
        ]
        # In neither of the two units, of which the one on the other side is never it.
        return any(sides)
    sign = 1 if direction == "before" else -1
    on_side = moment <= reference if sign == 1 else moment >= reference
    if operator in {"=", "!="}:
        there = _add(_start(reference, unit), -sign * count, unit)
        inside = _start(moment, unit) == there
        return inside if operator == "=" else on_side and not inside
    far = _add(moment, sign * count, unit)
    test = _TESTS[operator]
    return on_side and (test(reference, far) if sign == 1 else test(far, reference))


@given(_datetimes, _datetimes, _units, st.integers(0, 40), _operators, _directions)
def test_occurs_means_what_its_definition_says(
    moment: datetime,
    reference: datetime,
    unit: str,
    count: int,
    operator: str,
    direction: Direction,
) -> None:
    if unit in {"century", "millennium"}:
        count %= 2
    if unit == "millennium" and moments.from_datetime(reference) < moments.from_datetime(
        datetime(2000, 1, 1, tzinfo=UTC)
    ):
        count = 0
    duration = Duration(count, unit)
    condition = within(operator, duration, direction)
    near = _add(reference, -count if direction == "before" else count, unit)
    for one in (moment, reference, near, near - timedelta(microseconds=1), _start(near, unit)):
        t, r = moments.from_datetime(one), moments.from_datetime(reference)
        expected = _occurs(one, operator, duration, direction, reference)
        assert predicate(condition)(t, r) is expected, one
        windows = windows_of(condition, t)
        assert any(start <= r < end for start, end in windows) is expected
        edges = [edge for window in windows for edge in window]
        assert edges == sorted(set(edges))


@given(_datetimes, _datetimes, _operators)
def test_comparisons_are_windows_too(one: datetime, other: datetime, operator: str) -> None:
    t, r = moments.from_datetime(one), moments.from_datetime(other)
    for reference in (r, t, t - 1, t + 1):
        expected = _TESTS[operator](t, reference)
        assert predicate(compared(operator))(t, reference) is expected
        assert predicate(compared(MIRRORED[operator]))(reference, t) is expected


@given(_datetimes, st.integers(-40, 40), _units)
def test_the_calendar_is_that_of_datetime(moment: datetime, count: int, unit: str) -> None:
    if unit in {"century", "millennium"}:
        count = max(min(count, 1), -1) if unit == "century" else 0
    micros = moments.from_datetime(moment)
    assert moments.to_datetime(micros) == moment
    assert moments.to_datetime(moments.floor(micros, unit)) == _start(moment, unit)
    assert moments.to_datetime(moments.shift(micros, count, unit)) == _add(moment, count, unit)
    ceiling = moments.ceiling(micros, unit)
    assert ceiling == moments.floor(ceiling, unit)
    assert micros <= ceiling
    assert moments.floor(micros, unit) in {ceiling, moments.shift(ceiling, -1, unit)}


@pytest.mark.parametrize("unit", [*_FIXED, *_MONTHS])
def test_the_calendar_stops_at_its_edges(unit: str) -> None:
    assert moments.shift(moments.LAST - 5, 200_000_000_000, unit) == moments.LAST
    assert moments.shift(moments.FIRST + 5, -200_000_000_000, unit) == moments.FIRST
    assert moments.floor(moments.FIRST, unit) >= moments.FIRST
    assert moments.ceiling(moments.LAST, unit) == moments.LAST


def test_a_month_before_december_ends_keeps_its_days() -> None:
    last = moments.shift(moments.LAST, -1, "month")
    assert moments.to_text(last) == "9999-11-30T23:59:59.999999Z"
    assert moments.shift(last, 1, "month") == moments.LAST - 86_400_000_000


@given(
    st.one_of(
        _datetimes.map(lambda at: at.isoformat().replace("+00:00", "Z")),
        _datetimes.map(lambda at: at.replace(microsecond=0).isoformat().replace("+00:00", "Z")),
        st.from_regex(r"[0-2][0-9]{3}-[0-3][0-9]-[0-4][0-9]T[0-2][0-9]:[0-9]{2}:[0-9]{2}Z"),
        st.from_regex(r"20[0-9]{2}[-T0-3][0-9W][0-9-]-?[0-9]{2}[T ][0-9]{2}[:.,]?[0-9:]{5,9}Z?"),
    )
)
def test_texts_are_read_as_the_shared_grammar_says(text: str) -> None:
    moment = instants.parse(text)
    assert moments.from_text(text) == (None if moment is None else moments.from_datetime(moment))


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        ("2026-03-01", "2026-03-01T00:00:00Z"),
        ("2026-03-01T10:00:00+02:00", "2026-03-01T08:00:00Z"),
        ("2026-03-01T08:00:00.12Z", "2026-03-01T08:00:00.120Z"),
        ("2026-03-01T08:00:00.1234567Z", "2026-03-01T08:00:00.123456Z"),
    ],
)
def test_instants_are_written_as_short_as_they_are(moment: str, text: str) -> None:
    micros = moments.from_text(moment)
    assert micros is not None
    assert moments.to_text(micros) == text


# Of an event at 08:00 on the day of NOW, which is 12:00.
@pytest.mark.parametrize(
    ("test", "held", "changes"),
    [
        ("occurs <= 24 hours before now", True, "2026-03-11T08:00:00.001Z"),
        ("occurs < 24 hours before now", True, "2026-03-11T08:00:00Z"),
        ("occurs < 4 hours before now", False, None),
        ("occurs <= 4 hours before now", True, "2026-03-10T12:00:00.001Z"),
        ("occurs > 4 hours before now", False, "2026-03-10T12:00:00.001Z"),
        ("occurs >= 4 hours before now", True, None),
        ("occurs >= 5 hours before now", False, "2026-03-10T13:00:00Z"),
        ("occurs = 4 hours before now", True, "2026-03-10T13:00:00Z"),
        ("occurs 0 days before now", True, "2026-03-11T00:00:00Z"),
        ("occurs 1 day before now", False, "2026-03-11T00:00:00Z"),
        ("occurs != 0 days before now", False, "2026-03-11T00:00:00Z"),
        ("occurs < 1 month before now", True, "2026-04-10T08:00:00Z"),
        ("occurs < 1 hour after now", False, None),
        ("occurs >= 0 hours from now", True, None),
        ("occurs = 0 days from now", True, "2026-03-11T00:00:00Z"),
        ("occurs <= 4 hours from now", True, "2026-03-10T12:00:00.001Z"),
        ("occurs > 4 hours from now", False, "2026-03-10T12:00:00.001Z"),
        ("occurs today", True, "2026-03-11T00:00:00Z"),
        ("occurs on today", True, "2026-03-11T00:00:00Z"),
        ("occurs yesterday", False, "2026-03-11T00:00:00Z"),
        ("occurs tomorrow", False, None),
        ("occurs this week", True, "2026-03-16T00:00:00Z"),
        ("occurs last week", False, "2026-03-16T00:00:00Z"),
        ("occurs this month", True, "2026-04-01T00:00:00Z"),
        ("occurs last quarter", False, "2026-04-01T00:00:00Z"),
        ("occurs this year", True, "2027-01-01T00:00:00Z"),
        ("occurs before today", False, "2026-03-11T00:00:00Z"),
        ("occurs after today", True, "2026-03-11T00:00:00Z"),
        ("occurs before this month", False, "2026-04-01T00:00:00Z"),
        ("occurs before now", True, None),
        ("occurs after now", False, None),
        ("occurs between yesterday and now", True, "2026-03-12T00:00:00Z"),
        ("occurs between date(2026, 3, 1) and date(2026, 3, 2)", False, None),
        ("occurs on date(2026, 3, 10)", True, None),
        ("occurs < 2 days after date(2026, 3, 9)", True, None),
        ("occurs <= 8 hours after today", True, "2026-03-11T00:00:00Z"),
    ],
)
def test_an_event_of_this_morning(test: str, *, held: bool, changes: str | None) -> None:
    about = facts(events=[event("e", "cart", "2026-03-10T08:00:00Z")])
    text = f"xEvent[timestamp {test}]"
    assert holds(text, about) is held
    assert due(text, about) == changes


@pytest.mark.parametrize(
    ("text", "held", "changes"),
    [
        ("loyalty.joined occurs before now", False, "2026-03-20T12:00:00.001Z"),
        ("loyalty.joined > now", True, "2026-03-20T12:00:00Z"),
        ("loyalty.joined <= now", False, "2026-03-20T12:00:00Z"),
        ("loyalty.joined = now", False, "2026-03-20T12:00:00Z"),
        ("now < loyalty.joined", True, "2026-03-20T12:00:00Z"),
        ("loyalty.joined occurs <= 7 days after now", False, "2026-03-13T12:00:00Z"),
        ("loyalty.joined occurs < 1 month after now", True, "2026-03-20T12:00:00.001Z"),
        ("now occurs >= 1 week before loyalty.joined", True, "2026-03-13T12:00:00.001Z"),
        ("loyalty.joined occurs tomorrow", False, "2026-03-19T00:00:00Z"),
        ("loyalty.joined occurs next week", True, "2026-03-16T00:00:00Z"),
        ("now occurs between loyalty.joined and date(2026, 4, 1)", False, "2026-03-20T12:00:00Z"),
        ("today occurs after loyalty.joined", False, "2026-03-21T00:00:00Z"),
        ("currentMonth() = 3", True, "2026-04-01T00:00:00Z"),
        ("currentDayOfMonth() = loyalty.joined.getDayOfMonth()", False, "2026-03-11T00:00:00Z"),
        ("now.getYear() = 2026", True, "2027-01-01T00:00:00Z"),
        ("today.getMonth() = 3", True, "2026-03-11T00:00:00Z"),
        ("let t = now in loyalty.joined > t", True, "2026-03-20T12:00:00Z"),
        ("let t = today in loyalty.joined > t", True, "2026-03-21T00:00:00Z"),
        ("loyalty.joined in [today, tomorrow]", False, "2026-03-11T00:00:00Z"),
        ("now = now", True, None),
        ("now occurs < 1 month before now", True, None),
        ("now occurs < 9 hours after today", False, "2026-03-11T00:00:00Z"),
        ("today occurs before tomorrow", True, "2026-03-11T00:00:00Z"),
        ("person.birthDate occurs today", False, None),
        # What was not evaluated cannot flip it.
        (
            "loyalty.joined > now or loyalty.joined occurs < 9 days after now",
            True,
            "2026-03-20T12:00:00Z",
        ),
        ('homeAddress.country = "SE" and loyalty.joined > now', False, None),
    ],
)
def test_a_date_that_lies_ahead(text: str, *, held: bool, changes: str | None) -> None:
    about = facts({"loyalty": {"joined": "2026-03-20T12:00:00Z"}})
    assert holds(text, about) is held
    assert due(text, about) == changes


def test_the_newest_event_says_how_long_a_window_stays_open() -> None:
    hours = [event(f"e{hour}", "view", f"2026-03-10T{hour:02}:00:00Z") for hour in range(1, 12)]
    about = facts(events=hours)
    recently = "timestamp occurs <= 24 hours before now"
    assert due(f"xEvent[{recently}]", about) == "2026-03-11T11:00:00.001Z"
    chain = "CHAIN(xEvent, timestamp, [A: WHEN(<= 24 hours before now) COUNT(3)])"
    assert due(chain, about) == "2026-03-11T09:00:00.001Z"


def test_a_month_is_counted_from_the_event() -> None:
    # 31 January and a month is 28 February, whatever the length of the month before now.
    about = facts(events=[event("e", "view", "2026-01-31T10:00:00Z")], now="2026-02-28T09:59:59Z")
    text = "xEvent[timestamp occurs < 1 month before now]"
    assert holds(text, about)
    assert due(text, about) == "2026-02-28T10:00:00Z"
    assert not holds(text, facts(events=about.events, now="2026-02-28T10:00:00Z"))
    assert not holds(text, facts(events=about.events, now=NOW))
