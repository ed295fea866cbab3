"""What an expression of a computed attribute may be, and what is asked of the events. Pure.

Five forms, all over `xEvent` with any number of conditions in brackets:

    xEvent[…].sum(field)   .min(field)   .max(field)   .count()
    xEvent[…].topN(timestamp, 1).head().field            the most recent
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from profiles.segmentation.computed.windows import Window
from profiles.segmentation.pql import moments
from profiles.segmentation.pql.batch.events import is_events
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.references import references
from profiles.segmentation.pql.typed import (
    EVENTS,
    PROFILE,
    Aggregate,
    Call,
    Constant,
    Field,
    Filter,
    InSegment,
    Ordered,
    Typed,
    Variable,
)
from profiles.segmentation.pql.types import (
    BOOLEAN,
    DATE_TIME,
    INTEGER,
    NUMERIC,
    TEMPORAL,
    Kind,
    ListType,
    ObjectType,
    Scalar,
    Type,
)
from profiles.segmentation.pql.walk import walk

TIMESTAMP: Final = "timestamp"
MOST_RECENT: Final = "MOST_RECENT"
_FORMS: Final = (
    "Write xEvent[…].sum(field), .min(field), .max(field), .count(), or"
    " xEvent[…].topN(timestamp, 1).head().field for the most recent one."
)
_OTHER_SCHEMA: Final = (
    "Return schema of the expression is not same as the schema of the computed attribute in the"
    " XDM schema."
)
_NAMES: Final = {"sum": "SUM", "count": "COUNT", "min": "MIN", "max": "MAX"}


@dataclass(frozen=True, slots=True)
class Computation:
    """An expression that is one of the forms: its function, its type, and the events it is of."""

    function: str
    type: Type
    tree: Typed
    events: Typed


@dataclass(frozen=True, slots=True)
class Questions:
    """What an evaluation asks of a profile's events: how many there are, the value, its moment."""

    count: Typed
    value: Typed
    moment: Typed | None


def computation_of(tree: Typed) -> Computation:
    """The tree as one of the forms; raises PqlError."""
    match tree:
        case Aggregate(function, variable, source, body) if function in _NAMES:
            found = Computation(_NAMES[function], tree.type, tree, source)
            _check_body(function, variable, body)
        case _:
            ordered = _latest(tree)
            if ordered is None:
                raise PqlError(
                    "A computed attribute is one function of a profile's events.",
                    at=tree.at,
                    suggestion=_FORMS,
                )
            found = Computation(MOST_RECENT, tree.type, tree, ordered.source)
    _check_events(found.events)
    _check_alone(found)
    _check_type(found)
    return found


def type_name(type_: Type) -> str:
    """A type as it is stored: `double`, `string[]`."""
    if isinstance(type_, ListType):
        return f"{type_name(type_.item)}[]"
    assert isinstance(type_, Scalar), "values are single ones, or lists of them"
    return str(type_.kind)


def type_of(name: str) -> Type:
    """The type a stored name stands for."""
    if name.endswith("[]"):
        return ListType(type_of(name.removesuffix("[]")))
    return Scalar(Kind(name))


def questions(computation: Computation, window: Window) -> Questions:
    """What to ask, of the events in the window alone."""
    tree = _within(computation.tree, window)
    source = _within(computation.events, window)
    assert isinstance(source.type, ListType)
    event = Variable("$event", source.type.item, source.at)
    count = Aggregate("count", event.name, source, event, INTEGER, source.at)
    moment = None
    if computation.function == MOST_RECENT:
        timestamp = Field(event, TIMESTAMP, DATE_TIME, source.at)
        moment = Aggregate("max", event.name, source, timestamp, DATE_TIME, source.at)
    return Questions(count, tree, moment)


def _within(node: Typed, window: Window) -> Typed:
    """The node with its events narrowed to those of the window."""
    if is_events(node):
        assert isinstance(node.type, ListType)
        event = Variable("$in_window", node.type.item, node.at)
        timestamp = Field(event, TIMESTAMP, DATE_TIME, node.at)
        limits = tuple(
            Call(operator, (timestamp, _instant(moment, node)), BOOLEAN, node.at)
            for operator, moment in ((">=", window.start), ("<=", window.end))
        )
        return Filter(event.name, node, Call("and", limits, BOOLEAN, node.at), node.type, node.at)
    match node:
        case Filter() | Aggregate() | Ordered():
            return replace(node, source=_within(node.source, window))
        case Field():
            return replace(node, object=_within(node.object, window))
        case Call(_, (of, *others)):
            return replace(node, arguments=(_within(of, window), *others))
        case _:
            raise TypeError(f"{type(node).__name__} is no part of a computed attribute.")


def _instant(moment: int, node: Typed) -> Constant:
    return Constant(moments.to_datetime(moment), DATE_TIME, node.at)


def _check_body(function: str, variable: str, body: Typed) -> None:
    """`count` is of whole events, the others of one field."""
    if _is_path(body, variable) and isinstance(body, Variable) == (function == "count"):
        return
    raise PqlError(
        f"{function} of a computed attribute takes one field of the event, outside of lists.",
        at=body.at,
        suggestion=_FORMS,
    )


def _is_path(node: Typed, variable: str) -> bool:
    while isinstance(node, Field):
        node = node.object
    return isinstance(node, Variable) and node.name == variable


def _latest(node: Typed) -> Ordered | None:
    """The `topN(timestamp, 1)` in `….topN(timestamp, 1).head().field`."""
    while isinstance(node, Field):
        node = node.object
    match node:
        case Call("head", (Ordered("topN", variable, _, key, 1) as ordered,)):
            return ordered if _is_path(key, variable) and _is_timestamp(key) else None
        case _:
            return None


def _is_timestamp(node: Typed) -> bool:
    return isinstance(node, Field) and isinstance(node.object, Variable) and node.name == TIMESTAMP


def _check_events(node: Typed) -> None:
    while isinstance(node, Filter):
        node = node.source
    if not is_events(node):
        raise PqlError(
            "A computed attribute is about the fields of xEvent that lie outside of lists.",
            at=node.at,
            suggestion=_FORMS,
        )


def _check_alone(found: Computation) -> None:
    """Only events count: no attributes, hence no computed ones, no audiences, no other events."""
    for at, name in _others(found.tree):
        raise PqlError(
            f"A computed attribute is about events alone; {name} is something else.", at=at
        )
    assert not references(found.tree).attributes, "each attribute was refused"


def _others(tree: Typed) -> Iterator[tuple[tuple[int, int], str]]:
    own = 0
    for node in walk(tree):
        if isinstance(node, InSegment):
            yield node.at, "inSegment"
        if not (isinstance(node, Field) and isinstance(node.object, Variable)):
            continue
        if node.object.name == PROFILE:
            own += node.name == EVENTS
            if node.name != EVENTS or own > 1:
                yield node.at, node.name


def _check_type(found: Computation) -> None:
    type_ = found.type
    if found.function in ("MIN", "MAX"):
        kinds = NUMERIC | TEMPORAL
        if not (isinstance(type_, Scalar) and type_.kind in kinds):
            raise PqlError(
                f"{found.function} is of numbers and dates. {_OTHER_SCHEMA}", at=found.tree.at
            )
    item = type_.item if isinstance(type_, ListType) else type_
    if not isinstance(item, Scalar) or item.kind == Kind.NULL:
        what = "an object" if isinstance(item, ObjectType) else "no single value"
        raise PqlError(f"The expression gives {what}. {_OTHER_SCHEMA}", at=found.tree.at)
