"""Which events count at a moment, and when the next evaluation is due."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import clock
from profiles.segmentation.computed.windows import (
    LIMITS,
    Duration,
    Refresh,
    next_refresh,
    refresh_of,
    window_at,
)
from profiles.segmentation.pql import moments

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)).map(  # noqa: DTZ001 - next line
    lambda each: clock.to_ms(each.replace(tzinfo=UTC))
)
DURATIONS = st.sampled_from(sorted(LIMITS)).flatmap(
    lambda unit: st.builds(Duration, st.integers(1, LIMITS[unit]), st.just(unit))
)


def ms(text: str) -> int:
    return clock.to_ms(datetime.fromisoformat(text).replace(tzinfo=UTC))


def start(count: int, unit: str, now: str, *, keep: bool = False) -> str:
    window = window_at(Duration(count, unit), keep_current=keep, now_ms=ms(now))
    assert window.end == ms(now) * 1000
    return moments.to_text(window.start)


@pytest.mark.parametrize(
    ("count", "unit", "expected"),
    [
        (6, "HOURS", "2026-03-11T04:30:00Z"),
        (7, "DAYS", "2026-03-04T10:30:00Z"),
        (4, "WEEKS", "2026-02-11T10:30:00Z"),
        (1, "MONTHS", "2026-02-11T10:30:00Z"),
    ],
)
def test_a_rolling_window_ends_now(count: int, unit: str, expected: str) -> None:
    assert start(count, unit, "2026-03-11T10:30:00") == expected


def test_a_window_that_is_kept_current_grows_until_the_week_or_month_ends() -> None:
    # 8 March 2026 is a Sunday.
    for day in ("2026-03-08T00:00:00", "2026-03-11T10:30:00", "2026-03-14T23:59:59"):
        assert start(2, "WEEKS", day, keep=True) == "2026-02-22T00:00:00Z"
    assert start(2, "WEEKS", "2026-03-15T00:00:00", keep=True) == "2026-03-01T00:00:00Z"
    assert start(2, "MONTHS", "2026-03-31T12:00:00", keep=True) == "2026-01-01T00:00:00Z"
    assert start(2, "MONTHS", "2026-04-01T00:00:00", keep=True) == "2026-02-01T00:00:00Z"
    # What is refreshed daily or hourly is current anyway.
    assert start(3, "DAYS", "2026-03-11T10:30:00", keep=True) == "2026-03-08T10:30:00Z"


@pytest.mark.parametrize(
    ("unit", "keep", "expected", "due"),
    [
        ("HOURS", False, Refresh.HOURLY, "2026-03-11T11:00:00"),
        ("DAYS", False, Refresh.DAILY, "2026-03-12T00:00:00"),
        ("WEEKS", False, Refresh.WEEKLY, "2026-03-15T00:00:00"),
        ("MONTHS", False, Refresh.MONTHLY, "2026-04-01T00:00:00"),
        ("HOURS", True, Refresh.HOURLY, "2026-03-11T11:00:00"),
        ("WEEKS", True, Refresh.DAILY, "2026-03-12T00:00:00"),
        ("MONTHS", True, Refresh.DAILY, "2026-03-12T00:00:00"),
    ],
)
def test_the_unit_decides_how_often(unit: str, keep: bool, expected: Refresh, due: str) -> None:  # noqa: FBT001 - a case
    refresh = refresh_of(Duration(1, unit), keep_current=keep)
    assert refresh == expected
    assert next_refresh(refresh, ms("2026-03-11T10:30:00")) == ms(due)


@given(DURATIONS, st.booleans(), MOMENTS)
def test_windows_are_as_long_as_asked_and_refreshes_lie_ahead(
    duration: Duration,
    keep: bool,  # noqa: FBT001 - drawn
    now: int,
) -> None:
    window = window_at(duration, keep_current=keep, now_ms=now)
    rolling = window_at(duration, keep_current=False, now_ms=now)
    assert window.start <= rolling.start < window.end == now * 1000
    longest = 31 * 24 * 3_600_000_000
    # Kept current, a window is at most one unit longer; months differ by up to three days.
    assert rolling.start - window.start <= longest + 3 * 24 * 3_600_000_000
    due = next_refresh(refresh_of(duration, keep_current=keep), now)
    assert now < due <= now + longest // 1000
