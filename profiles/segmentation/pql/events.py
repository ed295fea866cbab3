"""What a query asks of events: which types, how far back, how often."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from profiles.segmentation.pql.checking.temporal import length
from profiles.segmentation.pql.typed import (
    EVENTS,
    PROFILE,
    Call,
    Chain,
    Constant,
    Field,
    Filter,
    InPeriod,
    Let,
    Now,
    Quantified,
    Select,
    Span,
    Typed,
    Variable,
    Within,
)
from profiles.segmentation.pql.walk import children

_TIMESTAMP: Final = "timestamp"
_TYPE: Final = "eventType"


@dataclass(frozen=True, slots=True)
class EventAtom:
    """One condition on events.

    `types` None: events of any type; `look_back` in milliseconds before the evaluation, None: all
    of the past. `negated`: the condition stands under an odd number of `not`.
    """

    types: frozenset[str] | None
    look_back: int | None
    negated: bool
    at: Span


@dataclass(frozen=True, slots=True)
class _Events:
    """A list of events: all of them, or those some filters let through."""

    types: frozenset[str] | None = None
    look_back: int | None = None
    conditions: tuple[Typed, ...] = ()

    def restricted(self, variable: str, condition: Typed) -> "_Events":
        return replace(
            self,
            types=_both(self.types, types_of(condition, variable)),
            look_back=_shorter(self.look_back, look_back_of(condition, variable)),
            conditions=(*self.conditions, condition),
        )

    def atom(self, at: Span, *, negated: bool) -> EventAtom:
        return EventAtom(self.types, self.look_back, negated, at)


@dataclass(slots=True)
class _Collector:
    lets: dict[str, Typed] = field(default_factory=dict)

    def events(self, node: Typed) -> _Events | None:
        """The list of events a node is, if it is one."""
        match node:
            case Field(Variable(name), field_name) if (name, field_name) == (PROFILE, EVENTS):
                return _Events()
            case Variable(name) if name in self.lets:
                return self.events(self.lets[name])
            case Filter(variable, source, body):
                found = self.events(source)
                return None if found is None else found.restricted(variable, body)
            case _:
                return None

    def collect(self, node: Typed, *, negated: bool) -> Iterator[EventAtom]:
        match node:
            case Call("not", (operand,)):
                yield from self.collect(operand, negated=not negated)
            case Let(variable, value, body) if self.events(value) is not None:
                self.lets[variable] = value
                yield from self.collect(body, negated=negated)
            case Chain():
                yield from self._chain(node, negated=negated)
            case Select():
                yield from self._select(node, negated=negated)
            case Quantified("exists", variable, source, body) if (
                found := self.events(source)
            ) is not None:
                found = found.restricted(variable, body)
                yield found.atom(node.at, negated=negated)
                yield from self.below(found.conditions, negated=negated)
            case _:
                yield from self.below(children(node), negated=negated)

    def below(self, nodes: Iterable[Typed], *, negated: bool) -> Iterator[EventAtom]:
        for node in nodes:
            found = self.events(node)
            if found is None:
                yield from self.collect(node, negated=negated)
            else:
                yield found.atom(node.at, negated=negated)
                yield from self.below(found.conditions, negated=negated)

    def _select(self, node: Select, *, negated: bool) -> Iterator[EventAtom]:
        for binding in node.bindings:
            found = self.events(binding.source)
            if found is None:
                yield from self.below((binding.source, binding.condition), negated=negated)
            else:
                found = found.restricted(binding.variable, binding.condition)
                yield found.atom(binding.source.at, negated=negated)
                yield from self.below(found.conditions, negated=negated)

    def _chain(self, node: Chain, *, negated: bool) -> Iterator[EventAtom]:
        found = self.events(node.source)
        if found is None:
            yield from self.below(children(node), negated=negated)
            return
        yield from self.below(found.conditions, negated=negated)
        look_back = found.look_back
        for link in node.links:
            parts = [link.what, link.when, *([] if link.where is None else [link.where])]
            events = replace(found, look_back=look_back, conditions=())
            for part in parts:
                events = events.restricted(link.variable, part)
            # What comes after an event of the last 24 hours is no older.
            look_back = events.look_back
            yield events.atom(link.what.at, negated=negated)
            yield from self.below(parts, negated=negated)


def event_atoms(root: Typed) -> tuple[EventAtom, ...]:
    """The conditions on events of a query in the order of the text, each link of a CHAIN as one."""
    found = list(_Collector().below((root,), negated=False))
    return tuple(sorted(found, key=lambda atom: atom.at))


# --- Types of events


def types_of(condition: Typed, variable: str) -> frozenset[str] | None:
    """The types an event must have for the condition to hold; None: any."""
    match condition:
        case Call("=" | "equals", (one, other, *_)):
            pair = (one, other) if _is_field(one, variable, _TYPE) else (other, one)
            known = _is_field(pair[0], variable, _TYPE) and _exact(condition)
            return _texts((pair[1],)) if known else None
        case Call("in", (value, Constant(tuple() as values))):
            if not _is_field(value, variable, _TYPE):
                return None
            return frozenset(value for value in values if isinstance(value, str))
        case Call("and", parts):
            found: frozenset[str] | None = None
            for part in parts:
                found = _both(found, types_of(part, variable))
            return found
        case Call("or", parts):
            return _any(types_of(part, variable) for part in parts)
        case _:
            return None


def _exact(call: Call) -> bool:
    """Does case count?"""
    return not any(
        isinstance(argument, Constant) and argument.value is False
        for argument in call.arguments[2:]
    )


def _texts(nodes: Iterable[Typed]) -> frozenset[str] | None:
    values = [node.value for node in nodes if isinstance(node, Constant)]
    texts = frozenset(value for value in values if isinstance(value, str))
    return texts or None


def _is_field(node: Typed, variable: str, name: str) -> bool:
    match node:
        case Field(Variable(owner), field_name):
            return (owner, field_name) == (variable, name)
        case _:
            return False


def _both(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    if one is None or other is None:
        return one if other is None else other
    return one & other


def _any(parts: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    found: frozenset[str] = frozenset()
    for part in parts:
        if part is None:
            return None
        found |= part
    return found


# --- How far back


def look_back_of(condition: Typed, variable: str) -> int | None:
    """How long ago an event can be for the condition to hold, in milliseconds; None: any time."""
    match condition:
        case Call("and", parts):
            found: int | None = None
            for part in parts:
                found = _shorter(found, look_back_of(part, variable))
            return found
        case Call("or", parts):
            return _longest(look_back_of(part, variable) for part in parts)
        case Within(moment) if _is_field(moment, variable, _TIMESTAMP):
            return _within(condition)
        case InPeriod(moment, start) if _is_field(moment, variable, _TIMESTAMP):
            return _age(start)
        case Call(">" | ">=", (moment, start)) if _is_field(moment, variable, _TIMESTAMP):
            return _age(start)
        case Call("<" | "<=", (start, moment)) if _is_field(moment, variable, _TIMESTAMP):
            return _age(start)
        case _:
            return None


def _within(node: Within) -> int | None:
    age = _age(node.reference)
    if age is None:
        return None
    if node.direction == "after":
        return age
    span = length(node.duration.count, node.duration.unit)
    match node.operator:
        case "<" | "<=":
            return age + span
        case "=":
            # The whole unit counts, up to its beginning.
            return age + span + length(1, node.duration.unit)
        case _:
            return None


def _age(node: Typed) -> int | None:
    """How long ago an instant can be at most; None: it does not move with the evaluation."""
    match node:
        case Now(None):
            return 0
        case Now(str() as unit, add):
            return max(0, length(1 - add, unit))
        case _:
            return None


def _shorter(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return one if other is None else other
    return min(one, other)


def _longest(parts: Iterable[int | None]) -> int | None:
    found = 0
    for part in parts:
        if part is None:
            return None
        found = max(found, part)
    return found
