"""Comparisons, membership in lists, arithmetic. A comparison with null is false, all else null."""

import operator
from collections.abc import Callable
from math import fmod, isfinite
from typing import Any

from profiles.segmentation.pql.closures.compiler import (
    Closure,
    Compiler,
    constant,
    is_constant,
    is_temporal,
)
from profiles.segmentation.pql.closures.paths import raw
from profiles.segmentation.pql.closures.times import compare_instants
from profiles.segmentation.pql.facts import Facts
from profiles.segmentation.pql.typed import Call, Typed
from profiles.segmentation.pql.windows import MIRRORED

TESTS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def comparison(compiler: Compiler, node: Call) -> Closure:
    left, right = node.arguments
    if is_temporal(left.type) and is_temporal(right.type):
        return compare_instants(compiler, node)
    if is_constant(right):
        return _with_constant(compiler, node.function, left, constant(right))
    if is_constant(left):
        return _with_constant(compiler, MIRRORED[node.function], right, constant(left))
    test = TESTS[node.function]
    first, second = compiler.closure(left), compiler.closure(right)

    def holds(facts: Facts) -> Any:
        value = first(facts)
        if value is None:
            return False
        other = second(facts)
        return other is not None and test(value, other)

    return holds


def _with_constant(compiler: Compiler, function: str, node: Typed, value: Any) -> Closure:
    if value is None:
        return _never
    if function == "=" and isinstance(value, str):
        # What is no text equals none: no need to look at its type.
        unchecked = raw(compiler, node)
        return lambda facts: unchecked(facts) == value
    read, test = compiler.closure(node), TESTS[function]

    def holds(facts: Facts) -> Any:
        found = read(facts)
        return found is not None and test(found, value)

    return holds


def _never(_facts: Facts) -> bool:
    return False


def is_in(compiler: Compiler, node: Call) -> Closure:
    """`in`, `notIn`, `includes`: is a value an item of a list?"""
    item, items = node.arguments
    if node.function == "includes":
        items, item = item, items
    read, wanted = compiler.closure(item), node.function != "notIn"
    if not is_constant(items):
        return _in_list(read, compiler.closure(items), wanted=wanted)
    listed = constant(items)
    if listed is None:
        return _never
    known = frozenset(listed)

    def holds(facts: Facts) -> bool:
        value = read(facts)
        return value is not None and (value in known) is wanted

    return holds


def _in_list(read: Closure, items_of: Closure, *, wanted: bool) -> Closure:
    def holds(facts: Facts) -> bool:
        value = read(facts)
        items = items_of(facts)
        if value is None or items is None:
            return False
        facts.visit(len(items))
        return (value in items) is wanted

    return holds


def arithmetic(compiler: Compiler, node: Call) -> Closure:
    calculate = _ARITHMETIC[node.function]
    left, right = (compiler.closure(part) for part in node.arguments)

    def result(facts: Facts) -> float | None:
        first, second = left(facts), right(facts)
        if first is None or second is None:
            return None
        try:
            value = calculate(float(first), float(second))
        except ZeroDivisionError:
            return None
        return value if isfinite(value) else None

    return result


def negate(compiler: Compiler, node: Call) -> Closure:
    read = compiler.closure(node.arguments[0])

    def result(facts: Facts) -> float | None:
        value = read(facts)
        return None if value is None else -float(value)

    return result


def _remainder(dividend: float, divisor: float) -> float:
    if divisor == 0:
        raise ZeroDivisionError
    return fmod(dividend, divisor)


_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": _remainder,
}
