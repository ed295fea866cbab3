"""Keeping a graph within its capacity."""

from __future__ import annotations

from collections.abc import Callable

from profiles.identity.groups import Group, WorkingGraph
from profiles.identity.links import Key, Removal
from profiles.identity.rules import Rules


def shed(work: WorkingGraph, group: Group, *, key: Key, rules: Rules) -> None:
    """Take identities, with all their links, out of an overfull group until every part fits.

    The weakest leaves first: partner ids, cookies, devices, then people's ids; of one type the
    one whose links are oldest, then by namespace and value. An identity whose part already
    fits stays.
    """
    leaving = _leaving(work, group, rules)
    for identity in leaving:
        reason = Removal("capacity", work.nodes[identity].namespace, identity)
        for edge in list(work.near[identity].values()):
            work.cut(edge, key=key, reason=reason)
    work.regroup(group.ids, key=key)


def _leaving(work: WorkingGraph, group: Group, rules: Rules) -> list[bytes]:
    """Return who leaves, weakest first.

    Seen from the strongest down: an identity leaves exactly if, together with those at least as
    strong that it is connected to, it is one too many. So one pass over the links is enough.
    """
    strongest_first = sorted(group.ids, key=_strength(work, rules), reverse=True)
    parent: dict[bytes, bytes] = {}
    size: dict[bytes, int] = {}

    def root(identity: bytes) -> bytes:
        while parent[identity] != identity:
            parent[identity] = identity = parent[parent[identity]]
        return identity

    leaving: list[bytes] = []
    for identity in strongest_first:
        parent[identity], size[identity] = identity, 1
        for neighbour in work.near[identity]:
            if neighbour not in parent:
                continue
            a, b = root(identity), root(neighbour)
            if a != b:
                a, b = (a, b) if size[a] >= size[b] else (b, a)
                parent[b] = a
                size[a] += size[b]
        if size[root(identity)] > rules.capacity:
            leaving.append(identity)
    leaving.reverse()
    return leaving


def _strength(work: WorkingGraph, rules: Rules) -> Callable[[bytes], tuple[int, int, int, str]]:
    def strength(identity: bytes) -> tuple[int, int, int, str]:
        node = work.nodes[identity]
        last = max(edge.last for edge in work.near[identity].values())
        return rules.capacity_rank(node.namespace), last, node.namespace, node.value

    return strength
