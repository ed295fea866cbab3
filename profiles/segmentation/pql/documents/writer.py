"""Nodes to pql/json documents."""

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from profiles.segmentation.pql import nodes
from profiles.segmentation.pql.checking.functions import ELEMENTWISE
from profiles.segmentation.pql.documents.scope import JsonScope, outermost
from profiles.segmentation.pql.nodes import Node

type Document = dict[str, Any]

_TRUE: Final[Document] = {"nodeType": "literal", "literalType": "Boolean", "value": True}


def write(query: nodes.Query) -> Document:
    """The pql/json of a query."""
    return _write(query.body, outermost(query.parameters or ()))


def _write(node: Node, scope: JsonScope) -> Document:
    return _WRITERS[type(node)](node, scope)


def apply(function: str, *params: Document) -> Document:
    """A call."""
    return {"nodeType": "fnApply", "fnName": function, "params": list(params)}


def literal(kind: str, value: Any) -> Document:
    """A constant."""
    return {"nodeType": "literal", "literalType": kind, "value": value}


def _lambda(names: list[str], body: Document, *, implicit: bool = False) -> Document:
    made: Document = {"nodeType": "lambda", "params": names, "body": body}
    # Told apart so that `list[total > 5]` comes back as it was written.
    return {**made, "implicit": True} if implicit else made


def _variable(name: str | None) -> Document:
    if name is None:
        return {"nodeType": "parameterReference", "position": 1}
    return {"nodeType": "variableReference", "name": name}


def _field(source: Document, name: str) -> Document:
    return {"nodeType": "fieldLookup", "fieldName": name, "object": source}


# --- Leaves


def _literal(node: nodes.Literal, _scope: JsonScope) -> Document:
    return constant(node.value)


def constant(value: str | float | bool | None) -> Document:  # noqa: FBT001 - a value, not a switch
    """A constant with its kind."""
    kinds = {bool: "Boolean", int: "Integer", float: "Double", str: "String"}
    return literal(kinds.get(type(value), "Null"), value)


def _name(node: nodes.Name, scope: JsonScope) -> Document:
    if node.name in scope.names:
        return _variable(scope.names[node.name])
    return _field(_variable(scope.elements[-1]), node.name)


def _parameter(node: nodes.Parameter, _scope: JsonScope) -> Document:
    return {"nodeType": "parameterReference", "position": node.position}


def _up(node: nodes.Up, scope: JsonScope) -> Document:
    # Too many levels are a mistake that checking explains; here they stop at the profile.
    return _variable(scope.elements[max(0, len(scope.elements) - 1 - node.levels)])


def _time_word(node: nodes.TimeWord, _scope: JsonScope) -> Document:
    word = node.word if node.shift is None else f"{node.shift} {node.word}"
    return {"nodeType": "timeReference", "value": word}


# --- Operators and calls


def _unary(node: nodes.Unary, scope: JsonScope) -> Document:
    match node.operator, node.operand:
        case "-", nodes.Literal(int() | float() as number) if not isinstance(number, bool):
            return constant(-number)
        case _:
            return apply(node.operator, _write(node.operand, scope))


def _invoke(node: nodes.Invoke, scope: JsonScope) -> Document:
    day = _date(node)
    if day is not None:
        return literal("Date", day.isoformat())
    params = [] if node.receiver is None else [_write(node.receiver, scope)]
    for argument in node.arguments:
        if isinstance(argument, nodes.Lambda):
            params.append(_explicit(argument, scope))
        elif node.function in ELEMENTWISE and len(params) == 1:
            name, inside = scope.element()
            params.append(_lambda([name], _write(argument, inside), implicit=True))
        else:
            params.append(_write(argument, scope))
    return apply(node.function, *params)


def _explicit(node: nodes.Lambda, scope: JsonScope) -> Document:
    names: list[str] = []
    inside = scope
    for index, parameter in enumerate(node.parameters):
        # The element is the last one: the item, or the value of a map's entry.
        is_element = index == len(node.parameters) - 1
        name, inside = inside.bind(parameter, element=is_element)
        names.append(name)
    return _lambda(names, _write(node.body, inside))


def _date(node: nodes.Invoke) -> date | None:
    if node.receiver is not None or node.function != "date" or len(node.arguments) != 3:
        return None
    values = [each.value for each in node.arguments if isinstance(each, nodes.Literal)]
    numbers = [value for value in values if type(value) is int]
    try:
        year, month, day = numbers
        return date(year, month, day)
    except (ValueError, OverflowError):
        return None


def _pick(node: nodes.Pick, scope: JsonScope) -> Document:
    name, inside = scope.element()
    condition = _lambda([name], _write(node.condition, inside), implicit=True)
    return apply("filter", _write(node.source, scope), condition)


def _logical(node: nodes.Logical, scope: JsonScope) -> Document:
    return apply(node.operator, *(_write(operand, scope) for operand in node.operands))


def _binary(node: nodes.Binary, scope: JsonScope) -> Document:
    return apply(node.operator, _write(node.left, scope), _write(node.right, scope))


def _conditional(node: nodes.Conditional, scope: JsonScope) -> Document:
    parts = (node.condition, node.then, node.otherwise)
    return apply("if", *(_write(part, scope) for part in parts))


def _let(node: nodes.Let, scope: JsonScope) -> Document:
    value = _write(node.value, scope)
    name, inside = scope.bind(node.name)
    return {"nodeType": "let", "name": name, "value": value, "body": _write(node.body, inside)}


def _list(node: nodes.ListLiteral, scope: JsonScope) -> Document:
    items = [_write(item, scope) for item in node.items]
    if all(item["nodeType"] == "literal" and item["literalType"] != "Date" for item in items):
        return literal("List", [item["value"] for item in items])
    return {"nodeType": "list", "items": items}


def _object(node: nodes.ObjectLiteral, scope: JsonScope) -> Document:
    return {
        "nodeType": "object",
        "fields": {name: _write(value, scope) for name, value in node.fields},
    }


# --- Bindings


def _quantifier(node: nodes.Quantifier, scope: JsonScope) -> Document:
    return _quantified(node, node.bindings, scope)


def _quantified(
    node: nodes.Quantifier, bindings: tuple[nodes.Binding, ...], scope: JsonScope
) -> Document:
    first, *rest = bindings
    source = _write(first.source, scope)
    name, inside = scope.bind(first.name)
    condition = None if first.condition is None else _write(first.condition, inside)
    if rest:
        body: Document | None = _quantified(node, tuple(rest), inside)
    elif node.claim is not None:
        body = _write(node.claim, inside)
    else:
        body, condition = condition, None
    if condition is not None and body is not None:
        body = _restricted(node.kind, condition, body)
    return apply(node.kind, source, _lambda([name], body or _TRUE))


def _restricted(kind: nodes.QuantifierName, condition: Document, body: Document) -> Document:
    """The claim about the items the condition holds for."""
    if kind == "exists":
        return apply("and", condition, body)
    return apply("or", apply("not", condition), body)


def _select(node: nodes.Select, scope: JsonScope) -> Document:
    bindings: list[Document] = []
    for binding in node.bindings:
        source = _write(binding.source, scope)
        name, scope = scope.bind(binding.name)
        written = {"name": name, "source": source}
        if binding.condition is not None:
            written["where"] = _write(binding.condition, scope)
        bindings.append(written)
    return {"nodeType": "select", "bindings": bindings}


def _fold(node: nodes.Fold, scope: JsonScope) -> Document:
    source = _write(node.binding.source, scope)
    name, inside = scope.bind(node.binding.name)
    if node.binding.condition is not None:
        condition = _lambda([name], _write(node.binding.condition, inside))
        source = apply("filter", source, condition)
    body = _lambda([name], _write(node.body, inside))
    if node.function == "count":
        return apply("count", apply("map", source, body))
    return apply(node.function, source, body)


# --- Time


def _occurs(node: nodes.Occurs, scope: JsonScope) -> Document:
    return apply("occurs", _write(node.moment, scope), _window(node.test, scope))


def _window(test: nodes.TimeTest, scope: JsonScope) -> Document:
    window: Document = {"nodeType": "timeWindow"}
    match test:
        case nodes.Distance():
            if test.operator is not None:
                window["op"] = test.operator
            window |= {"count": test.count, "unit": test.unit, "direction": test.direction}
            return {**window, "reference": _write(test.reference, scope)}
        case nodes.Side():
            reference = _write(test.reference, scope)
            return {**window, "direction": test.direction, "reference": reference}
        case nodes.On():
            return {**window, "direction": "on", "reference": _write(test.reference, scope)}
        case nodes.Between():
            start, end = _write(test.start, scope), _write(test.end, scope)
            return {**window, "direction": "between", "start": start, "end": end}


def _chain(node: nodes.Chain, scope: JsonScope) -> Document:
    source = _write(node.source, scope)
    links: list[Document] = []
    for link in node.links:
        label, inside = scope.bind(link.label, element=True)
        written: Document = {"label": label}
        if link.what is not None:
            written["what"] = _write(link.what, inside)
        if link.when is not None:
            written["when"] = _window(link.when, inside)
        if link.where is not None:
            written["where"] = _write(link.where, inside)
        if link.count is not None:
            operator, count = link.count
            written["count"] = count if operator is None else {"op": operator, "value": count}
        links.append(written)
        _, scope = scope.bind(link.label)
    return {
        "nodeType": "chain",
        "source": source,
        "timestamp": node.timestamp,
        "links": links,
    }


_WRITERS: Final[dict[type, Callable[[Any, JsonScope], Document]]] = {
    nodes.Literal: _literal,
    nodes.TimeWord: _time_word,
    nodes.Name: _name,
    nodes.Parameter: _parameter,
    nodes.This: lambda _node, scope: _variable(scope.elements[-1]),
    nodes.Up: _up,
    nodes.Access: lambda node, scope: _field(_write(node.object, scope), node.name),
    nodes.Invoke: _invoke,
    nodes.Pick: _pick,
    nodes.Logical: _logical,
    nodes.Unary: _unary,
    nodes.Binary: _binary,
    nodes.Conditional: _conditional,
    nodes.Let: _let,
    nodes.Quantifier: _quantifier,
    nodes.Select: _select,
    nodes.Fold: _fold,
    nodes.ListLiteral: _list,
    nodes.ObjectLiteral: _object,
    nodes.Occurs: _occurs,
    nodes.Chain: _chain,
}
