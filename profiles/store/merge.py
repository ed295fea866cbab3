"""Merging fragments into one profile, by a merge policy. Pure and non-destructive.

For each leaf the first fragment in rank order that has a value wins. Rank is by effective time,
newest first, or by the policy's order of datasets and then by time. A patched field ranks by the
time of its patch, not by that of the record around it. Objects merge field by field (maps are
objects), arrays are taken whole, null is no opinion.

Exceptions: `identityMap` and `identities` are united; `segmentMembership` takes, for each
namespace and segment, the membership with the newest `lastQualificationTime`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from profiles.store.fragments import Fragment, Key, Path, leaves

UNITED = ("identityMap", "identities")
MEMBERSHIP = "segmentMembership"


@dataclass(frozen=True, slots=True)
class Policy:
    """A merge policy as merging needs it; `order` holds dataset numbers, strongest first."""

    id: str
    method: Literal["timestampOrdered", "dataSetPrecedence"] = "timestampOrdered"
    order: tuple[int, ...] = ()


class Source(msgspec.Struct, frozen=True):
    """A fragment and where it is stored."""

    identity: bytes
    dataset: int
    fragment: Fragment


class Claim(msgspec.Struct, frozen=True):
    """A value some fragment offers for a path."""

    value: Any
    dataset: int
    identity: bytes
    key: Key


@dataclass(frozen=True, slots=True)
class Merged:
    """A merged document that can say why: `claims` of each leaf path, the winner first.

    At a united path every claim counts, and the value is all of them together.
    """

    document: dict[str, Any]
    claims: dict[Path, list[Claim]]


class _Layer(msgspec.Struct, frozen=True):
    rank: int
    key: Key
    dataset: int
    identity: bytes
    document: dict[str, Any]


def merge(sources: Iterable[Source], policy: Policy) -> dict[str, Any]:
    """The merged document."""
    layers = _ranked(sources, policy)
    document: dict[str, Any] = {}
    for layer in layers:
        _fill(document, layer.document)
    _merge_exceptions(document, layers)
    return document


def contributors(sources: Iterable[Source], policy: Policy) -> list[int]:
    """Numbers of the datasets a merge under this policy draws from, sorted."""
    return sorted({layer.dataset for layer in _ranked(sources, policy)})


def merge_explained(sources: Iterable[Source], policy: Policy) -> Merged:
    """The merged document with all claims; the document is the one `merge` gives."""
    sources = list(sources)
    layers = _ranked(sources, policy)
    document = merge(sources, policy)
    claims: dict[Path, list[Claim]] = {}
    for layer in layers:
        for path, value in leaves(layer.document):
            if value is not None:
                claim = Claim(value, layer.dataset, layer.identity, layer.key)
                claims.setdefault(_explained_path(path), []).append(claim)
    kept = {path: found for path, found in claims.items() if _is_visible(document, path)}
    for path, found in kept.items():
        if path[0] == MEMBERSHIP:
            found.sort(key=_qualification, reverse=True)
    return Merged(document, kept)


def _explained_path(path: Path) -> Path:
    """Claims are grouped where the decision is made: by leaf, by membership, by namespace."""
    if path[0] == MEMBERSHIP:
        return path
    return path[:2] if path[0] in UNITED else path


def _is_visible(document: dict[str, Any], path: Path) -> bool:
    holder: Any = document
    for step in path:
        if not isinstance(holder, dict) or step not in holder:
            return False
        holder = holder[step]
    return True


def _qualification(claim: Claim) -> tuple[str, Key]:
    value = claim.value
    return (value if isinstance(value, str) else "", claim.key)


def _ranked(sources: Iterable[Source], policy: Policy) -> list[_Layer]:
    ranks = {dataset: rank for rank, dataset in enumerate(policy.order)}
    by_time = policy.method == "timestampOrdered"
    layers = [
        layer
        for source in sources
        if by_time or source.dataset in ranks
        for layer in _layers(source, 0 if by_time else ranks[source.dataset])
    ]
    if len(layers) > 1:
        layers.sort(key=_strength)
    return layers


def _strength(layer: _Layer) -> tuple[int, int, int, int, bytes]:
    received_at, seq = layer.key
    return layer.rank, -received_at, -seq, layer.dataset, layer.identity


def _layers(source: Source, rank: int) -> Iterator[_Layer]:
    """The base and each patch as layers of their own times."""
    fragment = source.fragment
    document = fragment.document
    if document is None:
        return
    if not fragment.patches:
        yield _Layer(rank, fragment.key, source.dataset, source.identity, document)
        return
    by_key: dict[Key, dict[str, Any]] = {}
    for path, value in leaves(document):
        key = _leaf_key(fragment, path)
        holder = by_key.setdefault(key, {})
        for step in path[:-1]:
            holder = holder.setdefault(step, {})
        holder[path[-1]] = value
    for key, part in by_key.items():
        yield _Layer(rank, key, source.dataset, source.identity, part)


def _leaf_key(fragment: Fragment, path: Path) -> Key:
    patch = fragment.patches.get(path)
    return fragment.key if patch is None else patch[0]


def _fill(document: dict[str, Any], weaker: dict[str, Any]) -> None:
    """Take from `weaker` what `document` has no opinion on."""
    for name, value in weaker.items():
        if value is None:
            continue
        known = document.get(name)
        if isinstance(value, dict):
            if known is None:
                known = document[name] = {}
            if isinstance(known, dict):
                _fill(known, value)
        elif known is None:
            document[name] = value


def _merge_exceptions(document: dict[str, Any], layers: Sequence[_Layer]) -> None:
    parts = [layer.document for layer in layers]
    if "identityMap" in document:
        document["identityMap"] = _unite_map(part.get("identityMap") for part in parts)
    if "identities" in document:
        lists = [part.get("identities") for part in parts]
        document["identities"] = _unite(item for one in lists if one for item in one)
    if MEMBERSHIP in document:
        document[MEMBERSHIP] = _newest_memberships(part.get(MEMBERSHIP) for part in parts)


def _unite_map(maps: Iterable[Any]) -> dict[str, list[Any]]:
    united: dict[str, list[Any]] = {}
    for one in maps:
        for namespace, items in (one or {}).items():
            united.setdefault(namespace, []).extend(items or [])
    return {namespace: _unite(items) for namespace, items in united.items()}


def _unite(items: Iterable[Any]) -> list[Any]:
    """Items once each, by their id (and namespace); the strongest spelling stays."""
    united: dict[Any, Any] = {}
    for item in items:
        key = (
            repr((item.get("id"), item.get("namespace"))) if isinstance(item, dict) else repr(item)
        )
        united.setdefault(key, item)
    return list(united.values())


def _newest_memberships(memberships: Iterable[Any]) -> dict[str, dict[str, Any]]:
    newest: dict[str, dict[str, Any]] = {}
    for one in memberships:
        for namespace, segments in (one or {}).items():
            found = newest.setdefault(namespace, {})
            for segment, membership in (segments or {}).items():
                if segment not in found or _since(membership) > _since(found[segment]):
                    found[segment] = membership
    return newest


def _since(membership: Any) -> str:
    value = membership.get("lastQualificationTime") if isinstance(membership, dict) else None
    return value if isinstance(value, str) else ""
