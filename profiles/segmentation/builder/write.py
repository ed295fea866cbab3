"""From the canvas to PQL. What is not finished yet is left out, and named."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from profiles.segmentation.builder import times
from profiles.segmentation.builder.canvas import (
    AudienceCard,
    Canvas,
    Card,
    Count,
    DateCard,
    Events,
    Group,
    Item,
    ListCard,
    Period,
    Step,
)
from profiles.segmentation.builder.fields import SIGNS
from profiles.segmentation.builder.parts import (
    AT,
    Unfinished,
    binary,
    call,
    equal,
    flag,
    logical,
    negation,
    numeral,
    path_node,
    text,
    whole,
)
from profiles.segmentation.pql import nodes
from profiles.segmentation.pql.format import format_node
from profiles.segmentation.pql.nodes import Node

TYPE, TIMESTAMP, XEVENT = "eventType", "timestamp", "xEvent"
MOST_STEPS = 6
_TOTAL = "n"


@dataclass(frozen=True, slots=True)
class Part:
    """A condition at the top of the rule, and the item it came from.

    An area joined in another way than the two areas are is one part.
    """

    item: Item
    node: Node

    @property
    def text(self) -> str:
        """Its PQL."""
        return format_node(self.node)


@dataclass(frozen=True, slots=True)
class Written:
    """The PQL of a canvas, its parts joined by `and`, and what is unfinished, by id of the node."""

    text: str
    parts: tuple[Part, ...]
    problems: Mapping[str, str]


def write(canvas: Canvas) -> Written:
    """The rule as text; empty while nothing is finished."""
    writer = _Writer()
    areas = [each for each in canvas.areas if each.items]
    parts = tuple(_parts(writer, areas, canvas))
    joining = _joining(areas, canvas)
    rule = format_node(logical(joining, *(part.node for part in parts))) if parts else ""
    whole_ = joining == "and" or len(parts) < 2
    return Written(rule, parts if whole_ else (), writer.problems)


def write_item(item: Item) -> str:
    """The PQL of one item; empty while nothing in it is finished."""
    node = _Writer().item(item, "")
    return "" if node is None else format_node(node)


def _joining(areas: list[Group], canvas: Canvas) -> nodes.Joining:
    return areas[0].joining if len(areas) == 1 else canvas.joining


def _parts(writer: "_Writer", areas: list[Group], canvas: Canvas) -> Iterator[Part]:
    joining = _joining(areas, canvas)
    for area in areas:
        if area.joining == joining or len(area.items) == 1:
            found = ((item, writer.item(item, "")) for item in area.items)
        else:
            found = ((each, writer.group(each, "")) for each in (area,))
        yield from (Part(item, node) for item, node in found if node is not None)


@dataclass(slots=True)
class _Writer:
    """Collects what is unfinished. `prefix` names the variable a path begins with, if any."""

    problems: dict[str, str] = field(default_factory=dict)

    def item(self, item: Item, prefix: str) -> Node | None:
        try:
            match item:
                case Card():
                    return _card(item, path_node(item.path, prefix))
                case DateCard():
                    return times.condition(item.rule, path_node(item.path, prefix))
                case AudienceCard():
                    node = call(None, "inSegment", text(item.audience))
                    return node if item.member else negation(node)
                case ListCard():
                    return self._list(item, prefix)
                case Events():
                    return self._events(item)
                case Group():
                    return self.group(item, prefix)
                case _ as unreachable:
                    assert_never(unreachable)
        except Unfinished as error:
            self.problems[item.id] = str(error)
            return None

    def group(self, group: Group, prefix: str) -> Node | None:
        found = [self.item(item, prefix) for item in group.items]
        operands = [node for node in found if node is not None]
        if not operands:
            return None
        node = logical(group.joining, *operands)
        return negation(node) if group.exclude else node

    def _list(self, card: ListCard, prefix: str) -> Node:
        source = path_node(card.path, prefix)
        if card.match == "all":
            variable = _next_variable(prefix)
            claim = self.group(card.rules, variable)
            if claim is None:
                raise Unfinished("Add a condition on its items.")
            return nodes.Quantifier(
                "forall", (nodes.Binding(variable, source, None, AT),), claim, AT
            )
        condition = self.group(card.rules, "")
        if condition is None:
            raise Unfinished("Add a condition on its items.")
        node = nodes.Pick(source, condition, AT)
        return negation(node) if card.match == "none" else node

    def _events(self, events: Events) -> Node | None:
        if len(events.steps) == 1 and not _is_plain(events.steps[0].count):
            node = self._total(events.steps[0])
        else:
            node = self._chain(events.steps)
        if node is None:
            return None
        return negation(node) if events.exclude else node

    def _total(self, step: Step) -> Node | None:
        """How often, or how much, of all events that fit."""
        try:
            condition = self._what(step, with_time=True)
            source = path_node(XEVENT)
            picked = source if condition is None else nodes.Pick(source, condition, AT)
            return _measured(step.count, picked)
        except Unfinished as error:
            self.problems[step.id] = str(error)
            return None

    def _chain(self, steps: tuple[Step, ...]) -> Node | None:
        links = [self._link(step, index) for index, step in enumerate(steps)]
        known = tuple(link for link in links if link is not None)
        if len(known) < len(links):
            return None
        return nodes.Chain(path_node(XEVENT), TIMESTAMP, known, AT, AT)

    def _link(self, step: Step, index: int) -> nodes.Link | None:
        try:
            times_ = _at_least(step.count)
            what = self._what(step, with_time=False)
            when, where = _clock(step, index)
            count = None if times_ == 1 else (None, times_)
            if (what, when, where, count) == (None, None, None, None):
                count = (None, 1)
            return nodes.Link(f"C{index}", what, when, where, count, AT)
        except Unfinished as error:
            self.problems[step.id] = str(error)
            return None

    def _what(self, step: Step, *, with_time: bool) -> Node | None:
        """The type, a time rule that cannot stand in WHEN (or any, with `with_time`), the rules."""
        found: list[Node] = []
        if step.type:
            found.append(equal(path_node(TYPE), text(step.type)))
        if step.when is not None and (with_time or not times.has_test(step.when)):
            found.append(times.condition(step.when, path_node(TIMESTAMP)))
        rules = step.rules
        if rules.joining == "and" and not rules.exclude:
            inner = [self.item(item, "") for item in rules.items]
        else:
            inner = [self.group(rules, "")]
        found += [node for node in inner if node is not None]
        return logical("and", *found) if found else None


def _at_least(count: Count) -> int:
    if not _is_plain(count):
        raise Unfinished("In a sequence events are counted with “at least”.")
    times_ = whole(_value(count.values, 0))
    if not times_:
        raise Unfinished("An event happens at least once.")
    return times_


def _next_variable(prefix: str) -> str:
    """A variable for the items of a list inside the list of another variable."""
    return "item" if not prefix else f"item{int(prefix.removeprefix('item') or 1) + 1}"


def _is_plain(count: Count) -> bool:
    return (count.measure, count.operator) == ("count", "atLeast")


def _clock(step: Step, index: int) -> tuple[nodes.TimeTest | None, Node | None]:
    """WHEN and WHERE of a link: the time rule, and the clock since the link before."""
    when = times.test_of(step.when) if step.when is not None and times.has_test(step.when) else None
    gaps = [
        (operator, period)
        for operator, period in ((">=", step.after), ("<=", step.within))
        if period is not None and index
    ]
    if not gaps:
        return when, None
    label = nodes.Name(f"C{index - 1}", AT)
    if len(gaps) == 1 and when is None:
        return _gap(*gaps[0], label), None
    moment = nodes.Access(label, TIMESTAMP, AT, AT)
    tests = [nodes.Occurs(path_node(TIMESTAMP), _gap(*gap, moment), AT) for gap in gaps]
    return when, logical("and", *tests)


def _gap(operator: str, period: Period, reference: Node) -> nodes.Distance:
    sign: nodes.Operator = ">=" if operator == ">=" else "<="
    return nodes.Distance(sign, whole(period.count), period.unit, "after", reference, AT)


def _measured(count: Count, source: Node) -> Node:
    if count.measure == "count":
        number = call(source, "count")
    elif not count.path:
        raise Unfinished("Choose the number to calculate with.")
    else:
        number = call(source, count.measure, path_node(count.path))
    if count.operator != "between":
        return binary(number, SIGNS[count.operator], numeral(_value(count.values, 0)))
    total = path_node(_TOTAL)
    return nodes.Let(_TOTAL, number, _between(total, count.values), AT)


def _between(number: Node, values: tuple[str, ...]) -> Node:
    """`low <= x and x <= high`: written so, it is told from two cards."""
    low, high = numeral(_value(values, 0)), numeral(_value(values, 1))
    return logical("and", binary(low, "<=", number), binary(number, "<=", high))


def _value(values: tuple[str, ...], index: int) -> str:
    return values[index] if index < len(values) else ""


def _card(card: Card, path: Node) -> Node:
    match card.operator:
        case "exists":
            return call(path, "isNotNull")
        case "missing":
            return call(path, "isNull")
        case "isTrue" | "isFalse":
            return equal(path, flag(value=card.operator == "isTrue"))
        case _:
            return _number_card(card, path) if card.kind == "number" else _text_card(card, path)


def _number_card(card: Card, path: Node) -> Node:
    if card.operator == "between":
        return _between(path, card.values)
    values = [numeral(value) for value in card.values if value.strip()]
    if not values:
        raise Unfinished("A number is missing.")
    return _one_of(card, path, values)


def _text_card(card: Card, path: Node) -> Node:
    values = [text(value) for value in card.values if value]
    if not values:
        raise Unfinished("A value is missing.")
    if card.operator == "like":
        return binary(path, "like", values[0])
    if card.operator not in ("equals", "notEquals"):
        return call(path, card.operator, values[0], *([] if card.exact else [flag(value=False)]))
    if card.exact:
        return _one_of(card, path, values)
    if len(values) > 1:
        raise Unfinished("Several values are compared exactly: let case count, or keep one value.")
    name = "equals" if card.operator == "equals" else "notEqualTo"
    return call(path, name, values[0], flag(value=False))


def _one_of(card: Card, path: Node, values: list[Node]) -> Node:
    if len(values) == 1:
        return binary(path, SIGNS[card.operator], values[0])
    sign = "in" if card.operator == "equals" else "notIn"
    return binary(path, sign, nodes.ListLiteral(tuple(values), AT))


def unfinished(canvas: Canvas) -> Mapping[str, str]:
    """What keeps the canvas from being saved, by id of the node: unfinished, empty, too long."""
    found = dict(write(canvas).problems)
    for area in canvas.areas:
        for item in area.items:
            found |= {key: why for key, why in _bad_shapes(item) if key not in found}
    return found


def _bad_shapes(item: Item) -> Iterator[tuple[str, str]]:
    match item:
        case Group(items=(), id=key):
            yield key, "The container is empty: add a condition or remove it."
        case Group(items):
            for inner in items:
                yield from _bad_shapes(inner)
        case Events(steps, id=key) if len(steps) > MOST_STEPS:
            yield key, f"A sequence has at most {MOST_STEPS} events."
        case _:
            pass
