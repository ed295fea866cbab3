"""Merging fragments into one profile, by a merge policy. Pure and non-destructive.

For each leaf the first fragment in rank order that has a value wins. Rank is by effective time,
newest first, or by the policy's order of datasets and then by time. A patched field ranks by the
time of its patch, not by that of the record around it. Objects merge field by field (maps are
objects), arrays are taken whole, null is no opinion.

`identityMap`, `identities` and `segmentMembership` follow rules of their own (`exceptions`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from profiles.store.exceptions import MEMBERSHIP, merge_exceptions
from profiles.store.explain import Claim, Layer, Merged, explain
from profiles.store.fragments import Fragment, Key, Path, leaves


@dataclass(frozen=True, slots=True)
class Policy:
    """A merge policy as merging needs it; `order` holds dataset numbers, strongest first.

    `stitched`: identities that are linked are one profile; else each has a profile of its own. That
    is for whoever chooses what to merge.
    """

    id: str
    method: Literal["timestampOrdered", "dataSetPrecedence"] = "timestampOrdered"
    order: tuple[int, ...] = ()
    stitched: bool = True

    @property
    def datasets(self) -> tuple[int, ...] | None:
        """Numbers of the only datasets the policy looks at; None: all."""
        return self.order if self.method == "dataSetPrecedence" else None


class Source(msgspec.Struct, frozen=True):
    """A fragment and where it is stored."""

    identity: bytes
    dataset: int
    fragment: Fragment


def merge(sources: Iterable[Source], policy: Policy) -> dict[str, Any]:
    """The merged document."""
    return _merge_layers(_ranked(sources, policy))


def _merge_layers(layers: Sequence[Layer]) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for layer in layers:
        _fill(document, layer.document)
    if len(layers) > 1:
        merge_exceptions(document, [layer.document for layer in layers])
    return document


def contributors(sources: Iterable[Source], policy: Policy) -> list[int]:
    """Numbers of the datasets a merge under this policy draws from, sorted."""
    return sorted({layer.dataset for layer in _ranked(sources, policy)})


def merge_explained(sources: Iterable[Source], policy: Policy) -> Merged:
    """The merged document with all claims; the document is the one `merge` gives."""
    layers = _ranked(sources, policy)
    document = _merge_layers(layers)
    return Merged(document, explain(document, layers))


def _ranked(sources: Iterable[Source], policy: Policy) -> list[Layer]:
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


def _strength(layer: Layer) -> tuple[int, int, int, int, bytes]:
    received_at, seq = layer.key
    return layer.rank, -received_at, -seq, layer.dataset, layer.identity


def _layers(source: Source, rank: int) -> Iterator[Layer]:
    """The base and each patch as layers of their own times."""
    fragment = source.fragment
    document = fragment.document
    if document is None:
        return
    if not fragment.patches:
        yield Layer(rank, fragment.key, source.dataset, source.identity, document)
        return
    by_key: dict[Key, dict[str, Any]] = {}
    memberships = document.get(MEMBERSHIP)
    if memberships is not None:
        # A membership counts as a whole, so its fields must not part.
        by_key[_newest_under(fragment, MEMBERSHIP)] = {MEMBERSHIP: memberships}
    for path, value in leaves(document):
        if path[0] == MEMBERSHIP:
            continue
        key = _leaf_key(fragment, path)
        holder = by_key.setdefault(key, {})
        for step in path[:-1]:
            holder = holder.setdefault(step, {})
        holder[path[-1]] = value
    for key, part in by_key.items():
        yield Layer(rank, key, source.dataset, source.identity, part)


def _leaf_key(fragment: Fragment, path: Path) -> Key:
    patch = fragment.patches.get(path)
    return fragment.key if patch is None else patch[0]


def _newest_under(fragment: Fragment, name: str) -> Key:
    keys = [key for path, (key, _) in fragment.patches.items() if path[0] == name]
    return max([fragment.key, *keys])


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


__all__ = ["Claim", "Merged", "Policy", "Source", "contributors", "merge", "merge_explained"]
