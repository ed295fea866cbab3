"""What more events can do to a verdict, held against verdicts with fewer of them."""

import dataclasses
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from profiles.segmentation.pql.check import check_segment
from profiles.segmentation.pql.evaluate import compile_query
from profiles.segmentation.pql.facts import Facts
from profiles.segmentation.pql.tendency import is_incremental, tendency
from tests.profiles.segmentation.pql.evaluating import ms
from tests.profiles.segmentation.pql.strategies import Person, combined, profiles, queries
from tests.profiles.segmentation.pql.world import NOW, PROFILE_TYPE

BOUGHT = 'xEvent[eventType = "purchase" and timestamp occurs <= 24 hours before now]'


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("loyalty.points > 1000", "none"),
        (BOUGHT, "up"),
        (f"loyalty.points > 1000 and {BOUGHT}", "up"),
        (f"not({BOUGHT})", "down"),
        (f"not({BOUGHT}) and loyalty.points > 1000", "down"),
        (f"{BOUGHT} and not(xEvent[timestamp occurs today])", "any"),
        (f"{BOUGHT}.count() >= 2", "up"),
        (f"{BOUGHT}.count() < 2", "down"),
        (f"{BOUGHT}.count() = 2", "any"),
        ("xEvent.max(commerce.order.priceTotal) > 5", "up"),
        ("xEvent.max(commerce.order.priceTotal) < 5", "any"),
        ("xEvent.sum(commerce.order.priceTotal) > 5", "any"),
        ('CHAIN(xEvent, timestamp, [A: WHAT(eventType = "view"), B: WHAT(true) COUNT(2)])', "up"),
        ("CHAIN(xEvent, timestamp, [A: WHAT(true) COUNT(< 2)])", "any"),
    ],
)
def test_rules_move_as_their_readers_expect(rule: str, expected: str) -> None:
    assert tendency(check_segment(rule, PROFILE_TYPE)) == expected


_atoms = st.sampled_from(
    [
        BOUGHT,
        f"{BOUGHT}.count() >= 2",
        f"{BOUGHT}.count() >= 1",
        "xEvent.count() <= 0",
        "2 > xEvent[timestamp occurs today].count()",
        "xEvent.max(commerce.order.priceTotal) > 20",
        "xEvent.min(commerce.order.priceTotal) <= 20",
        "forall e from xEvent: e.commerce.order.priceTotal > 20",
        "xEvent[productListItems[quantity > 1]]",
        'CHAIN(xEvent, timestamp, [A: WHAT(eventType = "view"), B: WHAT(true) COUNT(2)])',
        "loyalty.points > 1000",
        'inSegment("S1")',
    ]
)
_rules = combined(_atoms)


@given(st.one_of(_rules, queries()), profiles(), st.data())
@settings(max_examples=500, deadline=None)
def test_more_events_never_move_a_verdict_the_other_way(
    text: str, person: Person, data: st.DataObject
) -> None:
    rule = check_segment(text, PROFILE_TYPE)
    way = tendency(rule)
    event(way)
    kept = data.draw(st.lists(st.booleans(), min_size=len(person.events)))
    some = tuple(one for one, keep in zip(person.events, kept, strict=False) if keep)
    fewer, more = (
        _holds(rule, dataclasses.replace(person, events=those)) for those in (some, person.events)
    )
    if way in ("none", "up"):
        assert fewer <= more
    if way in ("none", "down"):
        assert more <= fewer


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("loyalty.points > 1000", True),
        (BOUGHT, True),
        (f"loyalty.points > 1000 and not({BOUGHT})", True),
        (f"{BOUGHT} or xEvent[timestamp occurs today]", True),
        (f"{BOUGHT} and xEvent[timestamp occurs today]", False),
        (f"{BOUGHT} and not(xEvent[timestamp occurs today])", False),
        (f"{BOUGHT}.count() >= 1", True),
        (f"{BOUGHT}.count() <= 0", True),
        (f"{BOUGHT}.count() >= 2", False),
        (f"2 > {BOUGHT}.count()", False),
        ("xEvent.max(commerce.order.priceTotal) > 5", True),
        ("xEvent.sum(commerce.order.priceTotal) > 5", False),
        ("forall e from xEvent: e.commerce.order.priceTotal > 20", True),
        ("CHAIN(xEvent, timestamp, [A: WHAT(true)])", False),
    ],
)
def test_one_event_settles_what_does_not_add_events_up(rule: str, *, expected: bool) -> None:
    assert is_incremental(check_segment(rule, PROFILE_TYPE)) is expected


@given(st.one_of(_rules, queries()), profiles(), st.data())
@settings(max_examples=500, deadline=None)
def test_incremental_rules_follow_from_what_they_say_of_parts(
    text: str, person: Person, data: st.DataObject
) -> None:
    rule = check_segment(text, PROFILE_TYPE)
    way, incremental = tendency(rule), is_incremental(rule)
    event(f"{way} {incremental}")
    if not incremental:
        return
    kept = data.draw(st.lists(st.booleans(), min_size=len(person.events)))
    picked = list(zip(person.events, kept, strict=False))
    parts = (tuple(one for one, keep in picked if keep is side) for side in (True, False))
    of_parts = [_holds(rule, dataclasses.replace(person, events=part)) for part in parts]
    assert _holds(rule, person) is (all if way == "down" else any)(of_parts)


def _holds(rule: Any, person: Person) -> bool:
    facts = Facts(
        person.document, now=ms(NOW), events=person.events, memberships=set(person.member_of)
    )
    return bool(compile_query(rule).evaluate(facts).holds)
