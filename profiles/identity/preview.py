"""How many stored graphs would split under other linking rules; and reading graphs whole."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core import sql
from core.sandboxes.models import Sandbox
from profiles.identity.links import Edge, Graph, Member, Node
from profiles.identity.reconsider import reconsider
from profiles.identity.rules import Rules

_PACKAGE = "profiles.identity"
_PAGE = 1000
_SAMPLES = 5


@dataclass(frozen=True, slots=True)
class SplitSample:
    """A graph that would split, and into what; each part by namespace and value."""

    before: tuple[Node, ...]
    after: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """What was looked at, and what would change. `complete`: all graphs were looked at."""

    graphs: int
    identities: int
    splits: int
    links: int
    complete: bool
    samples: tuple[SplitSample, ...]


def preview_rules(*, sandbox: Sandbox, rules: Rules, seconds: float = 2.0) -> Effect:
    """Reconsider stored graphs in the order of their ids, until all are seen or time is up.

    Graph ids are hashes, so a part of them is a fair sample.
    """
    deadline = time.monotonic() + seconds
    graphs = identities = splits = links = 0
    samples: list[SplitSample] = []
    page = list_graph_ids(sandbox=sandbox, after=b"", limit=_PAGE)
    while page:
        graph = load_graph(page)
        members = {member.id: member for member in graph.members}
        outcome = reconsider(graph, rules=rules)
        split = splits_of(graph, outcome.groups)
        graphs += len(page)
        identities += len(members)
        links += len(outcome.removed)
        splits += len(split)
        samples += [_sample(parts, members) for parts in split[: _SAMPLES - len(samples)]]
        page = list_graph_ids(sandbox=sandbox, after=page[-1], limit=_PAGE)
        if time.monotonic() > deadline:
            break
    return Effect(graphs, identities, splits, links, not page, tuple(samples))


def list_graph_ids(*, sandbox: Sandbox, after: bytes, limit: int) -> list[bytes]:
    """Ids of graphs with at least two identities, in order."""
    rows = sql.fetch(
        _PACKAGE, "list_graph_ids", {"sandbox": sandbox.number, "after": after, "limit": limit}
    )
    return [row[0] for row in rows]


def load_graph(profiles: Sequence[bytes]) -> Graph:
    """These graphs as stored, whole."""
    return load_graphs(profiles)[0]


def load_graphs(profiles: Sequence[bytes]) -> tuple[Graph, dict[bytes, bytes]]:
    """The same, and the profile of each of their identities."""
    rows = sql.fetch(_PACKAGE, "load_graphs", {"profiles": list(profiles)})
    members = [Member(row[0], row[1], row[2]) for row in rows]
    severed = {row[0]: (row[4], row[5]) for row in rows if row[4] is not None}
    found = sql.fetch(_PACKAGE, "load_edges", {"ids": [member.id for member in members]})
    edges = [
        Edge(a, b, first, last, tuple(datasets), (at, seq), (newest_at, newest_seq))
        for a, b, first, last, datasets, at, seq, newest_at, newest_seq in found
    ]
    return Graph(members, edges, severed), {row[0]: row[3] for row in rows}


def splits_of(graph: Graph, after: Sequence[frozenset[bytes]]) -> list[list[frozenset[bytes]]]:
    """The parts of each graph that falls apart."""
    group_of = {identity: group for group in after for identity in group}
    parts: dict[bytes, set[frozenset[bytes]]] = {}
    root = _roots(graph)
    for identity, group in group_of.items():
        parts.setdefault(root[identity], set()).add(group)
    return [
        sorted(groups, key=lambda group: (-len(group), min(group)))
        for _, groups in sorted(parts.items())
        if len(groups) > 1
    ]


def _roots(graph: Graph) -> dict[bytes, bytes]:
    parent = {member.id: member.id for member in graph.members}

    def root(identity: bytes) -> bytes:
        while parent[identity] != identity:
            parent[identity] = identity = parent[parent[identity]]
        return identity

    for edge in graph.edges:
        parent[root(edge.b)] = root(edge.a)
    return {identity: root(identity) for identity in parent}


def _sample(parts: Sequence[frozenset[bytes]], members: Mapping[bytes, Node]) -> SplitSample:
    after = tuple(_ordered(members[one] for one in group) for group in parts)
    return SplitSample(_ordered(one for group in after for one in group), after)


def _ordered(members: Iterable[Node]) -> tuple[Node, ...]:
    return tuple(sorted(members, key=lambda one: (one.namespace, one.value)))
