"""The namespaces of an organization as the data plane needs them: by code, quickly."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType

# Types whose identities never form graph links, although they may be primary.
LINKLESS_TYPES = frozenset(
    {
        "NON_PEOPLE",
        "PARTNER",
        "B2B_ACCOUNT",
        "B2B_ACCOUNT_PERSON",
        "B2B_OPPORTUNITY",
        "B2B_OPPORTUNITY_PERSON",
        "B2B_CAMPAIGN",
        "B2B_CAMPAIGN_MEMBER",
        "B2B_MARKETING_LIST",
        "B2B_MARKETING_LIST_MEMBER",
    }
)
PERSON_TYPES = frozenset({"CROSS_DEVICE", "EMAIL", "PHONE", "MOBILE"})
DEVICE_TYPES = frozenset({"DEVICE", "COOKIE"})


@dataclass(frozen=True, slots=True)
class Namespace:
    """One namespace: code, number and type."""

    code: str
    id: int
    id_type: str


class NamespaceTable:
    """Immutable look-up by code (exact spelling first, then any case) and by number."""

    __slots__ = ("_by_code", "_by_folded", "by_id")

    def __init__(self, namespaces: Iterable[Namespace]) -> None:
        listed = sorted(namespaces, key=lambda one: one.id)
        self._by_code = {one.code: one for one in listed}
        self._by_folded: dict[str, Namespace] = {}
        for one in listed:
            self._by_folded.setdefault(one.code.lower(), one)
        self.by_id = MappingProxyType({one.id: one for one in listed})

    def find(self, code: str) -> Namespace | None:
        """Return the namespace a record, descriptor or caller means by this code."""
        return self._by_code.get(code) or self._by_folded.get(code.lower())

    def types(self) -> dict[int, str]:
        """Return the identity type of each namespace number."""
        return {number: one.id_type for number, one in self.by_id.items()}
