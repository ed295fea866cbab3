"""Record fragments: what one dataset says under one identity. Pure, and the same for any order.

A fragment is its newest whole record (the base) and the field changes newer than it (patches).
Applying keeps, for the base and for each patched path, the newest by key (received_at µs, seq);
the document is the base with the patches laid over it in key order. So any permutation of
replacements, patches and deletions gives the same document, and applying one twice changes nothing.

Arrays are leaves. A null in a patch removes what is at its path. A deletion is a base without a
document, and outlives late records that are older.
"""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
import orjson

type Key = tuple[int, int]
type Path = tuple[str, ...]
type Operation = Literal["create", "merge", "delete"]

BEGINNING: Key = (-1, -1)
# Fine enough to tell which audiences a record concerns, and quick to collect.
OUTLINE_DEPTH = 2
_ABSENT = object()


class Fragment(msgspec.Struct, frozen=True):
    """`base` is None before any whole record came and after a deletion, at `key`."""

    key: Key
    base: dict[str, Any] | None
    patches: dict[Path, tuple[Key, Any]] = {}

    @property
    def newest(self) -> Key:
        """Key of the newest change."""
        return max([self.key, *(key for key, _ in self.patches.values())])

    @property
    def document(self) -> dict[str, Any] | None:
        """What the fragment says; None when nothing is left."""
        if not self.patches:
            return self.base
        document: dict[str, Any] = (
            {} if self.base is None else orjson.loads(orjson.dumps(self.base))
        )
        for path, (_, value) in sorted(self.patches.items(), key=_by_key):
            _put(document, path, value)
        return document or None


EMPTY = Fragment(BEGINNING, None)


def apply_change(
    fragment: Fragment, operation: Operation, key: Key, document: dict[str, Any]
) -> Fragment:
    """The fragment after one more record; the same object when the record is too old to matter."""
    if operation == "merge":
        return _patch(fragment, key, document)
    if key <= fragment.key:
        return fragment
    newer = {path: patch for path, patch in fragment.patches.items() if patch[0] > key}
    return Fragment(key, document if operation == "create" else None, newer)


def _patch(fragment: Fragment, key: Key, document: dict[str, Any]) -> Fragment:
    if key <= fragment.key:
        return fragment
    patches = dict(fragment.patches)
    for path, value in leaves(document):
        known = patches.get(path)
        if known is None or known[0] < key:
            patches[path] = (key, value)
    return Fragment(fragment.key, fragment.base, patches)


def leaves(document: dict[str, Any], prefix: Path = ()) -> list[tuple[Path, Any]]:
    """Paths and values of everything that is not an object; an empty object is a leaf, too."""
    found: list[tuple[Path, Any]] = []
    for name, value in document.items():
        if isinstance(value, dict) and value:
            found.extend(leaves(value, (*prefix, name)))
        else:
            found.append(((*prefix, name), value))
    return found


def outline(document: dict[str, Any]) -> set[Path]:
    """What a document speaks of, as paths of at most `OUTLINE_DEPTH` steps."""
    found: set[Path] = set()
    for name, value in document.items():
        if isinstance(value, dict) and value:
            found.update((name, below) for below in value)
        else:
            found.add((name,))
    return found


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[Path]:
    """Where two documents say something else, in outline; a map with a null has a key more."""
    found: set[Path] = set()
    for name in before.keys() | after.keys():
        old, new = before.get(name, _ABSENT), after.get(name, _ABSENT)
        if old == new:
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            names = old.keys() | new.keys()
            found.update(
                (name, below)
                for below in names
                if old.get(below, _ABSENT) != new.get(below, _ABSENT)
            )
        else:
            found |= outline({name: old}) | outline({name: new})
    return found


def _by_key(item: tuple[Path, tuple[Key, Any]]) -> tuple[Key, Path]:
    return item[1][0], item[0]


def _put(document: dict[str, Any], path: Path, value: Any) -> None:
    *parents, name = path
    holder = document
    for step in parents:
        below = holder.get(step)
        if not isinstance(below, dict):
            if value is None:
                return
            below = holder[step] = {}
        holder = below
    if value is None:
        holder.pop(name, None)
    elif value != {} or not isinstance(holder.get(name), dict):
        holder[name] = value


def encode_patches(fragment: Fragment) -> bytes | None:
    """Stored form of base and patches; None for a fragment without patches."""
    if not fragment.patches:
        return None
    rows = [[list(path), *key, value] for path, (key, value) in sorted(fragment.patches.items())]
    return orjson.dumps({"base": fragment.base, "patches": rows})


def decode_fragment(
    effective_at: int, seq: int, document: bytes | None, patches: bytes | None
) -> Fragment:
    """The fragment of a stored row."""
    if patches is None:
        return Fragment((effective_at, seq), None if document is None else orjson.loads(document))
    stored = orjson.loads(patches)
    return Fragment(
        (effective_at, seq),
        stored["base"],
        {tuple(path): ((at, number), value) for path, at, number, value in stored["patches"]},
    )
