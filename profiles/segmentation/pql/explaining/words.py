"""Values and numbers as a person would write them."""

import json
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from profiles.segmentation.pql import moments
from profiles.segmentation.pql.closures.compiler import is_temporal
from profiles.segmentation.pql.closures.paths import is_events
from profiles.segmentation.pql.explaining.evaluation import Evaluation
from profiles.segmentation.pql.explanation import Item
from profiles.segmentation.pql.typed import Typed
from profiles.segmentation.pql.types import ListType, MapType, Type

SHOWN = 5
_LONGEST = 80
NO_VALUE = "no value"
_SCALARS = (str, int, float)


def plain(value: Any, kind: Type) -> Any:
    """A value for JSON: instants as texts, lists cut after a few items, objects without depth."""
    if value is None:
        return None
    if isinstance(kind, ListType):
        return [plain(item, kind.item) for item in value[:SHOWN]]
    if isinstance(kind, MapType):
        return {key: plain(item, kind.value) for key, item in list(value.items())[:SHOWN]}
    if isinstance(value, dict):
        return _scalars(value)
    return moments.to_text(value) if is_temporal(kind) else value


def shown(value: Any, kind: Type) -> str:
    """`"FI"`, `120`, `2026-03-01T09:00:00Z`, `"red", "blue" and 3 more`."""
    if value is None:
        return NO_VALUE
    if isinstance(kind, ListType | MapType):
        return _many(value, kind)
    if is_temporal(kind):
        return moments.to_text(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return shortened(json.dumps(value, ensure_ascii=False))


def _many(values: Sequence[Any] | Mapping[str, Any], kind: ListType | MapType) -> str:
    if not values:
        return "empty"
    if isinstance(kind, MapType):
        pairs = values.items() if isinstance(values, Mapping) else ()
        texts = [f"{key}: {shown(item, kind.value)}" for key, item in list(pairs)[:SHOWN]]
    else:
        texts = [shown(item, kind.item) for item in list(values)[:SHOWN]]
    more = len(values) - len(texts)
    return ", ".join(texts) + (f" and {more} more" if more else "")


def shortened(text: str) -> str:
    """A text cut to a length that fits into a sentence."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def subject(evaluation: Evaluation, node: Typed) -> str:
    """The text of an operand; of a name given by `let`, what it stands for as well."""
    text = shortened(evaluation.source(node.at))
    meaning = evaluation.meaning(node)
    return text if meaning is None else f"{text} ({shortened(meaning)})"


class Noun:
    """What the items of a list are called."""

    def __init__(self, evaluation: Evaluation, source: Typed) -> None:
        self.is_event = is_events(source)
        self._name = shortened(evaluation.source(source.at))

    def counted(self, found: int, of: int) -> str:
        """`2 of 3 events`."""
        return f"{found} of {of} {self._word(of)}"

    def matching(self, found: int, of: int) -> str:
        """`2 of 3 events match`."""
        if not of:
            return f"There are no {self._word(0)}"
        if not found:
            plural = f"None of the {of} {self._word(of)} matches"
            return plural if of > 1 else f"The one {self._word(1)} does not match"
        return f"{self.counted(found, of)} {'matches' if found == 1 else 'match'}"

    def item(self, document: Any) -> Item:
        """An item that matched."""
        if not self.is_event:
            return Item(_summary(document))
        event_id, kind, timestamp = (
            _text(document.get(name)) for name in ("_id", "eventType", "timestamp")
        )
        return Item(f"{kind or 'event'} at {timestamp}", event_id, timestamp, kind)

    def _word(self, number: int) -> str:
        ending = "" if number == 1 else "s"
        return f"event{ending}" if self.is_event else f"item{ending} of {self._name}"


def _summary(document: Any) -> str:
    """`id "o2", total 70` of an object, else the value itself."""
    if not isinstance(document, dict):
        return shortened(json.dumps(document, ensure_ascii=False))
    fields = (
        f"{name} {json.dumps(value, ensure_ascii=False)}"
        for name, value in _scalars(document).items()
    )
    return shortened(", ".join(fields)) or "an item"


def _scalars(document: Mapping[str, Any]) -> dict[str, Any]:
    """The first few fields that hold single values."""
    scalars = ((name, value) for name, value in document.items() if isinstance(value, _SCALARS))
    return dict(islice(scalars, SHOWN))


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
