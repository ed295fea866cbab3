"""Why a merged value is what it is: for each leaf, what every fragment claims. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from profiles.store.exceptions import IDENTITIES, IDENTITY_MAP, MEMBERSHIP, qualified_at
from profiles.store.fragments import Key, Path


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


class Layer(msgspec.Struct, frozen=True):
    """A document as it takes part in merging: what was written at one time, and its strength."""

    rank: int
    key: Key
    dataset: int
    identity: bytes
    document: dict[str, Any]


class _Offer(msgspec.Struct, frozen=True):
    """A value of the layer at this place in the ranking."""

    place: int
    layer: Layer
    value: Any

    def claim(self) -> Claim:
        return Claim(self.value, self.layer.dataset, self.layer.identity, self.layer.key)


def explain(document: dict[str, Any], layers: Sequence[Layer]) -> dict[Path, list[Claim]]:
    """Return the claims for each leaf of a document merged from these layers, strongest first."""
    roots = [_Offer(place, layer, layer.document) for place, layer in enumerate(layers)]
    claims: dict[Path, list[Claim]] = {}
    for name, merged in document.items():
        offers = _below(roots, name)
        if name == MEMBERSHIP:
            _explain_memberships(claims, merged, offers)
        elif name == IDENTITY_MAP:
            for namespace in merged:
                united = _below(offers, namespace)
                claims[name, namespace] = [offer.claim() for offer in united]
        elif name == IDENTITIES:
            claims[name,] = [offer.claim() for offer in offers]
        else:
            _explain_value(claims, (name,), offers, [])
    return claims


def _below(offers: Iterable[_Offer], name: str) -> list[_Offer]:
    """Return what the objects among the offers say at a name."""
    return [
        _Offer(offer.place, offer.layer, offer.value[name])
        for offer in offers
        if isinstance(offer.value, dict) and offer.value.get(name) is not None
    ]


def _explain_value(
    claims: dict[Path, list[Claim]], path: Path, offers: list[_Offer], overruled: list[_Offer]
) -> None:
    """Follow the strongest offer down to leaves; what it overrules on the way loses at each."""
    if isinstance(offers[0].value, dict):
        objects = [offer for offer in offers if isinstance(offer.value, dict)]
        others = [offer for offer in offers if not isinstance(offer.value, dict)]
        names = dict.fromkeys(name for offer in objects for name in offer.value)
        parts = [(name, below) for name in names if (below := _below(objects, name))]
        for name, below in parts:
            _explain_value(claims, (*path, name), below, [*overruled, *others])
        if parts:
            return
    losers = sorted([*offers[1:], *overruled], key=lambda offer: offer.place)
    claims[path] = [offer.claim() for offer in (offers[0], *losers)]


def _explain_memberships(
    claims: dict[Path, list[Claim]], merged: dict[str, Any], offers: list[_Offer]
) -> None:
    for namespace, segments in merged.items():
        for segment in segments:
            found = _below(_below(offers, namespace), segment)
            # Stable: of two as new, the stronger stays first.
            found.sort(key=lambda offer: qualified_at(offer.value), reverse=True)
            renumbered = [
                _Offer(place, offer.layer, offer.value) for place, offer in enumerate(found)
            ]
            _explain_membership(claims, (MEMBERSHIP, namespace, segment), renumbered)


def _explain_membership(claims: dict[Path, list[Claim]], path: Path, offers: list[_Offer]) -> None:
    """The newest membership wins as a whole: fields only others have are no part of it."""
    winner = offers[0].value
    if not isinstance(winner, dict):
        claims[path] = [offer.claim() for offer in offers]
        return
    for name, value in winner.items():
        if value is not None:
            claims[*path, name] = [offer.claim() for offer in _below(offers, name)]
