"""Compile a resolved tree into the Draft 7 schema that decides about every record."""

from collections.abc import Iterable, Mapping
from typing import Any

import jsonschema_rs

from ingestion.xdm import paths
from ingestion.xdm.types import (
    INTEGER_RANGES,
    Behavior,
    IdentityField,
    Node,
    SchemaError,
    Tree,
    json_type,
    xdm_type,
)
from ingestion.xdm.validator import CompiledSchema

# `date-time` of the engine takes RFC 3339 as it is: leap seconds, lower-case letters, year 0000.
# The platform's clock has none of these, so that every accepted value is a moment we can store.
_YEAR = "(?:[1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])"
DATE_PATTERN = f"^{_YEAR}-"
DATE_TIME_PATTERN = (
    f"^{_YEAR}-[0-9]{{2}}-[0-9]{{2}}T[0-9]{{2}}:[0-9]{{2}}:[0-5][0-9](?:\\.[0-9]{{1,9}})?"
    "(?:Z|[+-][0-9]{2}:[0-9]{2})$"
)
_TIME_PATTERNS = {"date": DATE_PATTERN, "date-time": DATE_TIME_PATTERN}
# Left: format in the schema. Right: the engine's format with the rule the platform applies:
# addresses and links may hold letters outside ASCII.
_FORMATS = {
    "date": "date",
    "date-time": "date-time",
    "email": "idn-email",
    "hostname": "hostname",
    "ipv4": "ipv4",
    "ipv6": "ipv6",
    "uri": "iri",
    "uri-reference": "iri-reference",
    "uri-template": "uri-template",
    "url-template": "uri-template",
    "json-pointer": "json-pointer",
    "time": "time",
    "regex": "regex",
}
_STRING_RULES = ("minLength", "maxLength", "pattern")
_NUMBER_RULES = (
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
)
_ARRAY_RULES = ("minItems", "maxItems", "uniqueItems")
_ANY_BUT_NULL = ["array", "boolean", "number", "object", "string"]
_EMAIL = jsonschema_rs.EmailOptions(allow_display_text=False)


def compile_schema(
    tree: Node,
    *,
    uri: str,
    version: str = "1.0",
    behavior: Behavior = "record",
    identity_fields: Iterable[IdentityField] = (),
) -> CompiledSchema:
    """The validator of a resolved schema. The path of its primary identity becomes required."""
    known = tuple(f for f in identity_fields if paths.find_field(tree, f.path) is not None)
    primary = next((field.path for field in known if field.primary), None)
    schema = json_schema(tree)
    if primary:
        _require(schema, primary)
    return CompiledSchema(
        uri=uri,
        version=version,
        behavior=behavior,
        identity_fields=known,
        has_identity_map="identityMap" in tree.get("properties", {}),
        primary_path=primary,
        tree=tree,
        json_schema=schema,
        validator=_build(schema),
    )


def check_compiles(tree: Node) -> None:
    """Refuse a tree whose patterns or limits no validator can hold."""
    try:
        _build(json_schema(tree))
    except TypeError as error:  # a limit that is no number
        raise SchemaError(f"The schema cannot be compiled: {error}", path="#") from error


def _build(schema: Tree) -> jsonschema_rs.Draft7Validator:
    try:
        return jsonschema_rs.Draft7Validator(
            schema, validate_formats=True, email_options=_EMAIL, offline=True
        )
    except (jsonschema_rs.ValidationError, ValueError) as error:
        first_line = str(error).splitlines()[0]
        raise SchemaError(f"The schema cannot be compiled: {first_line}", path="#") from error


def json_schema(node: Node) -> Tree:
    """The Draft 7 schema of one node and everything below it. Null is never a value."""
    match json_type(node):
        case "string":
            compiled = _string(node)
        case "integer":
            compiled = {"type": "integer", **_rules(node, _NUMBER_RULES)}
            _bound(compiled, INTEGER_RANGES[xdm_type(node)])
        case "number":
            compiled = {"type": "number", **_rules(node, _NUMBER_RULES)}
        case "boolean":
            compiled = {"type": "boolean"}
        case "array":
            compiled = _array(node)
        case "object":
            compiled = _object(node)
        case _:
            compiled = {"type": _ANY_BUT_NULL}
    if isinstance(node.get("enum"), list) and node["enum"]:
        compiled["enum"] = node["enum"]
    return compiled


def _rules(node: Node, keywords: Iterable[str]) -> Tree:
    return {key: node[key] for key in keywords if node.get(key) is not None}


def _string(node: Node) -> Tree:
    compiled = {"type": "string", **_rules(node, _STRING_RULES)}
    named = str(node.get("format", ""))
    if named in _FORMATS:
        compiled["format"] = _FORMATS[named]
    if named in _TIME_PATTERNS:
        compiled["pattern"] = _TIME_PATTERNS[named]
    return compiled


def _bound(compiled: Tree, limits: tuple[int, int]) -> None:
    low, high = limits
    compiled["minimum"] = max(low, compiled.get("minimum", low))
    compiled["maximum"] = min(high, compiled.get("maximum", high))


def _array(node: Node) -> Tree:
    compiled = {"type": "array", **_rules(node, _ARRAY_RULES)}
    items = node.get("items")
    compiled["items"] = (
        json_schema(items) if isinstance(items, Mapping) else {"type": _ANY_BUT_NULL}
    )
    return compiled


def _object(node: Node) -> Tree:
    compiled: Tree = {"type": "object"}
    values = node.get("additionalProperties")
    if isinstance(values, Mapping):
        compiled["additionalProperties"] = json_schema(values)
    elif node.get("meta:xdmType") == "map":
        compiled["additionalProperties"] = {"type": _ANY_BUT_NULL}
    if node.get("properties"):
        children: dict[str, Any] = node["properties"]
        compiled["properties"] = {name: json_schema(child) for name, child in children.items()}
        compiled.setdefault("additionalProperties", False)
    if node.get("required"):
        compiled["required"] = list(node["required"])
    return compiled


def _require(schema: Tree, path: tuple[str, ...]) -> None:
    for step in path:
        required = schema.setdefault("required", [])
        if step not in required:
            required.append(step)
        below = schema.get("properties", {}).get(step)
        if below is None:
            return
        schema = below
