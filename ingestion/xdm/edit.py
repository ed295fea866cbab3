"""Change the fields of one raw resource: add, change and remove a field by its path.

Paths have no array steps: what is below an array is below its items. No function changes what it
is given.
"""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from ingestion.xdm.types import SchemaError, Tree, json_type

Path = tuple[str, ...]
Change = Callable[[Tree], Tree]
_CUSTOM = "customFields"


def find_field(document: Mapping[str, Any], path: Path) -> Mapping[str, Any] | None:
    """The definition of a field if the resource itself has it, not a data type it refers to."""
    for root in _roots(document):
        node: Mapping[str, Any] | None = root
        for step in path:
            node = _below(node, step) if node is not None else None
        if node is not None and node is not root:
            return node
    return None


def is_required(document: Mapping[str, Any], path: Path) -> bool:
    """Whether the resource says the field must be there when its object is."""
    holders = (_descend(root, path[:-1]) for root in _roots(document))
    return any(holder is not None and path[-1] in _required(holder) for holder in holders)


def add_field(
    document: Mapping[str, Any], path: Path, node: Mapping[str, Any], *, required: bool = False
) -> Tree:
    """The resource with one field more; missing objects on the way are made."""
    if find_field(document, path) is not None:
        raise SchemaError(f"The field {'.'.join(path)} exists already.", path=".".join(path))
    copy = deepcopy(dict(document))
    holder = _make(_best_root(copy, path), path[:-1])
    holder.setdefault("properties", {})[path[-1]] = dict(node)
    if required:
        _set_required(holder, path[-1], wanted=True)
    return copy


def change_field(
    document: Mapping[str, Any], path: Path, change: Change, *, required: bool | None = None
) -> Tree:
    """The resource with a field's definition replaced by what `change` makes of it."""
    copy = deepcopy(dict(document))
    holder = _holder(copy, path)
    holder["properties"][path[-1]] = change(holder["properties"][path[-1]])
    if required is not None:
        _set_required(holder, path[-1], wanted=required)
    return copy


def remove_field(document: Mapping[str, Any], path: Path) -> Tree:
    """The resource without a field and all below it."""
    copy = deepcopy(dict(document))
    holder = _holder(copy, path)
    del holder["properties"][path[-1]]
    _set_required(holder, path[-1], wanted=False)
    return copy


def require_path(document: Mapping[str, Any], path: Path) -> Tree:
    """The resource with a field required, and every object around it as well."""
    copy = deepcopy(dict(document))
    for end in range(1, len(path) + 1):
        _set_required(_holder(copy, path[:end]), path[end - 1], wanted=True)
    return copy


def _roots(document: Mapping[str, Any]) -> Iterator[Any]:
    """Where a resource defines fields: at its top and in what its `allOf` takes from itself."""
    yield document
    definitions = document.get("definitions") or {}
    for part in document.get("allOf") or ():
        name = str(part.get("$ref", "")).removeprefix("#/definitions/")
        if name in definitions:
            yield definitions[name]
        elif "$ref" not in part:
            yield part


def _below(node: Mapping[str, Any], step: str) -> Mapping[str, Any] | None:
    found = (_inner(node).get("properties") or {}).get(step)
    return found if isinstance(found, Mapping) else None


def _inner(node: Any) -> Any:
    while json_type(node) == "array" and isinstance(node.get("items"), Mapping):
        node = node["items"]
    return node


def _descend(root: Any, path: Path) -> Any:
    node = root
    for step in path:
        node = _below(node, step)
        if node is None:
            return None
    return _inner(node)


def _holder(document: Tree, path: Path) -> Tree:
    """The object whose `properties` hold the field."""
    for root in _roots(document):
        holder: Tree | None = _descend(root, path[:-1])
        if holder is not None and path[-1] in (holder.get("properties") or {}):
            return holder
    raise SchemaError(f"No field {'.'.join(path)} here.", path=".".join(path))


def _best_root(document: Tree, path: Path) -> Tree:
    """The place that holds most of the path already; a new one beside the top if none does."""

    def depth(root: Any) -> int:
        return max(end for end in range(len(path)) if _descend(root, path[:end]) is not None)

    best: Tree = max(_roots(document), key=depth)
    if best is not document or depth(best):
        return best
    definitions = document.setdefault("definitions", {})
    if _CUSTOM not in definitions:
        definitions[_CUSTOM] = {"type": "object", "properties": {}}
        document["allOf"] = [
            *(document.get("allOf") or ()),
            {"$ref": f"#/definitions/{_CUSTOM}"},
        ]
    made: Tree = definitions[_CUSTOM]
    return made


def _make(root: Tree, path: Path) -> Tree:
    node = root
    for step in path:
        properties = node.setdefault("properties", {})
        node = _inner(properties.setdefault(step, {"type": "object", "properties": {}}))
        if "$ref" in node or json_type(node) not in ("object", None):
            raise SchemaError(
                f"Fields cannot be added to {step}: it is no object of its own.",
                path=".".join(path),
            )
    return node


def _required(holder: Mapping[str, Any]) -> list[str]:
    return list(holder.get("required") or ())


def _set_required(holder: Tree, name: str, *, wanted: bool) -> None:
    names = [each for each in _required(holder) if each != name]
    if wanted:
        names.append(name)
    if names:
        holder["required"] = names
    else:
        holder.pop("required", None)
