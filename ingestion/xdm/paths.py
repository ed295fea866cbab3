"""Ways to write the place of a field: descriptor paths, dotted paths and JSON pointers."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Path = tuple[str, ...]
ITEM = "[*]"  # an array step in dotted and flat paths
MAP_KEY = "{}"  # any key of a map


def split_descriptor_path(text: str) -> Path:
    """`/_acmeco/loyaltyID` as steps; a `properties` step some clients write is not one of ours."""
    return tuple(part for part in text.strip().strip("/").split("/") if part)


def descriptor_path(path: Iterable[str]) -> str:
    """Steps as `/_acmeco/loyaltyID`."""
    return "/" + "/".join(path)


def dotted(path: Iterable[str]) -> str:
    """Steps as `person.name.firstName`, array steps as `productListItems[*].SKU`."""
    return ".".join(path).replace(f".{ITEM}", ITEM)


def split_dotted(text: str) -> Path:
    """The reverse of `dotted`."""
    return tuple(part for part in text.replace(ITEM, f".{ITEM}").split(".") if part)


def escape(step: str) -> str:
    """One step inside a JSON pointer."""
    return step.replace("~", "~0").replace("/", "~1")


def unescape(step: str) -> str:
    """The reverse of `escape`."""
    return step.replace("~1", "/").replace("~0", "~")


def pointer(steps: Iterable[str | int]) -> str:
    """Steps as the URI fragment `#/person/birthYear`."""
    return "".join(["#", *(f"/{escape(str(step))}" for step in steps)])


def find_field(tree: Mapping[str, Any], path: Path) -> Mapping[str, Any] | None:
    """Node of a resolved tree by object steps, `[*]` and map keys; None when there is none."""
    node: Mapping[str, Any] | None = tree
    for step in path:
        node = _step(node, step)
        if node is None:
            return None
    return node


def _step(node: Mapping[str, Any] | None, step: str) -> Mapping[str, Any] | None:
    if node is None:
        return None
    if step == ITEM:
        return node.get("items")
    found = node.get("properties", {}).get(step)
    if found is not None:
        return found  # type: ignore[no-any-return]
    values = node.get("additionalProperties")
    return values if isinstance(values, Mapping) else None


def value_at(document: Any, path: Path) -> Any:
    """Value inside a document by object steps, or None when a step is missing."""
    for step in path:
        if not isinstance(document, dict):
            return None
        document = document.get(step)
    return document


def walk(tree: Mapping[str, Any], prefix: Path = ()) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Every field of a resolved tree with its path, parents first."""
    for name, node in tree.get("properties", {}).items():
        path = (*prefix, name)
        yield path, node
        yield from _walk_below(node, path)


def _walk_below(node: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    yield from walk(node, path)
    items = node.get("items")
    if isinstance(items, Mapping):
        yield (*path, ITEM), items
        yield from _walk_below(items, (*path, ITEM))
    values = node.get("additionalProperties")
    if isinstance(values, Mapping):
        yield (*path, MAP_KEY), values
        yield from _walk_below(values, (*path, MAP_KEY))
