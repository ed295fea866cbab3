"""What profiles and events of a sandbox hold: fields that are filled, and values seen there."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import orjson

from core import clock, sql
from core.sandboxes.models import Sandbox

_PACKAGE = "profiles.segmentation"
PROFILES, EVENTS, EVENTS_EACH = 1_000, 3_000, 20
MOST_VALUES, LONGEST_VALUE = 50, 100
# Beyond this many different values a field is no list to choose from, or not counted at all.
_MOST_DISTINCT, MOST_COUNTED = 500, 3_000
_MOST_COMMON = 10
_KNOWN_FOR_MS = 60_000

type Filled = Mapping[str, "Values"]


@dataclass(frozen=True, slots=True)
class Values:
    """How many documents hold a field, and values to suggest, if they are few.

    `distinct` is how many different values there are; None: more than MOST_COUNTED, or texts longer
    than LONGEST_VALUE. `common` are the most frequent ones; of many, those that occur repeatedly.
    """

    documents: int
    values: tuple[tuple[str, int], ...] = ()
    distinct: int | None = 0
    common: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What a sample holds, by dotted path through objects and lists; `at_ms` is when."""

    profiles: int = 0
    events: int = 0
    attributes: Filled = field(default_factory=dict)
    event_fields: Filled = field(default_factory=dict)
    at_ms: int = 0

    @property
    def event_types(self) -> Mapping[str, int]:
        """Events of each type."""
        found = self.event_fields.get("eventType")
        return dict(found.values) if found else {}


_known: dict[int, Seen] = {}
_lock = Lock()


def seen_in(sandbox: Sandbox) -> Seen:
    """What a sample of the sandbox holds; at most a minute old."""
    found = _known.get(sandbox.number)
    now = clock.now_ms()
    if found is not None and found.profiles and 0 <= now - found.at_ms < _KNOWN_FOR_MS:
        return found
    made = _look(sandbox, now)
    with _lock:
        _known[sandbox.number] = made
    return made


def forget() -> None:
    """Drop everything remembered."""
    with _lock:
        _known.clear()


def _look(sandbox: Sandbox, now: int) -> Seen:
    given = {"sandbox": sandbox.number, "profiles": PROFILES}
    profiles = [row[0] for row in sql.fetch(_PACKAGE, "sample_profiles", given)]
    limits = {**given, "each": EVENTS_EACH, "events": EVENTS}
    events = [row[0] for row in sql.fetch(_PACKAGE, "sample_events", limits)]
    return Seen(len(profiles), len(events), filled_of(profiles), filled_of(events), now)


@dataclass(slots=True)
class _Tally:
    """What is known of a field while documents are read."""

    documents: int = 0
    values: Counter[str] = field(default_factory=Counter)
    has_texts: bool = False
    too_long: bool = False

    def add(self, found: set[str | float]) -> None:
        """The different values of one more document that holds the field."""
        self.documents += 1
        texts = {value for value in found if isinstance(value, str)}
        short = {text for text in texts if len(text) <= LONGEST_VALUE}
        self.has_texts = self.has_texts or bool(texts)
        self.too_long = self.too_long or len(short) < len(texts)
        if len(self.values) <= MOST_COUNTED:
            self.values.update(short)
            self.values.update(_number(value) for value in found if not isinstance(value, str))

    def result(self) -> Values:
        """What people are told of it."""
        suggested = _frequent(self.values, self.documents) if self.has_texts else ()
        distinct = len(self.values)
        if self.too_long or distinct > MOST_COUNTED:
            return Values(self.documents, suggested, None)
        common = tuple(
            (value, many)
            for value, many in self.values.most_common(_MOST_COMMON)
            if many > 1 or distinct <= _MOST_COMMON
        )
        return Values(self.documents, suggested, distinct, common)


def _number(value: float) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if float(value).is_integer() else str(value)


def filled_of(documents: list[str]) -> Filled:
    """What documents, as JSON, hold by dotted path."""
    tallies: dict[str, _Tally] = {}
    for text in documents:
        found: dict[str, set[str | float]] = {}
        for path, value in _leaves(orjson.loads(text), ""):
            found.setdefault(path, set()).update(() if value is None else (value,))
        for path, values in found.items():
            tallies.setdefault(path, _Tally()).add(values)
    return {path: tally.result() for path, tally in tallies.items()}


def _frequent(values: Counter[str], documents: int) -> tuple[tuple[str, int], ...]:
    """The most frequent ones; none where nearly every document has its own."""
    if len(values) >= _MOST_DISTINCT or (len(values) > MOST_VALUES and len(values) > documents / 3):
        return ()
    return tuple(values.most_common(MOST_VALUES))


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str | float | None]]:
    """Paths of everything that is there, with what is no object or list."""
    match value:
        case dict():
            if path:
                yield path, None
            for name, inner in value.items():
                yield from _leaves(inner, f"{path}.{name}" if path else name)
        case list():
            for inner in value:
                yield from _leaves(inner, path)
        case None:
            return
        case _:
            yield path, value
