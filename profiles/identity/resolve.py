"""Whose is what: takes a micro-batch's observations into the stored identity graph."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct
from psycopg import Cursor

from core import clock, sql
from core.arrays import PackedArray, byteas, int4s, int8s, texts
from profiles.identity.graph import fold
from profiles.identity.links import (
    Edge,
    Graph,
    History,
    Late,
    Member,
    Node,
    Observation,
    Outcome,
    parse_removal,
)
from profiles.identity.rules import Rules
from profiles.identity.types import Identity

_PACKAGE = "profiles.identity"
# A late record's history is followed this many links far at most; beyond it counts as newest.
_MOST_HISTORY_STEPS = 20


class Resolution(Struct, frozen=True):
    """Where the identities of a micro-batch belong now.

    profiles  every identity of the batch -> its profile id
    changed   profile ids whose members changed or that are new
    vanished  profile ids that became part of another profile
    origins   changed profiles -> the profiles their identities were in before; new ones in none
    """

    profiles: dict[bytes, bytes]
    changed: frozenset[bytes]
    vanished: frozenset[bytes]
    origins: dict[bytes, frozenset[bytes]]

    @property
    def regrouped(self) -> frozenset[bytes]:
        """Profiles that joined others or lost a part; not those that only got new identities."""
        joined = {profile for profile, origins in self.origins.items() if len(origins) > 1}
        heirs: dict[bytes, set[bytes]] = {}
        for profile, origins in self.origins.items():
            for origin in origins:
                # An origin that goes on as a profile is one of its own heirs.
                known = heirs.setdefault(origin, set() if origin in self.vanished else {origin})
                known.add(profile)
        parted = {one for group in heirs.values() if len(group) > 1 for one in group}
        return frozenset(joined | parted)


def resolve(
    cursor: Cursor[Any],
    sandbox: int,
    *,
    identities: Iterable[Identity],
    observations: Sequence[Observation],
    rules: Rules,
) -> Resolution:
    """Make the identities known, fold the observations and write what changed.

    `identities` are all of the batch, linked or not; each query covers the whole batch.
    """
    by_id = {identity.id: identity for identity in identities}
    known = _load_profiles(cursor, by_id)
    new = sorted(by_id.keys() - known.keys())
    _insert_identities(cursor, sandbox, [by_id[identity] for identity in new])
    profiles = known | {identity: identity for identity in new}
    if not observations:
        return Resolution(profiles, frozenset(new), frozenset(), {})
    outcome = _fold(cursor, observations, profiles, rules)
    write_outcome(cursor, sandbox, outcome, stored=profiles)
    if rules.enabled:
        _log(cursor, sandbox, observations)
    return resolution_of(outcome, profiles, new)


def resolution_of(
    outcome: Outcome, before: dict[bytes, bytes], new: Sequence[bytes] = ()
) -> Resolution:
    """What a fold means for profiles; `before` says where each identity was, `new` was nowhere."""
    profiles = before | outcome.profiles
    changed = set(outcome.moved.values())
    left = {before[identity] for identity in outcome.moved if identity in before}
    vanished = {profile for profile in left if profiles.get(profile, profile) != profile}
    # A profile that lost members without vanishing changed as well.
    changed |= (left - vanished) | {profiles[identity] for identity in new}
    return Resolution(
        profiles, frozenset(changed), frozenset(vanished), _origins(outcome, before, new)
    )


def _origins(
    outcome: Outcome, before: dict[bytes, bytes], new: Sequence[bytes]
) -> dict[bytes, frozenset[bytes]]:
    unknown = frozenset(new)
    origins: dict[bytes, set[bytes]] = {}
    for identity, profile in outcome.moved.items():
        known = origins.setdefault(profile, set())
        if identity not in unknown:
            known.add(before[identity])
        if before.get(profile) == profile and profile not in unknown:
            known.add(profile)
    return {profile: frozenset(known) for profile, known in origins.items()}


def _load_profiles(cursor: Cursor[Any], ids: Iterable[bytes]) -> dict[bytes, bytes]:
    cursor.execute(sql.load(_PACKAGE, "load_profiles"), {"ids": byteas(sorted(ids))})
    return dict(cursor.fetchall())


def _insert_identities(cursor: Cursor[Any], sandbox: int, new: Sequence[Identity]) -> None:
    if not new:
        return
    cursor.execute(
        sql.load(_PACKAGE, "insert_identities"),
        {
            "sandbox": sandbox,
            "now": clock.now_ms(),
            "ids": byteas([identity.id for identity in new]),
            "namespaces": int4s([identity.namespace for identity in new]),
            "values": texts([identity.value for identity in new]),
        },
    )


def _fold(
    cursor: Cursor[Any],
    observations: Sequence[Observation],
    profiles: dict[bytes, bytes],
    rules: Rules,
) -> Outcome:
    graph = _load_graph(cursor, observations, profiles)
    outcome = fold(graph, observations, rules=rules, keep_order=rules.enabled)
    for _ in range(_MOST_HISTORY_STEPS):
        if isinstance(outcome, Outcome):
            return outcome
        history = _load_history(cursor, outcome, profiles)
        outcome = fold(graph, observations, rules=rules, history=history)
    if isinstance(outcome, Outcome):
        return outcome
    final = fold(graph, observations, rules=rules, keep_order=False)
    assert isinstance(final, Outcome)  # without order nothing is late
    return final


def _load_graph(
    cursor: Cursor[Any], observations: Sequence[Observation], profiles: dict[bytes, bytes]
) -> Graph:
    touched = {profiles[node.id] for one in observations for node in one.identities}
    cursor.execute(sql.load(_PACKAGE, "load_graphs"), {"profiles": byteas(sorted(touched))})
    members: list[Member] = []
    severed = {}
    for identity, namespace, value, profile, severed_at, severed_seq in cursor.fetchall():
        members.append(Member(identity, namespace, value))
        profiles[identity] = profile
        if severed_at is not None:
            severed[identity] = (severed_at, severed_seq)
    cursor.execute(sql.load(_PACKAGE, "load_edges"), {"ids": byteas([one.id for one in members])})
    edges = [
        Edge(a, b, first, last, tuple(datasets), (at, seq), (newest_at, newest_seq))
        for a, b, first, last, datasets, at, seq, newest_at, newest_seq in cursor.fetchall()
    ]
    return Graph(members, edges, severed)


def _load_history(cursor: Cursor[Any], late: Late, profiles: dict[bytes, bytes]) -> History:
    """What the fold asks for; `profiles` learns where the reached identities belong now."""
    since_at, since_seq = late.since
    since = {"since_at": since_at, "since_seq": since_seq}
    reached: set[bytes] = set(late.seeds)
    frontier = set(late.seeds)
    lives: dict[tuple[bytes, bytes, tuple[int, int]], Edge] = {}
    while frontier:
        cursor.execute(sql.load(_PACKAGE, "load_lives"), {"ids": byteas(sorted(frontier)), **since})
        found = [_life(row) for row in cursor.fetchall()]
        lives.update({(edge.a, edge.b, edge.started): edge for edge in found})
        ends = {edge.a for edge in found} | {edge.b for edge in found}
        frontier = ends - reached
        reached |= ends
    starts = [edge.started for edge in lives.values() if edge.newest >= late.since]
    log_from = min([late.since, *starts])
    ids = sorted(reached)
    members = _load_members(cursor, ids, profiles)
    cursor.execute(
        sql.load(_PACKAGE, "load_observations"),
        {"ids": byteas(ids), "since_at": log_from[0], "since_seq": log_from[1]},
    )
    rows = cursor.fetchall()
    named = {identity for row in rows for identity in row[4]} - members.keys()
    members |= _load_members(cursor, named, profiles)
    log = [
        Observation((at, seq), timestamp, dataset, tuple(members[one] for one in together))
        for at, seq, dataset, timestamp, together in rows
    ]
    return History(late.since, [members[one] for one in ids if one in members], lives.values(), log)


def _load_members(
    cursor: Cursor[Any], ids: Iterable[bytes], profiles: dict[bytes, bytes]
) -> dict[bytes, Member]:
    cursor.execute(sql.load(_PACKAGE, "load_identities"), {"ids": byteas(sorted(ids))})
    rows = cursor.fetchall()
    profiles.update({row[0]: row[3] for row in rows})
    return {row[0]: Member(row[0], row[1], row[2]) for row in rows}


def _life(row: Sequence[Any]) -> Edge:
    a, b, first, last, datasets, at, seq, newest_at, newest_seq, ended_at, ended_seq, reason = row
    return Edge(
        a,
        b,
        first,
        last,
        tuple(datasets),
        (at, seq),
        (newest_at, newest_seq),
        None if ended_at is None else (ended_at, ended_seq),
        None if reason is None else parse_removal(reason),
    )


def write_outcome(
    cursor: Cursor[Any], sandbox: int, outcome: Outcome, *, stored: Mapping[bytes, bytes]
) -> None:
    """Write what became of graphs; `stored` are the profiles of their identities so far."""
    if outcome.unlinked:
        cursor.execute(sql.load(_PACKAGE, "delete_edges"), _pairs(outcome.unlinked))
    if outcome.forgotten:
        keys = _pairs([(edge.a, edge.b) for edge in outcome.forgotten])
        cursor.execute(sql.load(_PACKAGE, "delete_ended_edges"), keys | _started(outcome.forgotten))
    if outcome.ended:
        ended = {(edge.a, edge.b, edge.started): edge for edge in outcome.ended}
        cursor.execute(
            sql.load(_PACKAGE, "insert_ended_edges"),
            {"sandbox": sandbox, **_columns(list(ended.values())), **_ends(list(ended.values()))},
        )
    if outcome.edges:
        cursor.execute(
            sql.load(_PACKAGE, "save_edges"), {"sandbox": sandbox, **_columns(outcome.edges)}
        )
    if outcome.severed:
        ids = sorted(outcome.severed)
        cursor.execute(
            sql.load(_PACKAGE, "save_severed"),
            {
                "ids": byteas(ids),
                "severed_at": int8s([outcome.severed[one][0] for one in ids]),
                "severed_seq": int8s([outcome.severed[one][1] for one in ids]),
            },
        )
    moved = sorted(one for one, profile in outcome.moved.items() if stored.get(one) != profile)
    if moved:
        cursor.execute(
            sql.load(_PACKAGE, "move_identities"),
            {"ids": byteas(moved), "profiles": byteas([outcome.moved[one] for one in moved])},
        )


def _pairs(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, PackedArray]:
    pairs = list(pairs)
    return {"a": byteas([a for a, _ in pairs]), "b": byteas([b for _, b in pairs])}


def _started(edges: Sequence[Edge]) -> dict[str, PackedArray]:
    return {
        "started_at": int8s([edge.started[0] for edge in edges]),
        "started_seq": int8s([edge.started[1] for edge in edges]),
    }


def _columns(edges: Sequence[Edge]) -> dict[str, PackedArray]:
    return {
        **_pairs([(edge.a, edge.b) for edge in edges]),
        **_started(edges),
        "first": int8s([edge.first for edge in edges]),
        "last": int8s([edge.last for edge in edges]),
        "datasets": texts([",".join(map(str, edge.datasets)) for edge in edges]),
        "order_at": int8s([edge.newest[0] for edge in edges]),
        "order_seq": int8s([edge.newest[1] for edge in edges]),
    }


def _ends(edges: Sequence[Edge]) -> dict[str, PackedArray]:
    return {
        "ended_at": int8s([edge.ended[0] if edge.ended else 0 for edge in edges]),
        "ended_seq": int8s([edge.ended[1] if edge.ended else 0 for edge in edges]),
        "reason": texts([edge.reason.text() if edge.reason else "" for edge in edges]),
    }


def _log(cursor: Cursor[Any], sandbox: int, observations: Sequence[Observation]) -> None:
    rows = [(node, one) for one in observations for node in one.identities]
    members = {one.key: _hex_members(one.identities) for one in observations}
    cursor.execute(
        sql.load(_PACKAGE, "insert_observations"),
        {
            "sandbox": sandbox,
            "identities": byteas([node.id for node, _ in rows]),
            "order_at": int8s([one.key[0] for _, one in rows]),
            "order_seq": int8s([one.key[1] for _, one in rows]),
            "datasets": int4s([one.dataset for _, one in rows]),
            "timestamps": int8s([one.timestamp for _, one in rows]),
            "members": texts([members[one.key] for _, one in rows]),
        },
    )


def _hex_members(nodes: Sequence[Node]) -> str:
    return ",".join(node.id.hex() for node in nodes)
