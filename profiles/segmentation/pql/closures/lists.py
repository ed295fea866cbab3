"""Loops over lists: quantifiers, filters, aggregates, orders, groups, selections."""

from collections.abc import Callable
from math import isfinite
from typing import Any

from profiles.segmentation.pql import moments
from profiles.segmentation.pql.closures.compiler import Closure, Compiler, is_temporal, weight
from profiles.segmentation.pql.closures.paths import in_any_order, is_events
from profiles.segmentation.pql.facts import Facts
from profiles.segmentation.pql.typed import (
    Aggregate,
    Filter,
    GroupBy,
    MapEntries,
    MapItems,
    Ordered,
    Quantified,
    Select,
    Typed,
)


def quantified(compiler: Compiler, node: Quantified) -> Closure:
    """`exists` ends at the first item that holds, `forall` at the first that does not."""
    items_of, slot = in_any_order(compiler, node.source), compiler.slot(node.variable)
    body = compiler.closure(node.body)
    wanted = node.quantifier == "exists"
    steps = weight(node.body)
    # Of events in a time window the newest stay in it longest.
    newest_first = is_events(node.source)

    def holds(facts: Facts) -> bool:
        items = items_of(facts)
        if not items:
            return not wanted
        facts.visit(len(items) * steps)
        values = facts.values
        for values[slot] in reversed(items) if newest_first else items:
            if body(facts) is wanted:
                return bool(wanted)
        return not wanted

    return holds


def filtered(compiler: Compiler, node: Filter) -> Closure:
    return _kept(compiler, node, compiler.closure(node.source))


def _kept(compiler: Compiler, node: Filter, items_of: Closure) -> Closure:
    slot, body = compiler.slot(node.variable), compiler.closure(node.body)
    steps = weight(node.body)

    def kept(facts: Facts) -> list[Any] | None:
        items = items_of(facts)
        if items is None:
            return None
        facts.visit(len(items) * steps)
        values = facts.values
        found: list[Any] = []
        for item in items:
            values[slot] = item
            if body(facts):
                found.append(item)
        return found

    return kept


def mapped(compiler: Compiler, node: MapItems) -> Closure:
    items_of = compiler.closure(node.source)
    values_of = _values(compiler, items_of, node.variable, node.body)

    def bodies(facts: Facts) -> list[Any] | None:
        values = values_of(facts)
        return values if values is None else [value for value in values if value is not None]

    def joined(facts: Facts) -> list[Any] | None:
        lists = bodies(facts)
        if lists is None:
            return None
        items = [item for inner in lists for item in inner if item is not None]
        facts.visit(len(items))
        return items

    return joined if node.flatten else bodies


def _values(
    compiler: Compiler, items_of: Closure, variable: str, body: Typed
) -> Callable[[Facts], list[Any] | None]:
    """The body of each item, in order; null of a null list."""
    slot, value_of = compiler.slot(variable), compiler.closure(body)
    steps = weight(body)

    def values(facts: Facts) -> list[Any] | None:
        items = items_of(facts)
        if items is None:
            return None
        facts.visit(len(items) * steps)
        places = facts.values
        found: list[Any] = []
        for places[slot] in items:
            found.append(value_of(facts))
        return found

    return values


def aggregate(compiler: Compiler, node: Aggregate) -> Closure:
    source = node.source
    items_of: Closure
    if node.function in {"sum", "average"}:
        # Sums of doubles depend on the order.
        items_of = compiler.closure(source)
    elif isinstance(source, Filter):
        items_of = _kept(compiler, source, in_any_order(compiler, source.source))
    else:
        items_of = in_any_order(compiler, source)
    values_of = _values(compiler, items_of, node.variable, node.body)
    combine = _COMBINE[node.function]

    def result(facts: Facts) -> Any:
        return combine([value for value in values_of(facts) or () if value is not None])

    return result


def _sum(values: list[float]) -> float | None:
    total = 0.0
    # Not sum(): it adds more exactly than databases do.
    for value in values:
        total += value
    return total if isfinite(total) else None


def _average(values: list[float]) -> float | None:
    total = _sum(values)
    return None if total is None or not values else total / len(values)


def _min(values: list[Any]) -> Any:
    return min(values, default=None)


def _max(values: list[Any]) -> Any:
    return max(values, default=None)


_COMBINE: dict[str, Callable[[list[Any]], Any]] = {
    "count": len,
    "sum": _sum,
    "average": _average,
    "min": _min,
    "max": _max,
}


def ordered(compiler: Compiler, node: Ordered) -> Closure:
    """`sorted` keeps ties in order, reversed as well."""
    keyed = _keyed(compiler, node)
    descending = node.direction == "topN"

    def first(facts: Facts) -> list[Any] | None:
        pairs = keyed(facts)
        if pairs is None:
            return None
        known = [pair for pair in pairs if pair[0] is not None]
        known.sort(key=_key, reverse=descending)
        known += [pair for pair in pairs if pair[0] is None]
        return [item for _, item in known[: node.limit]]

    return first


def grouped(compiler: Compiler, node: GroupBy) -> Closure:
    keyed = _keyed(compiler, node)
    show = moments.to_text if is_temporal(node.key.type) else _text

    def groups(facts: Facts) -> dict[str, list[Any]] | None:
        pairs = keyed(facts)
        if pairs is None:
            return None
        found: dict[str, list[Any]] = {}
        for key, item in pairs:
            if key is not None:
                found.setdefault(show(key), []).append(item)
        return found

    return groups


def _keyed(
    compiler: Compiler, node: Ordered | GroupBy
) -> Callable[[Facts], list[tuple[Any, Any]] | None]:
    """Keys with their items; null of a null list."""
    items_of, slot = compiler.closure(node.source), compiler.slot(node.variable)
    key_of, steps = compiler.closure(node.key), weight(node.key)

    def keyed(facts: Facts) -> list[tuple[Any, Any]] | None:
        items = items_of(facts)
        if items is None:
            return None
        facts.visit(len(items) * steps)
        values = facts.values
        pairs: list[tuple[Any, Any]] = []
        for item in items:
            values[slot] = item
            pairs.append((key_of(facts), item))
        return pairs

    return keyed


def _key(pair: tuple[Any, Any]) -> Any:
    return pair[0]


def _text(key: Any) -> str:
    """A key as text: whole numbers without a fraction."""
    if isinstance(key, str):
        return key
    if isinstance(key, bool):
        return "true" if key else "false"
    number = float(key)
    return str(int(number)) if number.is_integer() else repr(number)


def entries(compiler: Compiler, node: MapEntries) -> Closure:
    entries_of, body = compiler.closure(node.source), compiler.closure(node.value)
    steps = weight(node.value)
    key_slot, value_slot = compiler.slot(node.key_variable), compiler.slot(node.value_variable)

    def mapped_entries(facts: Facts) -> dict[str, Any] | None:
        source = entries_of(facts)
        if source is None:
            return None
        facts.visit(len(source) * steps)
        values = facts.values
        found: dict[str, Any] = {}
        for key, item in source.items():
            values[key_slot], values[value_slot] = key, item
            found[key] = body(facts)
        return found

    return mapped_entries


def selected(compiler: Compiler, node: Select) -> Closure:
    """All tuples of the bindings, each as a place holder: they are only counted."""
    count_of = _counter(compiler, node, stop_at_first=False)
    return lambda facts: range(count_of(facts))


def some_selected(compiler: Compiler, node: Select) -> Closure:
    """Is there such a tuple?"""
    count_of = _counter(compiler, node, stop_at_first=True)
    return lambda facts: count_of(facts) > 0


def _counter(compiler: Compiler, node: Select, *, stop_at_first: bool) -> Callable[[Facts], int]:
    levels = [
        (
            in_any_order(compiler, binding.source),
            compiler.slot(binding.variable),
            compiler.closure(binding.condition),
            weight(binding.condition),
        )
        for binding in node.bindings
    ]

    def count_from(facts: Facts, level: int) -> int:
        if level == len(levels):
            return 1
        items_of, slot, condition, steps = levels[level]
        items = items_of(facts)
        if not items:
            return 0
        facts.visit(len(items) * steps)
        count = 0
        for facts.values[slot] in items:
            if condition(facts):
                count += count_from(facts, level + 1)
                if count and stop_at_first:
                    break
        return count

    return lambda facts: count_from(facts, 0)
