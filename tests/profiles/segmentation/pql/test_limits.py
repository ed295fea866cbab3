"""Hostile queries: whatever the text, it is understood or refused, at little cost."""

import inspect
import re
import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.segmentation.pql.check import check_expression
from profiles.segmentation.pql.eligibility import eligibility
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.format import format_query
from profiles.segmentation.pql.parser import parse
from profiles.segmentation.pql.pql_json import from_document, to_document
from profiles.segmentation.pql.references import references
from tests.profiles.segmentation.pql.world import CONFORMANCE, PROFILE_TYPE, queries

DEEP: list[Callable[[int], str]] = [
    lambda n: "(" * n + "1" + ")" * n,
    lambda n: "[" * n,
    lambda n: "not " * n + "true",
    lambda n: "!" * n + "true",
    lambda n: "f(" * n,
    lambda n: "if(" * n,
    lambda n: '{"a":' * n,
    lambda n: "1+(" * n,
    lambda n: "1 or 1 and not 1 = 1 + 1 * (" * n,
    lambda n: "let x = 1 in " * n + "x",
    lambda n: "let x = (" * n,
    lambda n: "exists O from orders where " * n + "true",
    lambda n: "orders[" * n,
    lambda n: "orders.filter((O) => " * n,
    lambda n: "sum x over O from (" * n,
    lambda n: "CHAIN(xEvent, timestamp, [A: WHAT(" * n,
    lambda n: "a occurs before (" * n,
    lambda n: "a" + ".a" * n,
    lambda n: "tags" + "[true]" * n,
    lambda n: "1" + " + 1" * n,
    lambda n: "-(" * n,
    lambda n: "^" * n,
]


@pytest.mark.parametrize("deep", DEEP)
@pytest.mark.parametrize("size", [61, 5_000])
def test_deep_queries_are_refused(deep: Callable[[int], str], size: int) -> None:
    with pytest.raises(PqlError):
        check_expression(deep(size), PROFILE_TYPE)


@pytest.mark.parametrize("deep", ["(" * 59 + "1" + ")" * 59, "not " * 58 + "true", "1" + "+1" * 58])
def test_deep_queries_within_the_limit_are_understood(deep: str) -> None:
    parsed = parse(deep)
    assert check_expression(deep, PROFILE_TYPE).at == (0, len(deep)) or deep[0] == "("
    assert parse(format_query(parsed)) == parsed
    assert from_document(to_document(parsed)) == parsed


LIMITS = [
    ("x" * 65_537, "longer than 64 KiB"),
    ('"' + "ä" * 40_000 + '"', "longer than 64 KiB"),
    (" or ".join(["true"] * 2_001), "more than 2000 parts"),
    (f"1 in [{', '.join(['1'] * 1_001)}]", "at most 1000 items"),
    (f'"a".matches("{"a" * 1_001}")', "at most 1000 characters"),
    (f'"a" like "{"a" * 1_001}"', "at most 1000 characters"),
    ("select A from a, B from b, C from c, D from d", "At most 3 lists"),
    ("exists A from a, B from b, C from c, D from d where true", "At most 3 lists"),
    (
        f"CHAIN(xEvent, timestamp, [{', '.join(f'A{n}: COUNT(1)' for n in range(21))}])",
        "at most 20 elements",
    ),
    ("CHAIN(xEvent, timestamp, [A: COUNT(10001)])", "at most 10000"),
    ("9007199254740992 = 1", "too large to be exact"),
    ("9" * 60_000, "too large to be exact"),
    ("loyalty.joined occurs <= 999999999999 days before now", "at most 1000 years"),
    ('"\\ud800"', "no stored text can have"),
    ('"\\u0000"', "no stored text can have"),
    ('"a".matches("((a{999}){999}){999}")', "cannot be read"),
]


@pytest.mark.parametrize(("text", "said"), LIMITS)
def test_large_queries_are_refused(text: str, said: str) -> None:
    with pytest.raises(PqlError, match=re.escape(said)):
        check_expression(text, PROFILE_TYPE)


LARGE = [
    f"1 in [{', '.join(['1'] * 1_000)}]",
    " or ".join(["true"] * 1_999),
    "9007199254740991 = 1",
    "select A from orders, B from A.items, C from B.tags",
]


@pytest.mark.parametrize("text", LARGE)
def test_large_queries_within_the_limits_are_understood(text: str) -> None:
    assert format_query(parse(text)) == text
    check_expression(text, PROFILE_TYPE)


def test_what_is_used_twice_at_every_level_costs_no_more_at_each() -> None:
    lets = "let v0 = orders in " + "".join(
        f"let v{n} = if(true, v{n - 1}, v{n - 1}) in " for n in range(1, 50)
    )
    typed = check_expression(f"{lets}v49.total > 1", PROFILE_TYPE)
    assert references(typed).attributes == {"orders", "orders.total"}
    nested = "loyalty.member"
    for _ in range(25):
        nested = f'tags.equals(if({nested}, "a", "b"))'
    again = check_expression(nested, PROFILE_TYPE)
    assert eligibility(again, edge_active=True, referenced=lambda _: None).qualifies("edge")


# Pieces of queries in any order, so that most texts nearly make sense.
_PIECE = re.compile(r'"[^"]*"|\w+|\S')
_PIECES = [" ", *sorted({piece for _, text, _ in CONFORMANCE for piece in _PIECE.findall(text)})]
_nonsense = st.lists(st.sampled_from(_PIECES), max_size=25).map(" ".join)


def refusal(text: str) -> PqlError | None:
    """Why a query is refused; what is understood can be worked with."""
    try:
        typed = check_expression(text, PROFILE_TYPE)
    except PqlError as error:
        return error
    references(typed)
    eligibility(typed, edge_active=True, referenced=lambda _: None)
    return None


def is_placed(error: PqlError, text: str) -> bool:
    """Does the error point into the text?"""
    return 0 <= error.start <= error.end <= len(text) and min(error.line, error.column) >= 1


@given(st.one_of(st.text(), _nonsense))
def test_any_text_is_understood_or_refused(text: str) -> None:
    error = refusal(text)
    assert error is None or is_placed(error, text)


@given(queries(), st.data())
def test_a_query_with_a_piece_changed_is_understood_or_refused(
    text: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 12)))
    changed = text[:start] + data.draw(st.sampled_from(_PIECES)) + text[end:]
    error = refusal(changed)
    assert error is None or is_placed(error, changed)


def test_a_nearly_full_stack_makes_a_query_too_deep_and_nothing_else() -> None:
    def down(levels: int) -> str:
        if levels:
            return down(levels - 1)
        try:
            check_expression("not (" * 25 + "true" + ")" * 25, PROFILE_TYPE)
        except PqlError as error:
            return error.reason
        return ""

    room = sys.getrecursionlimit() - len(inspect.stack())
    assert {down(room - left) for left in (40, 80, 120)} == {
        "The query is nested more than 60 levels deep."
    }
