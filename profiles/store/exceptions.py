"""The parts of a profile that do not merge leaf by leaf. Pure.

`identityMap` and `identities` are united. `segmentMembership` takes, for each namespace and
segment, the membership with the newest `lastQualificationTime`; of two as new, the stronger
fragment's.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

IDENTITY_MAP = "identityMap"
IDENTITIES = "identities"
MEMBERSHIP = "segmentMembership"

_NEVER = datetime.min.replace(tzinfo=UTC)


def merge_exceptions(document: dict[str, Any], parts: Sequence[dict[str, Any]]) -> None:
    """Set these parts of a merged document from the documents it came from, strongest first."""
    if IDENTITY_MAP in document:
        document[IDENTITY_MAP] = _unite_map(part.get(IDENTITY_MAP) for part in parts)
    if IDENTITIES in document:
        lists = [part.get(IDENTITIES) for part in parts]
        document[IDENTITIES] = _unite(item for one in lists for item in _listed(one))
    if MEMBERSHIP in document:
        document[MEMBERSHIP] = _newest_memberships(part.get(MEMBERSHIP) for part in parts)


def qualified_at(membership: Any) -> datetime:
    """When a membership last changed, as an instant; one without a readable time is oldest."""
    value = membership.get("lastQualificationTime") if isinstance(membership, dict) else None
    if not isinstance(value, str):
        return _NEVER
    try:
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return _NEVER


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _items(value: Any) -> Iterable[tuple[str, Any]]:
    return value.items() if isinstance(value, dict) else ()


def _unite_map(maps: Iterable[Any]) -> dict[str, list[Any]]:
    united: dict[str, list[Any]] = {}
    for one in maps:
        for namespace, items in _items(one):
            if isinstance(items, list):
                united.setdefault(namespace, []).extend(items)
    return {namespace: _unite(items) for namespace, items in united.items()}


def _unite(items: Iterable[Any]) -> list[Any]:
    """Items once each, by their id (and namespace); the strongest spelling stays."""
    united: dict[str, Any] = {}
    for item in items:
        united.setdefault(_name(item), item)
    return list(united.values())


def _name(item: Any) -> str:
    if not isinstance(item, dict):
        return repr(item)
    namespace = item.get("namespace")
    code = namespace.get("code") if isinstance(namespace, dict) else namespace
    return repr((item.get("id"), code))


def _newest_memberships(memberships: Iterable[Any]) -> dict[str, dict[str, Any]]:
    newest: dict[str, dict[str, Any]] = {}
    for one in memberships:
        for namespace, segments in _items(one):
            for segment, membership in _items(segments):
                found = newest.setdefault(namespace, {})
                known = found.get(segment)
                if known is None or qualified_at(membership) > qualified_at(known):
                    found[segment] = membership
    return newest
