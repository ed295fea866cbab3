"""The identity graph as a fold over observations: pure, and the same for any arrival order.

The graph of a sandbox is *defined* as the fold of all its observations in the order of their
keys (received_at, seq), one `_observe` step each:

1. every pair of the observation's identities gets a link, or a later `last` on its link;
2. if a unique namespace then has two values in the graph, the graph is rebuilt from its links,
   those of this observation first, then by priority sum, then the newest first; a link that would
   bring a second value is removed (a later observation starts it anew);
3. a graph over capacity loses identities, with their links, until it fits.

`fold` continues from stored state. A batch that arrives in order is folded as it comes. A
late observation (its key is not above every key that touched the graphs it names) is applied
as it comes when order cannot matter there: no removed link, no clash and no overflow. Otherwise
`fold` answers `Late`, and the caller folds again with a `History`: the state is rewound to
just before the late key and the log from there on is replayed with the late one in its place.

    outcome = fold(graph, observations, rules=rules)
    while isinstance(outcome, Late):      # rare; each turn knows more of the graph
        outcome = fold(graph, observations, rules=rules, history=load_history(outcome))

A fold repeated with observations already folded changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

from profiles.identity.capacity import shed
from profiles.identity.groups import Group, WorkingGraph
from profiles.identity.history import rewind
from profiles.identity.links import (
    Edge,
    Graph,
    History,
    Key,
    Late,
    Node,
    Observation,
    Outcome,
)
from profiles.identity.rebuild import rebuild
from profiles.identity.rules import Rules


def fold(
    graph: Graph,
    observations: Iterable[Observation],
    *,
    rules: Rules,
    history: History | None = None,
    keep_order: bool = True,
) -> Outcome | Late:
    """Fold observations, in any order, into stored graphs. See the module's contract.

    keep_order=False applies late observations as if they were the newest, for a sandbox that
    keeps no log of observations; the answer is then never `Late`.
    """
    work, queue, forgotten = _prepare(graph, observations, rules=rules, history=history)
    profiles_before = _profiles(work)
    if history is not None:
        profiles_before = _profiles_of(graph, history, rules)
    late = _Lateness(work, rules, keep_order=keep_order)
    for observation in queue:
        identities = observation.identities
        if len(identities) > 1:
            late.observe(observation)
        elif identities:
            work.add_node(identities[0])
    if late.since is not None:
        known = frozenset(node.id for node in history.members) if history else frozenset()
        since = min(late.since, history.since) if history else late.since
        return Late(frozenset(late.seeds) | known, since)
    return _outcome(work, profiles_before=profiles_before, forgotten=forgotten)


def _prepare(
    graph: Graph,
    observations: Iterable[Observation],
    *,
    rules: Rules,
    history: History | None,
) -> tuple[WorkingGraph, list[Observation], tuple[Edge, ...]]:
    """Return the state to start from, what to fold in order, and lives that must be forgotten."""
    if history is None:
        work = WorkingGraph(rules, members=graph.members, edges=graph.edges, severed=graph.severed)
        return work, sorted(observations, key=_key), ()
    rewound = rewind(graph, history)
    work = WorkingGraph(
        rules, members=rewound.members, edges=rewound.edges, severed=rewound.severed
    )
    # Whatever the replay makes of them, these links are rows that may change.
    work.before.update(rewound.stored)
    queue = {one.key: one for one in rewound.log}
    queue.update((one.key, one) for one in observations)
    return work, [queue[key] for key in sorted(queue)], rewound.forgotten


def _key(observation: Observation) -> Key:
    return observation.key


class _Lateness:
    """Folds one observation after the other; collects those that came late and need history."""

    __slots__ = ("_keep_order", "_rules", "_work", "seeds", "since")

    def __init__(self, work: WorkingGraph, rules: Rules, *, keep_order: bool) -> None:
        self._work = work
        self._rules = rules
        self._keep_order = keep_order
        self.seeds: set[bytes] = set()
        self.since: Key | None = None

    def observe(self, observation: Observation) -> None:
        """Fold one observation of at least two identities."""
        work, key = self._work, observation.key
        group_of = work.group_of
        newest = None
        for node in observation.identities:
            group = group_of.get(node.id) or work.add_node(node)
            if newest is None or group.newest > newest:
                newest = group.newest
        is_late = newest is not None and newest >= key and self._keep_order
        if is_late and not _order_is_free(work, observation.identities, rules=self._rules):
            self._defer(observation)
        else:
            _observe(work, observation, rules=self._rules)

    def _defer(self, observation: Observation) -> None:
        # Whole graphs: what makes them newer may be stored far from the identities named, joined
        # by an earlier late observation of this batch. So each further turn reaches further.
        for node in observation.identities:
            self.seeds |= self._work.group_of[node.id].ids
        if self.since is None or observation.key < self.since:
            self.since = observation.key


def _order_is_free(work: WorkingGraph, identities: Sequence[Node], *, rules: Rules) -> bool:
    """Return whether linking these now gives what linking them at any earlier moment gives.

    With no removed link at any of their graphs, no clash in the union and no overflow, no
    subset of what was ever seen of them clashes or overflows either: no order removes a link.
    """
    groups = {id(group): group for group in (work.group_of[node.id] for node in identities)}
    size = 0
    holds: dict[int, bytes] = {}
    for group in groups.values():
        size += len(group.ids)
        if group.cut or group.clash:
            return False
        for namespace, identity in group.holds.items():
            if holds.setdefault(namespace, identity) != identity:
                return False
    return size <= rules.capacity


def _observe(work: WorkingGraph, observation: Observation, *, rules: Rules) -> None:
    """Apply one observation: link, then keep unique namespaces unique, then fit the capacity."""
    group = _link(work, observation)
    if group.clash:
        ids = [node.id for node in observation.identities]
        groups = rebuild(work, group, incoming=ids, key=observation.key, rules=rules)
    else:
        groups = [group]
    for one in groups:
        if len(one.ids) > rules.capacity:
            shed(work, one, key=observation.key, rules=rules)


def _link(work: WorkingGraph, observation: Observation) -> Group:
    """Link every pair of the observation's identities; return the group they now form."""
    key, timestamp, dataset = observation.key, observation.timestamp, observation.dataset
    ids = [node.id for node in observation.identities]
    near = work.near
    for a, b in combinations(ids, 2):
        if a == b:
            continue
        edge = near[a].get(b)
        if edge is None:
            low, high = (a, b) if a < b else (b, a)
            fresh = Edge(low, high, timestamp, timestamp, (dataset,), key, key)
            work.put(fresh, None)
            work.join(a, b)
        else:
            work.put(_confirmed(edge, key, timestamp, dataset), edge)
    group = work.group_of[ids[0]]
    group.newest = max(group.newest, key)
    return group


def _confirmed(edge: Edge, key: Key, timestamp: int, dataset: int) -> Edge:
    datasets = edge.datasets
    if dataset not in datasets:
        datasets = tuple(sorted((*datasets, dataset)))
    return Edge(
        edge.a,
        edge.b,
        min(timestamp, edge.first),
        max(timestamp, edge.last),
        datasets,
        min(key, edge.started),
        max(key, edge.newest),
    )


def _profiles(work: WorkingGraph) -> dict[bytes, bytes]:
    profiles: dict[bytes, bytes] = {}
    for identity, group in work.group_of.items():
        if identity not in profiles:
            profile = min(group.ids)
            for one in group.ids:
                profiles[one] = profile
    return profiles


def _profiles_of(graph: Graph, history: History, rules: Rules) -> dict[bytes, bytes]:
    """Return the profiles as stored, before the rewind."""
    members = {node.id: node for node in (*graph.members, *history.members)}
    edges = {(edge.a, edge.b): edge for edge in (*graph.edges, *history.edges) if not edge.ended}
    stored = WorkingGraph(rules, members=members.values(), edges=edges.values(), severed={})
    return _profiles(stored)


def _outcome(
    work: WorkingGraph, *, profiles_before: dict[bytes, bytes], forgotten: tuple[Edge, ...]
) -> Outcome:
    upserts: list[Edge] = []
    unlinked: list[tuple[bytes, bytes]] = []
    for pair, was in work.before.items():
        now = work.near[pair[0]].get(pair[1])
        if now is None:
            if was is not None:
                unlinked.append(pair)
        elif now != was:
            upserts.append(now)
    profiles = _profiles(work)
    groups = {
        profiles[identity]: frozenset(group.ids)
        for identity, group in work.group_of.items()
        if profiles[identity] == identity
    }
    moved = {
        identity: profile
        for identity, profile in profiles.items()
        if profiles_before.get(identity) != profile
    }
    return Outcome(
        edges=tuple(sorted(upserts, key=lambda edge: (edge.a, edge.b))),
        unlinked=tuple(sorted(unlinked)),
        ended=tuple(work.ended),
        forgotten=forgotten,
        severed=work.severed_new,
        profiles=profiles,
        moved=moved,
        groups=groups,
    )


__all__ = ["fold"]
