"""Conditions about time: what was found, and between which instants it should lie."""

from profiles.segmentation.pql import moments
from profiles.segmentation.pql.closures.compiler import is_temporal
from profiles.segmentation.pql.explaining.evaluation import Evaluation
from profiles.segmentation.pql.explaining.words import NO_VALUE, plain, subject
from profiles.segmentation.pql.explanation import Explanation, Period, Value
from profiles.segmentation.pql.typed import Call, InPeriod, Typed, Variable, Within
from profiles.segmentation.pql.walk import walk
from profiles.segmentation.pql.windows import (
    END,
    MIRRORED,
    MIRRORED_DIRECTION,
    START,
    Condition,
    Window,
    compared,
    windows_of,
    within,
)

type TimeTest = Call | Within | InPeriod

# A time condition seen from the other side: which moments, given its reference.
type Sides = tuple[Typed, tuple[tuple[Condition, Typed], ...]]


def as_time_test(node: Typed) -> TimeTest | None:
    """The node if it is a condition about a moment."""
    match node:
        case Within() | InPeriod():
            return node
        case Call(function, (left, right)) if (
            function in MIRRORED and is_temporal(left.type) and is_temporal(right.type)
        ):
            return node
        case _:
            return None


def time_part(evaluation: Evaluation, node: TimeTest) -> Explanation | None:
    """A condition about a moment; None: it compares the clock with itself."""
    moment, bounds = _sides(evaluation, node)
    if evaluation.clock(moment) is not None:
        return None
    verdict = evaluation.verdict(node)
    value = evaluation.value(moment)
    windows = _windows(evaluation, bounds)
    state = f"has {NO_VALUE}" if value is None else f"is {moments.to_text(value)}"
    wants = "compares it with what has no value"
    if windows is not None:
        wants = f"wants {in_words(windows)}"
    found = Value(evaluation.source(moment.at), plain(value, moment.type))
    return Explanation(
        kind="time",
        text=evaluation.source(node.at),
        holds=verdict.holds,
        sentence=f"{subject(evaluation, moment)} {state}; the rule {wants}.",
        due_at=verdict.due_at,
        values=(found,),
        periods=periods(windows),
    )


def wanted_windows(
    evaluation: Evaluation, node: TimeTest, *, variable: str
) -> tuple[Window, ...] | None:
    """When the moment of a condition on items has to lie; None: that differs from item to item."""
    moment, bounds = _sides(evaluation, node)
    for reference in (reference for _, reference in bounds):
        names = {part.name for part in walk(reference) if isinstance(part, Variable)}
        if variable in names:
            return None
    return None if evaluation.clock(moment) is not None else _windows(evaluation, bounds)


def in_words(windows: tuple[Window, ...]) -> str:
    """`a time from 2026-03-09T12:00:00Z and up to 2026-03-10T12:00:00Z`."""
    if not windows:
        return "a time that never comes"
    return "a time " + " or ".join(_words(window) for window in windows)


def periods(windows: tuple[Window, ...] | None) -> tuple[Period, ...]:
    """The windows as texts."""
    return tuple(
        Period(
            None if start <= START else _text(start),
            None if end >= END else _text(end),
        )
        for start, end in windows or ()
    )


def _words(window: Window) -> str:
    start, end = window
    if end - start == 1:
        return f"of exactly {moments.to_text(start)}"
    words: list[str] = []
    # Bounds are whole milliseconds: one microsecond more excludes a start, includes an end.
    if start > START:
        excluded = start % 1_000 == 1
        words.append(f"after {_text(start - 1)}" if excluded else f"from {_text(start)}")
    if end < END and end % 1_000 == 1:
        words.append(f"up to {_text(end - 1)}")
    elif end < END:
        words.append(f"before {_text(end)}")
    return " and ".join(words) or "at all"


def _text(moment: int) -> str:
    return moments.to_text(min(max(moment, moments.FIRST), moments.LAST))


def _sides(evaluation: Evaluation, node: TimeTest) -> Sides:
    match node:
        case Within():
            return _within_sides(evaluation, node)
        case InPeriod():
            upper = ">=" if node.inclusive else ">"
            starts, ends = (compared("<="), node.start), (compared(upper), node.end)
            return node.moment, (starts, ends)
        case _:
            left, right = node.arguments
            if evaluation.clock(left) is not None:
                return right, ((compared(node.function), left),)
            return left, ((compared(MIRRORED[node.function]), right),)


def _within_sides(evaluation: Evaluation, node: Within) -> Sides:
    direction = node.direction
    if evaluation.clock(node.moment) is not None:
        return node.reference, ((within(node.operator, node.duration, direction), node.moment),)
    mirrored = within(node.operator, node.duration, MIRRORED_DIRECTION[direction])
    return node.moment, ((mirrored, node.reference),)


def _windows(
    evaluation: Evaluation, bounds: tuple[tuple[Condition, Typed], ...]
) -> tuple[Window, ...] | None:
    found: tuple[Window, ...] = ((START, END),)
    for condition, reference in bounds:
        instant = evaluation.instant(reference)
        if instant is None:
            return None
        found = _common(found, windows_of(condition, instant))
    return found


def _common(ones: tuple[Window, ...], others: tuple[Window, ...]) -> tuple[Window, ...]:
    pairs = ((max(one[0], other[0]), min(one[1], other[1])) for one in ones for other in others)
    return tuple(pair for pair in pairs if pair[0] < pair[1])
