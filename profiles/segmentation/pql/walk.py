"""Typed nodes as a tree."""

from collections.abc import Iterator
from typing import get_args

from profiles.segmentation.pql.typed import Binding, Link, Typed, Variable

_PARTS = (*get_args(Typed), Binding, Link)

type Part = Typed | Binding | Link


def children(part: Part) -> Iterator[Part]:
    """The parts directly below one, in the order of evaluation."""
    for name in type(part).__slots__:
        value = getattr(part, name)
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, _PARTS):
                yield item


def variables_in(part: Part) -> frozenset[str]:
    """Names of the variables that a part reads, bound inside of it or not."""
    if isinstance(part, Variable):
        return frozenset((part.name,))
    return frozenset(name for child in children(part) for name in variables_in(child))
