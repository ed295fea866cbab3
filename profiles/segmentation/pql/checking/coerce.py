"""Which types go together, and constants made to fit the type beside them."""

import re
from datetime import UTC, datetime, time
from math import isfinite
from typing import Any

from profiles.segmentation.pql import instants
from profiles.segmentation.pql.limits import MAX_INTEGER
from profiles.segmentation.pql.typed import Constant, Typed
from profiles.segmentation.pql.types import (
    BOOLEAN,
    DATE,
    DATE_TIME,
    DOUBLE,
    INTEGER,
    NULL,
    NUMERIC,
    STRING,
    TEMPORAL,
    Kind,
    ListType,
    MapType,
    Scalar,
    Type,
)

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_WORDS = {"true": True, "false": False}


def is_numeric(type_: Type) -> bool:
    """Numbers, and null."""
    return isinstance(type_, Scalar) and (type_.kind in NUMERIC or type_ == NULL)


def is_temporal(type_: Type) -> bool:
    """Dates and dates with time."""
    return isinstance(type_, Scalar) and type_.kind in TEMPORAL


def is_null(node: Typed) -> bool:
    """Is it the word null?"""
    return node.type == NULL


def comparable(left: Type, right: Type) -> bool:
    """Can values of these types be compared?"""
    if not (isinstance(left, Scalar) and isinstance(right, Scalar)):
        return False
    groups = (NUMERIC, TEMPORAL)
    alike = any(left.kind in group and right.kind in group for group in groups)
    return alike or left.kind == right.kind


def join(left: Type, right: Type) -> Type | None:
    """The type that holds values of both; None if there is none."""
    if right in (NULL, left):
        return left
    if left == NULL:
        return right
    match left, right:
        case Scalar(), Scalar() if comparable(left, right):
            return DOUBLE if left.kind in NUMERIC else DATE_TIME
        case ListType(one), ListType(other):
            item = join(one, other)
            return None if item is None else ListType(item)
        case MapType(one), MapType(other):
            value = join(one, other)
            return None if value is None else MapType(value)
        case _:
            return None


def item_type(type_: Type) -> Type:
    """What a list holds; other types as they are."""
    return type_.item if isinstance(type_, ListType) else type_


def fit(node: Typed, wanted: Type) -> Typed | None:
    """A constant made to fit a type; other nodes as they are. None: it cannot be."""
    if not isinstance(node, Constant) or is_null(node):
        return node
    target = item_type(wanted)
    if not isinstance(target, Scalar) or target == NULL:
        return node
    if not isinstance(node.type, ListType):
        return _fit_value(node, target)
    items = [fit(Constant(value, constant_type(value), node.at), target) for value in node.value]
    if any(item is None for item in items):
        return None
    fitted = [item for item in items if isinstance(item, Constant)]
    joined: Type = NULL
    for item in fitted:
        joined = join(joined, item.type) or joined
    kept = joined if fitted else target
    return Constant(tuple(item.value for item in fitted), ListType(kept), node.at)


def _fit_value(node: Constant, target: Scalar) -> Constant | None:
    if comparable(node.type, target):
        return node
    value = node.value
    match target.kind:
        case Kind.STRING if not isinstance(value, datetime):
            return Constant(text_of(value), STRING, node.at)
        case Kind.INTEGER | Kind.DOUBLE if isinstance(value, str):
            return _known(number(value), node)
        case Kind.BOOLEAN if isinstance(value, str):
            return _known(_WORDS.get(value), node)
        case Kind.DATE | Kind.DATE_TIME if isinstance(value, str):
            return _known(instants.parse(value), node)
        case _:
            return None


def _known(value: Any, node: Constant) -> Constant | None:
    return None if value is None else Constant(value, constant_type(value), node.at)


def constant_type(value: Any) -> Scalar:
    """The type of a constant."""
    match value:
        case None:
            return NULL
        case bool():
            return BOOLEAN
        case int():
            return INTEGER
        case float():
            return DOUBLE
        case str():
            return STRING
        case _:
            return DATE if value.timetz() == time(0, tzinfo=UTC) else DATE_TIME


def text_of(value: str | float) -> str:
    """A constant as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else repr(value)


def number(text: str) -> int | float | None:
    """The number a text writes."""
    if _NUMBER.fullmatch(text) is None or len(text) > 40:
        return None
    if text.lstrip("-").isdigit():
        whole = int(text)
        return whole if abs(whole) <= MAX_INTEGER else None
    value = float(text)
    return value if isfinite(value) else None
