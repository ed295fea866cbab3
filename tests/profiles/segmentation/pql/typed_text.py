"""Typed nodes as short texts, so that tests can compare them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from profiles.segmentation.pql.typed import (
    PROFILE,
    Aggregate,
    Binding,
    Call,
    Chain,
    Constant,
    Duration,
    Field,
    Filter,
    GroupBy,
    If,
    InPeriod,
    InSegment,
    Let,
    Link,
    MapEntries,
    MapItems,
    Now,
    Ordered,
    Quantified,
    Select,
    Variable,
    Within,
)


def show(node: Any) -> str:
    """`(function arguments…)`; variables keep their names without number."""
    return _SHOWN[type(node)](node)


def _now(node: Now) -> str:
    return "now" if node.unit is None else f"({node.unit} {node.add:+d})"


def _field(node: Field) -> str:
    if isinstance(node.object, Variable) and node.object.name == PROFILE:
        return node.name
    return f"{show(node.object)}.{node.name}"


def _of_items(name: str, node: Any, *parts: Any) -> str:
    return _form(name, _name(node.variable), node.source, *parts)


def _map(node: MapItems) -> str:
    return _of_items("flatMap" if node.flatten else "map", node, node.body)


def _entries(node: MapEntries) -> str:
    names = (_name(node.key_variable), _name(node.value_variable))
    return _form("entries", *names, node.source, node.value)


def _within(node: Within) -> str:
    window = (node.operator, _duration(node.duration), node.direction)
    return _form("within", node.moment, *window, node.reference)


def _period(node: InPeriod) -> str:
    end = "closed" if node.inclusive else "open"
    return _form("period", node.moment, node.start, node.end, end)


def _link(link: Link) -> str:
    parts: list[Any] = [_name(link.variable), "what", link.what, "when", link.when]
    if link.where is not None:
        parts += ["where", link.where]
    if link.gap is not None:
        gap = link.gap
        parts += ["gap", str(gap.label), gap.operator, _duration(gap.duration), gap.direction]
    return _form(*parts, f"{link.count_operator}{link.count}")


def _form(*parts: Any) -> str:
    return f"({' '.join(part if isinstance(part, str) else show(part) for part in parts)})"


def _name(variable: str) -> str:
    return "$" if variable == PROFILE else variable.rpartition("_")[0]


def _duration(duration: Duration) -> str:
    return f"{duration.count}{duration.unit}"


def _constant(value: Any) -> str:
    match value:
        case tuple():
            return f"[{' '.join(_constant(item) for item in value)}]"
        case str():
            return f'"{value}"'
        case datetime():
            text = value.isoformat()
            return text.removesuffix("+00:00").removesuffix("T00:00:00")
        case None | bool():
            return {None: "null", True: "true", False: "false"}[value]
        case _:
            return repr(value)


_SHOWN: dict[type, Callable[[Any], str]] = {
    Constant: lambda node: _constant(node.value),
    Now: _now,
    Variable: lambda node: _name(node.name),
    Field: _field,
    Call: lambda node: _form(node.function, *node.arguments),
    If: lambda node: _form("if", node.condition, node.then, node.otherwise),
    Let: lambda node: _form("let", _name(node.variable), node.value, node.body),
    Quantified: lambda node: _of_items(node.quantifier, node, node.body),
    Filter: lambda node: _of_items("filter", node, node.body),
    MapItems: _map,
    Aggregate: lambda node: _of_items(node.function, node, node.body),
    Ordered: lambda node: _of_items(node.direction, node, node.key, str(node.limit)),
    GroupBy: lambda node: _of_items("groupBy", node, node.key),
    MapEntries: _entries,
    Select: lambda node: _form("select", *node.bindings),
    Binding: lambda node: _form(_name(node.variable), node.source, node.condition),
    Within: _within,
    InPeriod: _period,
    InSegment: lambda node: _form("inSegment", _constant(node.segment_id)),
    Chain: lambda node: _form("chain", node.source, node.timestamp, *node.links),
    Link: _link,
}
