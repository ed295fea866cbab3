"""Rewinding stored graphs to the moment before a late observation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct, structs

from profiles.identity.links import Edge, Graph, History, Key, Node, Observation


class Rewound(Struct, frozen=True):
    """State just before `History.since` where the history reaches, the stored state elsewhere.

    stored     the active link, or None, of each pair with a life where the history reaches
    log        what is left to replay
    forgotten  ended lives whose end is replayed: it may not come again
    """

    members: tuple[Node, ...]
    edges: tuple[Edge, ...]
    severed: Mapping[bytes, Key]
    stored: dict[tuple[bytes, bytes], Edge | None]
    log: tuple[Observation, ...]
    forgotten: tuple[Edge, ...]


def rewind(graph: Graph, history: History) -> Rewound:
    """Return the state before `history.since` and the observations to replay on it."""
    since = history.since
    members: dict[bytes, Node] = {node.id: node for node in graph.members}
    reached = {node.id: node for node in history.members}
    members.update(reached)
    lives = list(history.edges)
    log = {one.key: one for one in history.log}
    edges = [edge for edge in graph.edges if edge.a not in reached]
    edges += _alive(lives, log, since)
    stored: dict[tuple[bytes, bytes], Edge | None] = {(edge.a, edge.b): None for edge in lives}
    stored.update(((edge.a, edge.b), edge) for edge in lives if edge.ended is None)
    severed = dict(graph.severed)
    before = just_before(since)
    for identity in reached:
        if severed.get(identity, before) > before or identity not in severed:
            # When it last lost a link before that is not known: assume the worst.
            severed[identity] = before
    return Rewound(
        members=tuple(members.values()),
        edges=tuple(edges),
        severed=severed,
        stored=stored,
        log=tuple(one for one in log.values() if one.key >= since),
        forgotten=tuple(edge for edge in lives if edge.ended is not None),
    )


def just_before(key: Key) -> Key:
    """Return a key below this one and not below any other smaller key of a record."""
    return key[0], key[1] - 1


def _alive(lives: Iterable[Edge], log: Mapping[Key, Observation], since: Key) -> list[Edge]:
    """Return the links that were active just before `since`, with their times of then."""
    alive: list[Edge] = []
    seen = _Seen(log, since)
    for edge in lives:
        if edge.started < since:
            logged = edge.newest in log
            alive.append(_as_of(edge, seen.of(edge), since=since, logged=logged))
        elif edge.ended is None and edge.started not in log:
            # Its observation is no longer logged and could not be replayed: keep the link, as
            # one from before, or it would make every replayed observation late once more.
            alive.append(structs.replace(edge, newest=just_before(since)))
    return alive


class _Seen:
    """Logged observations before `since`, by identity."""

    def __init__(self, log: Mapping[Key, Observation], since: Key) -> None:
        self._naming: dict[bytes, dict[Key, Observation]] = {}
        for key, one in log.items():
            if key < since:
                for node in one.identities:
                    self._naming.setdefault(node.id, {})[key] = one

    def of(self, edge: Edge) -> list[Observation]:
        """Return those of one life of a link."""
        of_a, of_b = self._naming.get(edge.a, {}), self._naming.get(edge.b, {})
        few, many = (of_a, of_b) if len(of_a) <= len(of_b) else (of_b, of_a)
        return [one for key, one in few.items() if key in many and key >= edge.started]


def _as_of(edge: Edge, seen: list[Observation], *, since: Key, logged: bool) -> Edge:
    alive = structs.replace(edge, ended=None, reason=None)
    if edge.newest < since:
        return alive
    if not logged:
        # What made it newer cannot be replayed: keep its times.
        return structs.replace(alive, newest=just_before(since))
    if not seen:
        # The log does not reach back: the start is all that is certain.
        return structs.replace(alive, last=edge.first, newest=edge.started)
    return structs.replace(
        alive,
        first=min(one.timestamp for one in seen),
        last=max(one.timestamp for one in seen),
        datasets=tuple(sorted({one.dataset for one in seen})),
        newest=max(one.key for one in seen),
    )
