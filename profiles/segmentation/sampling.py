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
# Beyond this many different values a field is no list to choose from.
_MOST_DISTINCT = 500
_KNOWN_FOR_MS = 60_000

type Filled = Mapping[str, "Values"]


@dataclass(frozen=True, slots=True)
class Values:
    """How many documents hold a field, and its most frequent values, if they are few."""

    documents: int
    values: tuple[tuple[str, int], ...] = ()


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
    return Seen(len(profiles), len(events), _filled(profiles), _filled(events), now)


def _filled(documents: list[str]) -> Filled:
    counts: Counter[str] = Counter()
    values: dict[str, Counter[str]] = {}
    for text in documents:
        found: dict[str, set[str]] = {}
        for path, value in _leaves(orjson.loads(text), ""):
            found.setdefault(path, set()).update(() if value is None else (value,))
        for path, shown in found.items():
            counts[path] += 1
            known = values.setdefault(path, Counter())
            if len(known) < _MOST_DISTINCT:
                known.update(shown)
    return {path: Values(many, _frequent(values[path], many)) for path, many in counts.items()}


def _frequent(values: Counter[str], documents: int) -> tuple[tuple[str, int], ...]:
    """The most frequent ones; none where nearly every document has its own."""
    if len(values) >= _MOST_DISTINCT or (len(values) > MOST_VALUES and len(values) > documents / 3):
        return ()
    return tuple(values.most_common(MOST_VALUES))


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str | None]]:
    """Paths of everything that is there, with the texts among the values."""
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
        case str() if len(value) <= LONGEST_VALUE:
            yield path, value
        case _:
            yield path, None
