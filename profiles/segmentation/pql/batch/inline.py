"""Queries without `let`: each variable of one replaced by its value."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, get_args

from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.typed import Binding, Let, Link, Span, Typed, Variable
from profiles.segmentation.pql.walk import children, walk

# Values that use one another double with each use.
MOST_NODES: Final = 20_000

_PARTS: Final = (*get_args(Typed), Binding, Link)


def without_lets(query: Typed) -> Typed:
    """The query with the values of `let` written out where they are used."""
    made: Typed = _written_out(query, {})
    if _size(made, {}) > MOST_NODES:
        raise PqlError(
            "The values of let, written out where they are used, make the query too long.",
            at=_first_let(query),
        )
    return made


def _written_out(part: Any, values: Mapping[str, Typed]) -> Any:
    match part:
        case Let(variable, value, body):
            return _written_out(body, {**values, variable: _written_out(value, values)})
        case Variable(name):
            return values.get(name, part)
        case tuple():
            return tuple(_written_out(item, values) for item in part)
        case _ if isinstance(part, _PARTS):
            fields = {name: getattr(part, name) for name in type(part).__slots__}
            changed = {
                name: made
                for name, old in fields.items()
                if isinstance(old, (*_PARTS, tuple)) and (made := _written_out(old, values)) != old
            }
            return replace(part, **changed) if changed else part
        case _:
            return part


def _size(part: Typed, known: dict[int, int]) -> int:
    """How many nodes there are, those in several places counted in each."""
    if id(part) not in known:
        known[id(part)] = 1 + sum(_size(child, known) for child in children(part))
    return known[id(part)]


def _first_let(query: Typed) -> Span:
    return next((node.at for node in walk(query) if isinstance(node, Let)), (0, 0))
