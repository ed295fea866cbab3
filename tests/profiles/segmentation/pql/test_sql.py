"""The batch back end: its SQL says the same of everybody as the closures do."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from profiles.segmentation.pql.batch_sql import (
    batch_query,
    compile_sql,
    conjuncts,
    count_query,
    funnel_query,
    sample_query,
)
from profiles.segmentation.pql.check import check_expression, check_segment
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.evaluate import Facts, compile_query
from profiles.segmentation.pql.limits import TOO_LONG
from profiles.segmentation.pql.snapshot_types import prune
from profiles.segmentation.pql.typed import Call, Constant, If, Let, Typed, Variable
from profiles.segmentation.pql.types import BOOLEAN, DOUBLE, INTEGER, STRING, ListType
from tests.profiles.segmentation.pql import world
from tests.profiles.segmentation.pql.crowd import crowd
from tests.profiles.segmentation.pql.pairs import lines
from tests.profiles.segmentation.pql.snapshot import NOW_MS, Snapshot
from tests.profiles.segmentation.pql.strategies import Person, profiles, queries

# More of them find more; see the test of agreement for the number of pairs in one.
EXAMPLES = int(os.environ.get("PQL_EXAMPLES", "60"))
PROFILE_TYPE = world.PROFILE_TYPE
AT = (0, 0)


@pytest.fixture(scope="module")
def people() -> list[Person]:
    return crowd(250)


@pytest.fixture(scope="module")
def snapshot(people: list[Person], tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return Snapshot(people, PROFILE_TYPE, tmp_path_factory.mktemp("snapshot"))


def typed(texts: Sequence[str]) -> dict[int, Typed]:
    return {number: check_segment(text, PROFILE_TYPE) for number, text in enumerate(texts)}


def by_closures(people: Sequence[Person], texts: Mapping[int, Typed]) -> dict[int, set[int]]:
    compiled = {number: compile_query(query) for number, query in texts.items()}
    held: dict[int, set[int]] = {}
    for place, person in enumerate(people):
        facts = Facts(
            person.document, now=NOW_MS, events=person.events, memberships=person.member_of
        )
        held[place] = {n for n, query in compiled.items() if query.evaluate(facts).holds}
    return held


def differences(
    people: Sequence[Person], snapshot: Snapshot, texts: Sequence[str]
) -> list[tuple[str, Person]]:
    """Queries and people of whom the two back ends say different things."""
    expected = by_closures(people, typed(texts))
    found = snapshot.holding(typed(texts))
    return [
        (texts[number], people[place])
        for place in range(len(people))
        for number in expected[place] ^ found[place]
    ]


def test_the_conformance_set_holds(tmp_path: Path) -> None:
    events: Any = tuple(world.EVENTS)
    ida = Person(world.PROFILE, events, world.MEMBER_OF)
    texts = [text for _, text, _ in world.CONFORMANCE]
    snapshot = Snapshot([ida], PROFILE_TYPE, tmp_path)
    held = snapshot.holding(typed(texts))[0]
    assert [(text, number in held) for number, text in enumerate(texts)] == [
        (text, expected) for _, text, expected in world.CONFORMANCE
    ]


@given(texts=st.lists(queries(), min_size=4, max_size=6))
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_both_back_ends_agree_on_a_crowd(
    people: list[Person], snapshot: Snapshot, texts: list[str]
) -> None:
    assert differences(people, snapshot, texts) == []


@given(few=st.lists(profiles(), min_size=5, max_size=15), texts=st.lists(queries(), min_size=3))
@settings(max_examples=EXAMPLES // 4, deadline=None)
def test_both_back_ends_agree_on_anybody_with_no_more_loaded_than_needed(
    few: list[Person], texts: list[str]
) -> None:
    with TemporaryDirectory() as folder:
        snapshot = Snapshot(few, prune(PROFILE_TYPE, typed(texts).values()), Path(folder))
        assert differences(few, snapshot, texts) == []


def test_both_back_ends_agree_on_every_construct(people: list[Person], tmp_path: Path) -> None:
    texts = lines("both_engines.txt")
    snapshot = Snapshot(people, prune(PROFILE_TYPE, typed(texts).values()), tmp_path)
    assert differences(people, snapshot, texts) == []


def test_what_the_type_check_never_makes_means_the_same_as_well(
    people: list[Person], snapshot: Snapshot
) -> None:
    [tags, views, flag] = (
        check_expression(text, PROFILE_TYPE)
        for text in ("tags", 'xEvent[eventType = "view"]', "loyalty.member")
    )
    nowhere = Constant(None, ListType(STRING), AT)
    made: list[Typed] = [
        Call("=", (Call("size", (items,), INTEGER, AT), Constant(2, INTEGER, AT)), BOOLEAN, AT)
        for items in (tags, views, nowhere)
    ]
    made += [
        Call(function, (Constant("red", STRING, AT), nowhere), BOOLEAN, AT)
        for function in ("in", "notIn")
    ]
    made += [
        Call(function, (tags, nowhere), BOOLEAN, AT) for function in ("intersects", "supersetOf")
    ]
    no = Constant(False, BOOLEAN, AT)
    made.append(If(Call("truth", (flag,), BOOLEAN, AT), no, no, BOOLEAN, AT))
    numbered = dict(enumerate(made))
    assert snapshot.holding(numbered) == by_closures(people, numbered)


def test_most_constructs_hold_for_some_and_not_for_others(snapshot: Snapshot) -> None:
    texts = lines("both_engines.txt")
    rows = snapshot.holding(typed(texts)).values()
    telling = [n for n in range(len(texts)) if 0 < sum(n in held for held in rows) < len(rows)]
    assert len(telling) > 0.85 * len(texts)


EVENTS = [
    'xEvent[eventType = "purchase" and timestamp occurs <= 7 days before now]',
    'xEvent[eventType = "view"].count() > 2',
    "xEvent.commerce.order.priceTotal > 50",
    "xEvent.sum(commerce.order.priceTotal) > 50",
    "xEvent.productListItems[quantity > 1].count() = 2",
    'not(xEvent[eventType = "view"]) and xEvent[eventType = "cart"]',
]


def test_typical_conditions_about_events_gather_no_events() -> None:
    assert "LIST(" not in batch_query(typed(EVENTS)).sql("duckdb")


def test_all_audiences_share_one_pass_over_the_events(snapshot: Snapshot) -> None:
    statement = batch_query(typed(EVENTS)).sql("duckdb")
    plan = snapshot.connection.execute(f"EXPLAIN {statement}", {"now": NOW_MS}).fetchall()[0][1]
    assert plan.count("SEQ_SCAN") == 2  # of profiles, of events


def test_equal_conditions_about_events_are_evaluated_once() -> None:
    text = 'xEvent[eventType = "view" and productListItems[quantity > 1]]'
    several = [text, f'{text} and homeAddress.country = "FI"', f"not({text})"]
    assert batch_query(typed(several)).sql("duckdb").count("BOOL_OR") == 1


def test_a_condition_stands_in_a_where_of_any_statement(
    people: list[Person], snapshot: Snapshot
) -> None:
    texts = [*EVENTS, "orders.sum(total) > 30", 'inSegment("S1")']
    expected = by_closures(people, typed(texts))
    for number, query in typed(texts).items():
        others = exp.select("count(*)").from_("profile").where(exp.not_(compile_sql(query)))
        assert snapshot.rows(others) == [(sum(number not in held for held in expected.values()),)]


FUNNEL = 'loyalty.member and xEvent[eventType = "view"] and (inSegment("S1") and tags.count() > 1)'


def test_counts_are_exact(people: list[Person], snapshot: Snapshot) -> None:
    [query] = typed([FUNNEL]).values()
    matched = sum(map(len, by_closures(people, {0: query}).values()))
    assert matched > 0
    assert snapshot.rows(count_query(query)) == [(len(people), matched)]


def test_a_funnel_counts_each_part_and_all_before_it(
    people: list[Person], snapshot: Snapshot
) -> None:
    [query] = typed([FUNNEL]).values()
    held = by_closures(people, dict(enumerate(conjuncts(query)))).values()
    # What stands in brackets is one part.
    parts = range(3)
    single = [sum(part in one for one in held) for part in parts]
    cumulative = [sum(set(range(part + 1)) <= one for one in held) for part in parts]
    assert snapshot.rows(funnel_query(query)) == [(len(people), single, cumulative)]
    assert len(set(cumulative)) == len(parts)


def test_samples_page_through_those_for_whom_it_holds(
    people: list[Person], snapshot: Snapshot
) -> None:
    [query] = typed([FUNNEL]).values()
    members = [place for place, held in by_closures(people, {0: query}).items() if held]
    pages = [
        int(key.decode())
        for offset in range(0, len(people), 5)
        for (key,) in snapshot.rows(sample_query(query, limit=5, offset=offset))
    ]
    assert pages == members


@pytest.mark.parametrize("text", ['it\'s "x"', "'; DROP TABLE profile; --", "a\0b", "\\", "{}$now"])
def test_texts_of_a_query_stay_texts(text: str, tmp_path: Path) -> None:
    person = Person({"homeAddress": {"country": text}}, (), frozenset())
    snapshot = Snapshot([person], PROFILE_TYPE, tmp_path)
    [query] = typed(['homeAddress.country = "here"']).values()
    assert isinstance(query, Call)
    found = Call("=", (query.arguments[0], Constant(text, STRING, (0, 0))), BOOLEAN, (0, 0))
    assert snapshot.holding({7: found}) == {0: {7}}


def test_half_a_character_is_refused() -> None:
    text = Constant("\ud800", STRING, (3, 9))
    with pytest.raises(PqlError, match="half a character") as caught:
        compile_sql(Call("=", (text, text), BOOLEAN, (0, 9)))
    assert (caught.value.start, caught.value.end) == (3, 9)


def test_lets_that_double_without_end_are_refused() -> None:
    query: Typed = Variable("v20", DOUBLE, (0, 1))
    query = Call(">", (query, query), BOOLEAN, (0, 1))
    for number in reversed(range(20)):
        before = Variable(f"v{number}", DOUBLE, (0, 1))
        twice = Call("+", (before, before), DOUBLE, (0, 1))
        query = Let(f"v{number + 1}", twice, query, BOOLEAN, (5, 6))
    query = Let("v0", Constant(1.0, DOUBLE, (0, 1)), query, BOOLEAN, (2, 3))
    with pytest.raises(PqlError, match="too long") as caught:
        compile_sql(query)
    assert caught.value.start == 2


def _with_orders(count: int, *, items: int = 0) -> Person:
    item = {"sku": "a", "qty": 1, "tags": ["x"] * items}
    order = {"total": 1.0, "items": [item] * items}
    return Person({"orders": [order] * count}, (), frozenset())


_THREE = "exists a from orders: exists b from orders: exists c from orders:"
_SELECTED = "select A from orders, B from orders, C from orders where A.total + B.total < C.total"


@pytest.mark.parametrize(
    ("rule", "few", "many"),
    [
        ("exists a from orders: exists b from orders: a.total < b.total", 500, 10_001),
        (f"{_THREE} a.total + b.total < c.total", 90, 110),
        (f"{_THREE} exists d from orders: a.total + b.total + c.total < d.total", 9, 11),
        ("orders[total >= ^.orders[total < 5].count()]", 500, 10_001),
        (f"({_SELECTED}).count() > 0", 90, 110),
        ("orders.map(total).distinct().count() > 1", 500, 10_001),
    ],
)
def test_products_of_long_lists_of_one_person_are_refused(
    tmp_path: Path, rule: str, few: int, many: int
) -> None:
    (tmp_path / "few").mkdir()
    (tmp_path / "many").mkdir()
    query = typed([rule])
    person = [_with_orders(few)]
    assert Snapshot(person, PROFILE_TYPE, tmp_path / "few").holding(query) == {0: set()}
    with pytest.raises(duckdb.InvalidInputException, match=TOO_LONG):
        Snapshot([_with_orders(many)], PROFILE_TYPE, tmp_path / "many").holding(query)


def test_lists_inside_each_other_may_be_long(tmp_path: Path) -> None:
    rule = 'exists o from orders: exists i from o.items: exists t from i.tags: t = "y"'
    snapshot = Snapshot([_with_orders(20, items=150)], PROFILE_TYPE, tmp_path)
    assert snapshot.holding(typed([rule])) == {0: set()}
