"""Lists whose order people choose: each button posts the whole list with one operation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OrderedItem:
    """A line: `value` is what the form sends. `ticked` is None where there is nothing to tick."""

    value: str
    label: str
    rank: int
    first: bool
    last: bool
    note: str = ""
    ticked: bool | None = None


@dataclass(frozen=True, slots=True)
class OrderedList:
    """The lines in their order, and what may be added as (value, label)."""

    items: tuple[OrderedItem, ...]
    addable: tuple[tuple[str, str], ...]


def ordered_items(rows: Iterable[tuple[str, str, str, bool | None]]) -> tuple[OrderedItem, ...]:
    """Lines of (value, label, note, ticked), the strongest first."""
    listed = list(rows)
    return tuple(
        OrderedItem(value, label, rank, rank == 1, rank == len(listed), note, ticked)
        for rank, (value, label, note, ticked) in enumerate(listed, 1)
    )


def reordered(order: Sequence[str], operation: str, *, added: str = "") -> tuple[str, ...]:
    """Move a value `up:` or `down:`, `remove:` it, or `add` another; else no change."""
    verb, _, value = operation.partition(":")
    changed = list(order)
    if verb == "add" and added and added not in changed:
        return (*changed, added)
    if value not in changed:
        return tuple(changed)
    at = changed.index(value)
    if verb == "remove":
        return (*changed[:at], *changed[at + 1 :])
    other = at + {"up": -1, "down": 1}.get(verb, 0)
    if 0 <= other < len(changed):
        changed[at], changed[other] = changed[other], changed[at]
    return tuple(changed)
