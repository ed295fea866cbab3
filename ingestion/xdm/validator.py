"""Decide about records and explain refusals in the grammar of the everit validator."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import jsonschema_rs
import orjson

from ingestion.xdm import paths
from ingestion.xdm.types import Behavior, IdentityField, Node, Violation

MAX_VIOLATIONS = 5
_SHOWN = 200
_LONG = 2**63

# type, format, required and enum as clients report them; the others are our own numbers.
CODES = {
    "type": "DCVS-1104-400",
    "format": "DCVS-1105-400",
    "required": "DCVS-1106-400",
    "range": "DCVS-1107-400",
    "length": "DCVS-1108-400",
    "pattern": "DCVS-1109-400",
    "additionalProperties": "DCVS-1110-400",
    "enum": "DCVS-1111-400",
    "items": "DCVS-1112-400",
}
_AREA = {
    "minimum": "range",
    "maximum": "range",
    "exclusiveMinimum": "range",
    "exclusiveMaximum": "range",
    "multipleOf": "range",
    "minLength": "length",
    "maxLength": "length",
    "minItems": "items",
    "maxItems": "items",
    "uniqueItems": "items",
}
_TYPE_NAMES = {
    "string": "String",
    "integer": "Integer",
    "number": "Number",
    "boolean": "Boolean",
    "object": "JSONObject",
    "array": "JSONArray",
    "null": "Null",
}
_DATE_TIMES = (
    "yyyy-MM-dd'T'HH:mm:ssZ, yyyy-MM-dd'T'HH:mm:ss.[0-9]{1,9}Z, "
    "yyyy-MM-dd'T'HH:mm:ss[+-]HH:mm, yyyy-MM-dd'T'HH:mm:ss.[0-9]{1,9}[+-]HH:mm"
)
_FORMAT_TEXTS = {
    "date-time": f"a valid date-time. Expected [{_DATE_TIMES}]",
    "date": "a valid date. Expected [yyyy-MM-dd]",
    "time": "a valid time. Expected [HH:mm:ssZ, HH:mm:ss[+-]HH:mm]",
    "idn-email": "a valid email address",
    "hostname": "a valid hostname",
    "ipv4": "a valid ipv4 address",
    "ipv6": "a valid ipv6 address",
    "iri": "a valid URI",
    "iri-reference": "a valid URI reference",
    "uri-template": "a valid URI template",
    "json-pointer": "a valid JSON pointer",
    "regex": "a valid regular expression",
}
_LIMIT_TEXTS = {
    "minimum": "not greater or equal to",
    "maximum": "not less or equal to",
    "exclusiveMinimum": "not greater than",
    "exclusiveMaximum": "not less than",
    "multipleOf": "not a multiple of",
}
_SIZE_TEXTS = {
    "minLength": "expected minLength: {limit}, actual: {size}",
    "maxLength": "expected maxLength: {limit}, actual: {size}",
    "minItems": "expected minimum item count: {limit}, found: {size}",
    "maxItems": "expected maximum item count: {limit}, found: {size}",
}


@dataclass(frozen=True, slots=True)
class CompiledSchema:
    """A schema ready to judge records, with all the pipeline needs to know about it."""

    uri: str
    version: str
    behavior: Behavior
    identity_fields: tuple[IdentityField, ...]
    has_identity_map: bool
    primary_path: tuple[str, ...] | None
    tree: Node = field(repr=False)
    json_schema: Mapping[str, Any] = field(repr=False)
    validator: jsonschema_rs.Draft7Validator = field(repr=False)

    def is_valid(self, document: Any) -> bool:
        """Whether the record keeps every rule of the schema; microseconds."""
        return self.validator.is_valid(document)

    def violations(self, document: Any, *, limit: int = MAX_VIOLATIONS) -> list[Violation]:
        """The broken rules, at most `limit`; empty exactly when `is_valid`."""
        found: dict[tuple[str, str, str], Violation] = {}
        for error in self.validator.iter_errors(document):
            for violation in _violations_of(error, self.json_schema):
                key = (violation.pointer, violation.keyword, violation.message)
                found.setdefault(key, violation)
                if len(found) >= limit:
                    return list(found.values())
        return list(found.values())


def as_everit_tree(violations: list[Violation]) -> list[dict[str, Any]]:
    """The `_streamingValidation` list: one node, wrapping when there are several violations."""
    leaves = [
        {
            "schemaLocation": violation.schema_location,
            "pointerToViolation": violation.pointer,
            "causingExceptions": [],
            "keyword": violation.keyword,
            "message": violation.message,
        }
        for violation in violations
    ]
    if len(leaves) <= 1:
        return leaves
    message = f"{len(leaves)} schema violations found"
    root = {"schemaLocation": "#", "pointerToViolation": "#", "message": message}
    return [{**root, "causingExceptions": leaves}]


def _violations_of(
    error: jsonschema_rs.ValidationError, schema: Mapping[str, Any]
) -> Iterator[Violation]:
    keyword = error.kind.name
    value: Any = error.instance
    if keyword == "additionalProperties":
        for name in error.kind.as_dict()["unexpected"]:
            message = f"extraneous key [{name}] is not permitted"
            yield _violation(error, keyword, message, value[name], "a field of the schema")
        return
    if keyword == "pattern" and (named := _engine_format(error, schema)):
        keyword, details = "format", {"format": named}
    else:
        details = error.kind.as_dict()
    message, expected = _describe(keyword, details, value)
    yield _violation(error, keyword, message, None if keyword == "required" else value, expected)


def _violation(
    error: jsonschema_rs.ValidationError,
    keyword: str,
    message: str,
    received: Any,
    expected: str,
) -> Violation:
    return Violation(
        keyword=keyword,
        message=message,
        pointer=paths.pointer(error.instance_path),
        schema_location=paths.pointer(error.schema_path[:-1]),
        received=shorten(received),
        expected=expected,
        code=CODES.get(_AREA.get(keyword, keyword), "DCVS-1100-400"),
    )


def _engine_format(error: jsonschema_rs.ValidationError, schema: Mapping[str, Any]) -> str | None:
    """Date format whose extra pattern failed: for people that is the format, not a pattern."""
    node: Any = schema
    for step in error.schema_path[:-1]:
        node = node[step]
    named = node.get("format")
    return named if named in ("date", "date-time") else None


def _describe(keyword: str, details: Mapping[str, Any], value: Any) -> tuple[str, str]:
    """Message and expected rule of one failed keyword."""
    if keyword == "type":
        wanted = " or ".join(sorted(_TYPE_NAMES[kind] for kind in details["types"]))
        return f"expected type: {wanted}, found: {type_name(value)}", wanted
    if keyword == "required":
        return (
            f"required key [{details['property']}] not found",
            f"key {details['property']}",
        )
    if keyword == "format":
        text = _FORMAT_TEXTS.get(details["format"], f"a valid {details['format']}")
        return f"[{_text(value)}] is not {text}", text
    if keyword == "enum":
        options = ", ".join(_text(option) for option in details["options"])
        return f"{_text(value)} is not a valid enum value", f"one of {options[:_SHOWN]}"
    if keyword == "pattern":
        pattern = details["pattern"]
        return (
            f"string [{_text(value)}] does not match pattern {pattern}",
            f"pattern {pattern}",
        )
    return _describe_limit(keyword, details, value)


def _describe_limit(keyword: str, details: Mapping[str, Any], value: Any) -> tuple[str, str]:
    limit = details.get("limit", details.get("multiple_of"))
    if keyword in _LIMIT_TEXTS:
        text = _LIMIT_TEXTS[keyword]
        return f"{_text(value)} is {text} {_text(limit)}", f"{keyword} {_text(limit)}"
    if keyword in _SIZE_TEXTS:
        return _SIZE_TEXTS[keyword].format(limit=limit, size=len(value)), f"{keyword} {limit}"
    if keyword == "uniqueItems":
        return "array items are not unique", "unique items"
    return f"{keyword} is not satisfied", keyword


def type_name(value: Any) -> str:
    """Name of a JSON value's type as the everit messages write it."""
    match value:
        case None:
            return "Null"
        case bool():
            return "Boolean"
        case str():
            return "String"
        case int():
            return "Long" if -_LONG <= value < _LONG else "BigInteger"
        case float():
            return "Double"
        case dict():
            return "JSONObject"
        case _:
            return "JSONArray"


def _text(value: Any) -> str:
    """A value inside a message: strings bare, everything else as JSON, never long."""
    return _cut(value if isinstance(value, str) else _json(value))


def _json(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return str(value)


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def shorten(value: Any) -> Any:
    """A received value small enough to store and show: itself, or the beginning of its text."""
    if value is None or isinstance(value, bool | int | float):
        return value if _fits(value) else str(value)
    if isinstance(value, str):
        return _cut(value)
    text = _json(value)
    return value if len(text) <= _SHOWN else _cut(text)


def _fits(value: Any) -> bool:
    return not isinstance(value, int) or -_LONG <= value < _LONG
