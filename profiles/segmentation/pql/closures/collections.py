"""Functions of whole lists, which hold single values where they are compared, and of maps."""

from collections.abc import Callable, Iterable
from typing import Any

from profiles.segmentation.pql.closures.compiler import Closure, Compiler
from profiles.segmentation.pql.closures.lists import some_selected
from profiles.segmentation.pql.facts import Facts
from profiles.segmentation.pql.typed import Call, Filter, Quantified, Select
from profiles.segmentation.pql.types import BOOLEAN


def list_of(compiler: Compiler, node: Call) -> Closure:
    items = [compiler.closure(item) for item in node.arguments]
    return lambda facts: [item(facts) for item in items]


def object_of(_compiler: Compiler, _node: Call) -> Closure:
    """An object literal: it can only be tested for null, and is not."""
    return lambda _facts: {}


def not_empty(compiler: Compiler, node: Call) -> Closure:
    """Has a list items? A filter need not find more than one."""
    source = node.arguments[0]
    if isinstance(source, Filter):
        some = Quantified("exists", source.variable, source.source, source.body, BOOLEAN, source.at)
        return compiler.closure(some)
    if isinstance(source, Select):
        return some_selected(compiler, source)
    read = compiler.closure(source)
    return lambda facts: bool(read(facts))


def size(compiler: Compiler, node: Call) -> Closure:
    read = compiler.closure(node.arguments[0])

    def length(facts: Facts) -> int:
        items = read(facts)
        return 0 if items is None else len(items)

    return length


def head(compiler: Compiler, node: Call) -> Closure:
    read = compiler.closure(node.arguments[0])

    def first(facts: Facts) -> Any:
        items = read(facts)
        return items[0] if items else None

    return first


def set_test(compiler: Compiler, node: Call) -> Closure:
    """`intersects`, `subsetOf`, `supersetOf`: false with a null list."""
    left, right = (compiler.closure(part) for part in node.arguments)
    test = _SET_TESTS[node.function]

    def holds(facts: Facts) -> bool:
        one, other = left(facts), right(facts)
        if one is None or other is None:
            return False
        facts.visit(len(one) + len(other))
        return test(_set(one), _set(other))

    return holds


def intersection(compiler: Compiler, node: Call) -> Closure:
    left, right = (compiler.closure(part) for part in node.arguments)

    def common(facts: Facts) -> list[Any] | None:
        one, other = left(facts), right(facts)
        if one is None or other is None:
            return None
        facts.visit(len(one) + len(other))
        known = _set(other)
        return [item for item in dict.fromkeys(one) if item in known]

    return common


def distinct(compiler: Compiler, node: Call) -> Closure:
    read = compiler.closure(node.arguments[0])

    def once(facts: Facts) -> list[Any] | None:
        items = read(facts)
        if items is None:
            return None
        facts.visit(len(items))
        return list(dict.fromkeys(items))

    return once


def keys(compiler: Compiler, node: Call) -> Closure:
    read = compiler.closure(node.arguments[0])

    def names(facts: Facts) -> list[str] | None:
        source = read(facts)
        return None if source is None else sorted(source)

    return names


def values(compiler: Compiler, node: Call) -> Closure:
    read = compiler.closure(node.arguments[0])

    def items(facts: Facts) -> list[Any] | None:
        source = read(facts)
        return None if source is None else [source[key] for key in sorted(source)]

    return items


_SET_TESTS: dict[str, Callable[[set[Any], set[Any]], bool]] = {
    "intersects": lambda one, other: not one.isdisjoint(other),
    "subsetOf": set.issubset,
    "supersetOf": set.issuperset,
}


def _set(items: Iterable[Any]) -> set[Any]:
    return {item for item in items if item is not None}
