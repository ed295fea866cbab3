"""Propose a mapping: source fields whose names are those of target fields."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ingestion.prep import field_paths
from ingestion.prep.types import MappingRow, Steps
from ingestion.xdm.types import Node, json_type

# What people call fields, beside their own names.
_ALIASES = {
    "email": "personalEmail.address",
    "mail": "personalEmail.address",
    "emailaddress": "personalEmail.address",
    "firstname": "person.name.firstName",
    "lastname": "person.name.lastName",
    "fullname": "person.name.fullName",
    "birthdate": "person.birthDate",
    "phone": "mobilePhone.number",
    "city": "homeAddress.city",
    "country": "homeAddress.country",
    "id": "_id",
    "eventid": "_id",
    "time": "timestamp",
    "date": "timestamp",
    "event": "eventType",
    "type": "eventType",
}


def target_fields(tree: Node) -> dict[str, Node]:
    """Fields a value can be mapped to, by dotted path: leaves, and arrays as a whole."""
    return {field_paths.write(path): node for path, node in _leaves(tree, ())}


def _leaves(node: Node, prefix: Steps) -> Iterator[tuple[Steps, Node]]:
    for name, child in sorted((node.get("properties") or {}).items()):
        path = (*prefix, name)
        if json_type(child) == "object" and child.get("properties"):
            yield from _leaves(child, path)
        elif json_type(child) != "object":
            yield path, child


def source_fields(record: Mapping[str, Any], prefix: Steps = ()) -> dict[str, Any]:
    """Leaf paths of a sample with their values; of a list, the list and its first item."""
    found: dict[str, Any] = {}
    for key, value in record.items():
        path = (*prefix, key)
        if isinstance(value, Mapping) and value:
            found |= source_fields(value, path)
            continue
        found[field_paths.write(path)] = value
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            found |= source_fields(value[0], (*path, 0))
    return found


def suggest(sources: Sequence[str], targets: Mapping[str, Node]) -> list[MappingRow]:
    """One row for each source; the target is empty where no name fits. No target twice."""
    by_name: dict[str, str] = {}
    for path in sorted(targets, key=len, reverse=True):
        by_name[_plain(path)] = path
        by_name.setdefault(_plain(path.rpartition(".")[2]), path)
    for path in sorted(targets, key=len, reverse=True):
        # A short path means the last part of its name better than a long one.
        by_name[_plain(path.rpartition(".")[2])] = path
    by_name |= {word: path for word, path in _ALIASES.items() if path in targets}
    used: set[str] = set()
    rows = []
    for source in sources:
        target = by_name.get(_plain(source)) or by_name.get(_plain(source.rpartition(".")[2]), "")
        if target in used:
            target = ""
        used.add(target)
        rows.append(MappingRow(source, target))
    return rows


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
