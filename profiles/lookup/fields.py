"""Cut a document down to the fields a caller asked for. Pure."""

from collections.abc import Iterable
from typing import Any

# A tree of path segments; None: everything below.
type FieldTree = dict[str, "FieldTree | None"]


def parse_fields(paths: Iterable[str]) -> FieldTree:
    """`person.name, workEmail` as a tree; a path includes all that lies under it."""
    tree: FieldTree = {}
    for path in paths:
        segments = [segment for segment in path.strip().split(".") if segment]
        if segments:
            _add(tree, segments)
    return tree


def _add(tree: FieldTree, segments: list[str]) -> None:
    head, *rest = segments
    if not rest:
        tree[head] = None
        return
    below = tree.setdefault(head, {})
    if below is not None:
        _add(below, rest)


def select(document: dict[str, Any], fields: FieldTree) -> dict[str, Any]:
    """The chosen parts of `document`; arrays are cut item by item, absent fields stay absent."""
    chosen: dict[str, Any] = {}
    for name, below in fields.items():
        if name not in document:
            continue
        value = document[name] if below is None else _select_below(document[name], below)
        if value is not _NOTHING:
            chosen[name] = value
    return chosen


_NOTHING = object()


def _select_below(value: Any, fields: FieldTree) -> Any:
    if isinstance(value, dict):
        return select(value, fields) or _NOTHING
    if isinstance(value, list):
        items = [_select_below(item, fields) for item in value]
        return [item for item in items if item is not _NOTHING] or _NOTHING
    return _NOTHING
