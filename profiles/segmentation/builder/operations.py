"""What people do to a canvas. Each operation answers with another canvas, or raises Refused."""

from collections.abc import Callable
from dataclasses import replace

from core.errors import Invalid
from profiles.segmentation.builder.canvas import (
    EVENTS,
    Canvas,
    Change,
    Events,
    Group,
    Item,
    Joining,
    Node,
    Step,
    change,
    find,
    has_events,
    nodes,
    numbered,
    walk,
)
from profiles.segmentation.builder.scopes import Scope, scopes

AREAS_JOINED = "canvas"


class Refused(Invalid):
    """An operation that the canvas does not allow."""

    code = "canvas_refused"


def add(canvas: Canvas, item: Item, *, into: str, at: int | None = None) -> Canvas:
    """A new item in a container, at a position or at the end; it is about what stands there."""
    made, serial = numbered(item, canvas.serial)
    scope = scopes(canvas).get(into)
    return _insert(replace(canvas, serial=serial), made, into=into, at=at, of=scope or Scope())


def put(canvas: Canvas, node_id: str, made: Callable[[Node], Node]) -> Canvas:
    """What `made` makes of one node; it keeps its kind and id."""
    known = find(canvas, node_id)
    if known is None:
        raise _gone()
    new = made(known)

    def swap[Any_: Node](node: Any_) -> tuple[Any_, ...]:
        if node.id != node_id:
            return (node,)
        assert isinstance(new, type(node)), "a card stays a card"
        return (new,)

    def swap_group(group: Group) -> Group:
        return new if group.id == node_id and isinstance(new, Group) else group

    kept = Change(
        item=lambda item: (item,) if isinstance(item, Group) else swap(item),
        group=swap_group,
        step=swap,
    )
    return change(canvas, kept)


def delete(canvas: Canvas, node_id: str) -> Canvas:
    """Without one node; events without any event go as well."""
    node = find(canvas, node_id)
    if node is None:
        raise _gone()
    return _without(canvas, node_id)


def _without(canvas: Canvas, node_id: str) -> Canvas:
    def keep(item: Item) -> tuple[Item, ...]:
        lost = item.id == node_id or (isinstance(item, Events) and not item.steps)
        return () if lost else (item,)

    return change(canvas, Change(item=keep, step=lambda s: () if s.id == node_id else (s,)))


def move(canvas: Canvas, node_id: str, *, into: str, at: int | None = None) -> Canvas:
    """An item into another container; positions count the items that are there without it."""
    item = _item(canvas, node_id)
    if any(node.id == into for node in walk(item)):
        raise Refused("A container cannot be put into itself.")
    home = scopes(canvas)[_home(canvas, node_id).id]
    return _insert(_without(canvas, node_id), item, into=into, at=at, of=home)


def shift(canvas: Canvas, node_id: str, *, by: int) -> Canvas:
    """An item or a step of a sequence so many places up (negative) or down among its siblings."""

    def shifted[Any_: Node](siblings: tuple[Any_, ...]) -> tuple[Any_, ...]:
        at = next((place for place, each in enumerate(siblings) if each.id == node_id), None)
        if at is None:
            return siblings
        rest = [*siblings[:at], *siblings[at + 1 :]]
        rest.insert(min(max(at + by, 0), len(rest)), siblings[at])
        return tuple(rest)

    def reorder(item: Item) -> tuple[Item, ...]:
        return (replace(item, steps=shifted(item.steps)),) if isinstance(item, Events) else (item,)

    return change(
        canvas,
        Change(item=reorder, group=lambda group: replace(group, items=shifted(group.items))),
    )


def duplicate(canvas: Canvas, node_id: str) -> Canvas:
    """The same item again, right below."""
    item, home = _item(canvas, node_id), _home(canvas, node_id)
    at = next(place for place, each in enumerate(home.items) if each.id == node_id)
    return add(canvas, item, into=home.id, at=at + 1)


def wrap(canvas: Canvas, node_id: str) -> Canvas:
    """The item in a container of its own."""
    _item(canvas, node_id)
    serial = canvas.serial + 1

    def wrapped(item: Item) -> tuple[Item, ...]:
        return (Group((item,), id=f"n{serial}") if item.id == node_id else item,)

    return replace(change(canvas, Change(item=wrapped)), serial=serial)


def unwrap(canvas: Canvas, group_id: str) -> Canvas:
    """The items of a container in its place."""
    group = _item(canvas, group_id)
    if not isinstance(group, Group):
        raise Refused("Only a container can be unwrapped.")

    def opened(item: Item) -> tuple[Item, ...]:
        return item.items if isinstance(item, Group) and item.id == group_id else (item,)

    return _settled(change(canvas, Change(item=opened)))


def join(canvas: Canvas, group_id: str, joining: Joining) -> Canvas:
    """Items of a container, or the two areas (`canvas`), joined by `and` or by `or`."""
    if group_id == AREAS_JOINED:
        return replace(canvas, joining=joining)
    return put(
        canvas,
        group_id,
        lambda node: replace(node, joining=joining) if isinstance(node, Group) else node,
    )


def exclude(canvas: Canvas, node_id: str, *, excluded: bool) -> Canvas:
    """Whether a container or an event card excludes."""
    return put(
        canvas,
        node_id,
        lambda node: replace(node, exclude=excluded) if isinstance(node, Group | Events) else node,
    )


def follow(canvas: Canvas, node_id: str, *, after: str) -> Canvas:
    """The events of one card as the next steps of another one's sequence."""
    later, first = _item(canvas, node_id), _item(canvas, after)
    if not (isinstance(later, Events) and isinstance(first, Events)) or later.id == first.id:
        raise Refused("Only events can follow events.")
    steps = (*first.steps, *later.steps)
    return put(
        _without(canvas, node_id), after, lambda node: replace(first, id=node.id, steps=steps)
    )


def append(canvas: Canvas, events_id: str, step: Step) -> Canvas:
    """One more step at the end of a sequence."""
    first = _item(canvas, events_id)
    if not isinstance(first, Events):
        raise Refused("Only events can follow events.")
    made, serial = numbered(step, canvas.serial)
    return replace(
        put(canvas, events_id, lambda _node: replace(first, steps=(*first.steps, made))),
        serial=serial,
    )


def detach(canvas: Canvas, step_id: str) -> Canvas:
    """A step of a sequence as an event card of its own, behind the sequence."""
    serial = canvas.serial + 1

    def parted(item: Item) -> tuple[Item, ...]:
        if not isinstance(item, Events) or len(item.steps) < 2:
            return (item,)
        own = tuple(step for step in item.steps if step.id == step_id)
        if not own:
            return (item,)
        rest = tuple(step for step in item.steps if step.id != step_id)
        alone = replace(own[0], after=None, within=None)
        return replace(item, steps=rest), Events((alone,), id=f"n{serial}")

    return replace(change(canvas, Change(item=parted)), serial=serial)


# --- Where things go


def _insert(canvas: Canvas, item: Item, *, into: str, at: int | None, of: Scope) -> Canvas:
    scope = scopes(canvas).get(into)
    if scope is None:
        raise _gone()
    if not scope.holds(item, of=of):
        raise Refused(_misplaced(scope, item, of))

    def filled(group: Group) -> Group:
        if group.id != into:
            return group
        place = len(group.items) if at is None else min(max(at, 0), len(group.items))
        return replace(group, items=(*group.items[:place], item, *group.items[place:]))

    return _settled(change(canvas, Change(group=filled)))


def _misplaced(scope: Scope, item: Item, of: Scope) -> str:
    if has_events(item):
        return "Events stand in an area or container, not inside of a card."
    if scope.area == EVENTS:
        return "The area Events holds events. Attributes beside events go into a container there."
    return f"This condition is about {of.words} and does not fit among those about {scope.words}."


def _settled(canvas: Canvas) -> Canvas:
    """Containers with events stand in the events area."""
    moving = tuple(item for item in canvas.attributes.items if has_events(item))
    if not moving:
        return canvas
    staying = tuple(item for item in canvas.attributes.items if not has_events(item))
    return replace(
        canvas,
        attributes=replace(canvas.attributes, items=staying),
        events=replace(canvas.events, items=(*canvas.events.items, *moving)),
    )


def _home(canvas: Canvas, node_id: str) -> Group:
    """The group an item stands in."""
    groups = (node for node in nodes(canvas) if isinstance(node, Group))
    return next(group for group in groups if any(each.id == node_id for each in group.items))


def _item(canvas: Canvas, node_id: str) -> Item:
    """The item with this id: no area, no step, nor what a card holds."""
    for node in nodes(canvas):
        if isinstance(node, Group):
            for item in node.items:
                if item.id == node_id:
                    return item
    raise _gone()


def _gone() -> Refused:
    return Refused("That part of the rule is no longer there.")
