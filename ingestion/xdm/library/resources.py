"""Turns entries of the notation into resources of the registry's shape."""

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any

from ingestion.xdm.library.notation import Entry, Field
from ingestion.xdm.names import XDM_NS, alt_id, is_prefix, native_name

type Json = dict[str, Any]

LIBRARY_VERSION = "1.40.1"
# The library has no history: every resource is as old as its version (24 October 2024, UTC).
RELEASED_MS = 1_729_728_000_000

_RESOURCE_TYPES = {
    "behavior": "behaviors",
    "class": "classes",
    "datatype": "datatypes",
    "fieldgroup": "mixins",
}
_OBJECT: Json = {"type": "object", "meta:xdmType": "object"}


def _text(format_name: str | None = None) -> Json:
    schema: Json = {"type": "string", "meta:xdmType": "string"}
    return schema | ({"format": format_name} if format_name else {})


_TYPES: dict[str, Json] = {
    "str": _text(),
    "uri": _text("uri"),
    "uri-reference": _text("uri-reference"),
    "email": _text("email"),
    "ipv4": _text("ipv4"),
    "ipv6": _text("ipv6"),
    "dt": {"type": "string", "format": "date-time", "meta:xdmType": "date-time"},
    "date": {"type": "string", "format": "date", "meta:xdmType": "date"},
    "num": {"type": "number", "meta:xdmType": "number"},
    "int": {"type": "integer", "meta:xdmType": "int"},
    "long": {"type": "integer", "meta:xdmType": "long"},
    "bool": {"type": "boolean", "meta:xdmType": "boolean"},
}


def library_uri(path: str) -> str:
    """`$id` of a path as the data files write it."""
    return path if "://" in path else XDM_NS + path


def build(entry: Entry) -> Json:
    """The raw resource of one entry, references kept."""
    uri = library_uri(entry.path)
    extends = [library_uri(path) for path in entry.extends]
    resource: Json = {
        "$id": uri,
        "meta:altId": alt_id(uri),
        "meta:resourceType": _RESOURCE_TYPES[entry.kind],
        "version": LIBRARY_VERSION,
        "title": entry.title,
        "type": "object",
        "description": entry.description,
    }
    key = entry.path.rpartition("/")[2]
    all_of = [_reference(target) for target in extends]
    if entry.fields:
        resource["definitions"] = {key: object_of(entry.fields)}
        all_of.append(_reference(f"#/definitions/{key}"))
    resource |= {
        "allOf": all_of,
        "refs": sorted(set(extends) | _targets(entry.fields)),
        "meta:extensible": True,
        "meta:abstract": True,
        "meta:extends": extends,
        "meta:xdmType": "object",
        "meta:containerId": "global",
    }
    if entry.kind == "fieldgroup":
        resource["meta:intendedToExtend"] = [library_uri(path) for path in entry.intended]
    resource["meta:registryMetadata"] = _metadata(resource)
    return resource


def object_of(fields: Iterable[Field], *, prefix: str = "") -> Json:
    """An object schema with these fields as properties."""
    fields = tuple(fields)
    schema = _OBJECT | {"properties": {f.name: _property(f, prefix=prefix) for f in fields}}
    required = [field.name for field in fields if field.required]
    return schema | ({"required": required} if required else {})


def _property(field: Field, *, prefix: str) -> Json:
    schema = _value(field)
    for part in reversed(field.shape):
        schema = (
            {"type": "array", "items": schema, "meta:xdmType": "array"}
            if part == "[]"
            else {"type": "object", "additionalProperties": schema, "meta:xdmType": "map"}
        )
    if is_prefix(field.name):
        return schema
    schema = {"title": field.title or title_of(field.name), **schema}
    if field.description:
        schema["description"] = field.description
    schema["meta:xdmField"] = native_name(prefix + field.name)
    if field.deprecated:
        schema["meta:status"] = "deprecated"
    return schema


def _value(field: Field) -> Json:
    """The schema of the innermost value, inside any arrays and maps."""
    if field.type is None:
        prefix = f"{field.name}." if is_prefix(field.name) else ""
        return object_of(field.children, prefix=prefix)
    if field.type.startswith("->"):
        return _reference(library_uri(field.type[2:]))
    limits = {
        "pattern": field.pattern,
        "minimum": field.minimum,
        "maximum": field.maximum,
        "maxLength": field.max_length,
    }
    schema = _TYPES[field.type] | {name: v for name, v in limits.items() if v is not None}
    if field.values is None:
        return schema
    labels = {value: label or label_of(value) for value, label in field.values.labels}
    return schema | ({"enum": list(labels)} if field.values.closed else {}) | {"meta:enum": labels}


def _reference(target: str) -> Json:
    return {"$ref": target, **_OBJECT}


def _targets(fields: Iterable[Field]) -> set[str]:
    found: set[str] = set()
    for field in fields:
        found |= _targets(field.children)
        if field.type and field.type.startswith("->"):
            found.add(library_uri(field.type[2:]))
    return found


def _metadata(resource: Json) -> Json:
    content = json.dumps(resource, sort_keys=True).encode()
    return {
        "repo:createdDate": RELEASED_MS,
        "repo:lastModifiedDate": RELEASED_MS,
        "eTag": hashlib.sha256(content).hexdigest(),
        "meta:globalLibVersion": LIBRARY_VERSION,
    }


_ACRONYMS = frozenset({"id", "ip", "isp", "poi", "sku", "uri", "url", "uuid"})
_WORDS = re.compile(r"[A-Z]+s?(?![a-z])|[A-Z]?[a-z]+|\d+")


def title_of(name: str) -> str:
    """A human title of a field name: `preferredURL` -> `Preferred URL`."""
    if name == "_id":
        return "Identifier"
    words = [
        word.upper() if word.lower() in _ACRONYMS else word if word.isupper() else word.lower()
        for word in _WORDS.findall(name)
    ]
    title = " ".join(words)
    return title[:1].upper() + title[1:]


def label_of(value: str) -> str:
    """A human label of an enumerated value: `not_specified` -> `Not specified`."""
    last = value.rpartition("/")[2]
    text = last.lower() if last.isupper() else last
    return title_of(re.sub(r"[^A-Za-z0-9]+", " ", text)) or value
