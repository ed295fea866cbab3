"""Conditions on single fields, from PQL to cards."""

from collections.abc import Sequence

from profiles.segmentation.builder import times
from profiles.segmentation.builder.canvas import Card, DateCard, FieldKind, TimeRule
from profiles.segmentation.builder.fields import OPERATORS, SIGNS
from profiles.segmentation.builder.parts import path_of, typed
from profiles.segmentation.builder.reading import Reader
from profiles.segmentation.pql import nodes
from profiles.segmentation.pql.nodes import Node

_BY_SIGN = {sign: name for name, sign in SIGNS.items()}
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}
_LISTS = {"in": "equals", "notIn": "notEquals"}
_EQUALITY = {"equals": "equals", "notEqualTo": "notEquals"}
_NULLS = {"isNotNull": "exists", "isNull": "missing"}


def card(node: Node, reader: Reader) -> Card | DateCard | None:
    """The card of a condition on one field; None: it is none."""
    found = times.rule_of(node)
    if found is not None:
        path, kind = _field(found[0], reader)
        return DateCard(path, found[1]) if kind == "date" else None
    match node:
        case nodes.Binary(sign, left, right):
            return _compared(sign, left, right, reader)
        case nodes.Invoke(nodes.Name() | nodes.Access() as owner, function, arguments):
            return _called(owner, function, arguments, reader)
        case nodes.Logical("and", (nodes.Binary("<=", low, one), nodes.Binary("<=", other, high))):
            values = (typed(low), typed(high))
            path, kind = _field(one, reader)
            if one == other and kind == "number" and None not in values:
                return Card(path, kind, "between", tuple(str(value) for value in values))
            return None
        case _:
            return None


def _field(node: Node, reader: Reader) -> tuple[str, FieldKind | None]:
    """The path of a field, and its kind; None: it is no field of a single value."""
    path = path_of(node, reader.prefix)
    found = None if path is None else reader.field(path)
    return (path or "", None if found is None else found.kind)


def _compared(sign: str, left: Node, right: Node, reader: Reader) -> Card | None:
    if typed(left) is not None and sign in _FLIPPED:
        left, sign, right = right, _FLIPPED[sign], left
    path, kind = _field(left, reader)
    match right:
        case nodes.Literal(bool() as value) if kind == "flag" and sign == "=":
            return Card(path, kind, "isTrue" if value else "isFalse")
        case nodes.Literal(None) if kind and kind != "date" and sign in ("=", "!="):
            return Card(path, kind, "missing" if sign == "=" else "exists")
        case nodes.ListLiteral(items) if sign in _LISTS:
            return _one_of(path, kind, _LISTS[sign], items)
        case nodes.Literal(str() as value) if kind == "text" and sign == "like" and value:
            return Card(path, kind, "like", (value,))
        case _:
            name = _BY_SIGN.get(sign, "")
            return _one_of(path, kind, name, (right,))


def _one_of(path: str, kind: FieldKind | None, operator: str, items: Sequence[Node]) -> Card | None:
    if kind not in ("text", "number") or operator not in OPERATORS[kind]:
        return None
    values = [typed(item) for item in items]
    wanted = str if kind == "text" else int | float
    fits = all(_is(item, wanted) for item in items)
    known = tuple(value for value in values if value)
    return Card(path, kind, operator, known) if fits and len(known) == len(items) > 0 else None


def _is(item: Node, wanted: type | object) -> bool:
    value = item.operand if isinstance(item, nodes.Unary) else item
    if not isinstance(value, nodes.Literal) or isinstance(value.value, bool):
        return False
    return isinstance(value.value, str) is (wanted is str)


def _called(
    owner: Node, function: str, arguments: Sequence[Node | nodes.Lambda], reader: Reader
) -> Card | DateCard | None:
    path, kind = _field(owner, reader)
    if kind and function in _NULLS and not arguments:
        operator = _NULLS[function]
        if kind == "date":
            return DateCard(path, TimeRule(operator))
        return Card(path, kind, operator)
    operator = _EQUALITY.get(function, function)
    if kind != "text" or operator not in OPERATORS["text"]:
        return None
    match arguments:
        case (nodes.Literal(str() as value),) if value:
            return Card(path, kind, operator, (value,))
        case (nodes.Literal(str() as value), nodes.Literal(bool() as exact)) if value:
            return Card(path, kind, operator, (value,), exact=exact)
        case _:
            return None
