"""Canonical text: it says the same, and formatting it again changes nothing."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.segmentation.pql import nodes
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.format import format_node, format_query
from profiles.segmentation.pql.parser import parse
from profiles.segmentation.pql.syntax.measure import check_size
from tests.profiles.segmentation.pql.world import CONFORMANCE, queries

CANONICAL = [
    ("a='x'", 'a = "x"'),
    ("((a))", "a"),
    ("(a and b) or (c and d)", "a and b or c and d"),
    ("a and (b or c)", "a and (b or c)"),
    ("(a and b) and c", "(a and b) and c"),
    ("!(a = 1)", "not a = 1"),
    ("not(a and b)", "not (a and b)"),
    ("(not a) and b", "not a and b"),
    ("1+(2*3)", "1 + 2 * 3"),
    ("(1+2)*3", "(1 + 2) * 3"),
    ("1-(2-3)", "1 - (2 - 3)"),
    ("(1-2)-3", "1 - 2 - 3"),
    ("-(a.b)", "-a.b"),
    ("(-a).isNull()", "(-a).isNull()"),
    ("-(-1)", "-(-1)"),
    ("(a = b) = c", "(a = b) = c"),
    ('x in (["a"])', 'x in ["a"]'),
    ("let x = (a in b) in x", "let x = (a in b) in x"),
    ("let x = not (a in b) in x", "let x = not (a in b) in x"),
    ("let x = [a in b] in (x in c)", "let x = [a in b] in x in c"),
    ("(exists O from a where O.b) and c", "(exists O from a where O.b) and c"),
    ("c and (exists O from a where O.b)", "c and exists O from a where O.b"),
    (
        "forall O from (a) where (exists P from b where c) : d",
        "forall O from a where (exists P from b where c) : d",
    ),
    (
        "(select O from a where (exists P from b where c), Q from d).count()",
        "(select O from a where (exists P from b where c), Q from d).count()",
    ),
    ("(sum (O.x) over O from a where O.y) > 1", "(sum O.x over O from a where O.y) > 1"),
    ("sum((O.x + 1) * 2) over O from a", "sum ((O.x + 1) * 2) over O from a"),
    ("t occurs <= 24 hour before now", "t occurs <= 24 hours before now"),
    ("t occurs 1 days after this weeks", "t occurs 1 day after this week"),
    ("t occurs = 2 century from now", "t occurs = 2 centuries from now"),
    ("t occurs on (last month)", "t occurs last month"),
    ("t occurs on date(2026,3,1)", "t occurs on date(2026, 3, 1)"),
    ("t occurs (b)", "t occurs on b"),
    ("t occurs between (a) and (b + 1)", "t occurs between a and b + 1"),
    ("a[b].c[d]", "a[b].c[d]"),
    ("a . b ( c , (x,y)=>x )", "a.b(c, (x, y) => x)"),
    ("{'a':1,'b':{}}", '{"a": 1, "b": {}}'),
    ("[]", "[]"),
    ("if(a,1,2.50)", "if(a, 1, 2.5)"),
    ("^^.x = ^.y", "^^.x = ^.y"),
    (r""" "q\"\\\n\t\u00e9\u0001\u000D" """, r'''"q\"\\\n\té\u0001\u000d"'''),
    (r'"\ud83d\ude00"', '"😀"'),
    ("( p , q ) => p", "(p, q) => p"),
    ("()=>a", "() => a"),
    ("a.from.in.and", "a.from.in.and"),
    (
        "chain(xEvent,timestamp,[A:what(a) COUNT(>=2),B:WHERE(b)when(<=2 days after A)])",
        "CHAIN(xEvent, timestamp, [A: WHAT(a) COUNT(>= 2), B: WHEN(<= 2 days after A) WHERE(b)])",
    ),
]


@pytest.mark.parametrize(("text", "canonical"), CANONICAL)
def test_text_is_made_canonical(text: str, canonical: str) -> None:
    assert format_query(parse(text)) == canonical
    assert parse(canonical) == parse(text)


@pytest.mark.parametrize("text", [text for _, text, _ in CONFORMANCE])
def test_the_conformance_set_says_the_same_when_formatted(text: str) -> None:
    assert parse(format_query(parse(text))) == parse(text)


@given(queries())
def test_formatting_keeps_what_a_query_says_and_is_stable(text: str) -> None:
    query = parse(text)
    canonical = format_query(query)
    assert parse(canonical) == query
    assert format_query(parse(canonical)) == canonical


# --- Any tree at all

_AT = (0, 0)
_names = st.sampled_from(["a", "b", "sum", "count", "exists", "last", "_t", "on"])
_units = st.sampled_from(["day", "century", "millennium", "hour"])
_operators = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
_words = st.one_of(
    st.sampled_from(["now", "today"]).map(lambda word: nodes.TimeWord(word, None, _AT)),
    st.builds(nodes.TimeWord, _units, st.sampled_from(["this", "last", "next"]), st.just(_AT)),
)
_values: st.SearchStrategy[Any] = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5),
    st.integers(0, 2**53 - 1),
    st.floats(0, allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.none(),
)
_leaves: st.SearchStrategy[nodes.Node] = st.one_of(
    st.builds(nodes.Literal, _values, st.just(_AT)),
    st.builds(nodes.Name, _names, st.just(_AT)),
    st.builds(nodes.Parameter, st.integers(0, 9), st.just(_AT)),
    st.builds(nodes.This, st.just(_AT)),
    st.builds(nodes.Up, st.integers(1, 3), st.just(_AT)),
    _words,
)


def _larger(node: st.SearchStrategy[nodes.Node]) -> st.SearchStrategy[nodes.Node]:
    at = st.just(_AT)
    few = st.lists(node, max_size=2).map(tuple)
    binding = st.builds(nodes.Binding, _names, node, st.one_of(st.none(), node), at)
    bindings = st.lists(binding, min_size=1, max_size=2).map(tuple)
    test = st.one_of(
        st.builds(
            nodes.Distance,
            st.one_of(st.none(), _operators),
            st.integers(0, 99),
            _units,
            st.sampled_from(["before", "after", "from"]),
            node,
            at,
        ),
        st.builds(nodes.Side, st.sampled_from(["before", "after"]), node, at),
        st.builds(nodes.On, node, at),
        st.builds(nodes.Between, node, node, at),
    )
    maybe = st.one_of(st.none(), node)
    count = st.tuples(st.one_of(st.none(), _operators), st.integers(0, 9))
    link = st.builds(nodes.Link, _names, node, st.one_of(st.none(), test), maybe, count, at)
    lambdas = st.builds(nodes.Lambda, st.lists(_names, max_size=2).map(tuple), node, at)
    arguments = st.lists(st.one_of(node, lambdas), max_size=2).map(tuple)
    binary = ("=", "<", "in", "notIn", "like", "+", "-", "*", "%")
    folds = ("sum", "count", "min", "max", "average")
    fields = st.dictionaries(st.text("ab", max_size=2), node, max_size=2)
    pair = st.lists(node, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(nodes.Access, node, _names, at, at),
        st.builds(nodes.Pick, node, node, at),
        st.builds(nodes.Invoke, st.one_of(st.none(), node), st.just("f"), arguments, at, at),
        st.builds(nodes.Logical, st.sampled_from(["and", "or"]), pair, at),
        st.builds(nodes.Unary, st.sampled_from(["not", "-"]), node, at),
        st.builds(nodes.Binary, st.sampled_from(binary), node, node, at, at),
        st.builds(nodes.Conditional, node, node, node, at),
        st.builds(nodes.Let, _names, node, node, at),
        st.builds(nodes.Quantifier, st.sampled_from(["exists", "forall"]), bindings, maybe, at),
        st.builds(nodes.Select, bindings, at),
        st.builds(nodes.Fold, st.sampled_from(folds), node, binding, at),
        st.builds(nodes.ListLiteral, few, at),
        st.builds(nodes.ObjectLiteral, fields.map(lambda each: tuple(each.items())), at),
        st.builds(nodes.Occurs, node, test, at),
        st.builds(
            nodes.Chain, node, _names, st.lists(link, min_size=1, max_size=2).map(tuple), at, at
        ),
    )


trees = st.recursive(_leaves, _larger, max_leaves=12)


@given(trees)
def test_any_tree_comes_back_from_its_text(tree: nodes.Node) -> None:
    try:
        check_size(tree)
    except PqlError:
        return
    text = format_node(tree)
    assert parse(text).body == tree, text
