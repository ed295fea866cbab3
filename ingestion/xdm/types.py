"""Values of the schema language shared by the compiler, the registry and the pipeline."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from core.errors import Invalid

Tree = dict[str, Any]
Node = Mapping[str, Any]
Behavior = Literal["record", "time-series", "adhoc"]

INTEGER_RANGES: dict[str, tuple[int, int]] = {
    "byte": (-128, 127),
    "short": (-32_768, 32_767),
    "int": (-2_147_483_648, 2_147_483_647),
    "long": (-9_007_199_254_740_992, 9_007_199_254_740_991),
}
JSON_TYPES = ("string", "number", "integer", "boolean", "object", "array")


class SchemaError(Invalid):
    """A resource that cannot be a schema; `fields["path"]` names the place."""

    code = "XDM-1900-400"


@dataclass(frozen=True, slots=True)
class IdentityField:
    """A field whose value is an identity."""

    path: tuple[str, ...]
    namespace: str
    primary: bool = False


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule of one value."""

    keyword: str
    message: str
    pointer: str
    schema_location: str
    received: Any
    expected: str
    code: str


@dataclass(frozen=True, slots=True)
class TypeConflict:
    """Two definitions of one path that cannot both hold."""

    path: tuple[str, ...]
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class BreakingChange:
    """A change that would make data refused which was accepted before."""

    path: tuple[str, ...]
    rule: str
    detail: str


def json_type(node: Node) -> str | None:
    """The JSON type a node asks for; a list such as `["string", "null"]` counts as its first."""
    declared = node.get("type")
    if isinstance(declared, list):
        declared = next((kind for kind in declared if kind != "null"), None)
    if declared is None:
        return _implied_type(node)
    return str(declared)


def _implied_type(node: Node) -> str | None:
    if "properties" in node or node.get("meta:xdmType") in ("object", "map"):
        return "object"
    if "items" in node:
        return "array"
    if any(isinstance(value, str) for value in node.get("enum") or ()):
        return "string"
    return None


def xdm_type(node: Node) -> str:
    """XDM type of a node.

    One of string, number, long, int, short, byte, boolean, date, date-time, object, array, map
    and any.
    """
    declared = node.get("meta:xdmType")
    kind = json_type(node)
    match kind:
        case "string":
            fmt = node.get("format")
            return fmt if fmt in ("date", "date-time") else "string"
        case "integer":
            return str(declared) if str(declared) in INTEGER_RANGES else _integer_by_bounds(node)
        case "number" | "boolean" | "array":
            return kind
        case "object":
            return "map" if _is_map(node) else "object"
        case _:
            return "any"


def _is_map(node: Node) -> bool:
    if node.get("properties"):
        return False
    return node.get("meta:xdmType") == "map" or isinstance(node.get("additionalProperties"), dict)


def _integer_by_bounds(node: Node) -> str:
    low, high = node.get("minimum"), node.get("maximum")
    for name in ("byte", "short", "int"):
        bottom, top = INTEGER_RANGES[name]
        # The documentation writes 128 and 32768 as upper bounds of byte and short.
        if low == bottom and high in (top, top + 1):
            return name
    return "long"
