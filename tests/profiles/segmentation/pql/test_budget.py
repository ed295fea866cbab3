"""A hostile query is stopped, an honest one on a large profile is not."""

import pytest

from profiles.segmentation.pql import moments
from profiles.segmentation.pql.evaluate import BudgetExceeded
from profiles.segmentation.pql.facts import MOST_STEPS
from tests.profiles.segmentation.pql.evaluating import event, facts, holds, ms
from tests.profiles.segmentation.pql.world import NOW

# As many events as a profile may have.
_EVENTS = [
    event(
        f"e{number}",
        ("view", "cart", "purchase")[number % 3],
        moments.to_text((ms(NOW) - (5_000 - number) * 600_000) * 1_000),
        commerce={"order": {"id": f"o{number}", "priceTotal": number}},
    )
    for number in range(5_000)
]
_PROFILE = {"tags": [f"t{number}" for number in range(500)], "scores": list(range(500))}


_GROUP = 'person.name.firstName.regexGroup("x", 0).isNull()'
_LONG_CHAIN = (
    'CHAIN(xEvent, timestamp, [A: WHAT(eventType = "view") COUNT(1000), '
    'B: WHAT(eventType = "cart") COUNT(500), C: WHAT(eventType = "purchase")])'
)
_GAP = (
    'CHAIN(xEvent, timestamp, [A: WHAT(eventType = "view"), '
    'B: WHAT(eventType = "cart") WHEN(>= 20 days after A)])'
)


@pytest.mark.parametrize(
    "text",
    [
        'not(xEvent[eventType = "none"])',
        "xEvent[timestamp occurs <= 30 days before now].count() > 10",
        "xEvent.commerce.order.priceTotal > 4998",
        "xEvent.groupBy(eventType).count() = 3",
        "CHAIN(xEvent, timestamp, [A: COUNT(5000)])",
        _LONG_CHAIN,
        _GAP,
        "exists A from tags, B from scores where B = 499",
    ],
)
def test_a_large_profile_is_within_the_budget(text: str) -> None:
    assert holds(text, facts(_PROFILE, events=_EVENTS))


@pytest.mark.parametrize(
    "text",
    [
        "exists A from xEvent, B from xEvent where A.commerce.order.id = B.eventType",
        '(select A from tags, B from tags, C from tags where C = "x").count() = 1',
        "xEvent[^.xEvent.count() < 0]",
        "xEvent[commerce.order.id in ^.tags].count() = 1",
        "xEvent[^.tags.intersects([commerce.order.id])].count() = 1",
        "scores.map(^.scores.map(this + ^)).count() = 1",
        "xEvent[^.xEvent.topN(timestamp, 1).count() = 2]",
        "xEvent[^.xEvent.groupBy(eventType).count() = 2]",
        "xEvent[^.xEvent.eventType.distinct().count() = 2]",
        'xEvent[CHAIN(^.xEvent, timestamp, [A: WHAT(eventType = "none")])]',
        'xEvent[CHAIN(^.xEvent, timestamp, [A: WHAT(eventType = "none"), B: COUNT(1)])]',
        "CHAIN(xEvent, timestamp, [A: COUNT(1), B: WHERE(commerce.order.id = A.eventType)])",
    ],
)
def test_a_query_that_compares_everything_with_everything_is_stopped(text: str) -> None:
    with pytest.raises(BudgetExceeded) as stopped:
        holds(text, facts(_PROFILE, events=_EVENTS))
    assert stopped.value.code == "pql_budget_exceeded"
    assert f"{MOST_STEPS:,}" in stopped.value.message


def test_a_loop_that_has_much_to_do_for_each_item_counts_more() -> None:
    tests = " or ".join(f'eventType = "none {number}"' for number in range(400))
    few = facts(events=_EVENTS[:500])
    assert not holds(f"xEvent[{tests}]", few)
    with pytest.raises(BudgetExceeded):
        holds(f"xEvent[{tests}]", facts(events=_EVENTS))


def test_long_texts_count_as_well() -> None:
    about = facts({"person": {"name": {"firstName": "é" * 1_000_000}}})
    once = 'person.name.firstName.startsWith("É", false)'
    assert holds(once, about)
    for test in (once, 'not(person.name.firstName.matches("x"))', _GROUP):
        with pytest.raises(BudgetExceeded):
            holds(" and ".join([test] * 15), about)


def test_the_budget_is_that_of_one_evaluation() -> None:
    about = facts(events=_EVENTS)
    for _ in range(MOST_STEPS // len(_EVENTS) + 2):
        assert not holds('xEvent[eventType = "none"]', about)


def test_a_regular_expression_takes_time_in_proportion_to_the_text() -> None:
    about = facts({"person": {"name": {"firstName": "a" * 200_000}}})
    assert not holds('person.name.firstName.matches("(a*)*b")', about)
    assert not holds('person.name.firstName like "%a%a%a%a%a%a%b"', about)
