"""pql/json: nothing is lost between the two formats, and bad documents are explained."""

import json
from dataclasses import fields, is_dataclass
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.segmentation.pql.check import check_segment
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.format import format_query
from profiles.segmentation.pql.nodes import Query
from profiles.segmentation.pql.parser import parse
from profiles.segmentation.pql.pql_json import from_document, read, to_document, write
from profiles.segmentation.pql.types import ObjectType
from tests.profiles.segmentation.pql.world import CONFORMANCE, PROFILE_TYPE, queries

DOCUMENTED = {
    "nodeType": "fnApply",
    "fnName": "=",
    "params": [
        {
            "nodeType": "fieldLookup",
            "fieldName": "country",
            "object": {
                "nodeType": "fieldLookup",
                "fieldName": "homeAddress",
                "object": {"nodeType": "parameterReference", "position": 1},
            },
        },
        {"nodeType": "literal", "literalType": "String", "value": "FI"},
    ],
}


def test_the_documented_example_is_written_and_read() -> None:
    text = 'homeAddress.country = "FI"'
    assert to_document(parse(text)) == DOCUMENTED
    assert format_query(from_document(DOCUMENTED)) == text
    assert json.loads(write(parse(text), fmt="pql/json")) == DOCUMENTED


def test_the_value_comes_as_text_or_as_an_object() -> None:
    assert read(json.dumps(DOCUMENTED), fmt="pql/json") == read(DOCUMENTED, fmt="pql/json")
    assert read('homeAddress.country = "FI"', fmt="pql/text") == read(DOCUMENTED, fmt="pql/json")


def test_text_is_written_as_canonical_text() -> None:
    assert write(parse("(tags)"), fmt="pql/text") == "tags"
    with pytest.raises(PqlError, match="must be text"):
        read(DOCUMENTED, fmt="pql/text")


def test_the_old_spelling_of_the_profile_is_read() -> None:
    old = json.loads(
        json.dumps(DOCUMENTED).replace(
            '{"nodeType": "parameterReference", "position": 1}',
            '{"nodeType": "literal", "literalType": "XDMObject", "value": "profile"}',
        )
    )
    assert from_document(old) == from_document(DOCUMENTED)


def test_a_date_with_time_is_read_as_text() -> None:
    literal = {"nodeType": "literal", "literalType": "Date", "value": "2026-03-01T08:00:00Z"}
    assert format_query(from_document(literal)) == '"2026-03-01T08:00:00Z"'


# What a query is called after a round trip through pql/json.
TEXTS = [
    ("orders[total > 50].count() = 1", None),
    ("orders.filter((O) => O.total > 50)", None),
    ("orders.filter(total > 50)", "orders[total > 50]"),
    ("orders.exists(total > 50)", None),
    ("exists O from orders where O.total > 50", None),
    ("orders.exists((O) => O.total > 50)", "exists O from orders where O.total > 50"),
    ("forall O from orders where O.total > 50", None),
    (
        "forall O from orders where O.shipped, I from O.items where I.qty > 0",
        "forall O from orders where not O.shipped or forall I from O.items where I.qty > 0",
    ),
    ("exists O from orders : O.total > 1", "exists O from orders where O.total > 1"),
    ("orders[items[qty > 1 and ^.total = 70]]", None),
    ("orders[items[^^.favourite.sku = sku]]", "orders[items[$1.favourite.sku = sku]]"),
    ("tags[this = homeAddress]", None),
    ("tags[this = $1.homeAddress.city]", None),
    ("orders.sum(total) = -5", None),
    ("sum(orders.total) > 1.5", "orders.total.sum() > 1.5"),
    (
        "(sum O.total over O from orders where O.shipped) > 1",
        "orders.filter((O) => O.shipped).sum((O) => O.total) > 1",
    ),
    ("(count O.id over O from orders) > 1", "orders.map((O) => O.id).count() > 1"),
    ("let t = orders.count() in t > 1 and orders[total > t]", None),
    ("(p) => p.tags", "tags"),
    ("$1.tags", "tags"),
    ("person.birthDate = date(2000, 1, 31)", None),
    ('a in [1, -2, 2.5, "x", null, true]', None),
    ("a in [b, 1]", None),
    ("a in [date(2026, 1, 1)]", None),
    ('{"a": 1, "b": [c]}.isNull()', None),
    ('orders.topN(total, 1).head().id = "o2"', None),
    ("orders.groupBy(id).map((K, G) => mapEntry(K, G.count()))", None),
    ("(select O from orders, I from O.items where I.sku = O.id).count() = 2", None),
    ("if(a, 1, 2) = 1", None),
    ("not a or -b > 1", None),
    ("a occurs 3 days before last month", None),
    ("a occurs <= 1 century from b", None),
    ("a occurs after now and a occurs today and a occurs between now and b", None),
    ("this.from = 1", "$1.from = 1"),
    ("let a = 1 in $1.a = a", None),
    (
        "let a = 1 in orders[this.a = 1]",
        None,
    ),
    # An inner variable that hides an outer one gets another name.
    (
        "orders.exists((V) => V.items.exists((V) => ^.id = V.sku))",
        "exists V from orders where exists V_2 from V.items where V.id = V_2.sku",
    ),
    (
        "orders[items.exists((item1) => ^.id = item1.sku)]",
        "orders[exists item1_2 from items where id = item1_2.sku]",
    ),
    ("exists O from a where O.b : O.c", "exists O from a where O.b and O.c"),
    ("exists O from a : date(2026, 2, 30) = O", "exists O from a where date(2026, 2, 30) = O"),
    ('inSegment("x") and currentMonth() = 3', None),
    ('CHAIN(xEvent, t, [A: WHAT(b = "a" and c[d = ^.a]) COUNT(2)])', None),
    ("CHAIN(xEvent, t, [A: WHAT(b), B: WHEN(<= 2 days after A) WHERE(b = A.b)])", None),
    ("CHAIN(xEvent, t, [A: WHAT(b) WHEN(between now and today) COUNT(< 3)])", None),
]


@pytest.mark.parametrize(("text", "after"), TEXTS)
def test_text_comes_back_from_json(text: str, after: str | None) -> None:
    document = to_document(parse(text))
    query = from_document(json.loads(json.dumps(document)))
    assert format_query(query) == (after or text)
    assert to_document(query) == document


def _meaning(text: str | Query) -> Any:
    """What a query is checked to, whatever its positions and the names of its variables."""
    numbers: dict[str, int] = {}
    counter = count()

    def plain(value: Any) -> Any:
        if isinstance(value, ObjectType):
            return value.label
        if is_dataclass(value):
            kept = [field.name for field in fields(value) if field.name not in ("at", "label")]
            return (type(value).__name__, *(plain(getattr(value, name)) for name in kept))
        if isinstance(value, tuple):
            return tuple(plain(item) for item in value)
        if isinstance(value, str) and value.rpartition("_")[2].isdigit():
            return numbers.setdefault(value, next(counter))
        return value

    return plain(check_segment(text, PROFILE_TYPE))


@pytest.mark.parametrize("text", [text for _, text, _ in CONFORMANCE])
def test_the_conformance_set_means_the_same_from_json(text: str) -> None:
    query = from_document(to_document(parse(text)))
    assert _meaning(query) == _meaning(text)


@given(queries())
def test_json_keeps_what_a_query_means(text: str) -> None:
    document = to_document(parse(text))
    query = from_document(document)
    assert to_document(query) == document


NOW = {"nodeType": "timeReference", "value": "now"}


def call(name: str, *params: Any) -> dict[str, Any]:
    return {"nodeType": "fnApply", "fnName": name, "params": list(params)}


def window(**fields: Any) -> dict[str, Any]:
    return {"nodeType": "timeWindow", "reference": NOW, **fields}


_REFUSED: list[tuple[Any, str]] = [
    ({}, "expression: nodeType is missing"),
    ({"nodeType": "what"}, "There is no nodeType 'what'"),
    ({"nodeType": "fnApply", "fnName": "="}, "params is missing"),
    ({"nodeType": "fnApply", "fnName": "=", "params": 3}, "expression.params: An array"),
    ({"nodeType": "fnApply", "fnName": "f g", "params": []}, "A name consists of letters"),
    ({"nodeType": "fnApply", "fnName": "and", "params": []}, "Expected"),
    ({"nodeType": "fnApply", "fnName": "if", "params": []}, "Expected"),
    ({"nodeType": "literal", "literalType": "Integer", "value": "5"}, "literalType 'Integer'"),
    ({"nodeType": "literal", "literalType": "Integer", "value": True}, "literalType 'Integer'"),
    ({"nodeType": "literal", "literalType": "Double", "value": 1e400}, "literalType 'Double'"),
    ({"nodeType": "literal", "literalType": "List", "value": [{}]}, "A list of constants"),
    ({"nodeType": "literal", "literalType": "String", "value": "\ud800"}, "character"),
    ({"nodeType": "variableReference", "name": "V"}, "no variable 'V'"),
    ({"nodeType": "lambda", "params": ["a"], "body": {}}, "only be an argument"),
    ({"nodeType": "parameterReference", "position": -1}, "whole number"),
    ({"nodeType": "timeReference", "value": "last eon"}, "last month"),
    ({"nodeType": "let", "name": "in", "value": DOCUMENTED, "body": DOCUMENTED}, "Expected"),
    ({"nodeType": "fieldLookup", "fieldName": "a b", "object": DOCUMENTED}, "A name consists"),
    ({"nodeType": "object", "fields": []}, "An object is needed"),
    ({"nodeType": 5}, "Text is needed"),
    (call("occurs", NOW, NOW), "A timeWindow is needed"),
    (call("occurs", NOW, window(count=1, unit="eon", direction="before")), "no unit of time"),
    (call("occurs", NOW, window(direction="beside")), "One of before, after is needed"),
    (call("exists", NOW, {"nodeType": "lambda", "params": [], "body": NOW}), "binds one name"),
    (
        call("filter", NOW, {"nodeType": "lambda", "params": [], "body": NOW, "implicit": True}),
        "implicit lambda has one parameter",
    ),
]


@pytest.mark.parametrize(("document", "reason"), _REFUSED)
def test_a_bad_document_is_explained(document: Any, reason: str) -> None:
    with pytest.raises(PqlError) as caught:
        from_document(document)
    assert reason in caught.value.message


@pytest.mark.parametrize("text", ["", "[]", "1", "{", "[" * 10**5, '{"a":' * 10**5, "x" * 2**21])
def test_what_is_no_json_object_is_refused(text: str) -> None:
    with pytest.raises(PqlError):
        read(text, fmt="pql/json")


def test_deep_documents_are_refused() -> None:
    document: dict[str, Any] = {"nodeType": "literal", "literalType": "Boolean", "value": True}
    for _ in range(500):
        document = {"nodeType": "fnApply", "fnName": "not", "params": [document]}
    with pytest.raises(PqlError, match="nested"):
        from_document(document)


_json = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=3)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.fixed_dictionaries(
            {
                "nodeType": st.sampled_from(
                    ["literal", "fnApply", "lambda", "chain", "let", "list", "fieldLookup"]
                )
            },
            optional={
                "literalType": st.sampled_from(["String", "List", "Double"]),
                "value": inner,
                "fnName": st.sampled_from(["=", "and", "exists", "occurs", "filter", "if"]),
                "params": st.lists(inner, max_size=3),
                "name": st.sampled_from(["a", "if", "1"]),
                "body": inner,
                "fieldName": st.sampled_from(["a", "from"]),
                "object": inner,
                "links": st.lists(inner, max_size=1),
            },
        ),
    ),
    max_leaves=10,
)


@given(_json)
def test_any_document_is_read_or_refused(document: Any) -> None:
    try:
        query = from_document(document)
    except PqlError:
        return
    assert from_document(to_document(query)) is not None
