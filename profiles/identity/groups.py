"""The working state of a fold: identities, active links and the groups they form. Mutable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet

from msgspec import structs

from profiles.identity.links import BEGINNING, Edge, Key, Node, Removal
from profiles.identity.rules import Rules


class Group:
    """A connected set of identities.

    newest  key of the newest observation that touched it, links it lost included
    holds   unique namespace -> the identity it holds
    clash   it holds two values of a unique namespace (linked before the rules said so)
    cut     one of its identities has a removed link, so order may matter here
    """

    __slots__ = ("clash", "cut", "holds", "ids", "newest")

    def __init__(self, identity: bytes, newest: Key) -> None:
        self.ids = {identity}
        self.newest = newest
        self.holds: dict[int, bytes] = {}
        self.clash = False
        self.cut = newest is not BEGINNING

    def hold(self, other: Mapping[int, bytes]) -> None:
        """Take over the unique values of another group."""
        for namespace, identity in other.items():
            if self.holds.setdefault(namespace, identity) != identity:
                self.clash = True


class WorkingGraph:
    """Everything a fold touches. `before` remembers each changed link as it was at the start."""

    __slots__ = (
        "_unique",
        "before",
        "ended",
        "group_of",
        "near",
        "nodes",
        "severed",
        "severed_new",
    )

    def __init__(
        self,
        rules: Rules,
        *,
        members: Iterable[Node],
        edges: Iterable[Edge],
        severed: Mapping[bytes, Key],
    ) -> None:
        self._unique: AbstractSet[int] = rules.unique
        self.nodes: dict[bytes, Node] = {}
        self.near: dict[bytes, dict[bytes, Edge]] = {}
        self.group_of: dict[bytes, Group] = {}
        self.severed = severed
        self.severed_new: dict[bytes, Key] = {}
        self.before: dict[tuple[bytes, bytes], Edge | None] = {}
        self.ended: list[Edge] = []
        for node in members:
            self.add_node(node)
        for edge in edges:
            self.near[edge.a][edge.b] = self.near[edge.b][edge.a] = edge
            group = self.join(edge.a, edge.b)
            group.newest = max(group.newest, edge.newest)

    def add_node(self, node: Node) -> Group:
        """Make an identity known, alone, unless it is."""
        identity = node.id
        known = self.group_of.get(identity)
        if known is not None:
            return known
        self.nodes[identity] = node
        self.near[identity] = {}
        return self._alone(identity)

    def _alone(self, identity: bytes) -> Group:
        newest = self.severed_new.get(identity) or self.severed.get(identity, BEGINNING)
        group = self.group_of[identity] = Group(identity, newest)
        namespace = self.nodes[identity].namespace
        if namespace in self._unique:
            group.holds[namespace] = identity
        return group

    def join(self, a: bytes, b: bytes) -> Group:
        """Make one group of the groups of two identities."""
        group_of = self.group_of
        large, small = group_of[a], group_of[b]
        if large is small:
            return large
        if len(large.ids) < len(small.ids):
            large, small = small, large
        large.ids |= small.ids
        large.newest = max(large.newest, small.newest)
        large.clash = large.clash or small.clash
        large.cut = large.cut or small.cut
        large.hold(small.holds)
        for identity in small.ids:
            group_of[identity] = large
        return large

    def put(self, edge: Edge, was: Edge | None) -> None:
        """Write a new or changed active link."""
        self.before.setdefault((edge.a, edge.b), was)
        self.near[edge.a][edge.b] = self.near[edge.b][edge.a] = edge

    def edges_of(self, ids: Iterable[bytes]) -> Iterator[Edge]:
        """Yield each active link of these identities once."""
        near = self.near
        for identity in ids:
            for edge in near[identity].values():
                if edge.a == identity:
                    yield edge

    def cut(self, edge: Edge, *, key: Key, reason: Removal) -> None:
        """Remove a link; its group must be rebuilt afterwards."""
        a, b = edge.a, edge.b
        self.before.setdefault((a, b), edge)
        del self.near[a][b], self.near[b][a]
        self.severed_new[a] = self.severed_new[b] = key
        self.ended.append(structs.replace(edge, ended=key, reason=reason))

    def regroup(self, ids: Iterable[bytes], *, key: Key) -> list[Group]:
        """Rebuild the groups of identities that were one group, after links were cut."""
        ids = list(ids)
        for identity in ids:
            self._alone(identity)
        for edge in self.edges_of(ids):
            self.join(edge.a, edge.b)
        groups = {id(group): group for group in map(self.group_of.__getitem__, ids)}
        for group in groups.values():
            group.newest = max(group.newest, key)
        return list(groups.values())
