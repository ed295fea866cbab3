"""What people do to a canvas."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.segmentation.builder import operations
from profiles.segmentation.builder.canvas import (
    ATTRIBUTES,
    EVENTS,
    Canvas,
    Card,
    Events,
    Group,
    ListCard,
    Step,
    find,
    nodes,
)
from profiles.segmentation.builder.operations import Refused
from profiles.segmentation.builder.scopes import scopes
from profiles.segmentation.builder.write import write
from tests.profiles.segmentation.builder.strategies import canvases


def card(value: str, path: str = "loyalty.tier") -> Card:
    return Card(path, "text", "equals", (value,))


def canvas_with(*values: str) -> Canvas:
    canvas = Canvas()
    for value in values:
        canvas = operations.add(canvas, card(value), into=ATTRIBUTES)
    return canvas


def pql(canvas: Canvas) -> str:
    return write(canvas).text


def test_an_item_is_added_at_its_place_with_an_id_of_its_own() -> None:
    canvas = operations.add(canvas_with("a", "b"), card("c"), into=ATTRIBUTES, at=1)
    assert [item.id for item in canvas.attributes.items] == ["n1", "n3", "n2"]


def test_an_item_moves_into_a_container_and_back() -> None:
    canvas = operations.add(canvas_with("a", "b"), Group(), into=ATTRIBUTES)
    moved = operations.move(canvas, "n1", into="n3")
    assert [item.id for item in moved.attributes.items] == ["n2", "n3"]
    back = operations.move(moved, "n1", into=ATTRIBUTES, at=0)
    assert back == canvas


def test_a_container_is_not_put_into_itself() -> None:
    canvas = operations.wrap(canvas_with("a"), "n1")
    with pytest.raises(Refused, match="into itself"):
        operations.move(canvas, "n2", into="n2")


def test_a_container_that_gets_events_goes_to_the_events_area() -> None:
    canvas = operations.wrap(canvas_with("a"), "n1")
    canvas = operations.add(canvas, Events((Step("view"),)), into="n2")
    assert canvas.attributes.items == ()
    assert [item.id for item in canvas.events.items] == ["n2"]


def test_conditions_stay_among_those_about_the_same_element() -> None:
    canvas = operations.add(canvas_with("a"), Events((Step("view"),)), into=EVENTS)
    rules = next(key for key, scope in scopes(canvas).items() if scope.element == "event")
    canvas = operations.add(canvas, ListCard("orders", Group()), into=ATTRIBUTES)
    items = next(key for key, scope in scopes(canvas).items() if scope.path == "orders")
    for place in (rules, items):
        with pytest.raises(Refused, match="does not fit"):
            operations.move(canvas, "n1", into=place)
    with pytest.raises(Refused, match="holds events"):
        operations.move(canvas, "n1", into=EVENTS)
    with pytest.raises(Refused, match="not inside of a card"):
        operations.move(canvas, "n2", into=items)


def test_event_cards_become_a_sequence_and_come_apart() -> None:
    canvas = operations.add(Canvas(), Events((Step("view"),)), into=EVENTS)
    canvas = operations.add(canvas, Events((Step("purchase"),)), into=EVENTS)
    first, second = (item.id for item in canvas.events.items)
    chained = operations.follow(canvas, second, after=first)
    (events,) = chained.events.items
    assert isinstance(events, Events)
    assert [step.type for step in events.steps] == ["view", "purchase"]
    swapped = operations.shift(chained, events.steps[0].id, by=1)
    assert 'C0: WHAT(eventType = "purchase")' in pql(swapped)
    apart = operations.detach(chained, events.steps[1].id)
    assert pql(apart) == pql(canvas)
    assert operations.delete(apart, events.steps[0].id).events.items[0] == canvas.events.items[1]


def test_the_last_event_of_a_card_takes_the_card_along() -> None:
    canvas = operations.add(Canvas(), Events((Step("view"),)), into=EVENTS)
    assert operations.delete(canvas, "n2").is_empty


def test_what_is_gone_cannot_be_edited() -> None:
    edits: tuple[Callable[[Canvas], object], ...] = (
        lambda canvas: operations.delete(canvas, "n9"),
        lambda canvas: operations.move(canvas, "n9", into=ATTRIBUTES),
        lambda canvas: operations.move(canvas, "n1", into="n9"),
        lambda canvas: operations.put(canvas, "n9", lambda node: node),
        lambda canvas: operations.unwrap(canvas, "n9"),
        lambda canvas: operations.move(canvas, ATTRIBUTES, into=EVENTS),
    )
    for edit in edits:
        with pytest.raises(Refused, match="no longer there"):
            edit(canvas_with("a"))


@given(canvases(), st.data())
@settings(max_examples=60, deadline=None)
def test_wrapping_changes_no_meaning_and_unwrapping_restores(
    canvas: Canvas, data: st.DataObject
) -> None:
    ids = [item.id for node in nodes(canvas) if isinstance(node, Group) for item in node.items]
    if not ids:
        return
    chosen = data.draw(st.sampled_from(ids))
    wrapped = operations.wrap(canvas, chosen)
    assert pql(wrapped) == pql(canvas)
    container = f"n{wrapped.serial}"
    assert operations.unwrap(wrapped, container) == canvas


@given(canvases(), st.data())
@settings(max_examples=60, deadline=None)
def test_ids_stay_unique_whatever_is_copied(canvas: Canvas, data: st.DataObject) -> None:
    ids = [item.id for node in nodes(canvas) if isinstance(node, Group) for item in node.items]
    for chosen in data.draw(st.lists(st.sampled_from(ids), max_size=3)) if ids else []:
        canvas = operations.duplicate(canvas, chosen)
    found = [node.id for node in nodes(canvas)]
    assert len(found) == len(set(found))
    assert all(find(canvas, key) is not None for key in found)
