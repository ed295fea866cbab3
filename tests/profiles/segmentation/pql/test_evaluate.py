"""What queries say of one person: the conformance set, null, functions, odd documents."""

from typing import Any

import pytest
from hypothesis import given, settings

from profiles.segmentation.pql.check import check_segment
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.evaluate import compile_query
from profiles.segmentation.pql.typed import Call, Constant, Now
from profiles.segmentation.pql.types import (
    BOOLEAN,
    DATE_TIME,
    INTEGER,
    STRING,
    ListType,
    MapType,
    ObjectType,
)
from tests.profiles.segmentation.pql.evaluating import event, facts, holds, value
from tests.profiles.segmentation.pql.strategies import Person, profiles, queries
from tests.profiles.segmentation.pql.world import CONFORMANCE, NOW


@pytest.mark.parametrize(("text", "expected"), [(text, held) for _, text, held in CONFORMANCE])
def test_the_conformance_set_holds(text: str, *, expected: bool) -> None:
    assert holds(text) is expected


@given(queries(), profiles())
@settings(max_examples=200, deadline=None)
def test_every_query_has_an_answer_for_everybody(text: str, person: Person) -> None:
    about = facts(person.document, events=person.events, member_of=person.member_of)
    answer = holds(text, about)
    assert holds(text, about) is answer  # what the facts keep changes nothing
    assert holds(f"not({text})", about) is not answer


@pytest.mark.parametrize(
    "text",
    [
        'loyalty.tier = "a"',
        'loyalty.tier != "a"',
        "loyalty.tier = homeAddress.city",
        'loyalty.tier < "z"',
        "loyalty.tier > homeAddress.country",
        "homeAddress.country >= loyalty.tier",
        'loyalty.tier in ["a", "b"]',
        'loyalty.tier notIn ["a", "b"]',
        "homeAddress.city notIn tags",
        'loyalty.tier like "%"',
        'loyalty.tier.matches(".*")',
        'loyalty.tier.startsWith("")',
        'loyalty.tier.doesNotStartWith("a")',
        'loyalty.tier.endsWith("")',
        'loyalty.tier.doesNotEndWith("a")',
        'loyalty.tier.contains("")',
        'loyalty.tier.doesNotContain("a")',
        'loyalty.tier.equals("a")',
        'loyalty.tier.notEqualTo("a")',
        "homeAddress.country.contains(loyalty.tier)",
        "homeAddress.country.doesNotContain(loyalty.tier, false)",
        "homeAddress.country.contains(null)",
        "homeAddress.country.doesNotContain(null)",
        "select A from scores, B from scores",
        "select A from tags, B from scores",
        "loyalty.joined occurs before now",
        "loyalty.joined occurs after now",
        "loyalty.joined occurs != 3 days before now",
        "loyalty.joined occurs between date(2000, 1, 1) and now",
        "date(2026, 3, 1) occurs between loyalty.joined and now",
        "now occurs > 3 days after loyalty.joined",
        "loyalty.member",
        "loyalty.member = true",
        "loyalty.member != true",
        "scores.includes(1)",
        "scores.subsetOf([1])",
        "scores.intersects([1])",
        "scores.supersetOf([1])",
        "scores.filter(this > 1).subsetOf([1])",
        "scores.exists(this > 1)",
        'segmentMembership.get("nobody").get("S1").status = "realized"',
        "loyalty.points / 0 = loyalty.points / 0",
        "loyalty.points % 0 != 1",
        "scores.min() < 1",
        "scores.average() < 1",
        "scores.head() != 1",
    ],
)
def test_what_is_asked_of_null_is_false(text: str) -> None:
    assert holds(text) is False


@pytest.mark.parametrize(
    "text",
    [
        "loyalty.tier.isNull()",
        "loyalty.tier = null",
        "not(homeAddress.country.isNull())",
        "homeAddress.isNotNull()",
        "$1.isNotNull()",
        "homeAddress.country != null",
        "loyalty.joined.getMonth().isNull()",
        "(loyalty.points / 0).isNull()",
        "(0 - loyalty.points % 0).isNull()",
        "scores.count() = 0",
        "scores.sum() = 0",
        "scores.max().isNull()",
        "forall S from scores where S > 1",
        "scores.filter(this > 1).isNull()",
        "scores.map(this + 1).isNull()",
        "scores.distinct().isNull()",
        "scores.groupBy(this).isNull()",
        "scores.groupBy(this).map((K, G) => mapEntry(K, G.count())).isNull()",
        "select A from tags, B from tags where A != B",
        "scores.topN(this, 1).isNull()",
        "scores.intersection([1]).isNull()",
        'props.get("k2").isNull()',
        '{"a": 1}.isNotNull()',
        "now.isNotNull()",
        "not(now.isNull())",
    ],
)
def test_null_can_be_tested_for(text: str) -> None:
    assert holds(text) is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7 % 3", 1),
        ("-7 % 3", -1),
        ("loyalty.points / 7 * 7", 120.0 / 7 * 7),
        ("-loyalty.points - 1", -121),
        ("2 + 3 * 4", 14),
        ("1e308 * 10", None),
        ('person.name.firstName.regexGroup("I(d)(x)?", 1)', "d"),
        ('person.name.firstName.regexGroup("I(d)(x)?", 2)', None),
        ('person.name.firstName.regexGroup("x", 0)', None),
        ("orders.map(total)", [30, 70]),
        ("orders.items.sku", ["A", "B", "A"]),
        ("orders.items.sku.distinct()", ["A", "B"]),
        ("orders.items.topN(qty, 2).map(qty)", [2, 1]),
        ("orders.bottomN(total, 1).map(id)", ["o1"]),
        ("orders.average(total)", 50),
        ("orders.min(total)", 30),
        ("orders.max(id)", "o2"),
        ("orders.items.count()", 3),
        ("orders.items.sum(qty)", 4),
        ("sum O.total over O from orders where O.total > 30", 70),
        ('tags.intersection(["blue", "red", "blue"])', ["red", "blue"]),
        ("props.keys()", ["k1"]),
        ("props.values()", ["v1"]),
        ("orders.items.groupBy(sku).keys()", ["A", "B"]),
        ("orders.items.groupBy(qty).keys()", ["1", "2"]),
        (
            "orders.items.groupBy(sku).map((K, G) => mapEntry(K, G.count()))",
            {"A": 2, "B": 1},
        ),
        ("orders.items.groupBy(sku).count()", 2),
        ('orders.items.groupBy(sku).get("A").count()', 2),
        ('props.get(if(inSegment("S1"), "k1", "k2"))', "v1"),
        ("orders.groupBy(total / 40).keys()", ["0.75", "1.75"]),
        ("orders.groupBy(shipped).keys()", []),
        ("[true, false].groupBy(this).keys()", ["false", "true"]),
        ("orders[0 < this.total].items.head().sku", "A"),
        ("xEvent.groupBy(timestamp).keys().head()", "2026-03-01T09:00:00Z"),
        ("xEvent.eventType", ["view", "cart", "purchase"]),
        ("date(2026, 3, 31).getDayOfMonth()", 31),
        ("currentMonth()", 3),
        ("currentYear()", 2026),
        ("currentDayOfMonth()", 10),
        ("yesterday.getDayOfMonth()", 9),
        ('if(inSegment("S1"), 1, 2)', 1),
        ("if(loyalty.member, 1, 2)", 2),
        ("[1, 2].head()", 1),
        ("[loyalty.points, 2].count()", 2),
    ],
)
def test_values_are_worked_out(text: str, expected: Any) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"ÅSA".equals("åsa", false)', True),
        ('"ÅSA".equals("åsa")', False),
        ('"STRASSE".equals("straße", false)', False),
        # Character by character: no final sigma, and a dotted capital I is an i.
        ('"ΟΔΟΣ".equals("οδοσ", false)', True),
        ('"İ".equals("i", false)', True),
        ('"a%b".contains("%")', True),
        (r'"50%" like "50\\%"', True),
        (r'"501" like "50\\%"', False),
        ('"a.b" like "a_b"', True),
        ('"a.b" like "a.c"', False),
        ('"axb" like "a.b"', False),
        (r'"a\nb" like "a%b"', True),
        ('"abc" like "b"', False),
        ('"" like "%"', True),
        ('"😀" like "_"', True),
        ('"abc".matches("b")', False),
        ('"abc".matches("a|abc")', True),
        ('"Z" < "a"', True),
        ('"a" < "😀"', True),
    ],
)
def test_texts_are_compared_by_character(text: str, *, expected: bool) -> None:
    assert holds(text) is expected


def test_a_value_of_another_type_than_the_schema_says_is_null() -> None:
    odd = facts(
        {
            "homeAddress": "Main Street",
            "person": {"birthYear": True, "birthDate": 7, "name": {"firstName": 5}},
            "loyalty": {"points": "120", "joined": "2026-02-30", "member": 1},
            "tags": ["red", 5, None],
            "scores": {"a": 1},
            "orders": [None, 3, {"total": [1], "items": "none"}],
            "props": ["k1"],
        }
    )
    for text in (
        "homeAddress.country.isNull()",
        "person.birthYear.isNull()",
        "person.birthDate.isNull()",
        "person.name.firstName.isNull()",
        "loyalty.points.isNull()",
        "loyalty.joined.isNull()",
        "loyalty.member = null",
        'tags.includes("red") and tags.count() = 1',
        "scores.isNull()",
        "orders.total.count() = 0",
        "not(orders[items[qty = 1]])",
        'props.get("k1").isNull()',
    ):
        assert holds(text, odd), text


def test_lists_and_maps_hold_values_of_their_types() -> None:
    kinds = ObjectType(
        "profile",
        {
            "days": ListType(DATE_TIME),
            "flags": ListType(BOOLEAN),
            "names": ListType(STRING),
            "ends": MapType(DATE_TIME),
            "visits": MapType(ListType(DATE_TIME)),
        },
    )
    about = facts(
        {
            "days": ["2026-03-01", 5, "soon", None, "2026-03-10T08:00:00Z"],
            "flags": [True, 1, None, "true"],
            "names": ["a", 5],
            "ends": {"a": "2026-03-20", "b": 7},
            "visits": {"a": ["2026-03-02", "x"], "b": "2026-03-02"},
        }
    )
    for text in (
        "days.count() = 2 and days.max() occurs today",
        "flags.count() = 1 and flags.head()",
        "names.count() = 1",
        'ends.values().count() = 1 and ends.get("a") occurs after now',
        'ends.get("b").isNull()',
        'visits.get("a").min() occurs before now',
        'visits.get("b").isNull()',
        'visits.map((K, V) => mapEntry(K, V.count())).get("a") = 1',
    ):
        assert compile_query(check_segment(text, kinds)).evaluate(about).holds is True, text


def test_numbers_are_doubles() -> None:
    huge = facts({"loyalty": {"points": 2**53 + 1}, "scores": [float(2**53), 10**400]})
    assert holds("loyalty.points = scores.head()", huge)
    assert holds("scores.count() = 1", huge)


def test_sums_add_in_order_as_databases_do() -> None:
    about = facts({"scores": [1e16, 1.0, -1e16]})
    assert value("scores.sum()", about) == 0


def test_events_are_in_the_order_of_time() -> None:
    late = event("a", "late", "2026-03-09T00:00:00+02:00")
    early = event("b", "early", "2026-03-08T12:00:00Z")
    same = event("0", "same", "2026-03-08T22:00:00Z")
    never = {"_id": "c", "eventType": "never"}
    about = facts(events=[never, late, early, same])
    assert value("xEvent.eventType", about) == ["early", "same", "late", "never"]


def test_a_let_is_worked_out_once_and_seen_inside_of_lists() -> None:
    assert holds("let most = orders.max(total) in orders[total = most].count() = 1")


def test_the_inner_element_sees_the_outer_ones() -> None:
    about = facts(
        {"favourite": {"sku": "A"}},
        events=[event("e", "view", NOW, productListItems=[{"SKU": "B"}, {"SKU": "A"}])],
    )
    assert holds("xEvent[productListItems[SKU = ^^.favourite.sku]]", about)


def test_now_cannot_be_kept_as_a_value() -> None:
    now = Now(None, 0, DATE_TIME, (3, 6))
    with pytest.raises(PqlError) as refusal:
        compile_query(Call("list", (now,), ListType(DATE_TIME), (0, 7)))
    assert refusal.value.start == 3


@pytest.mark.parametrize("function", ["=", "!=", "<", "in", "notIn"])
def test_null_written_out_equals_nothing(function: str) -> None:
    # The checker folds these away; nodes made otherwise mean the same.
    one, null = Constant(1, INTEGER, (0, 0)), Constant(None, INTEGER, (0, 0))
    query = compile_query(Call(function, (one, null), BOOLEAN, (0, 0)))
    assert query.evaluate(facts()).holds is False
