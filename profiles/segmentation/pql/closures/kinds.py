"""Values of documents checked against the types the schema gives them."""

from collections.abc import Callable
from math import isfinite
from typing import Any

from profiles.segmentation.pql.closures.compiler import Closure
from profiles.segmentation.pql.facts import Facts
from profiles.segmentation.pql.types import (
    NUMERIC,
    TEMPORAL,
    Kind,
    ListType,
    MapType,
    Scalar,
    Type,
)

# Doubles tell whole numbers apart up to here.
_EXACT = 2**53

type Convert = Callable[[Any, Facts], Any]


def checked(read: Closure, kind: Type) -> Closure:
    """A value of a document as a value of this type; null if it is none."""
    if isinstance(kind, Scalar):
        if kind.kind in TEMPORAL:
            return _read_instant(read)
        if kind.kind in NUMERIC:
            return _read_number(read)
        if kind.kind == Kind.STRING:
            return _read_string(read)
    convert = _converter(kind)
    return lambda facts: convert(read(facts), facts)


def as_double(value: float) -> float | None:
    """A number as it is stored and compared; null if no double is near it."""
    if -_EXACT <= value <= _EXACT:
        return value
    try:
        double = float(value)
    except OverflowError:
        return None
    return double if isfinite(double) else None


# Fields are read all the time: these do in one function what `_scalar` does in two.
def _read_instant(read: Closure) -> Closure:
    def instant(facts: Facts) -> Any:
        value = read(facts)
        return facts.instants[value] if type(value) is str else None

    return instant


def _read_number(read: Closure) -> Closure:
    def number(facts: Facts) -> Any:
        value = read(facts)
        if type(value) is not int and type(value) is not float:
            return None
        return value if -_EXACT <= value <= _EXACT else as_double(value)

    return number


def _read_string(read: Closure) -> Closure:
    def string(facts: Facts) -> Any:
        value = read(facts)
        return value if type(value) is str else None

    return string


def _converter(kind: Type) -> Convert:
    match kind:
        case Scalar(scalar):
            return _scalar(scalar)
        case ListType(item):
            return _list(_converter(item)) if _is_plain(item) else _as_list
        case MapType(value):
            return _map(_converter(value)) if _is_plain(value) else _as_object
        case _:
            return _as_object


def _is_plain(kind: Type) -> bool:
    """Do items of this type need a look? Objects are looked at where their fields are read."""
    return isinstance(kind, Scalar | ListType | MapType)


def _scalar(kind: Kind) -> Convert:
    if kind in NUMERIC:
        return _number
    if kind in TEMPORAL:
        return _instant
    if kind == Kind.STRING:
        return _string
    return _boolean


def _list(convert: Convert) -> Convert:
    def items(value: Any, facts: Facts) -> Any:
        if type(value) is not list:
            return None
        return [convert(item, facts) for item in value]

    return items


def _map(convert: Convert) -> Convert:
    def entries(value: Any, facts: Facts) -> Any:
        if type(value) is not dict:
            return None
        return {key: convert(item, facts) for key, item in value.items()}

    return entries


def _number(value: Any, _facts: Facts) -> Any:
    # A boolean is an int to Python, not here.
    return as_double(value) if type(value) is int or type(value) is float else None


def _instant(value: Any, facts: Facts) -> Any:
    return facts.instants[value] if type(value) is str else None


def _string(value: Any, _facts: Facts) -> Any:
    return value if type(value) is str else None


def _boolean(value: Any, _facts: Facts) -> Any:
    return value if type(value) is bool else None


def _as_list(value: Any, _facts: Facts) -> Any:
    return value if type(value) is list else None


def _as_object(value: Any, _facts: Facts) -> Any:
    return value if type(value) is dict else None
