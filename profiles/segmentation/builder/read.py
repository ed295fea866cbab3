"""From PQL to the canvas. What the canvas cannot show stays code, with the reason."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from profiles.segmentation.builder import read_cards, read_events
from profiles.segmentation.builder.canvas import (
    AudienceCard,
    Canvas,
    Events,
    Group,
    Item,
    ListCard,
    canvas_of,
    has_events,
)
from profiles.segmentation.builder.fields import FieldType, field_at
from profiles.segmentation.builder.parts import path_of
from profiles.segmentation.builder.reading import CodeOnly, Reader
from profiles.segmentation.pql import nodes
from profiles.segmentation.pql.nodes import Node
from profiles.segmentation.pql.types import ObjectType

__all__ = ["CodeOnly", "read"]


def read(query: nodes.Query, profile: ObjectType) -> Canvas:
    """The canvas that says what the query says; raises CodeOnly."""
    if query.parameters is not None:
        raise CodeOnly("It names its parameters.", at=query.body.at)
    place = _Place(profile)
    body = query.body
    if not isinstance(body, nodes.Logical):
        return _canvas([place.item(body)], "and")
    found = place.item(body)
    if isinstance(found, Group):
        return _canvas(found.items, found.joining)
    return _canvas([found], "and")


def _canvas(items: Sequence[Item], joining: nodes.Joining) -> Canvas:
    attributes = [item for item in items if not has_events(item)]
    events = [item for item in items if has_events(item)]
    return canvas_of(
        _area(attributes, joining),
        _area(events, joining),
        joining if attributes and events else "and",
    )


def _area(items: list[Item], joining: nodes.Joining) -> Group:
    if len(items) != 1:
        return Group(tuple(items), joining if items else "and")
    (only,) = items
    if isinstance(only, Group) and not only.exclude and not _is_mixed(only):
        return only
    return Group((only,))


def _is_mixed(group: Group) -> bool:
    """Whether something beside events stands directly in a container with events."""
    return len({has_events(item) for item in group.items}) > 1


@dataclass(frozen=True, slots=True)
class _Place(Reader):
    """Where a condition stands: the element whose fields it reads, and the variable for it."""

    element: ObjectType
    prefix: str = ""
    inside: bool = False

    def item(self, node: Node) -> Item:
        """The item a condition is; raises CodeOnly."""
        card = read_cards.card(node, self)
        if card is not None:
            return card
        events = None if self.inside else read_events.events(node, self)
        if events is not None:
            return events
        match node:
            case nodes.Logical(joining, operands):
                return Group(tuple(self.item(each) for each in operands), joining)
            case nodes.Unary("not", operand):
                return _excluded(self.item(operand))
            case nodes.Invoke(None, "inSegment", (nodes.Literal(str() as key),)) if not self.inside:
                return AudienceCard(key)
            case nodes.Pick(source, condition):
                return self._list(source, condition, node)
            case nodes.Quantifier("forall", (nodes.Binding(name, source, None),), claim):
                return self._all(name, source, claim, node)
            case _:
                raise CodeOnly(_reason(node), at=node.at)

    def field(self, path: str) -> FieldType | None:
        """What stands at a path here."""
        return field_at(self.element, path)

    def within(self, element: ObjectType, prefix: str = "") -> "_Place":
        """The place of a condition on an element of a list."""
        return _Place(element, prefix, inside=True)

    def group(self, node: Node | None) -> Group:
        """A condition as the content of a card."""
        return Group() if node is None else as_group([self.item(node)])

    def group_of(self, operands: Sequence[Node]) -> Group:
        """Conditions that all hold, as the content of a card."""
        return as_group([self.item(each) for each in operands])

    def _list(self, source: Node, condition: Node, node: Node) -> ListCard:
        path = path_of(source, self.prefix)
        inner = None if path is None else self.field(path)
        if path is None or inner is None or inner.item is None:
            raise CodeOnly("It filters what is no list of the profile.", at=node.at)
        return ListCard(path, self.within(inner.item).group(condition))

    def _all(self, name: str, source: Node, claim: Node | None, node: Node) -> ListCard:
        path = path_of(source, self.prefix)
        inner = None if path is None else self.field(path)
        if path is None or inner is None or inner.item is None or claim is None:
            raise CodeOnly("It asks something of all items that has no card.", at=node.at)
        return ListCard(path, self.within(inner.item, name).group(claim), "all")


def as_group(items: Sequence[Item]) -> Group:
    """Items as the content of a card: a single container is its content."""
    if len(items) == 1 and isinstance(items[0], Group) and not items[0].exclude:
        return items[0]
    return Group(tuple(items))


def _excluded(item: Item) -> Item:
    match item:
        case Events(exclude=False):
            return replace(item, exclude=True)
        case AudienceCard(member=True):
            return replace(item, member=False)
        case ListCard(match="any"):
            return replace(item, match="none")
        case Group(exclude=False):
            return replace(item, exclude=True)
        case _:
            return Group((item,), exclude=True)


def _reason(node: Node) -> str:
    return _REASONS.get(type(node), "It says something that has no card.")


_REASONS: dict[type, str] = {
    nodes.Conditional: "It chooses with if(…).",
    nodes.Let: "It names a value with let.",
    nodes.Select: "It combines lists with select.",
    nodes.Quantifier: "It says exists or forall of something that has no card.",
    nodes.Fold: "It calculates over a list.",
    nodes.Chain: "Its chain of events says more than a sequence of cards.",
    nodes.Name: "It uses a field as a condition.",
    nodes.Access: "It uses a field as a condition.",
    nodes.Binary: "It compares something other than a field with a value.",
    nodes.Invoke: "It uses a function that has no card.",
    nodes.Occurs: "Its time condition has no card.",
    nodes.Literal: "It is always true or always false.",
}
