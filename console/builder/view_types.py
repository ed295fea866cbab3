"""The canvas as its templates read it."""

from dataclasses import dataclass
from typing import Literal

from console.builder.catalog import Leaf
from console.builder.controls import Choice, RuleView, ValueBox
from profiles.segmentation.builder.canvas import Joining

type Role = Literal["area", "container", "content"]


@dataclass(frozen=True, slots=True)
class Place:
    """A container an item can be moved to, or an event card whose sequence it can join."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Head:
    """What every item has. `name` says it in words."""

    id: str
    name: str
    title: str
    first: bool
    last: bool
    problem: str
    places: tuple[Place, ...] = ()
    where: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True)
class CardView:
    """A condition on one field. `several`: there is always room for one more value."""

    head: Head
    operators: tuple[Choice, ...]
    boxes: tuple[ValueBox, ...]
    several: bool
    case: bool
    exact: bool
    hint: str
    suggestions: tuple[tuple[str, str], ...]
    shape: str = "card"

    @property
    def list_id(self) -> str:
        """Id of the list of suggestions, if there are any."""
        return f"known-{self.head.id}" if self.suggestions else ""


@dataclass(frozen=True, slots=True)
class DateView:
    """A condition on a date."""

    head: Head
    rule: RuleView
    shape: str = "date"


@dataclass(frozen=True, slots=True)
class AudienceView:
    """Membership in an audience. `obstacle` says why its rule cannot be copied, if so."""

    head: Head
    member: bool
    obstacle: str
    shape: str = "audience"


@dataclass(frozen=True, slots=True)
class ListView:
    """A condition on the items of a list."""

    head: Head
    matches: tuple[Choice, ...]
    rules: "GroupView"
    shape: str = "list"


@dataclass(frozen=True, slots=True)
class StepView:
    """Events of a sequence."""

    id: str
    title: str
    code: str
    number: int
    first: bool
    last: bool
    alone: bool
    problem: str
    measures: tuple[Choice, ...]
    fields: tuple[Choice, ...]
    counts: tuple[Choice, ...]
    boxes: tuple[ValueBox, ...]
    is_count: bool
    plain: bool
    rule: RuleView
    rules: "GroupView"
    after: tuple[str, tuple[Choice, ...]]
    within: tuple[str, tuple[Choice, ...]]


@dataclass(frozen=True, slots=True)
class EventsView:
    """An event card or a sequence. `followers`: cards whose sequence it can join."""

    head: Head
    exclude: bool
    steps: tuple[StepView, ...]
    types: tuple[Choice, ...]
    followers: tuple[Place, ...]
    shape: str = "events"


@dataclass(frozen=True, slots=True)
class GroupView:
    """An area, a container or what a card holds. `fields` can be added right there."""

    id: str
    role: Role
    title: str
    joining: Joining
    exclude: bool
    items: tuple["ItemView", ...]
    fields: tuple[Leaf, ...]
    element: str
    target: bool
    head: Head | None = None
    shape: str = "group"


type ItemView = CardView | DateView | AudienceView | ListView | EventsView | GroupView


@dataclass(frozen=True, slots=True)
class CanvasView:
    """Both areas, and the time rule of all events if there are several."""

    attributes: GroupView
    events: GroupView
    clock: RuleView | None
    joining: Joining
    both: bool
    target: str
    target_title: str
