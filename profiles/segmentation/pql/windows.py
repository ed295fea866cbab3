"""Time conditions about two instants T and R, as the windows of R in which they hold.

A window is half-open, [start, end) in microseconds; those of one condition ascend and do not
touch. Where R is the clock, the next edge of a window is the moment the condition flips.
"""

from collections.abc import Callable
from typing import Literal

from profiles.segmentation.pql.moments import FIRST, LAST, fixed_length, floor, shift
from profiles.segmentation.pql.typed import Duration

type Direction = Literal["before", "after", "from"]
type Window = tuple[int, int]
type Windows = tuple[Window, ...]
type WindowsOf = Callable[[int], Windows]

# Before and after every instant there is.
START = FIRST - 1
END = LAST + 1

MIRRORED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
MIRRORED_DIRECTION: dict[Direction, Direction] = {
    "before": "after",
    "after": "before",
    "from": "from",
}

_COMPARED: dict[str, WindowsOf] = {
    "=": lambda moment: ((moment, moment + 1),),
    "!=": lambda moment: ((START, moment), (moment + 1, END)),
    "<": lambda moment: ((moment + 1, END),),
    "<=": lambda moment: ((moment, END),),
    ">": lambda moment: ((START, moment),),
    ">=": lambda moment: ((START, moment + 1),),
}


def compared(operator: str) -> WindowsOf:
    """Windows of R in which `T operator R`, by T."""
    return _COMPARED[operator]


def within(operator: str, duration: Duration, direction: str) -> WindowsOf:
    """Windows of R in which `T occurs operator duration direction R` (see `Within`), by T."""
    if operator in {"=", "!="}:
        return _in_unit(duration, direction, negated=operator == "!=")
    if direction == "from":
        return _around(operator, duration)
    return _before(operator, duration) if direction == "before" else _after(operator, duration)


def holds_at(windows: Windows, reference: int) -> bool:
    """Does the condition hold for this R?"""
    for start, end in windows:  # noqa: SIM110 - a generator would take twice as long
        if start <= reference < end:
            return True
    return False


def _shifted(duration: Duration, sign: int) -> Callable[[int], int]:
    """T moved by the duration, later or earlier."""
    length = fixed_length(duration.count, duration.unit)
    if length is None:
        return lambda moment: shift(moment, sign * duration.count, duration.unit)
    return lambda moment: min(max(moment + sign * length, FIRST), LAST)


def _before(operator: str, duration: Duration) -> WindowsOf:
    later = _shifted(duration, 1)
    match operator:
        case "<":
            return lambda moment: _nonempty((moment, later(moment)))
        case "<=":
            return lambda moment: ((moment, later(moment) + 1),)
        case ">":
            return lambda moment: ((later(moment) + 1, END),)
        case _:
            return lambda moment: ((later(moment), END),)


def _after(operator: str, duration: Duration) -> WindowsOf:
    earlier = _shifted(duration, -1)
    match operator:
        case "<":
            return lambda moment: _nonempty((earlier(moment) + 1, moment + 1))
        case "<=":
            return lambda moment: ((earlier(moment), moment + 1),)
        case ">":
            return lambda moment: ((START, earlier(moment)),)
        case _:
            return lambda moment: ((START, earlier(moment) + 1),)


def _around(operator: str, duration: Duration) -> WindowsOf:
    earlier, later = _shifted(duration, -1), _shifted(duration, 1)
    match operator:
        case "<":
            return lambda moment: _nonempty((earlier(moment) + 1, later(moment)))
        case "<=":
            return lambda moment: ((earlier(moment), later(moment) + 1),)
        case ">":
            return lambda moment: ((START, earlier(moment)), (later(moment) + 1, END))
        case _:
            return lambda moment: _joined((START, earlier(moment) + 1), (later(moment), END))


def _in_unit(duration: Duration, direction: str, *, negated: bool) -> WindowsOf:
    """T lies in the unit so many units from that of R (or, on that side, does not)."""
    unit = duration.unit
    signs = {"before": (1,), "after": (-1,), "from": (-1, 1)}[direction]

    def windows_of(moment: int) -> Windows:
        start = floor(moment, unit)
        windows: list[Window] = []
        for sign in signs:
            there = shift(start, sign * duration.count, unit)
            # Of no distance, both sides are the same unit.
            if (window := (there, shift(there, 1, unit))) not in windows:
                windows.append(window)
        if not negated:
            return _nonempty(*windows)
        sides = {"before": (moment, END), "after": (START, moment + 1), "from": (START, END)}
        return _without(sides[direction], windows)

    return windows_of


def _without(side: Window, holes: list[Window]) -> Windows:
    """A window less some others."""
    start, end = side
    left: list[Window] = []
    for hole_start, hole_end in holes:
        left.append((start, min(hole_start, end)))
        start = max(start, hole_end)
    return _nonempty(*left, (start, end))


def _joined(first: Window, second: Window) -> Windows:
    """Two windows, as one where they meet."""
    return ((first[0], second[1]),) if first[1] >= second[0] else (first, second)


def _nonempty(*windows: Window) -> Windows:
    """Those that are not empty."""
    return tuple(window for window in windows if window[0] < window[1])
