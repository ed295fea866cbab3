"""CHAIN: cases a person can follow, and all others against trying every choice of events."""

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.profiles.segmentation.pql.evaluating import event, facts, holds, ms

_DAY = "2026-03-09"
_MORNING = [
    event("v1", "view", f"{_DAY}T08:00:00Z", commerce={"order": {"id": "x"}}),
    event("v2", "view", f"{_DAY}T09:00:00Z", commerce={"order": {"id": "y"}}),
    event("c1", "cart", f"{_DAY}T10:00:00Z", commerce={"order": {"id": "y"}}),
    event("p1", "purchase", f"{_DAY}T10:00:00Z", commerce={"order": {"id": "x"}}),
    event("v3", "view", f"{_DAY}T12:00:00Z", commerce={"order": {"id": "z"}}),
]


def _chain(links: str) -> str:
    return f"CHAIN(xEvent, timestamp, [{links}])"


def _kind(kind: str) -> str:
    return f'WHAT(eventType = "{kind}")'


ID = "commerce.order.id"
VIEW, CART, PURCHASE = _kind("view"), _kind("cart"), _kind("purchase")


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        (f"A: {VIEW}, B: {CART}", True),
        (f"A: {CART}, B: {VIEW}", True),
        # Strictly one after the other: the cart and the purchase are of one moment.
        (f"A: {CART}, B: {PURCHASE}", False),
        (f"A: {PURCHASE}, B: {CART}", False),
        (f"A: {VIEW}, B: {VIEW}, C: {VIEW}", True),
        (f"A: {VIEW}, B: {VIEW}, C: {VIEW}, D: {VIEW}", False),
        ("A: WHAT(true), B: WHAT(true), C: WHAT(true), D: WHAT(true)", True),
        ("A: COUNT(5)", True),
        ("A: COUNT(6)", False),
        (f"A: {VIEW} COUNT(2), B: {CART}", True),
        (f"A: {VIEW} COUNT(3), B: {CART}", False),
        (f"A: {VIEW} COUNT(> 1), B: {CART}", True),
        (f"A: {VIEW} COUNT(> 2), B: {CART}", False),
        (f"A: {CART}, B: {VIEW} COUNT(1)", True),
        (f"A: {CART}, B: {VIEW} COUNT(2)", False),
        (f"A: {VIEW} COUNT(= 3)", True),
        (f"A: {VIEW} COUNT(= 2)", False),
        (f"A: {VIEW} COUNT(!= 2)", True),
        (f"A: {VIEW} COUNT(< 3)", False),
        (f"A: {VIEW} COUNT(<= 3)", True),
        (f"A: {PURCHASE}, B: {CART} COUNT(= 0)", True),
        # After the second view there is one more; after the first there are two.
        (f"A: {VIEW}, B: {VIEW} COUNT(= 1)", True),
        (f"A: {VIEW}, B: {VIEW} COUNT(= 2)", True),
        (f"A: {VIEW}, B: {VIEW} COUNT(= 3)", False),
        (f"A: {VIEW} WHEN(< 24 hours before now)", False),
        (f"A: {VIEW} WHEN(<= 2 days before now)", True),
        (f"A: {VIEW} WHEN(yesterday)", True),
        (f"A: {VIEW} WHEN(between date(2026, 3, 9) and date(2026, 3, 10))", True),
        # The gap wants the second view, not the earliest.
        (f"A: {VIEW}, B: {CART} WHEN(<= 1 hour after A)", True),
        (f"A: {VIEW}, B: {CART} WHEN(< 1 hour after A)", False),
        (f"A: {VIEW}, B: {CART} WHEN(> 1 hour after A)", True),
        (f"A: {VIEW}, B: {CART} WHEN(> 2 hours after A)", False),
        (f"A: {VIEW}, B: {CART} WHEN(2 hours after A)", True),
        (f"A: {VIEW}, B: {CART} WHEN(3 hours after A)", False),
        (f"A: {VIEW}, B: {VIEW} WHEN(> 1 hour after A), C: {VIEW}", False),
        (f"A: {VIEW}, B: {CART}, C: {VIEW} WHEN(>= 4 hours after A)", True),
        (
            f"A: {VIEW}, B: {CART} WHEN(<= 1 hour after A), C: {VIEW} WHEN(>= 4 hours after A)",
            False,
        ),
        (f"A: {VIEW}, B: {CART} WHERE({ID} = A.{ID})", True),
        (f"A: {VIEW}, B: {PURCHASE} WHERE({ID} = A.{ID})", True),
        (f"A: {CART}, B: {VIEW} WHERE({ID} = A.{ID})", False),
        (f"A: {VIEW}, B: {VIEW} WHERE({ID} != A.{ID}), C: {CART} WHERE({ID} = A.{ID})", False),
        (f"A: {VIEW}, B: {VIEW}, C: {PURCHASE} WHERE({ID} = A.{ID} and {ID} != B.{ID})", True),
        (f'A: {VIEW} WHERE(commerce.order.id = "z"), B: {CART}', False),
        (f'A: {VIEW} WHERE(commerce.order.id = "y") COUNT(1), B: {CART}', True),
    ],
)
def test_a_chain_of_a_morning(links: str, *, expected: bool) -> None:
    # Given in another order than they happened in.
    about = facts(events=[*_MORNING[3:], *_MORNING[:3]])
    assert holds(_chain(links), about) is expected


def _day(*kinds_and_orders: str) -> list[dict[str, Any]]:
    """Events of one day, an hour apart: `view x` is a view of order x."""
    return [
        event(str(hour), kind, f"{_DAY}T{hour:02}:00:00Z", commerce={"order": {"id": order}})
        for hour, (kind, order) in enumerate(text.split() for text in kinds_and_orders)
    ]


def test_what_failed_after_one_event_is_tried_again_after_another() -> None:
    # Only the second view is of the order bought, and both lead to the same cart.
    about = facts(events=_day("view x", "view y", "cart -", "purchase y"))
    assert holds(_chain(f"A: {VIEW}, B: {CART}, C: {PURCHASE} WHERE({ID} = A.{ID})"), about)
    # The second view leads to a cart before the purchase, the first to one after it.
    about = facts(events=_day("view x", "view y", "cart y", "purchase -", "cart x"))
    assert holds(_chain(f"A: {VIEW}, B: {CART} WHERE({ID} = A.{ID}), C: {PURCHASE}"), about)


def test_an_event_without_a_time_is_no_part_of_a_chain() -> None:
    about = facts(events=[{"_id": "e", "eventType": "view"}, event("f", "view", "soon")])
    assert not holds(_chain(f"A: {VIEW}"), about)
    assert holds(_chain(f"A: {VIEW} COUNT(= 0)"), about)


def test_nobody_without_events_is_in_a_chain() -> None:
    about = facts(events=[])
    assert not holds(_chain("A: COUNT(1)"), about)
    assert not holds(_chain("A: COUNT(1), B: COUNT(1)"), about)
    assert holds(_chain("A: COUNT(= 0)"), about)
    assert not holds("CHAIN(orders, placed, [A: COUNT(1)])", facts({}))


def test_a_chain_follows_any_list_with_times() -> None:
    orders = [
        {"id": "late", "placed": "2026-02-02T00:00:00Z"},
        {"id": "early", "placed": "2026-01-01T00:00:00Z"},
        {"id": "never"},
    ]
    about = facts({"orders": orders})
    early_late = 'A: WHAT(id = "early"), B: WHAT(id = "late")'
    assert holds(f"CHAIN(orders, placed, [{early_late}])", about)
    late_early = 'A: WHAT(id = "late"), B: WHAT(id = "early")'
    assert not holds(f"CHAIN(orders, placed, [{late_early}])", about)
    assert not holds('CHAIN(orders, placed, [A: WHAT(id = "never")])', about)
    picked = 'CHAIN(xEvent[eventType = "view"], timestamp, [A: COUNT(3), B: WHAT(true)])'
    assert not holds(picked, facts(events=_MORNING))


# --- Random chains


@dataclass(frozen=True, slots=True)
class _Link:
    kind: str
    gap: tuple[int, str, int] | None
    same: int | None
    operator: str
    count: int

    def text(self, number: int) -> str:
        parts = [f'L{number}: WHAT(eventType = "{self.kind}")']
        if self.gap is not None:
            label, operator, hours = self.gap
            parts.append(f"WHEN({operator} {hours} hours after L{label})")
        if self.same is not None:
            parts.append(f"WHERE(commerce.order.id = L{self.same}.commerce.order.id)")
        return " ".join([*parts, f"COUNT({self.operator} {self.count})"])


_orderings = st.sampled_from(["<", "<=", ">", ">="])


@st.composite
def _links(draw: st.DrawFn) -> list[_Link]:
    size = draw(st.integers(1, 4))
    links: list[_Link] = []
    for number in range(size):
        earlier = st.integers(0, number - 1)
        gaps: st.SearchStrategy[Any] = st.none()
        sames: st.SearchStrategy[Any] = st.none()
        if number:
            gaps = st.none() | st.tuples(earlier, _orderings, st.integers(0, 4))
            sames = st.none() | earlier
        last = number == size - 1
        operator = draw(st.sampled_from(["=", "!=", "<", "<=", ">="] if last else [">="]))
        count = draw(st.integers(1 if operator == ">=" else 0, 2))
        kind = draw(st.sampled_from(["view", "cart"]))
        links.append(_Link(kind, draw(gaps), draw(sames), operator, count))
    return links


_events = st.lists(
    st.tuples(st.sampled_from(["view", "cart"]), st.integers(0, 5), st.sampled_from("xy")),
    max_size=7,
).map(
    lambda drawn: [
        event(str(number), kind, f"{_DAY}T{hour:02}:00:00Z", commerce={"order": {"id": order}})
        for number, (kind, hour, order) in enumerate(drawn)
    ]
)


def _hours(one: dict[str, Any]) -> int:
    return ms(one["timestamp"]) // 3_600_000


def _matches(
    link: _Link, chosen: list[dict[str, Any]], events: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    found = []
    for one in sorted(events, key=_hours):
        after = not chosen or _hours(one) > _hours(chosen[-1])
        near = True
        if link.gap is not None and after:
            label, operator, hours = link.gap
            passed = _hours(one) - _hours(chosen[label])
            near = {
                "<": passed < hours,
                "<=": passed <= hours,
                ">": passed > hours,
                ">=": passed >= hours,
            }[operator]
        same = (
            link.same is None
            or one["commerce"]["order"]["id"] == chosen[link.same]["commerce"]["order"]["id"]
        )
        if after and near and same and one["eventType"] == link.kind:
            found.append(one)
    return found


def _follow(links: list[_Link], chosen: list[dict[str, Any]], events: list[dict[str, Any]]) -> bool:
    """Every choice, tried."""
    if len(chosen) == len(links):
        return True
    link = links[len(chosen)]
    found = _matches(link, chosen, events)
    if link.operator != ">=":
        count, wanted = len(found), link.count
        tests = {
            "=": count == wanted,
            "!=": count != wanted,
            "<": count < wanted,
            "<=": count <= wanted,
        }
        return tests[link.operator]
    return any(_follow(links, [*chosen, one], events) for one in found[link.count - 1 :])


@given(_links(), _events)
@settings(max_examples=400, deadline=None)
def test_a_chain_holds_where_some_choice_of_events_does(
    links: list[_Link], events: list[dict[str, Any]]
) -> None:
    text = _chain(", ".join(link.text(number) for number, link in enumerate(links)))
    assert holds(text, facts(events=events)) is _follow(links, [], events)
