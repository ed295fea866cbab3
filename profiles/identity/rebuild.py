"""Rebuilding a graph in which a unique namespace has two values."""

from __future__ import annotations

from collections.abc import Iterable

from profiles.identity.groups import Group, WorkingGraph
from profiles.identity.links import Edge, Key, Removal
from profiles.identity.rules import Rules


def rebuild(
    work: WorkingGraph, group: Group, *, incoming: Iterable[bytes], key: Key, rules: Rules
) -> list[Group]:
    """Keep the best links of a group so that no unique namespace has two values.

    Order of preference: links among the incoming identities, then the smaller sum of priorities,
    then the later established, then namespace and value. Returns the groups left.
    """
    kept = _Kept(work, rules)
    removed: list[tuple[Edge, Removal]] = []
    for edge in _by_preference(work, group, incoming=frozenset(incoming), rules=rules):
        reason = kept.take(edge)
        if reason is not None:
            removed.append((edge, reason))
    for edge, reason in removed:
        work.cut(edge, key=key, reason=reason)
    return work.regroup(group.ids, key=key)


def _by_preference(
    work: WorkingGraph, group: Group, *, incoming: frozenset[bytes], rules: Rules
) -> list[Edge]:
    nodes = work.nodes
    place = {identity: (nodes[identity].namespace, nodes[identity].value) for identity in group.ids}
    rank = {identity: rules.rank(place[identity][0]) for identity in group.ids}

    def preference(edge: Edge) -> tuple[object, ...]:
        a, b = edge.a, edge.b
        first, second = sorted((place[a], place[b]))
        old = a not in incoming or b not in incoming
        return old, rank[a] + rank[b], -edge.last, first, second

    return sorted(work.edges_of(group.ids), key=preference)


class _Kept:
    """Disjoint sets of the links kept so far, each with the unique values it holds."""

    __slots__ = ("_holds", "_parent")

    def __init__(self, work: WorkingGraph, rules: Rules) -> None:
        self._parent: dict[bytes, bytes] = {}
        self._holds = _Holds(work, rules)

    def _root(self, identity: bytes) -> bytes:
        parent = self._parent
        while (above := parent.get(identity, identity)) != identity:
            parent[identity] = parent.get(above, above)
            identity = above
        return identity

    def take(self, edge: Edge) -> Removal | None:
        """Keep a link, or say why it cannot stay."""
        a, b = self._root(edge.a), self._root(edge.b)
        if a == b:
            return None
        mine, other = self._holds[a], self._holds[b]
        for namespace, identity in mine.items():
            rival = other.get(namespace, identity)
            if rival != identity:
                return Removal("unique", namespace, identity, rival)
        mine.update(other)
        self._parent[b] = a
        return None


class _Holds(dict[bytes, dict[int, bytes]]):
    """Root -> unique values of its set, beginning with the identity's own."""

    def __init__(self, work: WorkingGraph, rules: Rules) -> None:
        super().__init__()
        self._work = work
        self._unique = rules.unique

    def __missing__(self, identity: bytes) -> dict[int, bytes]:
        namespace = self._work.nodes[identity].namespace
        holds = {namespace: identity} if namespace in self._unique else {}
        self[identity] = holds
        return holds
