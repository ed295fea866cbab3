"""Where items may stand: a condition reads the fields of one element, and fits only there."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from profiles.segmentation.builder.canvas import (
    EVENTS,
    Canvas,
    Group,
    Item,
    ListCard,
    Node,
    Step,
    children,
    has_events,
)

type Element = Literal["profile", "event"]


@dataclass(frozen=True, slots=True)
class Scope:
    """What the conditions of a group read: the profile, an event, or items of a list at `path`.

    `area` is the id of the area that the group is, if it is one.
    """

    element: Element = "profile"
    path: str = ""
    area: str = ""

    @property
    def key(self) -> tuple[Element, str]:
        """Conditions fit where this is the same."""
        return self.element, self.path

    @property
    def is_profile(self) -> bool:
        """Whether conditions are about the profile itself."""
        return self.key == ("profile", "")

    @property
    def words(self) -> str:
        """What conditions there are about."""
        if self.path:
            return f"items of {self.path}"
        return "attributes" if self.element == "profile" else "an event"

    def holds(self, item: Item, *, of: "Scope") -> bool:
        """Whether an item about the elements `of` may stand here."""
        if has_events(item):
            return self.is_profile
        only_events = self.area == EVENTS and not isinstance(item, Group)
        return self.key == of.key and not only_events


def scopes(canvas: Canvas) -> dict[str, Scope]:
    """The scope of each group, by id, from the top."""
    return {
        group.id: scope
        for area in canvas.areas
        for group, scope in _groups(area, Scope(area=area.id))
    }


def _groups(node: Node, scope: Scope) -> Iterator[tuple[Group, Scope]]:
    if isinstance(node, Group):
        yield node, scope
    for child in children(node):
        yield from _groups(child, _below(node, scope))


def _below(node: Node, scope: Scope) -> Scope:
    match node:
        case Step():
            return Scope("event")
        case ListCard(path):
            return Scope(scope.element, f"{scope.path}.{path}" if scope.path else path)
        case _:
            return Scope(scope.element, scope.path)
