"""Conditions on event fields, `eventType=commerce.purchases`: read and evaluate. Pure."""

import operator
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, cast

from core.errors import Invalid
from profiles.lookup.types import Operator, PropertyFilter

MOST_FILTERS = 3
_CONDITION = re.compile(r"([^=!<>]+)(!=|<=|>=|=|<|>)(.*)", re.DOTALL)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def parse_properties(texts: Sequence[str]) -> tuple[PropertyFilter, ...]:
    """Conditions as callers write them, one a text or joined by `&`."""
    parts = [part for text in texts for part in text.split("&") if part.strip()]
    if len(parts) > MOST_FILTERS:
        msg = f"At most {MOST_FILTERS} property filters are allowed."
        raise Invalid(msg, path="property", received=len(parts))
    return tuple(_parse(part) for part in parts)


def _parse(text: str) -> PropertyFilter:
    found = _CONDITION.fullmatch(text.strip())
    if found is None:
        msg = f"{text} is no property filter: write path, one of = != < <= > >=, and a value."
        raise Invalid(msg, path="property", received=text)
    path, sign, value = found.groups()
    segments = tuple(segment for segment in path.strip().split(".") if segment)
    return PropertyFilter(
        path=segments, operator=cast("Operator", sign), value=value.strip().strip("\"'")
    )


def matches(document: dict[str, Any], filters: Sequence[PropertyFilter]) -> bool:
    """Whether all conditions hold; on arrays, one item is enough. `!=` holds for absent fields."""
    return all(_holds(document, condition) for condition in filters)


def _holds(document: dict[str, Any], condition: PropertyFilter) -> bool:
    values = _values(document, condition.path)
    if condition.operator == "!=":
        return not any(_compare(value, "=", condition.value) for value in values)
    return any(_compare(value, condition.operator, condition.value) for value in values)


def _values(value: Any, path: tuple[str, ...]) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _values(item, path)
    elif not path:
        yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from _values(value[path[0]], path[1:])


def _compare(value: Any, sign: str, text: str) -> bool:
    """Compare as the stored value's kind: boolean, number, moment in time or text."""
    compare = _COMPARE[sign]
    if isinstance(value, bool):
        return compare(value, text.lower() == "true") if text.lower() in _BOOLEANS else False
    if isinstance(value, int | float):
        number = _number(text)
        return number is not None and compare(value, number)
    if not isinstance(value, str):
        return False
    moments = _moment(value), _moment(text)
    if moments[0] is not None and moments[1] is not None:
        return compare(*moments)
    return compare(value, text)


_BOOLEANS = ("true", "false")


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _moment(text: str) -> datetime | None:
    # Cheap refusal first: almost every value is no time.
    if len(text) < 20 or text[4] != "-" or text[10] != "T":
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
