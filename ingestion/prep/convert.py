"""Turn a source value into what a target field takes; raises ValueError with the reason."""

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from ingestion.xdm.types import INTEGER_RANGES

_TRUE = frozenset({"y", "yes", "Y", "YES", "on", "ON", "true", "TRUE", "True"})
_FALSE = frozenset({"n", "no", "N", "NO", "off", "OFF", "false", "FALSE", "False"})
# Tried in this order for date and date-time targets.
_DATE_FORMATS = (
    "%Y-%m-%d %H:%M:%S%z",
    "%Y-%m-%d %H:%M:%S.%f%z",
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y-%b-%d",
    "%Y%m%d",
    "%m-%d-%Y",
    "%m%d%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%m/%d/%Y %I:%M:%S %p",
    "%d.%m.%Y %I:%M:%S %p",
    "%d.%b.%Y",
    "%d-%b-%Y",
)
WORDS = {
    "string": "a text",
    "number": "a number, for example 12.5",
    "boolean": "true or false, yes or no",
    "date": "a date, for example 2026-03-04",
    "date-time": "a date and time, for example 2026-03-04T09:00:00Z",
    "array": "a list",
    "object": "an object",
    "map": "an object",
    **dict.fromkeys(INTEGER_RANGES, "a whole number"),
}


def convert(value: Any, xdm_type: str) -> Any:
    """The value in the target's type; raises ValueError."""
    if xdm_type in INTEGER_RANGES:
        return _integer(value, xdm_type)
    convert_to = _CONVERTERS.get(xdm_type)
    return convert_to(value) if convert_to else value


def _string(value: Any) -> str:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case _:
            raise ValueError("an object or list is no text")


def _number(value: Any) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("not a number")  # noqa: TRY004 - one exception for all reasons
    if isinstance(value, int | float):
        return value
    # Python reads more than people mean: "1_000", "nan", other scripts' digits.
    if re.fullmatch(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", value, re.ASCII) is None:
        raise ValueError("not a number")
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("too large")
    return number


def _integer(value: Any, xdm_type: str) -> int:
    text = value.strip() if isinstance(value, str) else ""
    if re.fullmatch(r"[+-]?\d{1,19}", text, re.ASCII):
        number: int | float = int(text)
    else:
        number = _number(value)
    if number != int(number):
        raise ValueError("not a whole number")
    low, high = INTEGER_RANGES[xdm_type]
    if not low <= number <= high:
        raise ValueError(f"outside {low} to {high}")
    return int(number)


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    text = value.strip() if isinstance(value, str) else str(value)
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ValueError("neither true nor false")


def _moment(value: Any) -> datetime:
    if not isinstance(value, str):
        raise ValueError("not a date")  # noqa: TRY004 - one exception for all reasons
    text = value.strip()
    try:
        # Basic forms such as 20260304 are this standard's, too, and mean the same.
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = _by_formats(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _by_formats(text: str) -> datetime:
    for pattern in _DATE_FORMATS:
        try:
            return datetime.strptime(text, pattern)  # noqa: DTZ007 - no zone means UTC, see above
        except ValueError:
            continue
    raise ValueError("not a date")


def _date(value: Any) -> str:
    return _moment(value).date().isoformat()


def _date_time(value: Any) -> str:
    moment = _moment(value).astimezone(UTC)
    precision = "milliseconds" if moment.microsecond else "seconds"
    return moment.isoformat(timespec=precision).replace("+00:00", "Z")


def _object(value: Any) -> Any:
    if isinstance(value, dict):
        return value
    raise ValueError("not an object")


def _array(value: Any) -> Any:
    if isinstance(value, list):
        return value
    raise ValueError("not a list")


_CONVERTERS: dict[str, Callable[[Any], Any]] = {
    "string": _string,
    "number": _number,
    "boolean": _boolean,
    "date": _date,
    "date-time": _date_time,
    "object": _object,
    "map": _object,
    "array": _array,
}
