"""Query parameters, read the way AEP's services read them."""

import operator as operators
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import Invalid
from core.regex import compile_pattern, found_in

_PROPERTY = re.compile(r"\s*([^=!<>~\s]+)\s*(==|!=|<=|>=|<|>|~)\s*(.*)", re.DOTALL)
_COMPARISONS = {
    "<": operators.lt,
    "<=": operators.le,
    ">": operators.gt,
    ">=": operators.ge,
}
_NAME = re.compile(r"!?[^=!<>~\s]+")


def whole(
    params: Mapping[str, str],
    name: str,
    *,
    default: int,
    least: int = 0,
    most: int | None = None,
) -> int:
    """Integer parameter within its bounds; raises Invalid naming the bounds."""
    text = params.get(name)
    if text is None or text == "":
        return default
    if not re.fullmatch(r"-?\d{1,18}", text) or not least <= (value := int(text)):
        raise Invalid(_bounds(name, least, most), path=name, received=text)
    if most is not None and value > most:
        raise Invalid(_bounds(name, least, most), path=name, received=text)
    return value


def _bounds(name: str, least: int, most: int | None) -> str:
    upper = f" to {most}" if most is not None else " or more"
    return f"{name} must be a whole number from {least}{upper}"


def flag(params: Mapping[str, str], name: str, *, default: bool = False) -> bool:
    """Boolean parameter in any case: clients send Python's `True`."""
    text = params.get(name)
    return default if text is None else text.strip().lower() in {"true", "1", ""}


@dataclass(frozen=True, slots=True)
class PropertyFilter:
    """One `property=` condition. `operator` is a comparison, `exists` or `absent`."""

    path: str
    operator: str
    value: str = ""

    def accepts(self, document: Mapping[str, Any]) -> bool:
        """Whether any value the path reaches in the document fulfils the condition."""
        found = list(values_at(document, self.path))
        match self.operator:
            case "exists":
                return bool(found)
            case "absent":
                return not found
            case "!=":
                return not any(as_text(value) == self.value for value in found)
            case "==":
                return any(as_text(value) == self.value for value in found)
            case "~":
                pattern = compile_pattern(self.value, path="property")
                return any(found_in(pattern, as_text(value)) for value in found)
            case operator:
                return any(_ordered(value, operator, self.value) for value in found)


def parse_property(text: str) -> PropertyFilter:
    """`path==value`, another comparison, `path` (exists) or `!path` (absent)."""
    match = _PROPERTY.fullmatch(text)
    if match is None:
        name = text.strip()
        if not _NAME.fullmatch(name):
            raise Invalid("property needs the name of a field", path="property", received=text)
        return PropertyFilter(name.lstrip("!"), "absent" if name.startswith("!") else "exists")
    path, operator, value = match.groups()
    value = value.strip().strip("\"'")
    if operator == "~":
        compile_pattern(value, path="property")
    return PropertyFilter(path, operator, value)


def values_at(document: Any, path: str) -> list[Any]:
    """Non-null leaves under a dotted path; a list on the way stands for its items."""
    level = [document]
    for name in path.split("."):
        below = [item[name] for item in level if isinstance(item, Mapping) and name in item]
        level = [part for item in below for part in (item if isinstance(item, list) else [item])]
    return [value for value in level if value is not None]


def as_text(value: Any) -> str:
    """The value as a query string spells it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _ordered(value: Any, operator: str, wanted: str) -> bool:
    compare: Callable[[Any, Any], bool] = _COMPARISONS[operator]
    try:
        return compare(float(value), float(wanted))
    except (TypeError, ValueError):
        return compare(as_text(value), wanted)
