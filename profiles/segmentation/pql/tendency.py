"""Which way more events can move a verdict: for most people nothing has to be evaluated again."""

from collections.abc import Iterable
from typing import Any, Final, Literal

from profiles.segmentation.pql.closures.paths import is_events
from profiles.segmentation.pql.typed import (
    Aggregate,
    Call,
    Chain,
    Constant,
    Filter,
    Quantified,
    Typed,
)
from profiles.segmentation.pql.walk import children, walk
from profiles.segmentation.pql.windows import MIRRORED

type Tendency = Literal["none", "up", "down", "any"]
"""What another event can do to a condition that

none  does not read events: nothing
up    reads them so that it can only begin to hold
down  reads them so that it can only cease to hold
any   reads them in another way
"""

_OPPOSITE: Final[dict[Tendency, Tendency]] = {
    "none": "none",
    "up": "down",
    "down": "up",
    "any": "any",
}
_GROWING: Final = {"count": {">", ">="}, "max": {">", ">="}, "min": {"<", "<="}}


def tendency(node: Typed) -> Tendency:
    """Which way more events of any kind can move this condition, at one and the same moment."""
    if not _reads_events(node):
        return "none"
    match node:
        case Call(function, parts):
            return _of_call(function, parts)
        case Quantified(quantifier, _, source, body) if _grows(source) and not _reads_events(body):
            return "up" if quantifier == "exists" else "down"
        case Chain(source, _, links) if is_events(source):
            at_least = all(link.count_operator == ">=" for link in links)
            others = [part for part in children(node) if part is not source]
            return "up" if at_least and not any(map(_reads_events, others)) else "any"
        case _:
            return "any"


def _of_call(function: str, parts: tuple[Typed, ...]) -> Tendency:
    match parts:
        case _ if function in ("and", "or"):
            return _together(tendency(part) for part in parts)
        case (part,) if function == "not":
            return _OPPOSITE[tendency(part)]
        case (source,) if function == "notEmpty" and _grows(source):
            return "up"
        case (Aggregate() as total, Constant()) if function in MIRRORED:
            return _of_total(total, function)
        case (Constant(), Aggregate() as total) if function in MIRRORED:
            return _of_total(total, MIRRORED[function])
        case _:
            return "any"


def _together(parts: Iterable[Tendency]) -> Tendency:
    found = {part for part in parts if part != "none"}
    return found.pop() if len(found) == 1 else "any"


def _of_total(total: Aggregate, sign: str) -> Tendency:
    """A number of events compared with a constant; of none, no comparison holds but of a count."""
    if not _grows(total.source) or _reads_events(total.body):
        return "any"
    if sign in _GROWING.get(total.function, ()):
        return "up"
    return "down" if total.function == "count" and sign in ("<", "<=") else "any"


def is_incremental(node: Typed) -> bool:
    """Does what a condition says of all events follow from what it says of some and of the others?

    One that more events move up holds of all if it holds of either part; one that they move down,
    if it holds of both. At one and the same moment; the rest of the profile stays as it is.
    """
    if not _reads_events(node):
        return True
    match node:
        case Call("and" | "or" as function, parts):
            reading = [part for part in parts if _reads_events(part)]
            distributes = tendency(node) == ("down" if function == "and" else "up")
            return (distributes or len(reading) == 1) and all(map(is_incremental, reading))
        case Call("not", (part,)):
            return is_incremental(part)
        case Call("notEmpty") | Quantified():
            return tendency(node) != "any"
        case Call(function, (Aggregate() as total, Constant(value))) if function in MIRRORED:
            return tendency(node) != "any" and _takes_one(total, function, value)
        case Call(function, (Constant(value), Aggregate() as total)) if function in MIRRORED:
            return tendency(node) != "any" and _takes_one(total, MIRRORED[function], value)
        case _:
            return False


def _takes_one(total: Aggregate, sign: str, value: Any) -> bool:
    """Is it settled by a single event? Two halves of a count that is reached do not reach it."""
    if total.function != "count":
        return True
    return bool(value < 1 if sign in (">", "<=") else value <= 1)


def _grows(source: Typed) -> bool:
    """Is it events, or those of them that fulfil a condition on themselves?"""
    if isinstance(source, Filter):
        return _grows(source.source) and not _reads_events(source.body)
    return is_events(source)


def _reads_events(node: Typed) -> bool:
    return any(is_events(each) for each in walk(node))
