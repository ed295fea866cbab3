"""Quartz cron: what is understood, what is refused, and when it is due."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from profiles.segmentation.cron import MONTHS, WEEKDAYS, BadCron, next_fire, parse_cron

AFTER = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)

DUE = [
    ("0 0 1 * * ?", "2026-03-11 01:00:00"),
    ("30 15 12 * * ?", "2026-03-10 12:15:30"),
    ("0 0 12 * * ?", "2026-03-11 12:00:00"),
    ("0 0 1 ? * MON", "2026-03-16 01:00:00"),
    ("0 0 1 ? * mon-fri", "2026-03-11 01:00:00"),
    ("0 0 1 ? * FRI-MON", "2026-03-13 01:00:00"),
    ("0 0 1 ? * 1,7", "2026-03-14 01:00:00"),
    ("0 0 1 ? * 2/2", "2026-03-11 01:00:00"),
    ("0 0 1 L * ?", "2026-03-31 01:00:00"),
    ("0 0 1 L-3 * ?", "2026-03-28 01:00:00"),
    ("0 0 1 L 2 ?", "2027-02-28 01:00:00"),
    ("0 0 1 LW 5 ?", "2026-05-29 01:00:00"),
    ("0 0 1 15W * ?", "2026-03-16 01:00:00"),
    ("0 0 1 14W * ?", "2026-03-13 01:00:00"),
    ("0 0 1 1W 8 ?", "2026-08-03 01:00:00"),
    ("0 0 1 31W 5 ?", "2026-05-29 01:00:00"),
    ("0 0 1 ? * 6L", "2026-03-27 01:00:00"),
    ("0 0 1 ? * FRIL", "2026-03-27 01:00:00"),
    ("0 0 1 ? * L", "2026-03-14 01:00:00"),
    ("0 0 1 ? * MON#2", "2026-04-13 01:00:00"),
    ("0 0 1 ? 2 MON#5", "2044-02-29 01:00:00"),
    ("0 0 1 29 2 ?", "2028-02-29 01:00:00"),
    ("0 0 1 1 JAN ? 2030", "2030-01-01 01:00:00"),
    ("0 0 1 1 NOV-FEB ?", "2026-11-01 01:00:00"),
    ("0 0 1 1,20 1/3 ?", "2026-04-01 01:00:00"),
    ("0 0 1 * * ? 2028/2", "2028-01-01 01:00:00"),
    ("0 0 1 31 2 ?", None),
    ("0 0 1 * * ? 2025", None),
]


@pytest.mark.parametrize(("text", "expected"), DUE)
def test_knows_when_it_is_due_next(text: str, expected: str | None) -> None:
    found = next_fire(parse_cron(text), AFTER)
    assert (None if found is None else found.strftime("%Y-%m-%d %H:%M:%S")) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0 1 * * ?",
        "0 0 1 * * ? 2026 x",
        "0 0 1 * * *",
        "0 0 1 ? * ?",
        "60 0 1 * * ?",
        "0 0 24 * * ?",
        "0 0 1 0 * ?",
        "0 0 1 32 * ?",
        "0 0 1 L-31 * ?",
        "0 0 1 32W * ?",
        "0 0 1 ? * 8",
        "0 0 1 ? * MON#6",
        "0 0 1 ? * FOO",
        "0 0 1 ? * FOOL",
        "0 0 1 * 13 ?",
        "0 0 1 * FEBR ?",
        "0 0 1 * * ? 1969",
        "0 0/0 1 * * ?",
        "0 0 1 1,,2 * ?",
        "0 0 -1 * * ?",
        "0 0 1 * * ? ٢٠٢٦",
        "@daily",
    ],
)
def test_refuses_what_is_no_expression(text: str) -> None:
    with pytest.raises(BadCron):
        parse_cron(text)


@pytest.mark.parametrize(
    ("text", "once"),
    [
        ("0 0 1 * * ?", True),
        ("0 0 1,13 * * ?", False),
        ("0 */5 1 * * ?", False),
        ("* 0 1 * * ?", False),
    ],
)
def test_sees_whether_it_is_due_more_than_once_a_day(text: str, *, once: bool) -> None:
    assert parse_cron(text).fires_daily_at_most is once


SHARED_MACHINE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
NUMBERS = {
    "second": st.integers(0, 59),
    "minute": st.integers(0, 59),
    "hour": st.integers(0, 23),
}
MOMENTS = st.datetimes(
    min_value=datetime.fromisoformat("2060-01-01"),
    max_value=datetime.fromisoformat("2095-01-01"),
    timezones=st.just(UTC),
)


@st.composite
def days(draw: st.DrawFn) -> tuple[str, str]:
    """The two day fields."""
    number = draw(st.integers(1, 31))
    weekday = draw(st.integers(1, 7))
    name = draw(st.sampled_from([str(weekday), WEEKDAYS[weekday - 1]]))
    return draw(
        st.sampled_from(
            [
                ("*", "?"),
                (str(number), "?"),
                (f"{number}W", "?"),
                ("L", "?"),
                ("LW", "?"),
                ("?", name),
                ("?", f"{name}L"),
                ("?", f"{name}#{draw(st.integers(1, 4))}"),
            ]
        )
    )


def is_due(day: date, fields: tuple[str, str]) -> bool:
    """The meaning of the day fields, said another way: by listing the days of the month."""
    length = monthrange(day.year, day.month)[1]
    month = [day.replace(day=number) for number in range(1, length + 1)]
    workdays = [each for each in month if each.weekday() < 5]
    of_month, of_week = fields
    if of_week == "?":
        if of_month == "*":
            return True
        if of_month.endswith("W"):
            wanted = length if of_month == "LW" else int(of_month[:-1])
            if wanted > length:
                return False
            near = [each for each in workdays if abs(each.day - wanted) <= 2]
            return day == min(near, key=lambda each: abs(each.day - wanted))
        return day.day == (length if of_month == "L" else int(of_month))
    name, rank = of_week, ""
    if "#" in of_week:
        name, _, rank = of_week.partition("#")
    elif of_week.endswith("L"):
        name, rank = of_week[:-1], "last"
    number = WEEKDAYS.index(name) + 1 if name in WEEKDAYS else int(name)
    same = [each for each in month if each.isoweekday() % 7 + 1 == number]
    if rank == "last":
        return day == same[-1]
    return day in (same if not rank else [same[int(rank) - 1]])


@SHARED_MACHINE
@given(
    days=days(), month=st.one_of(st.just("*"), st.sampled_from(MONTHS)), after=MOMENTS, **NUMBERS
)
def test_the_next_time_is_the_first_that_fits(
    days: tuple[str, str], month: str, after: datetime, second: int, minute: int, hour: int
) -> None:
    of_month, of_week = days
    cron = parse_cron(f"{second} {minute} {hour} {of_month} {month} {of_week}")
    found = next_fire(cron, after)
    moment = after.replace(hour=hour, minute=minute, second=second, microsecond=0)
    if moment <= after:
        moment += timedelta(days=1)
    months = {MONTHS.index(month) + 1} if month != "*" else set(range(1, 13))
    while moment.year < 2100 and not (moment.month in months and is_due(moment.date(), days)):
        moment += timedelta(days=1)
    assert found == (moment if moment.year < 2100 else None)


@SHARED_MACHINE
@given(values=st.sets(st.integers(0, 23), min_size=1), after=MOMENTS)
def test_times_of_one_day_come_in_order(values: set[int], after: datetime) -> None:
    cron = parse_cron(f"0 0 {','.join(map(str, values))} * * ?")
    day = after.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(seconds=1)
    hours = []
    for _ in values:
        day = next_fire(cron, day) or day
        hours.append(day.hour)
    assert hours == sorted(values)
