"""The canvas: a rule as cards in containers, as people build it. Pure and immutable.

Nodes are equal when they say the same: ids do not count. Values are texts as people typed them, so
that a half-finished card is kept as it is.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

type Joining = Literal["and", "or"]
type FieldKind = Literal["text", "number", "flag", "date"]
type Match = Literal["any", "all", "none"]

ATTRIBUTES, EVENTS = "attributes", "events"


@dataclass(frozen=True, slots=True)
class TimeRule:
    """When something happened, see `times.OPERATORS`; `unit` only where the operator has one."""

    operator: str
    values: tuple[str, ...] = ()
    unit: str = ""
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """A condition on the field at a dotted `path` below the element the card stands in.

    `exact`: upper and lower case count. Dates have DateCards.
    """

    path: str
    kind: FieldKind
    operator: str
    values: tuple[str, ...] = ()
    exact: bool = True
    id: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class DateCard:
    """A condition on a date."""

    path: str
    rule: TimeRule
    id: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class AudienceCard:
    """Is a member of an audience, or is not."""

    audience: str
    member: bool = True
    id: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Group:
    """A container: items of which all (`and`) or some (`or`) hold; with `exclude` the contrary."""

    items: tuple["Item", ...] = ()
    joining: Joining = "and"
    exclude: bool = False
    id: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class ListCard:
    """A condition on the objects of a list: it holds for any, all or none of them."""

    path: str
    rules: Group
    match: Match = "any"
    id: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Count:
    """How often, or how much: `measure` is `count`, or an aggregate of the number at `path`."""

    measure: str = "count"
    path: str = ""
    operator: str = "atLeast"
    values: tuple[str, ...] = ("1",)


@dataclass(frozen=True, slots=True)
class Period:
    """So many units."""

    count: str
    unit: str


@dataclass(frozen=True, slots=True)
class Step:
    """Events of a type (empty: of any) that meet the rules.

    `after` and `within` are the clock that starts with the step before: it must be at least, and
    at most, so long ago.
    """

    type: str = ""
    rules: Group = field(default_factory=Group)
    count: Count = field(default_factory=Count)
    when: TimeRule | None = None
    after: Period | None = None
    within: Period | None = None
    id: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Events:
    """An event card, or several in their order."""

    steps: tuple[Step, ...]
    exclude: bool = False
    id: str = field(default="", compare=False)


type Item = Card | DateCard | AudienceCard | ListCard | Events | Group
type Node = Item | Step


@dataclass(frozen=True, slots=True)
class Canvas:
    """Two areas; containers of the events area may hold attributes as well.

    `serial` is the number of the last id.
    """

    attributes: Group = field(default_factory=lambda: Group(id=ATTRIBUTES))
    events: Group = field(default_factory=lambda: Group(id=EVENTS))
    joining: Joining = "and"
    serial: int = field(default=0, compare=False)

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands on it."""
        return not self.attributes.items and not self.events.items

    @property
    def areas(self) -> tuple[Group, Group]:
        """Both areas."""
        return self.attributes, self.events


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below one."""
    match node:
        case Group():
            return node.items
        case ListCard() | Step():
            return (node.rules,)
        case Events():
            return node.steps
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, from the top."""
    yield node
    for child in children(node):
        yield from walk(child)


def nodes(canvas: Canvas) -> Iterator[Node]:
    """All nodes, areas among them."""
    for area in canvas.areas:
        yield from walk(area)


def find(canvas: Canvas, node_id: str) -> Node | None:
    """The node with this id."""
    return next((node for node in nodes(canvas) if node.id == node_id), None)


def has_events(node: Node) -> bool:
    """Whether an event card stands in it."""
    return any(isinstance(each, Events) for each in walk(node))


@dataclass(frozen=True, slots=True)
class Change:
    """What to make of nodes: an item of none or many, a group or step of one."""

    item: Callable[[Item], tuple[Item, ...]] = lambda item: (item,)
    group: Callable[[Group], Group] = lambda group: group
    step: Callable[[Step], tuple[Step, ...]] = lambda step: (step,)


def change(canvas: Canvas, made: Change) -> Canvas:
    """The canvas with all nodes changed, from the bottom up."""
    return replace(
        canvas,
        attributes=_group(canvas.attributes, made),
        events=_group(canvas.events, made),
    )


def _group(group: Group, made: Change) -> Group:
    items = tuple(new for item in group.items for new in made.item(_item(item, made)))
    return made.group(replace(group, items=items))


def _item(item: Item, made: Change) -> Item:
    match item:
        case Group():
            return _group(item, made)
        case ListCard():
            return replace(item, rules=_group(item.rules, made))
        case Events():
            inner = (replace(step, rules=_group(step.rules, made)) for step in item.steps)
            return replace(item, steps=tuple(new for step in inner for new in made.step(step)))
        case _:
            return item


def numbered[Any_: Node](node: Any_, serial: int) -> tuple[Any_, int]:
    """The node with new ids for it and all below; answers the last number used."""
    serial += 1
    made = replace(node, id=f"n{serial}")
    match made:
        case Group():
            items, serial = _all_numbered(made.items, serial)
            return replace(made, items=items), serial
        case ListCard() | Step():
            rules, serial = numbered(made.rules, serial)
            return replace(made, rules=rules), serial
        case Events():
            steps, serial = _all_numbered(made.steps, serial)
            return replace(made, steps=steps), serial
        case _:
            return made, serial


def _all_numbered[Any_: Node](found: tuple[Any_, ...], serial: int) -> tuple[tuple[Any_, ...], int]:
    made = []
    for each in found:
        new, serial = numbered(each, serial)
        made.append(new)
    return tuple(made), serial


def canvas_of(
    attributes: Group, events: Group, joining: Joining = "and", *, serial: int = 0
) -> Canvas:
    """A canvas of these areas, all nodes numbered."""
    items, serial = _all_numbered(attributes.items, serial)
    others, serial = _all_numbered(events.items, serial)
    return Canvas(
        replace(attributes, items=items, id=ATTRIBUTES),
        replace(events, items=others, id=EVENTS),
        joining,
        serial,
    )
