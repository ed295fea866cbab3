"""Values between PQL and JSON. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from profiles.segmentation.pql import moments
from profiles.segmentation.pql.typed import COMPUTED
from profiles.segmentation.pql.types import Kind, ListType, Scalar, Type

_TOO_LARGE: Final = 2.0**63


def as_json(value: Any, type_: Type) -> Any:
    """A value of PQL as JSON shows it; None for none, as an empty list is.

    Instants come as naive datetimes in UTC or as microseconds, all numbers as doubles.
    """
    if value is None:
        return None
    if isinstance(type_, ListType):
        return [as_json(item, type_.item) for item in value if item is not None] or None
    assert isinstance(type_, Scalar), "values are single ones, or lists of them"
    match type_.kind:
        case Kind.INTEGER:
            # Beyond 64 bits JSON writers give up on whole numbers.
            return int(value) if abs(value) < _TOO_LARGE else float(value)
        case Kind.STRING:
            # jsonb has no text with a NUL character.
            return value.replace("\0", "")
        case Kind.DATE | Kind.DATE_TIME:
            text = moments.to_text(instant_us(value))
            return text[:10] if type_.kind == Kind.DATE else text
        case _:
            return value


def instant_us(value: Any) -> int:
    """An instant in microseconds since 1970, however a back end gives it."""
    if isinstance(value, datetime):
        return moments.from_datetime(value.replace(tzinfo=UTC))
    return int(value)


def placed(document: Mapping[str, Any], owner: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """A profile's document with its computed attributes below the tenant's field `owner`."""
    own = document.get(owner)
    inside = own if isinstance(own, Mapping) else {}
    return {**document, owner: {**inside, COMPUTED: dict(values)}}
