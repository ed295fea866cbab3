"""Put two definitions of one object together, noting where they disagree."""

from typing import Any

from ingestion.xdm.types import Node, Tree, TypeConflict, xdm_type


def merge_nodes(
    first: Tree,
    second: Node,
    *,
    path: tuple[str, ...] = (),
    conflicts: list[TypeConflict],
) -> Tree:
    """`first` with what `second` adds; where both speak, `first` wins. Neither is changed."""
    merged = {**second, **first}
    if not _comparable(first, second):
        conflicts.append(TypeConflict(path, xdm_type(first), xdm_type(second)))
        return dict(first)
    _merge_properties(merged, first, second, path, conflicts)
    for key, step in (("items", "[*]"), ("additionalProperties", "{}")):
        ours, theirs = first.get(key), second.get(key)
        if isinstance(ours, dict) and isinstance(theirs, dict):
            merged[key] = merge_nodes(ours, theirs, path=(*path, step), conflicts=conflicts)
    return merged


def _comparable(first: Node, second: Node) -> bool:
    kinds = {xdm_type(first), xdm_type(second)} - {"any"}
    if kinds == {"object", "map"}:
        # An object without properties says nothing yet: it may become either.
        plain = first if xdm_type(first) == "object" else second
        return not plain.get("properties")
    return len(kinds) <= 1


def _merge_properties(
    merged: Tree,
    first: Node,
    second: Node,
    path: tuple[str, ...],
    conflicts: list[TypeConflict],
) -> None:
    ours: dict[str, Any] = first.get("properties") or {}
    theirs: dict[str, Any] = second.get("properties") or {}
    if not ours and not theirs:
        return
    properties = dict(ours)
    for name, node in theirs.items():
        known = properties.get(name)
        properties[name] = (
            node
            if known is None
            else merge_nodes(known, node, path=(*path, name), conflicts=conflicts)
        )
    merged["properties"] = properties
    required = list(dict.fromkeys([*first.get("required", ()), *second.get("required", ())]))
    if required:
        merged["required"] = required
