"""SQL of single values: constants, comparisons, arithmetic, strings, parts of dates."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Final

from sqlglot import exp

from profiles.segmentation.pql.batch.scope import Scope
from profiles.segmentation.pql.batch.terms import (
    Sql,
    all_of,
    any_of,
    as_double,
    call,
    compare,
    double,
    empty_list,
    false,
    first,
    function_of,
    holds,
    in_parentheses,
    instant,
    is_known,
    is_null,
    negated,
    null,
    text,
    true,
    whole,
)
from profiles.segmentation.pql.typed import Call, Constant, Span, Typed
from profiles.segmentation.pql.types import BOOLEAN

ARITHMETIC: Final[dict[str, type[exp.Binary]]] = {
    "+": exp.Add,
    "-": exp.Sub,
    "*": exp.Mul,
    "/": exp.Div,
    "%": exp.Mod,
}
# What may hold the spelling `(?<` without being a named group, and that spelling.
_NAMED_GROUP: Final = re.compile(
    r"(\\Q.*?(?:\\E|$)|\\.|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\])|\(\?<", re.DOTALL
)
# DuckDB numbers the groups it can ask for up to here.
_LAST_GROUP: Final = 9


def constant(node: Constant) -> Sql:
    """A constant, lists included."""
    if isinstance(node.value, tuple):
        items = [literal(item, at=node.at) for item in node.value]
        return call("list_value", *items) if items else empty_list()
    return literal(node.value, at=node.at)


def literal(value: object, *, at: Span) -> Sql:
    """A single value."""
    match value:
        case None:
            return null()
        case bool():
            return true() if value else false()
        case int() | float():
            return double(value)
        case str():
            return text(value, at=at)
        case _:
            assert isinstance(value, datetime)
            return instant(value)


def logic(node: Call, scope: Scope) -> Sql:
    """`and`, `or`, `not`, `truth`, `isNull`, `isNotNull`."""
    parts = [scope.value(part) for part in node.arguments]
    match node.function:
        case "and":
            return all_of(parts)
        case "or":
            return any_of(parts)
        case "not":
            return negated(parts[0])
        case "truth":
            return holds(parts[0])
        case _:
            return is_null(parts[0]) if node.function == "isNull" else is_known(parts[0])


def comparison(node: Call, scope: Scope) -> Sql:
    """`left operator right`; false with a null side."""
    left, right = (scope.value(part) for part in node.arguments)
    return holds(compare(node.function, left, right))


def is_in(node: Call, scope: Scope) -> Sql:
    """`in`, `notIn`, `includes`."""
    item, items = node.arguments
    if node.function == "includes":
        items, item = item, items
    value = scope.value(item)
    if isinstance(items, Constant):
        return _in_constants(value, items, negative=node.function == "notIn")
    found = call("list_contains", scope.value(items), value)
    return holds(negated(found) if node.function == "notIn" else found)


def _in_constants(value: Sql, items: Constant, *, negative: bool) -> Sql:
    known = [literal(item, at=items.at) for item in items.value or () if item is not None]
    if not known:
        return is_known(value) if negative and items.value is not None else false()
    found = exp.In(this=in_parentheses(value), expressions=known)
    return holds(negated(found) if negative else found)


def arithmetic(node: Call, scope: Scope) -> Sql:
    """Arithmetic in doubles: null where the result is not finite, as after a division by zero."""
    return finite(_calculated(node, scope))


def finite(value: Sql) -> Sql:
    """A double, null unless finite."""
    known = function_of("n", lambda number: call("isfinite", number))
    return first(call("list_filter", call("list_value", value), known))


def _calculated(node: Typed, scope: Scope) -> Sql:
    """The result, which may be infinite or no number: further arithmetic keeps it so.

    Only divisors do not: what is divided by infinity is zero again.
    """
    if not (isinstance(node, Call) and (node.function in ARITHMETIC or node.function == "negate")):
        return scope.value(node)
    if node.function == "negate":
        return exp.paren(exp.Neg(this=in_parentheses(_calculated(node.arguments[0], scope))))
    left, right = node.arguments
    divisor = scope.value(right) if node.function in {"/", "%"} else _calculated(right, scope)
    operator = ARITHMETIC[node.function]
    return exp.paren(operator(this=_calculated(left, scope), expression=divisor))


_TESTS: Final[dict[str, Callable[[Sql, Sql], Sql]]] = {
    "startsWith": lambda value, part: call("starts_with", value, part),
    "endsWith": lambda value, part: call("ends_with", value, part),
    "contains": lambda value, part: call("contains", value, part),
    "equals": lambda value, part: compare("=", value, part),
}
_NEGATIVE: Final = {
    "doesNotStartWith": "startsWith",
    "doesNotEndWith": "endsWith",
    "doesNotContain": "contains",
    "notEqualTo": "equals",
}
STRING_TESTS: Final = (*_TESTS, *_NEGATIVE)


def string_test(node: Call, scope: Scope) -> Sql:
    """`contains` and its like; the last argument says whether case counts."""
    value, part = (scope.value(one) for one in node.arguments[:2])
    if node.arguments[2] == Constant(False, BOOLEAN, node.arguments[2].at):  # noqa: FBT003 - a value
        value, part = call("lower", value), call("lower", part)
    test = _TESTS[_NEGATIVE.get(node.function, node.function)](value, part)
    return holds(negated(test) if node.function in _NEGATIVE else test)


def like(node: Call, scope: Scope) -> Sql:
    """`like`, its pattern written anew so that DuckDB takes escapes as PQL does."""
    value, pattern = node.arguments
    assert isinstance(pattern, Constant)  # as the type check sees to it, below as well
    parts: list[str] = []
    characters = iter(pattern.value)
    for character in characters:
        literal_one = next(characters, character) if character == "\\" else None
        if literal_one is not None and literal_one in "%_\\":
            literal_one = "\\" + literal_one
        parts.append(character if literal_one is None else literal_one)
    found = exp.Like(
        this=in_parentheses(scope.value(value)), expression=text("".join(parts), at=pattern.at)
    )
    return holds(exp.Escape(this=found, expression=text("\\")))


def matches(node: Call, scope: Scope) -> Sql:
    """`matches`: RE2 on the whole string."""
    value, pattern = node.arguments
    assert isinstance(pattern, Constant)
    return holds(call("regexp_full_match", scope.value(value), regex(pattern)))


def regex_group(node: Call, scope: Scope) -> Sql:
    """`regexGroup`: the text of a group, null where it matched none."""
    value, pattern, number = node.arguments
    assert isinstance(pattern, Constant)
    assert isinstance(number, Constant)
    group = int(number.value)
    if group <= _LAST_GROUP:
        found = call("regexp_extract", scope.value(value), regex(pattern), whole(group))
    else:
        names = call("list_value", *[text(f"g{one}") for one in range(1, group + 1)])
        groups = call("regexp_extract", scope.value(value), regex(pattern), names)
        found = call("struct_extract", groups, text(f"g{group}"))
    return call("nullif", found, text(""))


def regex(pattern: Constant) -> Sql:
    """A pattern; DuckDB's RE2 knows named groups only in their first spelling."""
    named = _NAMED_GROUP.sub(lambda found: found[1] or "(?P<", pattern.value)
    return text(named, at=pattern.at)


def part_of_date(node: Call, scope: Scope) -> Sql:
    """`month`, `year`, `dayOfMonth`."""
    name = {"dayOfMonth": "day"}.get(node.function, node.function)
    return as_double(call(name, scope.value(node.arguments[0])))
