"""Time conditions about two instants T and R, as the windows of R in which they hold.

A window is half-open, [start, end) in microseconds; those of one condition ascend and do not
touch. Where R is the clock, the next edge of a window is the moment the condition flips.
Most conditions have one window at a fixed distance from T: `Offsets`. The rest compute them.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

from profiles.segmentation.pql.moments import FIRST, LAST, fixed_length, floor, shift
from profiles.segmentation.pql.typed import Duration

type Direction = Literal["before", "after", "from"]
type Window = tuple[int, int]
type WindowsOf = Callable[[int], tuple[Window, ...]]
type Condition = Offsets | WindowsOf

# Before and after every instant there is, and farther than any two are apart.
START = FIRST - 1
END = LAST + 1
FOREVER = END - START

MIRRORED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
MIRRORED_DIRECTION: dict[Direction, Direction] = {
    "before": "after",
    "after": "before",
    "from": "from",
}


class Offsets(NamedTuple):
    """The window [T + start, T + end)."""

    start: int
    end: int


_COMPARED: dict[str, Condition] = {
    "=": Offsets(0, 1),
    "!=": lambda moment: ((START, moment), (moment + 1, END)),
    "<": Offsets(1, FOREVER),
    "<=": Offsets(0, FOREVER),
    ">": Offsets(-FOREVER, 0),
    ">=": Offsets(-FOREVER, 1),
}


def compared(operator: str) -> Condition:
    """`T operator R`."""
    return _COMPARED[operator]


def within(operator: str, duration: Duration, direction: Direction) -> Condition:
    """`T occurs operator duration direction R`, see `Within`."""
    if operator in {"=", "!="}:
        return _in_unit(duration, direction, negated=operator == "!=")
    length = fixed_length(duration.count, duration.unit)
    if length is not None:
        return _fixed(operator, length, direction)
    return _by_calendar(operator, duration, direction)


def windows_of(condition: Condition, moment: int) -> tuple[Window, ...]:
    """The windows, by T."""
    if isinstance(condition, Offsets):
        start, end = max(moment + condition.start, START), min(moment + condition.end, END)
        return ((start, end),) if start < end else ()
    return condition(moment)


def predicate(condition: Condition) -> Callable[[int, int], bool]:
    """Does the condition hold for these T and R?"""
    if isinstance(condition, Offsets):
        first, beyond = condition
        return lambda moment, reference: first <= reference - moment < beyond

    def holds(moment: int, reference: int) -> bool:
        for start, end in condition(moment):  # noqa: SIM110 - a generator takes twice as long
            if start <= reference < end:
                return True
        return False

    return holds


def _fixed(operator: str, length: int, direction: Direction) -> Condition:
    """With a duration that is always as long; R - T is what the offsets bound."""
    # At most `length` is one more than less than `length`: both in whole microseconds.
    reach = length + (operator in {"<=", ">"})
    if operator in {"<", "<="}:
        sides = {"before": (0, reach), "after": (1 - reach, 1), "from": (1 - reach, reach)}
        return Offsets(*sides[direction])
    if direction == "before":
        return Offsets(reach, FOREVER)
    if direction == "after":
        return Offsets(-FOREVER, 1 - reach)
    if reach == 0:
        return Offsets(-FOREVER, FOREVER)
    return lambda moment: ((START, moment + 1 - reach), (moment + reach, END))


def _by_calendar(operator: str, duration: Duration, direction: Direction) -> WindowsOf:
    """With months or longer."""
    count, unit = duration.count, duration.unit
    # One more where the end of the duration still counts, or does not yet.
    more = operator in {"<=", ">"}

    def later(moment: int) -> int:
        return shift(moment, count, unit) + more

    def earlier(moment: int) -> int:
        return shift(moment, -count, unit) + 1 - more

    near: dict[Direction, WindowsOf] = {
        "before": lambda moment: _nonempty((moment, later(moment))),
        "after": lambda moment: _nonempty((earlier(moment), moment + 1)),
        "from": lambda moment: _nonempty((earlier(moment), later(moment))),
    }
    far: dict[Direction, WindowsOf] = {
        "before": lambda moment: ((later(moment), END),),
        "after": lambda moment: ((START, earlier(moment)),),
        "from": lambda moment: _joined((START, earlier(moment)), (later(moment), END)),
    }
    return (near if operator in {"<", "<="} else far)[direction]


def _in_unit(duration: Duration, direction: Direction, *, negated: bool) -> WindowsOf:
    """T lies in the unit so many units from that of R (or, on that side, does not)."""
    unit = duration.unit
    signs = {"before": (1,), "after": (-1,), "from": (-1, 1)}[direction]

    def windows(moment: int) -> tuple[Window, ...]:
        start = floor(moment, unit)
        found: list[Window] = []
        for sign in signs:
            there = shift(start, sign * duration.count, unit)
            # Of no distance, both sides are the same unit.
            if (window := (there, shift(there, 1, unit))) not in found:
                found.append(window)
        if not negated:
            return _nonempty(*found)
        sides: dict[Direction, Window] = {
            "before": (moment, END),
            "after": (START, moment + 1),
            "from": (START, END),
        }
        return _without(sides[direction], found)

    return windows


def _without(side: Window, holes: list[Window]) -> tuple[Window, ...]:
    """A window less some others."""
    start, end = side
    left: list[Window] = []
    for hole_start, hole_end in holes:
        left.append((start, min(hole_start, end)))
        start = max(start, hole_end)
    return _nonempty(*left, (start, end))


def _joined(first: Window, second: Window) -> tuple[Window, ...]:
    """Two windows, as one where they meet."""
    return ((first[0], second[1]),) if first[1] >= second[0] else (first, second)


def _nonempty(*windows: Window) -> tuple[Window, ...]:
    return tuple(window for window in windows if window[0] < window[1])
