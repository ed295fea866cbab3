"""The rule of an audience in place of the card that mentions it."""

from dataclasses import replace

from profiles.segmentation.builder.canvas import (
    AudienceCard,
    Canvas,
    Change,
    Group,
    Item,
    change,
    find,
    has_events,
    numbered,
)
from profiles.segmentation.builder.operations import Refused


def convert(canvas: Canvas, card_id: str, rule: Canvas) -> Canvas:
    """A container with a copy of `rule` where the card was; "is not a member" makes it exclude."""
    card = find(canvas, card_id)
    if not isinstance(card, AudienceCard):
        raise Refused("Only the card of an audience can be converted to rules.")
    copy, serial = numbered(replace(_content(rule), exclude=not card.member), canvas.serial)

    def swapped(item: Item) -> tuple[Item, ...]:
        return (copy if item.id == card_id else item,)

    return _events_moved(replace(change(canvas, Change(item=swapped)), serial=serial))


def _content(rule: Canvas) -> Group:
    """Both areas as one container."""
    areas = [replace(area, id="") for area in rule.areas if area.items]
    if len(areas) == 1:
        return areas[0]
    parts = (_part(area, rule) for area in areas)
    return Group(tuple(item for part in parts for item in part), rule.joining)


def _part(area: Group, rule: Canvas) -> tuple[Item, ...]:
    """What the area is beside the other one."""
    flat = len(area.items) == 1 or area.joining == rule.joining
    return area.items if flat else (replace(area, id=""),)


def _events_moved(canvas: Canvas) -> Canvas:
    """Containers that hold events now in the events area, without a change of what holds."""
    attributes, events = canvas.areas
    if not any(has_events(item) for item in attributes.items):
        return canvas
    if not events.items:
        canvas = replace(canvas, joining=attributes.joining)
    moving: list[Item] = list(attributes.items)
    staying: list[Item] = []
    if len(attributes.items) > 1 and attributes.joining != canvas.joining:
        serial = canvas.serial + 1
        moving = [replace(attributes, id=f"n{serial}")]
        canvas = replace(canvas, serial=serial)
    else:
        staying = [item for item in moving if not has_events(item)]
        moving = [item for item in moving if has_events(item)]
    there = events.items
    if len(there) > 1 and events.joining != canvas.joining:
        serial = canvas.serial + 1
        there = (Group(there, events.joining, id=f"n{serial}"),)
        canvas = replace(canvas, serial=serial)
    return replace(
        canvas,
        attributes=replace(attributes, items=tuple(staying)),
        events=replace(events, items=(*there, *moving), joining=canvas.joining),
    )
