"""Which changes of a schema in use would refuse data it accepted before."""

from collections.abc import Iterator
from typing import Any

from ingestion.xdm.types import BreakingChange, Node, xdm_type

_LOWER_BOUNDS = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_UPPER_BOUNDS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
_EXACT = ("pattern", "format", "multipleOf")


def breaking_changes(old: Node, new: Node) -> list[BreakingChange]:
    """Every breaking difference between two resolved trees, in the order of the old fields."""
    return list(_compare(old, new, ()))


def _compare(old: Node, new: Node, path: tuple[str, ...]) -> Iterator[BreakingChange]:
    before, after = xdm_type(old), xdm_type(new)
    if before not in (after, "any"):
        yield BreakingChange(path, "type", f"the type changes from {before} to {after}")
        return
    yield from _narrowed(old, new, path)
    yield from _newly_required(old, new, path)
    ours, theirs = old.get("properties") or {}, new.get("properties") or {}
    for name, child in ours.items():
        below = (*path, name)
        if name in theirs:
            yield from _compare(child, theirs[name], below)
        else:
            yield BreakingChange(below, "removed", "the field is removed or renamed")
    for key, step in (("items", "[*]"), ("additionalProperties", "{}")):
        if isinstance(old.get(key), dict) and isinstance(new.get(key), dict):
            yield from _compare(old[key], new[key], (*path, step))


def _newly_required(old: Node, new: Node, path: tuple[str, ...]) -> Iterator[BreakingChange]:
    """A required field may only come with an object that is new itself."""
    known = set(old.get("required") or ())
    for name in new.get("required") or ():
        if name not in known:
            yield BreakingChange((*path, name), "required", "the field becomes required")


def _narrowed(old: Node, new: Node, path: tuple[str, ...]) -> Iterator[BreakingChange]:
    for key in _EXACT:
        if new.get(key) is not None and new.get(key) != old.get(key):
            yield _narrowing(path, key, old, new)
    for key in _LOWER_BOUNDS:
        if new.get(key) is not None and (old.get(key) is None or new[key] > old[key]):
            yield _narrowing(path, key, old, new)
    for key in _UPPER_BOUNDS:
        if new.get(key) is not None and (old.get(key) is None or new[key] < old[key]):
            yield _narrowing(path, key, old, new)
    if new.get("uniqueItems") and not old.get("uniqueItems"):
        yield _narrowing(path, "uniqueItems", old, new)
    yield from _narrowed_enum(old, new, path)


def _narrowed_enum(old: Node, new: Node, path: tuple[str, ...]) -> Iterator[BreakingChange]:
    allowed, before = new.get("enum"), old.get("enum")
    if not allowed:
        return
    lost: list[Any] = [value for value in before or () if value not in allowed]
    if before and not lost:
        return
    detail = f"the values {lost} are no longer allowed" if before else "an enum is added"
    yield BreakingChange(path, "enum", detail)


def _narrowing(path: tuple[str, ...], key: str, old: Node, new: Node) -> BreakingChange:
    return BreakingChange(path, key, f"{key} changes from {old.get(key)} to {new.get(key)}")
