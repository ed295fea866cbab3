"""Batch evaluation and closures say what a plain computation over the events says."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.segmentation.computed.evaluate import Asked, found_values, load_events
from profiles.segmentation.computed.expression import computation_of, questions
from profiles.segmentation.computed.fields import ComputedField
from profiles.segmentation.computed.values import as_json
from profiles.segmentation.computed.windows import LIMITS, Duration, window_at
from profiles.segmentation.pql import moments
from profiles.segmentation.pql.check import check_expression
from profiles.segmentation.pql.evaluate import compile_query
from profiles.segmentation.pql.facts import Facts
from profiles.segmentation.pql.types import (
    BOOLEAN,
    DATE,
    DATE_TIME,
    DOUBLE,
    INTEGER,
    STRING,
    ListType,
    ObjectType,
    Type,
)
from profiles.segmentation.snapshot import Snapshot

type Event = dict[str, Any]

NOW = datetime(2026, 3, 11, 10, 30, tzinfo=UTC)
NOW_MS = round(NOW.timestamp() * 1000)
ORDER = ObjectType(
    "order", {"total": DOUBLE, "items": INTEGER, "currency": STRING, "tags": ListType(STRING)}
)
EVENT = ObjectType(
    "event",
    {"_id": STRING, "eventType": STRING, "timestamp": DATE_TIME, "order": ORDER},
)
PROFILE = ObjectType("profile", {"xEvent": ListType(EVENT)})
BUY = '[eventType = "buy"]'
DURATIONS = (
    *(Duration(count, unit) for unit, most in LIMITS.items() for count in (1, most)),
    Duration(3, "DAYS"),
)


def path(event: Event, *names: str) -> Any:
    value: Any = event
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def known(events: Sequence[Event], *names: str) -> list[Any]:
    return [value for each in events if (value := path(each, *names)) is not None]


def newest(events: Sequence[Event], *names: str) -> Any:
    last = max(instant(each) for each in events)
    # Of two at the same moment, the one whose id comes first.
    chosen = min(
        (each for each in events if instant(each) == last), key=lambda each: str(each["_id"])
    )
    return path(chosen, *names)


def instant(event: Event) -> datetime:
    return datetime.fromisoformat(event["timestamp"])


# What each expression says, worked out the plain way; events never empty.
PLAIN: dict[str, Callable[[list[Event]], Any]] = {
    f"xEvent{BUY}.sum(order.total)": lambda events: sum(known(buys(events), "order", "total")),
    f"xEvent{BUY}.count()": lambda events: len(buys(events)),
    "xEvent.count()": len,
    "xEvent.min(order.total)": lambda events: min(known(events, "order", "total"), default=None),
    "xEvent.max(order.items)": lambda events: max(known(events, "order", "items"), default=None),
    "xEvent.max(timestamp)": lambda events: shown(max(map(instant, events))),
    f"xEvent{BUY}.topN(timestamp, 1).head().order.currency": lambda events: newest(
        buys(events), "order", "currency"
    ),
    f"xEvent{BUY}[order.currency.isNotNull()].topN(timestamp, 1).head().order.currency": (
        lambda events: newest([each for each in buys(events) if known([each], "order", "currency")],
                              "order", "currency")
    ),
    "xEvent.topN(timestamp, 1).head().order.tags": lambda events: (
        [tag for tag in newest(events, "order", "tags") or [] if tag is not None] or None
    ),
}  # fmt: skip


def buys(events: Sequence[Event]) -> list[Event]:
    return [each for each in events if each["eventType"] == "buy"]


def selected(text: str, events: Sequence[Event]) -> list[Event]:
    """The events an expression is of."""
    found = buys(events) if BUY in text else list(events)
    return [each for each in found if "isNotNull" not in text or known([each], "order", "currency")]


def shown(moment: datetime) -> str:
    return moments.to_text(moments.from_datetime(moment))


def plain_start(duration: Duration, *, keep_current: bool) -> datetime:
    """The start of the window, by plain calendar arithmetic."""
    unit, count = duration.unit, duration.count
    until = NOW
    if keep_current and unit in ("WEEKS", "MONTHS"):
        midnight = NOW.replace(hour=0, minute=0)
        sunday = midnight - timedelta(days=(midnight.weekday() + 1) % 7)
        until = sunday if unit == "WEEKS" else midnight.replace(day=1)
    if unit == "MONTHS":
        months = until.year * 12 + until.month - 1 - count
        return until.replace(year=months // 12, month=months % 12 + 1)
    return until - timedelta(**{unit.lower(): count})


def optional[Value](values: st.SearchStrategy[Value]) -> st.SearchStrategy[Value | None]:
    return st.none() | values


ORDERS = st.fixed_dictionaries(
    {},
    optional={
        # Multiples of a quarter, whose sums are exact in any order.
        "total": optional(st.integers(-40, 400).map(lambda each: each / 4)),
        "items": optional(st.integers(0, 9)),
        "currency": optional(st.sampled_from(["EUR", "SEK", "NOK"])),
        "tags": optional(st.lists(optional(st.sampled_from(["a", "b"])), max_size=3)),
    },
)
# Often at the very edge of a window, and after now.
AGES = st.sampled_from(
    [
        *(
            NOW - plain_start(each, keep_current=keep)
            for each in DURATIONS
            for keep in (True, False)
        ),
        timedelta(),
        timedelta(minutes=-1),
    ]
).flatmap(lambda age: st.sampled_from([-1, 0, 1]).map(lambda ms: age + timedelta(milliseconds=ms)))


@st.composite
def people(draw: st.DrawFn) -> list[list[Event]]:
    """The events of some people."""
    number = 0
    found: list[list[Event]] = []
    for _ in range(draw(st.integers(1, 4))):
        events = []
        for _ in range(draw(st.integers(0, 6))):
            number += 1
            events.append(
                {
                    "_id": f"e{number:03}",
                    "eventType": draw(st.sampled_from(["buy", "view"])),
                    "timestamp": shown(NOW - draw(AGES)),
                    "order": draw(ORDERS),
                }
            )
        found.append(events)
    return found


def expected(text: str, events: Sequence[Event], start: datetime) -> tuple[Any, datetime] | None:
    inside = [each for each in events if start <= instant(each) <= NOW]
    if not selected(text, inside):
        return None
    value = PLAIN[text](inside)
    return None if value is None else (value, max(map(instant, selected(text, inside))))


def in_batch(
    folder: Path, asked: Sequence[Asked], crowd: Sequence[Sequence[Event]]
) -> dict[tuple[int, int], tuple[Any, int | None]]:
    """What DuckDB finds: value and moment, by expression and person."""
    snapshot = Snapshot(folder, NOW_MS)
    lines = [
        {
            "profile": f"{place:04}".encode().hex(),
            "ts": round(instant(each).timestamp() * 1000),
            "event_type": each["eventType"],
            "event_id": each["_id"],
            "doc": each,
        }
        for place, events in enumerate(crowd)
        for each in events
    ]
    snapshot.events.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
    with duckdb.connect(config={"threads": 1}) as engine:
        # The zone of the session must not matter.
        engine.execute("SET TimeZone = 'America/New_York'")
        load_events(engine, snapshot, asked, PROFILE)
        return {
            (number, int(profile)): (orjson.loads(value), moment)
            for number, profile, value, moment in found_values(engine, asked, now_ms=NOW_MS)
        }


@settings(max_examples=60)
@given(people(), st.sampled_from(DURATIONS), st.booleans())
def test_batch_and_closures_equal_a_plain_computation(
    tmp_path_factory: pytest.TempPathFactory,
    crowd: list[list[Event]],
    duration: Duration,
    keep: bool,  # noqa: FBT001 - drawn
) -> None:
    window = window_at(duration, keep_current=keep, now_ms=NOW_MS)
    start = plain_start(duration, keep_current=keep)
    assert window.start == moments.from_datetime(start)
    computations = [computation_of(check_expression(text, PROFILE)) for text in PLAIN]
    asked = [
        Asked(number, each.type, window, questions(each, window))
        for number, each in enumerate(computations)
    ]
    found = in_batch(tmp_path_factory.mktemp("batch"), asked, crowd)
    for number, text in enumerate(PLAIN):
        closures = by_closures(asked[number])
        recent = computations[number].function == "MOST_RECENT"
        for place, events in enumerate(crowd):
            wanted = expected(text, events, start)
            about = (text, events)
            if wanted is None:
                assert (number, place) not in found, about
                assert closures.value_in(Facts({}, now=NOW_MS, events=events)) is None, about
                continue
            value, last = wanted
            moment = round(last.timestamp() * 1000)
            assert found[number, place] == (value, moment if recent else None), about
            at = moment if recent else NOW_MS
            assert closures.value_in(Facts({}, now=NOW_MS, events=events)) == (value, at), about


@pytest.mark.parametrize(
    ("value", "type_", "shown"),
    [
        (3.0, INTEGER, 3),
        (1e300, INTEGER, 1e300),
        (3.0, DOUBLE, 3.0),
        ("a\0b", STRING, "ab"),
        ([], ListType(STRING), None),
        (["a", None], ListType(STRING), ["a"]),
        (datetime(2026, 3, 1, 8), DATE_TIME, "2026-03-01T08:00:00Z"),  # noqa: DTZ001 - as DuckDB says UTC
        (1_772_352_000_000_000, DATE, "2026-03-01"),
        (True, BOOLEAN, True),
        (None, DOUBLE, None),
    ],
)
def test_values_are_what_json_and_the_database_can_hold(
    value: Any, type_: Type, shown: Any
) -> None:
    found = as_json(value, type_)
    assert (found, type(found)) == (shown, type(shown))


def by_closures(asked: Asked) -> ComputedField:
    moment = asked.questions.moment
    return ComputedField(
        number=asked.number,
        type=asked.type,
        window=asked.window,
        at_ms=NOW_MS,
        count=compile_query(asked.questions.count),
        value=compile_query(asked.questions.value),
        moment=None if moment is None else compile_query(moment),
    )
