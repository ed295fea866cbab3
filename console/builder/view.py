"""Draws the canvas for the page: each card with its controls, and where it can go."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from console.builder.catalog import Catalog, Leaf
from console.builder.controls import (
    Choice,
    ValueBox,
    choices,
    clock_view,
    rule_view,
    units,
)
from console.builder.copies import Copy, copies_of
from console.builder.view_types import (
    AudienceView,
    CanvasView,
    CardView,
    DateView,
    EventsView,
    GroupView,
    Head,
    ItemView,
    ListView,
    Place,
    Role,
    StepView,
)
from profiles.segmentation.builder.canvas import (
    ATTRIBUTES,
    EVENTS,
    AudienceCard,
    Canvas,
    Card,
    DateCard,
    Events,
    Group,
    Item,
    ListCard,
    Step,
    nodes,
    walk,
)
from profiles.segmentation.builder.fields import AGGREGATES, COUNTS, MEASURES, OPERATORS, Operator
from profiles.segmentation.builder.scopes import Scope, scopes
from profiles.segmentation.builder.words import Wording

MATCHES = (("any", "any item"), ("all", "all items"), ("none", "no item"))


def draw(
    canvas: Canvas,
    catalog: Catalog,
    wording: Wording,
    *,
    problems: Mapping[str, str],
    target: str = "",
    everything: bool = False,
) -> CanvasView:
    """The canvas for the page. `target` is the container that additions go to."""
    copies = copies_of(canvas, catalog.sandbox)
    drawer = _Drawer(canvas, catalog, wording, problems, copies, target, everything)
    return CanvasView(
        attributes=drawer.group(canvas.attributes, Scope(area=ATTRIBUTES), "area"),
        events=drawer.group(canvas.events, Scope(area=EVENTS), "area"),
        clock=clock_view(canvas),
        joining=canvas.joining,
        both=all(area.items for area in canvas.areas),
        target=target if target in drawer.scopes else "",
        target_title=drawer.titles.get(target, ""),
    )


@dataclass
class _Drawer:
    canvas: Canvas
    catalog: Catalog
    wording: Wording
    problems: Mapping[str, str]
    copies: Mapping[str, Copy]
    target: str
    everything: bool
    scopes: Mapping[str, Scope] = field(init=False)
    titles: Mapping[str, str] = field(init=False)
    _leaves: dict[tuple[str, str], tuple[Leaf, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.scopes = scopes(self.canvas)
        self.titles = dict(_titles(self.canvas, self.wording, self.scopes))

    def group(self, group: Group, scope: Scope, role: Role, head: Head | None = None) -> GroupView:
        size = len(group.items)
        return GroupView(
            id=group.id,
            role=role,
            title=self.titles[group.id],
            joining=group.joining,
            exclude=group.exclude,
            items=tuple(
                self.item(item, scope, group, first=index == 0, last=index == size - 1)
                for index, item in enumerate(group.items)
            ),
            fields=self.leaves(scope) if role == "content" else (),
            element=scope.element,
            target=group.id == self.target,
            head=head,
        )

    def leaves(self, scope: Scope) -> tuple[Leaf, ...]:
        if scope.key not in self._leaves:
            found = tuple(
                self.catalog.leaves(scope.element, everything=self.everything, below=scope.path)
            )
            if not found:
                every = self.catalog.leaves(scope.element, everything=True, below=scope.path)
                found = tuple(every)
            self._leaves[scope.key] = found
        return self._leaves[scope.key]

    def item(self, item: Item, scope: Scope, home: Group, *, first: bool, last: bool) -> ItemView:
        head = Head(
            id=item.id,
            name=self.wording.item(item, scope),
            title=self._title(item, scope),
            first=first,
            last=last,
            problem=self.problems.get(item.id, ""),
            places=tuple(self._places(item, scope, home)),
            where=self._where(item, scope),
            icon=_icon(item),
        )
        match item:
            case Card():
                return self._card(item, scope, head)
            case DateCard(rule=rule):
                return DateView(head, rule_view(rule, optional=False))
            case AudienceCard(audience, member):
                copy = self.copies.get(audience)
                return AudienceView(head, member, copy.reason if copy else "")
            case ListCard(path, rules, match):
                inner = Scope(scope.element, f"{scope.path}.{path}" if scope.path else path)
                matches = choices(MATCHES, match)
                return ListView(head, matches, self.group(rules, inner, "content"))
            case Events():
                return self._events(item, head)
            case Group():
                below = Scope(scope.element, scope.path)
                return self.group(item, below, "container", head)
            case _ as unreachable:
                assert_never(unreachable)

    def _title(self, item: Item, scope: Scope) -> str:
        match item:
            case Card(path) | DateCard(path) | ListCard(path):
                return self.catalog.title(scope, path)
            case AudienceCard(audience):
                return self.wording.audiences.get(audience.lower(), "Unknown audience")
            case Events(steps):
                return ", then ".join(self.wording.event_name(step) for step in steps)
            case Group(id=key):
                return self.titles[key]

    def _where(self, item: Item, scope: Scope) -> str:
        match item:
            case Card(path) | DateCard(path) | ListCard(path):
                return self.catalog.trail(scope, path)
            case _:
                return ""

    def _places(self, item: Item, scope: Scope, home: Group) -> Iterable[Place]:
        inside = {node.id for node in walk(item)}
        for key, other in self.scopes.items():
            if key != home.id and key not in inside and other.holds(item, of=scope):
                yield Place(key, self.titles[key])

    def _card(self, card: Card, scope: Scope, head: Head) -> CardView:
        operators = OPERATORS[card.kind]
        operator = operators[card.operator]
        suggestions = self.catalog.values(scope, card.path) if operator.values != 0 else ()
        known = {value for value, _ in suggestions}
        boxes = _boxes(card, operator, known)
        found = self.catalog.field(scope, card.path)
        return CardView(
            head=head,
            operators=choices(
                ((name, each.label) for name, each in operators.items()), card.operator
            ),
            boxes=boxes,
            several=operator.values is None,
            case=card.kind == "text" and operator.values != 0 and card.operator != "like",
            exact=card.exact,
            hint=_hint(operator, many=found is not None and found.many),
            suggestions=suggestions,
        )

    def _events(self, events: Events, head: Head) -> EventsView:
        others = [
            node for node in nodes(self.canvas) if isinstance(node, Events) and node.id != events.id
        ]
        seen = self.catalog.event_types(everything=True)
        return EventsView(
            head=head,
            exclude=events.exclude,
            steps=tuple(
                self._step(step, index, len(events.steps))
                for index, step in enumerate(events.steps)
            ),
            types=tuple(Choice(each.value, each.title, chosen=False) for each in seen),
            followers=tuple(Place(each.id, self.wording.events(each)) for each in others),
        )

    def _step(self, step: Step, index: int, size: int) -> StepView:
        count = step.count
        is_count = count.measure == "count"
        operators = COUNTS if is_count else AGGREGATES
        wanted = operators[count.operator].values or 1
        scope = Scope("event")
        numbers = [leaf for leaf in self.leaves(scope) if leaf.kind == "number"]
        return StepView(
            id=step.id,
            title=self.wording.event_name(step),
            code=step.type,
            number=index + 1,
            first=index == 0,
            last=index == size - 1,
            alone=size == 1,
            problem=self.problems.get(step.id, ""),
            measures=choices(MEASURES.items(), count.measure),
            fields=choices(
                ((leaf.path, f"{leaf.title} ({leaf.path})") for leaf in numbers), count.path
            ),
            counts=choices(
                ((name, each.label) for name, each in operators.items()), count.operator
            ),
            boxes=_number_boxes(count.values, wanted),
            is_count=is_count,
            plain=is_count and count.operator == "atLeast" and count.values == ("1",),
            rule=rule_view(step.when, optional=True),
            rules=self.group(step.rules, scope, "content"),
            after=_clock(
                step.after.count if step.after else "", step.after.unit if step.after else "day"
            ),
            within=_clock(
                step.within.count if step.within else "", step.within.unit if step.within else "day"
            ),
        )


def _number_boxes(values: Sequence[str], wanted: int) -> tuple[ValueBox, ...]:
    labels = ("Value",) if wanted == 1 else ("From", "To")
    given = [*values, *[""] * wanted]
    return tuple(
        ValueBox("number", value, label, str(index))
        for index, (value, label) in enumerate(zip(given, labels, strict=False), start=1)
    )


def _clock(count: str, unit: str) -> tuple[str, tuple[Choice, ...]]:
    return count, units(unit)


def _boxes(card: Card, operator: Operator, known: set[str]) -> tuple[ValueBox, ...]:
    kind = "number" if card.kind == "number" else "text"
    wanted = max(len(card.values), 1) if operator.values is None else operator.values
    values = [*card.values, *[""] * wanted][:wanted]
    labels = ("From", "To") if wanted == 2 and operator.values == 2 else ()
    listed = operator.values is None and kind == "text" and bool(known)
    return tuple(
        ValueBox(
            kind,
            value,
            labels[index] if labels else "Value" if wanted == 1 else f"Value {index + 1}",
            str(index + 1),
            unknown=listed and bool(value) and value not in known,
        )
        for index, value in enumerate(values)
    )


def _hint(operator: Operator, *, many: bool) -> str:
    if operator.negative:
        return "Only where there is a value: add “does not exist” to keep the others."
    return "One of several values is enough." if many and operator.values != 0 else ""


@dataclass(frozen=True, slots=True)
class _Look:
    """Named so that the build finds the icons."""

    icon: str


_KINDS = {
    "text": _Look(icon="abc"),
    "number": _Look(icon="hash"),
    "flag": _Look(icon="toggle-right"),
}
_LOOKS: Mapping[type, _Look] = {
    DateCard: _Look(icon="calendar"),
    AudienceCard: _Look(icon="users-group"),
    ListCard: _Look(icon="list-details"),
    Events: _Look(icon="bolt"),
    Group: _Look(icon="box-multiple"),
}


def _icon(item: Item) -> str:
    look = _KINDS[item.kind] if isinstance(item, Card) else _LOOKS[type(item)]
    return look.icon


def _titles(
    canvas: Canvas, wording: Wording, known: Mapping[str, Scope]
) -> Iterable[tuple[str, str]]:
    """What each group is called."""
    yield ATTRIBUTES, "Attributes"
    yield EVENTS, "Events"
    number = 0
    for node in nodes(canvas):
        match node:
            case Step():
                yield node.rules.id, f"Rules of {wording.event_name(node)}"
            case ListCard(rules=rules):
                scope = known[rules.id]
                name = wording.field(Scope(scope.element), scope.path)
                yield rules.id, f"Conditions on {name}"
            case Group(id=key) if key not in (ATTRIBUTES, EVENTS) and not _is_content(canvas, key):
                number += 1
                yield key, f"Container {number}"
            case _:
                pass


def _is_content(canvas: Canvas, key: str) -> bool:
    contents: Sequence[Group] = [
        node.rules for node in nodes(canvas) if isinstance(node, Step | ListCard)
    ]
    return any(group.id == key for group in contents)
