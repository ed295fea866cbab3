"""One posted edit as a change of the canvas."""

from collections.abc import Callable, Mapping
from typing import Final

from django.http import HttpRequest, QueryDict

from console.builder.catalog import Catalog
from console.builder.controls import DIFFERS
from console.builder.copies import rule_to_copy
from console.builder.node_forms import changed, time_rule
from profiles.segmentation.builder import clock, operations
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
    Joining,
    ListCard,
    Step,
    TimeRule,
    find,
)
from profiles.segmentation.builder.copies import convert
from profiles.segmentation.builder.fields import FieldType
from profiles.segmentation.builder.operations import Refused
from profiles.segmentation.builder.scopes import Element, Scope, scopes

type Edit = Callable[[Canvas], Canvas]

_FIRST_OPERATORS: Final = {"text": "equals", "number": "atLeast", "flag": "isTrue"}


# Buttons say an edit in one value: the verb, then these, the last one to the end.
_ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "add-field": ("element", "path"),
    "add-event": ("type",),
    "add-audience": ("audience",),
    "add-container": ("into",),
    "move": ("node", "into"),
    "follow": ("node", "after"),
    "join": ("node", "joining"),
    "exclude": ("node", "exclude"),
}


def edit_of(request: HttpRequest, catalog: Catalog) -> Edit:
    """The edit that a form or button asks for; raises Refused, then or when it is applied.

    Containers that the form does not name are those of the page: its `into`.
    """
    given = request.POST.copy()
    if "edit" in given:
        verb, _, rest = given.get("edit", "").partition(" ")
        names = _ARGUMENTS.get(verb, ("node",))
        given["do"] = verb
        for name, value in zip(names, rest.split(" ", len(names) - 1), strict=False):
            given[name] = value
    given.setdefault("into", request.GET.get("into", ""))
    make = _EDITS.get(given.get("do", ""))
    if make is None:
        raise Refused("There is no such edit.")
    return lambda canvas: make(canvas, given, catalog)


def _node(given: QueryDict) -> str:
    return given.get("node", "")


def _place(given: QueryDict) -> int | None:
    at = given.get("at", "")
    return int(at) if at.isdecimal() and len(at) < 6 else None


def _add_field(canvas: Canvas, given: QueryDict, catalog: Catalog) -> Canvas:
    element: Element = "event" if given.get("element") == "event" else "profile"
    into = given.get("into", "")
    scope = scopes(canvas).get(into)
    path = given.get("path", "")
    if scope is None or scope.element != element:
        scope, into = Scope(element), ""
    if scope.path and given.get("relative") != "on":
        # The rail names fields from the top; inside of a list they are named from its items.
        if not path.startswith(f"{scope.path}."):
            scope, into = Scope(element), ""
        else:
            path = path.removeprefix(f"{scope.path}.")
    found = catalog.field(scope, path) if path else None
    if found is None:
        raise Refused(f"There is no field {path}." if path else "Choose a field first.")
    card = _card(found, path)
    if element == "event" and not into:
        step = Step(rules=Group((card,)), when=clock.shared(canvas))
        return operations.add(canvas, Events((step,)), into=_event_target(canvas, given))
    if not into or scope.area == EVENTS:
        into = ATTRIBUTES
    return operations.add(canvas, card, into=into, at=_place(given))


def _card(found: FieldType, path: str) -> Item:
    if found.kind == "date":
        return DateCard(path, TimeRule("inLast", ("30",), "day"))
    if found.kind is not None:
        return Card(path, found.kind, _FIRST_OPERATORS[found.kind])
    if found.item is not None:
        return ListCard(path, Group())
    raise Refused(f"The field {path} holds no value to compare.")


def _event_target(canvas: Canvas, given: QueryDict) -> str:
    """The container named, if events can stand there, else the events area."""
    scope = scopes(canvas).get(given.get("into", ""))
    named = scope is not None and scope.is_profile and scope.area != ATTRIBUTES
    return given.get("into", EVENTS) if named else EVENTS


def _add_event(canvas: Canvas, given: QueryDict, _catalog: Catalog) -> Canvas:
    events = Events((_step(canvas, given),))
    return operations.add(canvas, events, into=_event_target(canvas, given), at=_place(given))


def _step(canvas: Canvas, given: QueryDict) -> Step:
    """An event of the type asked for; it falls under the clock of the canvas."""
    return Step(given.get("type", ""), when=clock.shared(canvas))


def _add_audience(canvas: Canvas, given: QueryDict, _catalog: Catalog) -> Canvas:
    scope = scopes(canvas).get(given.get("into", ""))
    named = scope is not None and scope.is_profile and scope.area != EVENTS
    card = AudienceCard(given.get("audience", ""))
    into = given.get("into", ATTRIBUTES) if named else ATTRIBUTES
    return operations.add(canvas, card, into=into, at=_place(given))


def _add_container(canvas: Canvas, given: QueryDict, _catalog: Catalog) -> Canvas:
    return operations.add(canvas, Group(), into=given.get("into", ATTRIBUTES), at=_place(given))


def _append_event(canvas: Canvas, given: QueryDict, _catalog: Catalog) -> Canvas:
    return operations.append(canvas, _node(given), _step(canvas, given))


def _set(canvas: Canvas, given: QueryDict, _catalog: Catalog) -> Canvas:
    return operations.put(canvas, _node(given), lambda node: changed(node, given))


def _clock(canvas: Canvas, given: QueryDict, _catalog: Catalog) -> Canvas:
    if given.get("when", DIFFERS) == DIFFERS:
        return canvas
    return clock.set_all(canvas, time_rule(given, clock.shared(canvas)))


def _move(canvas: Canvas, given: QueryDict, _catalog: Catalog) -> Canvas:
    node, into = _node(given), given.get("into", "")
    place = _place(given)
    home = find(canvas, into)
    if place is not None and isinstance(home, Group):
        # Places are those people see; taking the item away first moves the ones behind it.
        before = [item.id for item in home.items[:place]]
        place -= node in before
    return operations.move(canvas, node, into=into, at=place)


def _convert(canvas: Canvas, given: QueryDict, catalog: Catalog) -> Canvas:
    card = find(canvas, _node(given))
    if not isinstance(card, AudienceCard):
        raise Refused("That audience is no longer part of the rule.")
    return convert(canvas, card.id, rule_to_copy(card.audience, catalog.sandbox))


def _join(canvas: Canvas, given: QueryDict, _catalog: Catalog) -> Canvas:
    joining: Joining = "or" if given.get("joining") == "or" else "and"
    return operations.join(canvas, _node(given), joining)


_EDITS: Mapping[str, Callable[[Canvas, QueryDict, Catalog], Canvas]] = {
    "add-field": _add_field,
    "add-event": _add_event,
    "add-audience": _add_audience,
    "add-container": _add_container,
    "append-event": _append_event,
    "set": _set,
    "clock": _clock,
    "move": _move,
    "convert": _convert,
    "join": _join,
    "exclude": _set,
    "up": lambda canvas, given, _: operations.shift(canvas, _node(given), by=-1),
    "down": lambda canvas, given, _: operations.shift(canvas, _node(given), by=1),
    "wrap": lambda canvas, given, _: operations.wrap(canvas, _node(given)),
    "unwrap": lambda canvas, given, _: operations.unwrap(canvas, _node(given)),
    "duplicate": lambda canvas, given, _: operations.duplicate(canvas, _node(given)),
    "delete": lambda canvas, given, _: operations.delete(canvas, _node(given)),
    "follow": lambda canvas, given, _: operations.follow(
        canvas, _node(given), after=given.get("after", "")
    ),
    "detach": lambda canvas, given, _: operations.detach(canvas, _node(given)),
    "clear": lambda canvas, _given, _: Canvas(serial=canvas.serial),
}
