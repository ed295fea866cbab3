"""When time alone changes a verdict: never missed, and not earlier than a person would say."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.segmentation.pql import moments
from profiles.segmentation.pql.evaluate import Facts, Query
from tests.profiles.segmentation.pql.evaluating import ms, segment
from tests.profiles.segmentation.pql.strategies import Person, combined, profiles, queries
from tests.profiles.segmentation.pql.world import NOW

_YEAR = 365 * 86_400_000

_words = st.sampled_from(
    [
        "now",
        "now",
        "today",
        "yesterday",
        "tomorrow",
        "this week",
        "last month",
        "this month",
        "next quarter",
        "this year",
        "loyalty.joined",
        "person.birthDate",
        "date(2026, 3, 12)",
        "date(2026, 2, 28)",
    ]
)
_units = st.sampled_from(["minute", "hour", "day", "week", "month", "quarter", "year"])
_operators = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
_distances = st.builds(
    "{} {} {} {} {{}}".format,
    _operators,
    st.integers(0, 30),
    _units,
    st.sampled_from(["before", "after", "from"]),
)


def _references(owner: str) -> st.SearchStrategy[str]:
    """What to compare with, seen from the profile or from an event."""
    return _words.map(lambda word: f"{owner}{word}" if word[0] in "lp" and "." in word else word)


def _time_tests(moment: str, owner: str) -> st.SearchStrategy[str]:
    references = _references(owner)
    return st.one_of(
        st.builds(
            lambda distance, reference: f"{moment} occurs {distance.format(reference)}",
            _distances,
            references,
        ),
        st.builds(f"{moment} occurs between {{}} and {{}}".format, references, references),
        st.builds(f"{moment} occurs on ({{}})".format, references.filter(lambda r: " " not in r)),
        st.builds(f"{moment} {{}} {{}}".format, _operators, references),
        st.builds(
            f"{{}} occurs {{}} {moment}".format,
            st.sampled_from(["now", "today", "tomorrow"]),
            st.sampled_from(
                ["before", "after", "< 2 months after", ">= 1 week before", "= 1 day from"]
            ),
        ),
    )


_event_tests = st.one_of(
    _time_tests("timestamp", "^."),
    st.builds(
        '(eventType = "{}" {} {})'.format,
        st.sampled_from(["view", "cart"]),
        st.sampled_from(["and", "or"]),
        _time_tests("timestamp", "^."),
    ),
)
_links = st.builds(
    "WHAT({}) {}".format,
    _event_tests,
    st.one_of(
        st.just(""),
        _time_tests("timestamp", "$1.")
        .filter(lambda t: " occurs " in t and t.startswith("time"))
        .map(lambda text: f"WHEN({text.removeprefix('timestamp occurs ')})"),
    ),
)
_atoms = st.one_of(
    _time_tests("loyalty.joined", ""),
    st.builds("xEvent[{}]".format, _event_tests),
    st.builds("xEvent[{}].count() {} {}".format, _event_tests, _operators, st.integers(0, 3)),
    st.builds("(forall E from xEvent where {})".format, _time_tests("E.timestamp", "")),
    st.builds("CHAIN(xEvent, timestamp, [A: {}])".format, _links),
    st.builds("CHAIN(xEvent, timestamp, [A: {}, B: {}])".format, _links, _links),
    st.sampled_from(
        [
            "currentMonth() = 3",
            "currentDayOfMonth() > 10",
            "loyalty.joined.getDayOfMonth() = currentDayOfMonth()",
            "(let t = today in loyalty.joined < t)",
            "(let t = now in loyalty.joined < t)",
            "xEvent.max(timestamp) < now",
            "xEvent.bottomN(timestamp, 1).head().timestamp >= yesterday",
        ]
    ),
)
_timely = combined(_atoms)


# Instants near enough for the windows of the queries to open or close.
_instants = st.builds(
    lambda unit, count, micros: moments.to_text(
        (ms(NOW) + unit * count) * 1_000 + micros,
    ),
    st.sampled_from([1_000, 60_000, 3_600_000, 86_400_000, 7 * 86_400_000, 30 * 86_400_000]),
    st.integers(-30, 30),
    st.sampled_from([0, 0, 1, 999]),
)
_events = st.lists(
    st.fixed_dictionaries({"eventType": st.sampled_from(["view", "cart"]), "timestamp": _instants}),
    min_size=1,
    max_size=4,
)
_people = st.builds(
    lambda joined, born, events: Person(
        {"loyalty": {"joined": joined}, "person": {"birthDate": born[:10]}},
        tuple(events),
        frozenset(),
    ),
    _instants,
    _instants,
    _events,
)


def _at(query: Query, person: Person, now: int) -> tuple[bool, int | None]:
    verdict = query.evaluate(
        Facts(person.document, now=now, events=person.events, memberships=person.member_of)
    )
    assert isinstance(verdict.holds, bool)
    return verdict.holds, verdict.due_at


def _moments_before(due_at: int | None, now: int, source: random.Random) -> list[int]:
    """Moments at which the verdict must still be the same: near both ends, and some between."""
    end = now + 3 * _YEAR if due_at is None else due_at
    near = [now + 1, end - 1]
    far = [source.randrange(now, end) for _ in range(4)]
    steps = [now + 60_000 * 2**power for power in range(0, 22, 3)]
    return [moment for moment in (*near, *far, *steps) if now < moment < end]


@given(_timely, _people, st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_a_verdict_stands_until_it_is_due(text: str, person: Person, source: random.Random) -> None:
    _check(text, person, source)


@given(queries(), profiles(), st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_so_does_that_of_any_query(text: str, person: Person, source: random.Random) -> None:
    _check(text, person, source)


def _check(text: str, person: Person, source: random.Random) -> None:
    query = segment(text)
    now = ms(NOW)
    for _ in range(3):
        held, due_at = _at(query, person, now)
        for moment in _moments_before(due_at, now, source):
            assert _at(query, person, moment)[0] is held, (moment, due_at)
        if due_at is None:
            break
        assert due_at > now
        now = due_at
