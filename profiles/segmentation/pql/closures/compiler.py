"""Compiles nodes with the functions registered for their classes."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from profiles.segmentation.pql import moments
from profiles.segmentation.pql.facts import Facts
from profiles.segmentation.pql.typed import Constant, Now, Typed, Variable
from profiles.segmentation.pql.types import TEMPORAL, Scalar, Type
from profiles.segmentation.pql.walk import walk

# Two microseconds or so.
_NODES_A_STEP = 32

# Values: str, bool, int or float, microseconds for instants, list, dict, None.
type Closure = Callable[[Facts], Any]
type Handler = Callable[[Compiler, Any], Closure]


class Compiler:
    """Makes closures; gives each variable its place in `Facts.values`."""

    __slots__ = ("_clocks", "_handlers", "_slots")

    def __init__(self, handlers: Mapping[type, Handler]) -> None:
        self._handlers = handlers
        self._slots: dict[str, int] = {}
        self._clocks: dict[str, Now] = {}

    @property
    def variables(self) -> int:
        """How many places the variables need."""
        return len(self._slots)

    def closure(self, node: Typed) -> Closure:
        """The function that evaluates a node."""
        return self._handlers[type(node)](self, node)

    def slot(self, variable: str) -> int:
        """The place of a variable."""
        return self._slots.setdefault(variable, len(self._slots))

    def alias(self, variable: str, clock: Now) -> None:
        """Let a variable stand for the clock, so that what compares it knows that it moves."""
        self._clocks[variable] = clock

    def clock(self, node: Typed) -> Now | None:
        """The node as a function of time alone, if it is one."""
        if isinstance(node, Variable):
            return self._clocks.get(node.name)
        return node if isinstance(node, Now) else None


def weight(*bodies: Typed | None) -> int:
    """Steps that one turn of a loop counts for: 1, or more where it has much to evaluate."""
    nodes = sum(1 for body in bodies if body is not None for _ in walk(body))
    return 1 + nodes // _NODES_A_STEP


def is_temporal(kind: Type) -> bool:
    """Is this the type of an instant?"""
    return isinstance(kind, Scalar) and kind.kind in TEMPORAL


def is_constant(node: Typed) -> bool:
    """Is the value written out in the query?"""
    return isinstance(node, Constant)


def constant(node: Typed) -> Any:
    """The value of a node that `is_constant`."""
    assert isinstance(node, Constant)
    return _value(node.value)


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return moments.from_datetime(value)
    return [_value(item) for item in value] if isinstance(value, tuple) else value
