"""Read request bodies and query strings: typed values or an Invalid that names the field."""

from typing import Any

from core.errors import Invalid

Json = dict[str, Any]


def require_object(data: Any) -> Json:
    """The body as a JSON object."""
    if not isinstance(data, dict):
        msg = "The body must be a JSON object."
        raise Invalid(msg, received=type(data).__name__)
    return data


def require_text(data: Json, name: str) -> str:
    """A non-empty string member."""
    value = data.get(name)
    if not isinstance(value, str) or not value.strip():
        msg = f"{name} is required and must be a text."
        raise Invalid(msg, path=name, received=value)
    return value


def optional_text(data: Json, name: str, default: str = "") -> str:
    """A string member, or `default` when absent or null."""
    value = data.get(name)
    if value is None:
        return default
    if not isinstance(value, str):
        msg = f"{name} must be a text."
        raise Invalid(msg, path=name, received=value)
    return value


def flag(value: Any, *, name: str, default: bool = False) -> bool:
    """A boolean; query strings say it in any case (`True`, `true`)."""
    if value is None or value == "":
        return default
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    msg = f"{name} must be true or false."
    raise Invalid(msg, path=name, received=value)


def whole_number(
    value: Any, *, name: str, default: int, least: int = 0, most: int | None = None
) -> int:
    """An integer from `least`; more than `most` is taken as `most`."""
    if value is None or value == "":
        return default
    try:
        number = int(value)
    except (TypeError, ValueError):
        number = least - 1
    if number < least:
        msg = f"{name} must be a whole number from {least}."
        raise Invalid(msg, path=name, received=value)
    return number if most is None else min(number, most)
