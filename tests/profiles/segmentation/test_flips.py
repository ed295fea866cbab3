"""Audiences that a change of attributes cannot move are left out, and no others."""

from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from profiles.segmentation.audiences import audience_set
from profiles.segmentation.load import compile_audience
from profiles.segmentation.pql.check import check_segment
from tests.profiles.segmentation.compiling import audiences_of
from tests.profiles.segmentation.pql.evaluating import facts
from tests.profiles.segmentation.pql.strategies import Person
from tests.profiles.segmentation.pql.world import PROFILE_TYPE, profiles, queries

_OPT_OUT = check_segment('homeAddress.zip = "out"', PROFILE_TYPE)


@st.composite
def changes(draw: st.DrawFn, other: st.SearchStrategy[Person]) -> tuple[Person, dict[str, Any]]:
    """A person, and another document that shares fields with theirs."""
    person, changed = draw(other), draw(other).document
    names = sorted(person.document.keys() | changed.keys())
    kept = draw(st.sets(st.sampled_from(names))) if names else set()
    after = {
        name: source[name]
        for name in names
        if name in (source := person.document if name in kept else changed)
    }
    return person, after


@given(queries(), changes(profiles()))
@settings(max_examples=1500, deadline=None)
def test_an_audience_left_out_says_the_same_as_before(
    rule: str, change: tuple[Person, dict[str, Any]]
) -> None:
    person, after = change
    audiences = audiences_of(rule)
    if audiences.touched_by_change(person.document, after):
        event("touched")
        return
    event("left out")
    query = audiences.by_number[0].query
    said, says = (
        query.evaluate(facts(document, events=person.events, member_of=person.member_of))
        for document in (person.document, after)
    )
    assert said.holds == says.holds


@pytest.mark.parametrize(
    ("rule", "before", "after", "touched"),
    [
        ("loyalty.points > 10", 9, 10, False),
        ("loyalty.points > 10", 10, 11, True),
        ("loyalty.points > 10", 12, 11, False),
        ("loyalty.points >= 10", 9, 10, True),
        ("loyalty.points >= 10", 10, 11, False),
        ("loyalty.points < 10", 9, 10, True),
        ("loyalty.points < 10", 10, 11, False),
        ("loyalty.points <= 10", 9, 10, False),
        ("loyalty.points <= 10", 11, 10, True),
        ("10 < loyalty.points", 10, 11, True),
        ("10 < loyalty.points", 9, 10, False),
        ("loyalty.points > 10", None, 10, False),
        ("loyalty.points > 10", None, 11, True),
        ("loyalty.points < 10", None, 10, False),
        ("loyalty.points < 10", 9, None, True),
        ("loyalty.points = 10", 9, 11, False),
        ("loyalty.points = 10", 10, 11, True),
        ("loyalty.points != 10", 9, 11, False),
        ("loyalty.points != 10", None, 11, True),
        ("loyalty.points in [1, 2]", 3, 4, False),
        ("loyalty.points in [1, 2]", 3, 2, True),
        ("not(loyalty.points > 10)", 9, 10, False),
        ("not(loyalty.points > 10) or xEvent.count() > 3", 9, 11, True),
        ("loyalty.points + 1 > 10", 1, 2, True),
        ("xEvent.count() > 3", 1, 2, False),
    ],
)
def test_only_a_test_that_answers_otherwise_touches(
    rule: str, before: int | None, after: int | None, *, touched: bool
) -> None:
    old, new = ({"loyalty": {"points": points}} for points in (before, after))
    assert audiences_of(rule).touched_by_change(old, new) == ({0} if touched else set())


@pytest.mark.parametrize(
    ("rule", "after", "touched"),
    [
        ('homeAddress.city = "Oslo"', "Rome", False),
        ('homeAddress.city = "Oslo"', "Oslo", True),
        ('homeAddress.city in ["Paris", "Rome"]', "Oslo", True),
        ('homeAddress.city notIn ["Oslo", "Rome"]', "Bern", False),
        ('homeAddress.city.startsWith("Par")', "Parma", True),
        ('homeAddress.country = "FR"', "Oslo", False),
    ],
)
def test_a_text_among_others(rule: str, after: str, *, touched: bool) -> None:
    found = audiences_of(rule).touched_by_change(
        {"homeAddress": {"city": "Paris", "country": "FR"}},
        {"homeAddress": {"city": after, "country": "FR"}},
    )
    assert found == ({0} if touched else set())


def test_an_object_that_comes_or_goes_as_a_whole_touches() -> None:
    audiences = audiences_of("loyalty.points > 10", 'loyalty.tier != "gold"', "loyalty.points < 3")
    whole = {"loyalty": {"points": 11, "tier": "silver"}}
    assert audiences.touched_by_change({}, whole) == {0, 1}
    assert audiences.touched_by_change(whole, {"loyalty": None}) == {0, 1}
    assert audiences.touched_by_change(whole, {"loyalty": "none"}) == {0, 1}
    assert audiences.touched_by_change(whole, {"loyalty": {"points": "many"}}) == {0, 1}


def test_a_key_without_a_value_is_a_key() -> None:
    audiences = audiences_of("props.count() = 1")
    assert audiences.touched_by_change({"props": {}}, {"props": {"k1": None}}) == {0}


def test_who_opts_out_touches_all_that_leave_out_such_people() -> None:
    rule = check_segment("loyalty.points > 10", PROFILE_TYPE)
    audiences = audience_set(
        [compile_audience(rule, number=7, key="7", opt_out=_OPT_OUT)], lookback_ms=0
    )
    old, new = {"homeAddress": {"zip": "1"}}, {"homeAddress": {"zip": "out"}}
    assert audiences.touched_by_change(old, new) == {7}
    assert not audiences.touched_by_change(*({"homeAddress": {"city": c}} for c in "ab"))
