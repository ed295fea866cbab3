"""Why somebody is in an audience, or is not: a tree of the rule's parts, to be shown or sent."""

from dataclasses import dataclass
from typing import Any, Literal

# `step` is an element of a `chain`; `counted` a condition on items, such as events.
type PartKind = Literal[
    "all",
    "any",
    "not",
    "choice",
    "items",
    "counted",
    "chain",
    "step",
    "comparison",
    "time",
    "audience",
    "constant",
]


@dataclass(frozen=True, slots=True)
class Value:
    """What was found for an operand: `path` is the text of the query, instants are ISO texts."""

    path: str
    value: Any


@dataclass(frozen=True, slots=True)
class Item:
    """An item that matched; of an event its `_id`, timestamp and type, else `summary` alone."""

    summary: str
    id: str | None = None
    timestamp: str | None = None
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Matches:
    """How many items matched, of how many; `wanted` says how many the rule needs.

    `items` are the first few that matched; where all have to, that did not. Of events, the newest.
    """

    found: int
    of: int
    wanted: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Period:
    """The times a rule asks for, as ISO texts; None: open on that side."""

    since: str | None
    until: str | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """One part of a rule: its text, whether it holds, and a sentence that says why.

    `due_at` is the moment (ms) at which time alone may change it; `periods` are those in which a
    moment has to lie.
    """

    kind: PartKind
    text: str
    holds: bool
    sentence: str
    due_at: int | None = None
    parts: tuple["Explanation", ...] = ()
    values: tuple[Value, ...] = ()
    matches: Matches | None = None
    periods: tuple[Period, ...] = ()
