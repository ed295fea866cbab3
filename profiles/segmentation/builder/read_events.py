"""Conditions on events, from PQL to event cards and sequences."""

from collections.abc import Sequence
from dataclasses import replace

from profiles.segmentation.builder import times
from profiles.segmentation.builder.canvas import Count, Events, Period, Step, TimeRule
from profiles.segmentation.builder.fields import AGGREGATES, COUNTS, MEASURES, SIGNS
from profiles.segmentation.builder.parts import AT, path_of, typed
from profiles.segmentation.builder.read_cards import card
from profiles.segmentation.builder.reading import CodeOnly, Reader
from profiles.segmentation.builder.write import TIMESTAMP, TYPE, XEVENT
from profiles.segmentation.pql import nodes
from profiles.segmentation.pql.nodes import Node
from profiles.segmentation.pql.types import ListType, ObjectType

_BY_SIGN = {sign: name for name, sign in SIGNS.items()}
# A count is a whole number: what is more than 2 is at least 3.
_NEXT_TO = {"more": ("atLeast", 1), "less": ("atMost", -1)}


def events(node: Node, reader: Reader) -> Events | None:
    """The event card of a condition on events; None: it is none. Raises CodeOnly."""
    if reader.prefix:
        return None
    match node:
        case nodes.Chain():
            return _chain(node, reader)
        case nodes.Pick(source, condition) if _is_events(source):
            return Events((_step(_conditions(condition, reader), reader),))
        case nodes.Binary(sign, total, value) if sign in _BY_SIGN:
            return _total(total, _BY_SIGN[sign], (value,), reader)
        case nodes.Let(name, total, body):
            values = _between(name, body)
            return None if values is None else _total(total, "between", values, reader)
        case _:
            return None


def _is_events(node: Node) -> bool:
    return path_of(node) == XEVENT


def _conditions(condition: Node | None, reader: Reader) -> tuple[Node, ...]:
    """What all has to hold of an event; two comparisons that make one card stay together."""
    if condition is not None and card(condition, reader.within(_event(reader))) is not None:
        return (condition,)
    return _operands(condition)


def _operands(condition: Node | None) -> tuple[Node, ...]:
    match condition:
        case None:
            return ()
        case nodes.Logical("and", operands) if times.rule_of(condition) is None:
            return operands
        case _:
            return (condition,)


def _between(name: str, body: Node) -> tuple[Node, Node] | None:
    match body:
        case nodes.Logical(
            "and",
            (nodes.Binary("<=", low, nodes.Name(one)), nodes.Binary("<=", nodes.Name(other), high)),
        ) if one == other == name:
            return low, high
        case _:
            return None


def _total(total: Node, operator: str, values: Sequence[Node], reader: Reader) -> Events | None:
    """How often, or how much: `xEvent[…].count() >= 2`."""
    if not isinstance(total, nodes.Invoke) or total.function not in MEASURES:
        return None
    match total.receiver:
        case nodes.Pick(source, condition) if _is_events(source):
            step = _step(_conditions(condition, reader), reader)
        case source if source is not None and _is_events(source):
            step = Step()
        case _:
            return None
    count = _count(total, operator, [typed(value) for value in values])
    if count is None:
        raise CodeOnly("It counts events in a way that has no card.", at=total.at)
    return Events((replace(step, count=count),))


def _count(total: nodes.Invoke, operator: str, values: Sequence[str | None]) -> Count | None:
    known = tuple(value for value in values if value is not None)
    if len(known) < len(values):
        return None
    if total.function == "count":
        if operator in _NEXT_TO and known[0].isdigit():
            operator, add = _NEXT_TO[operator]
            known = (str(int(known[0]) + add),)
        if operator == "atLeast" and not (known[0].isdigit() and int(known[0])):
            return None
        return Count("count", "", operator, known) if operator in COUNTS else None
    match total.arguments:
        case (nodes.Name() | nodes.Access() as number,) if operator in AGGREGATES:
            path = path_of(number)
            return None if path is None else Count(total.function, path, operator, known)
        case _:
            return None


def _chain(node: nodes.Chain, reader: Reader) -> Events:
    if not _is_events(node.source) or node.timestamp != TIMESTAMP:
        raise CodeOnly("Its chain is not of the profile's events.", at=node.at)
    steps: list[Step] = []
    for index, link in enumerate(node.links):
        label = node.links[index - 1].label if index else ""
        steps.append(_link(link, label, reader))
    return Events(tuple(steps))


def _link(link: nodes.Link, label: str, reader: Reader) -> Step:
    clock = _gap(link.when, nodes.Name(label, AT)) if link.when and label else {}
    when = None
    if link.when is not None and not clock:
        when = times.rule_of_test(link.when)
        if when is None:
            raise CodeOnly("Its time rule has no card.", at=link.when.at)
    if link.where is not None:
        clock = {**clock, **_clock(link.where, label)}
    step = _step(_conditions(link.what, reader), reader, when=when)
    return replace(
        step, count=_at_least(link), after=clock.get("after"), within=clock.get("within")
    )


def _at_least(link: nodes.Link) -> Count:
    operator, number = link.count or (None, 1)
    if operator not in (None, ">", ">="):
        raise CodeOnly("It limits the COUNT of a chain from above.", at=link.at)
    return Count(values=(str(number + (operator == ">")),))


def _clock(where: Node, label: str) -> dict[str, Period]:
    """After and within, from WHERE."""
    found: dict[str, Period] = {}
    reference = nodes.Access(nodes.Name(label, AT), TIMESTAMP, AT, AT)
    for each in _operands(where):
        match each:
            case nodes.Occurs(moment, test) if path_of(moment) == TIMESTAMP:
                gap = _gap(test, reference)
            case _:
                gap = {}
        if not gap or gap.keys() & found.keys():
            raise CodeOnly("It compares events of a chain with each other.", at=where.at)
        found |= gap
    return found


def _gap(test: nodes.TimeTest, reference: Node) -> dict[str, Period]:
    match test:
        case nodes.Distance("<=" | ">=" as sign, count, unit, "after", other) if (
            other == reference and unit in times.UNITS
        ):
            return {"within" if sign == "<=" else "after": Period(str(count), unit)}
        case _:
            return {}


def _step(operands: Sequence[Node], reader: Reader, *, when: TimeRule | None = None) -> Step:
    rest = list(operands)
    type_ = ""
    for each in rest:
        if (found := _type(each)) is not None:
            type_ = found
            rest.remove(each)
            break
    for each in rest if when is None else ():
        if (rule := _timestamp_rule(each)) is not None:
            when = rule
            rest.remove(each)
            break
    inside = reader.within(_event(reader))
    return Step(type_, inside.group_of(rest), when=when)


def _event(reader: Reader) -> ObjectType:
    match reader.element.fields.get(XEVENT):
        case ListType(ObjectType() as event):
            return event
        case _:
            raise CodeOnly("There are no events.", at=(0, 0))


def _type(node: Node) -> str | None:
    match node:
        case nodes.Binary("=", nodes.Name(name), nodes.Literal(str() as value)) if name == TYPE:
            return value or None
        case nodes.Invoke(nodes.Name(name), "equals", (nodes.Literal(str() as value), *_)) if (
            name == TYPE and len(node.arguments) == 1
        ):
            return value or None
        case _:
            return None


def _timestamp_rule(node: Node) -> TimeRule | None:
    found = times.rule_of(node)
    if found is None or path_of(found[0]) != TIMESTAMP:
        return None
    return found[1]
