"""Merge the schemas of one class into the shape of its profiles or events."""

from collections.abc import Iterable, Mapping
from typing import Any

from ingestion.xdm import names, paths
from ingestion.xdm.merge import merge_nodes
from ingestion.xdm.resolve import Lookup, Resolver
from ingestion.xdm.types import Node, SchemaError, Tree, TypeConflict

PROFILE_CLASS = f"{names.XDM_NS}context/profile"
_SYSTEM_GROUPS = (
    f"{names.XDM_NS}context/identitymap",
    f"{names.XDM_NS}context/profile-segmentation",
)


class MergeConflict(SchemaError):
    """Two schemas of one union give one path two types."""

    code = "XDM-1413-400"


def merge_trees(trees: Iterable[Node]) -> Tree:
    """One tree of all fields; refuses two types at one path."""
    merged: Tree = {"type": "object", "meta:xdmType": "object", "properties": {}}
    conflicts: list[TypeConflict] = []
    for tree in trees:
        part = {"type": "object", "properties": tree.get("properties", {})}
        merged = merge_nodes(merged, part, conflicts=conflicts)
    raise_conflicts(conflicts)
    return merged


def raise_conflicts(conflicts: list[TypeConflict]) -> None:
    """Refuse the first conflict, naming its path and both types."""
    if conflicts:
        first = conflicts[0]
        path = paths.dotted(first.path)
        raise MergeConflict(
            f"Merge Schema Error: the field {path} has the types {first.first} and "
            f"{first.second} in schemas of one union.",
            path=path,
            received=first.second,
            expected=first.first,
        )


def union_resource(
    class_resource: Mapping[str, Any], members: Iterable[str], *, lookup: Lookup
) -> Tree:
    """Raw union of a class: the class, and the field groups its tagged schemas use.

    A schema with fields of its own is a member like a field group.
    """
    class_uri = str(class_resource["$id"])
    groups = dict.fromkeys(uri for uri in members if uri != class_uri)
    groups.update(dict.fromkeys(uri for uri in _SYSTEM_GROUPS if lookup(uri) is not None))
    uri = names.union_uri(class_uri)
    parts = [class_uri, *groups]
    return {
        "$id": uri,
        "meta:altId": names.alt_id(uri),
        "meta:resourceType": "unions",
        "version": "1.0",
        "title": f"Union object for {class_resource.get('title', class_uri)}",
        "type": "object",
        "description": f"Union view of all schemas that extend {class_uri}",
        "definitions": {"system": {"type": "object", "properties": _system_fields(class_uri)}},
        "allOf": [
            *({"$ref": part, "type": "object", "meta:xdmType": "object"} for part in parts),
            {"$ref": "#/definitions/system"},
        ],
        "refs": parts,
        "meta:extends": parts,
        "meta:class": class_uri,
        "meta:xdmType": "object",
    }


def _system_fields(class_uri: str) -> Tree:
    """What the platform itself adds to every union, whatever its schemas hold."""
    if class_uri != PROFILE_CLASS:
        return {}
    return {
        "timeSeriesEvents": {
            "title": "Time-series events",
            "type": "array",
            "meta:xdmType": "array",
            "items": {"type": "object"},
        }
    }


def resolve_union(union: Mapping[str, Any], *, lookup: Lookup, tenant_field: str) -> Tree:
    """Resolved union; refuses two types at one path."""
    resolver = Resolver(lookup, tenant_field=tenant_field)
    tree = resolver.resolve(union)
    raise_conflicts(resolver.conflicts)
    return tree
