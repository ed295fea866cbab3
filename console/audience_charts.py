"""How an audience grew and shrank, as charts."""

from collections.abc import Sequence
from dataclasses import dataclass

from console.components import Chart, Series
from console.pages import Tab
from core import clock
from profiles.segmentation.members import Hour, list_hours
from profiles.segmentation.models import SegmentDefinition

_MS_AN_HOUR = 3_600_000


@dataclass(frozen=True, slots=True)
class Range:
    """A range to look at: `hours` long, in steps of `step` hours."""

    name: str
    label: str
    hours: int
    step: int

    @property
    def past(self) -> str:
        """As a time to look back at."""
        return f"In the last {self.label}"


RANGES = (
    Range("24h", "24 hours", 24, 1),
    Range("7d", "7 days", 168, 6),
    Range("30d", "30 days", 720, 24),
)


@dataclass(frozen=True, slots=True)
class Growth:
    """Members over time, and who moved; sums of the range."""

    range: Range
    members: Chart
    moves: Chart
    entered: int
    left: int


def range_named(name: str) -> Range:
    """The range a link asks for; 24 hours otherwise."""
    return next((each for each in RANGES if each.name == name), RANGES[0])


def range_tabs(current: Range) -> tuple[Tab, ...]:
    """Links to other ranges."""
    return tuple(Tab(each.label, f"?range={each.name}", current=each is current) for each in RANGES)


def growth_of(segment: SegmentDefinition, wanted: Range) -> Growth:
    """Charts of a range that ends with the present hour."""
    now = clock.now_ms() // _MS_AN_HOUR
    # Steps begin at whole multiples: a day is a day in UTC.
    first = (now - wanted.hours + wanted.step) // wanted.step * wanted.step
    slots = list(range(first, now + 1, wanted.step))
    hours = list_hours(segment, since=first)
    labels = [_label(slot, wanted) for slot in slots]
    moves = [_moves(hours, slot, wanted.step) for slot in slots]
    realized = [_at_end(hours, slot + wanted.step - 1) for slot in slots]
    return Growth(
        range=wanted,
        members=Chart(
            "members",
            f"Members, {wanted.label}",
            "line",
            labels,
            (Series("Members", realized),),
        ),
        moves=Chart(
            "moves",
            f"Who entered and who left, {wanted.label}",
            "bar",
            labels,
            (
                Series("Entered", [entered for entered, _ in moves]),
                Series("Left", [left for _, left in moves], tone="negative"),
            ),
        ),
        entered=sum(entered for entered, _ in moves),
        left=sum(left for _, left in moves),
    )


def _moves(hours: Sequence[Hour], slot: int, step: int) -> tuple[int, int]:
    inside = [each for each in hours if slot <= each.hour < slot + step]
    return sum(each.entered for each in inside), sum(each.left for each in inside)


def _at_end(hours: Sequence[Hour], last: int) -> int:
    """Members at the end of an hour: those after the last change until then."""
    return next((each.realized for each in reversed(hours) if each.hour <= last), 0)


def _label(hour: int, wanted: Range) -> str:
    moment = clock.from_ms(hour * _MS_AN_HOUR)
    if wanted.step == 24:
        return f"{moment:%d %b}"
    return f"{moment:%H:%M}" if wanted.hours <= 24 else f"{moment:%d %b %H:%M}"
