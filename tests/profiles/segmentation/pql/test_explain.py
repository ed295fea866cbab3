"""Explanations: true to the verdict, readable, small."""

import json
from dataclasses import asdict

import pytest
from hypothesis import given, settings

from profiles.segmentation.pql.check import check_segment
from profiles.segmentation.pql.evaluate import BudgetExceeded, Facts, compile_query
from profiles.segmentation.pql.explain import explain
from profiles.segmentation.pql.explanation import Explanation, Period
from tests.profiles.segmentation.pql.evaluating import due, event, facts, ms
from tests.profiles.segmentation.pql.strategies import Person, profiles, queries
from tests.profiles.segmentation.pql.world import PROFILE_TYPE


def explained(text: str, about: Facts | None = None) -> Explanation:
    return explain(check_segment(text, PROFILE_TYPE), text, about or facts())


def lines(part: Explanation, depth: int = 0) -> list[str]:
    """The tree as a person reads it."""
    own = f"{'  ' * depth}{'+' if part.holds else '-'} {part.sentence}"
    return [own, *(line for inner in part.parts for line in lines(inner, depth + 1))]


def parts_of(part: Explanation) -> list[Explanation]:
    return [part, *(one for inner in part.parts for one in parts_of(inner))]


@given(queries(), profiles())
@settings(max_examples=150, deadline=None)
def test_an_explanation_says_what_the_query_says(text: str, person: Person) -> None:
    about = facts(person.document, events=person.events, member_of=person.member_of)
    node = check_segment(text, PROFILE_TYPE)
    said = explain(node, text, about)
    assert said.holds is compile_query(node).evaluate(about).holds
    for part in parts_of(said):
        assert part.text in text
        assert part.sentence.endswith(".")
        assert part.matches is None or len(part.matches.items) <= 5
        if part.kind in {"all", "any"}:
            held = [inner.holds for inner in part.parts]
            assert part.holds is (all(held) if part.kind == "all" else any(held))
    json.dumps(asdict(said))


_DOUBLED = "loyalty.points is 120; the rule wants one of [7].map(this * 2) (14)."
_TIER = "loyalty.tier has no value; the rule wants homeAddress.city (no value)."
_NONE_LEFT = "orders.filter(total > 99) is empty; the rule wants no value."
_COUNTRY = 'homeAddress.country is "FI"'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('homeAddress.country = "FI"', 'homeAddress.country is "FI", as the rule wants.'),
        ('homeAddress.country = "SE"', 'homeAddress.country is "FI"; the rule wants "SE".'),
        (
            '"SE" != homeAddress.country',
            'homeAddress.country is "FI"; the rule wants anything but "SE".',
        ),
        ("100 < loyalty.points", "loyalty.points is 120; the rule wants more than 100."),
        ("loyalty.points >= 500.5", "loyalty.points is 120; the rule wants at least 500.5."),
        (
            "orders.sum(total) > loyalty.points",
            "orders.sum(total) is 100; the rule wants more than loyalty.points (120).",
        ),
        ('loyalty.tier = "gold"', 'loyalty.tier has no value; the rule wants "gold".'),
        ("loyalty.tier.isNull()", "loyalty.tier has no value, as the rule wants."),
        ("homeAddress.city.isNotNull()", "homeAddress.city has no value; the rule wants a value."),
        ("homeAddress.isNotNull()", "homeAddress is there, as the rule wants."),
        ("loyalty.member", "loyalty.member has no value; the rule wants true."),
        (
            'homeAddress.country in ["SE", "NO"]',
            'homeAddress.country is "FI"; the rule wants one of "SE", "NO".',
        ),
        ('"red" in tags', 'tags has "red", "blue"; the rule wants "red" among them.'),
        ('"red" notIn tags', 'tags has "red", "blue"; the rule wants all but "red".'),
        ("scores.includes(1)", "scores has no value; the rule wants 1 among them."),
        (
            'homeAddress.country.startsWith("s", false)',
            f'{_COUNTRY}; the rule wants a text that starts with "s", in upper or lower case.',
        ),
        ('props.get("k1") like "x%"', 'props.get("k1") is "v1"; the rule wants a text like "x%".'),
        ("currentMonth() = 4", "currentMonth() is 3; the rule wants 4."),
        ('inSegment("S1")', "The profile is a member of audience S1."),
        ('inSegment("S2")', "The profile is no member of audience S2."),
        (
            "homeAddress.country = null or loyalty.tier < null",
            "None of the 2 parts holds; one is enough.",
        ),
        ('not(inSegment("S1"))', "The part that must not hold does."),
        (
            "orders.placed > now",
            "None of the 2 items of orders matches; the rule wants at least one.",
        ),
        (
            'xEvent[eventType = "visit"]',
            "None of the 3 events matches; the rule wants at least one.",
        ),
        (
            'xEvent[eventType = "view"].count() >= 2',
            "1 of 3 events matches; the rule wants at least 2.",
        ),
        (
            '2 > xEvent[eventType = "view"].count()',
            "1 of 3 events matches; the rule wants fewer than 2.",
        ),
        (
            "forall O from orders: O.total > 1",
            "2 of 2 items of orders match; the rule wants all of them to.",
        ),
        ("(select O from orders).count() = 3", "2 combinations match; the rule wants 3."),
        ("3 < (select O from orders).count()", "2 combinations match; the rule wants more than 3."),
        ("select O from orders", "2 combinations match; the rule wants at least one."),
        (
            '"no" in scores.map("x")',
            'scores.map("x") has no value; the rule wants "no" among them.',
        ),
        ("loyalty.points in [7].map(this * 2)", _DOUBLED),
        ("loyalty.tier = homeAddress.city", _TIER),
        ("props.isNull()", 'props is k1: "v1"; the rule wants no value.'),
        ("orders.filter(total > 99).isNull()", _NONE_LEFT),
        (
            "let t = today in person.birthDate < t",
            "person.birthDate has no value; the rule wants a time before 2026-03-10T00:00:00Z.",
        ),
        ("tags.count() > 2", "tags.count() is 2; the rule wants more than 2."),
        ("props.values()", "There is 1 item in props.values(); the rule wants at least one."),
        (
            "let t = loyalty.points in t < 100",
            "t (loyalty.points) is 120; the rule wants less than 100.",
        ),
        (
            'if(loyalty.points > 100, inSegment("S2"), true)',
            "The condition holds, so that the first answer counts.",
        ),
        ("now occurs < 9 hours after today", "now occurs < 9 hours after today is not true."),
    ],
)
def test_a_sentence_says_what_was_found_and_what_was_wanted(text: str, sentence: str) -> None:
    assert explained(text).sentence == sentence


def test_a_condition_on_events_says_what_each_of_its_parts_let_through() -> None:
    text = 'xEvent[eventType = "purchase" and timestamp occurs > 24 hours before now]'
    before = "a time before 2026-03-09T12:00:00Z"
    assert lines(explained(text)) == [
        "- None of the 3 events matches; the rule wants at least one.",
        '  + 1 of 3 events: eventType = "purchase".',
        f"  + 1 of 3 events: timestamp occurs > 24 hours before now, that is {before}.",
    ]
    said = explained(text)
    assert said.matches is not None
    assert (said.matches.found, said.matches.of, said.matches.wanted) == (0, 3, "at least 1")
    purchase = said.parts[0].matches
    assert purchase is not None
    (item,) = purchase.items
    assert (item.id, item.timestamp, item.type) == ("b", "2026-03-10T09:00:00Z", "purchase")
    assert said.parts[1].periods == (Period(None, "2026-03-09T12:00:00Z"),)


def test_at_most_five_events_are_listed_the_newest_first() -> None:
    events = [event(f"e{day}", "view", f"2026-03-0{day}T00:00:00Z") for day in range(1, 10)]
    said = explained('xEvent[eventType = "view"]', facts(events=events))
    assert said.matches is not None
    assert said.matches.found == 9
    assert [item.id for item in said.matches.items] == ["e9", "e8", "e7", "e6", "e5"]


def test_of_a_condition_on_all_items_those_that_break_it_are_listed() -> None:
    said = explained("forall O from orders where O.total > 50")
    assert said.sentence == "1 of 2 items of orders matches; the rule wants all of them to."
    assert said.matches is not None
    assert [item.summary for item in said.matches.items] == ['id "o1", total 30']
    nobody = explained("forall S from scores where S > 1")
    assert nobody.sentence == "There are no items of scores, so none breaks the rule."


_LAST_30_DAYS = "a time from 2026-02-08T12:00:00Z and up to 2026-03-10T12:00:00Z"
_A_PARTS = [
    '    + 1 of 3 events: eventType = "view".',
    f"    + 3 of 3 events: <= 30 days before now, that is {_LAST_30_DAYS}.",
]
_ALL = 'CHAIN(xEvent, timestamp, [A: WHAT(eventType = "view") WHEN(<= 30 days before now)'


@pytest.mark.parametrize(
    ("links", "tree"),
    [
        (
            ', B: WHAT(eventType = "purchase")])',
            [
                "+ The events follow each other as the rule says.",
                "  + A was reached: view at 2026-03-01T09:00:00Z.",
                *_A_PARTS,
                "  + B was reached: purchase at 2026-03-10T09:00:00Z.",
            ],
        ),
        (
            ', B: WHAT(eventType = "cart") WHEN(<= 2 hours after A)])',
            [
                "- Step B was not reached after A.",
                "  + A was reached: view at 2026-03-01T09:00:00Z.",
                *_A_PARTS,
                "  - B was not reached. 1 of 3 events matches, but not in the right place.",
            ],
        ),
        (
            ', B: WHAT(eventType = "cart") COUNT(2), C: WHAT(eventType in ["view", "x"])])',
            [
                "- Step B was not reached after A.",
                "  + A was reached: view at 2026-03-01T09:00:00Z.",
                *_A_PARTS,
                "  - B was not reached. 1 of 3 events matches; the rule wants at least 2.",
                "  - C was not reached. 1 of 3 events matches, but not in the right place.",
            ],
        ),
        (
            " COUNT(= 1)])",
            [
                "+ The events follow each other as the rule says.",
                "  + A was reached. 1 of 3 events matches; the rule wants 1.",
                *_A_PARTS,
            ],
        ),
    ],
)
def test_a_chain_says_how_far_the_events_follow_it(links: str, tree: list[str]) -> None:
    assert lines(explained(f"{_ALL}{links}")) == tree


@pytest.mark.parametrize(
    ("test", "wants"),
    [
        ("occurs before now", "wants a time before 2026-03-10T12:00:00Z"),
        ("<= now", "wants a time up to 2026-03-10T12:00:00Z"),
        ("> now", "wants a time after 2026-03-10T12:00:00Z"),
        ("= now", "wants a time of exactly 2026-03-10T12:00:00Z"),
        (
            "!= now",
            "wants a time before 2026-03-10T12:00:00Z or after 2026-03-10T12:00:00Z",
        ),
        (
            "occurs < 2 days before now",
            "wants a time after 2026-03-08T12:00:00Z and up to 2026-03-10T12:00:00Z",
        ),
        (
            "occurs <= 1 month after now",
            "wants a time from 2026-03-10T12:00:00Z and up to 2026-04-10T12:00:00Z",
        ),
        (
            "occurs this week",
            "wants a time from 2026-03-09T00:00:00Z and before 2026-03-16T00:00:00Z",
        ),
        (
            "occurs > 1 day from date(2026, 3, 2)",
            "wants a time before 2026-03-01T00:00:00Z or after 2026-03-03T00:00:00Z",
        ),
        ("occurs between today and yesterday", "wants a time that never comes"),
        ("occurs after person.birthDate", "compares it with what has no value"),
    ],
)
def test_a_time_condition_says_between_which_instants(test: str, wants: str) -> None:
    about = facts({"loyalty": {"joined": "2026-03-20T12:00:00Z"}})
    text = f"loyalty.joined {test}"
    said = explained(text, about)
    assert said.kind == "time"
    assert said.sentence == f"loyalty.joined is 2026-03-20T12:00:00Z; the rule {wants}."
    changes = due(text, about)
    assert said.due_at == (None if changes is None else ms(changes))


def test_the_clock_on_the_left_is_what_the_rule_wants_of_the_right() -> None:
    about = facts({"loyalty": {"joined": "2026-03-20T12:00:00Z"}})
    for text in ("now < loyalty.joined", "loyalty.joined > now"):
        assert explained(text, about).sentence == (
            "loyalty.joined is 2026-03-20T12:00:00Z; the rule wants a time after "
            "2026-03-10T12:00:00Z."
        )
    said = explained("now occurs >= 1 week before loyalty.joined", about)
    assert said.periods == (Period("2026-03-17T12:00:00Z", None),)


def test_parts_are_explained_that_the_verdict_did_not_need() -> None:
    text = 'homeAddress.country = "SE" and (loyalty.points > 100 or not(inSegment("S2")))'
    assert lines(explained(text)) == [
        "- 1 of 2 parts holds; all have to.",
        '  - homeAddress.country is "FI"; the rule wants "SE".',
        "  + 2 of 2 parts hold; one is enough.",
        "    + loyalty.points is 120; the rule wants more than 100.",
        "    + The part that must not hold does not.",
        "      - The profile is no member of audience S2.",
    ]


def test_an_explanation_has_a_budget_of_its_own() -> None:
    about = facts({"tags": ["x"] * 1_000, "scores": [1] * 900})
    with pytest.raises(BudgetExceeded):
        explained("exists A from tags, B from scores where B = 2", about)
    # Each part alone is within the budget of an evaluation, all of them together are not.
    part = '(exists A from tags, B from scores where B = 2 and A = "y")'
    small = facts({"tags": ["x"] * 400, "scores": [1] * 400})
    with pytest.raises(BudgetExceeded):
        explained(" or ".join([part] * 8), small)
