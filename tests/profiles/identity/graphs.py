"""Identity graphs for tests: readable identities, and a store that keeps what a fold says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from profiles.identity.graph import fold
from profiles.identity.ids import identity_id, xid
from profiles.identity.links import (
    BEGINNING,
    Edge,
    Graph,
    History,
    Key,
    Late,
    Member,
    Observation,
    Outcome,
)
from profiles.identity.rules import Rules

NAMESPACES = {"CRMID": 101, "login": 102, "Email": 6, "Phone": 7, "IDFA": 20915, "ECID": 4}
TYPES = {
    101: "CROSS_DEVICE",
    102: "CROSS_DEVICE",
    6: "EMAIL",
    7: "PHONE",
    20915: "DEVICE",
    4: "COOKIE",
}
PLAIN = Rules({}, frozenset(), TYPES)


def rules(priority: str, unique: str, capacity: int = 50) -> Rules:
    """Rules from space-separated codes, the highest priority first."""
    return Rules(
        {NAMESPACES[code]: place for place, code in enumerate(priority.split(), start=1)},
        frozenset(NAMESPACES[code] for code in unique.split()),
        TYPES,
        capacity,
    )


def node(text: str) -> Member:
    """The identity written `Namespace:value`."""
    code, value = text.split(":")
    number = NAMESPACES[code]
    return Member(identity_id(1, xid(number, value)), number, value)


def observation(texts: str, order: int, timestamp: int | None = None) -> Observation:
    """The identities of one event, written `CRMID:T ECID:1`."""
    members = tuple(node(text) for text in texts.split())
    return Observation((order, order), timestamp or order, 1, members)


class GraphStore:
    """Tables in memory: does what the pipeline does with a fold, batch by batch."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.members: dict[bytes, Member] = {}
        self.profiles: dict[bytes, bytes] = {}
        self.active: dict[tuple[bytes, bytes], Edge] = {}
        self.ended: dict[tuple[bytes, bytes, Key], Edge] = {}
        self.log: dict[Key, Observation] = {}
        self.refolds = 0

    def add(self, batch: Sequence[Observation]) -> Outcome:
        graph = self.load(one.id for obs in batch for one in obs.identities)
        outcome = fold(graph, batch, rules=self.rules)
        while isinstance(outcome, Late):
            self.refolds += 1
            history = self.load_history(outcome)
            outcome = fold(graph, batch, rules=self.rules, history=history)
        self.write(batch, outcome)
        return outcome

    def load(self, ids: Iterable[bytes]) -> Graph:
        wanted = {self.profiles.get(one, one) for one in ids}
        members = [one for one in self.members.values() if self.profiles[one.id] in wanted]
        known = {one.id for one in members}
        edges = [edge for edge in self.active.values() if edge.a in known]
        severed: dict[bytes, Key] = {}
        for edge in self.ended.values():
            for end in {edge.a, edge.b} & known:
                severed[end] = max(severed.get(end, BEGINNING), edge.ended or BEGINNING)
        return Graph(members, edges, severed)

    def load_history(self, late: Late) -> History:
        lives = [one for one in self.ended.values() if (one.ended or BEGINNING) >= late.since]
        lives += self.active.values()
        reached, size = set(late.seeds), 0
        while size != len(reached):
            size = len(reached)
            for edge in lives:
                if edge.a in reached or edge.b in reached:
                    reached |= {edge.a, edge.b}
        edges = [edge for edge in lives if edge.a in reached]
        back_to = min([one.started for one in edges if one.newest >= late.since] + [late.since])
        log = [
            one
            for one in self.log.values()
            if one.key >= back_to and any(named.id in reached for named in one.identities)
        ]
        members = [one for one in self.members.values() if one.id in reached]
        return History(late.since, members, edges, log)

    def write(self, batch: Sequence[Observation], outcome: Outcome) -> None:
        for one in batch:
            self.log[one.key] = one
            self.members.update(
                (named.id, Member(named.id, named.namespace, named.value))
                for named in one.identities
            )
        for edge in outcome.forgotten:
            del self.ended[edge.a, edge.b, edge.started]
        for pair in outcome.unlinked:
            del self.active[pair]
        for edge in outcome.ended:
            self.ended[edge.a, edge.b, edge.started] = edge
        for edge in outcome.edges:
            self.active[edge.a, edge.b] = edge
        self.profiles.update(outcome.moved)
        assert {one: self.profiles[one] for one in outcome.profiles} == outcome.profiles

    def name(self, identity: bytes) -> str:
        member = self.members[identity]
        code = next(code for code, number in NAMESPACES.items() if number == member.namespace)
        return f"{code}:{member.value}"

    def graphs(self) -> set[frozenset[str]]:
        """The values of each profile's identities."""
        groups: dict[bytes, set[str]] = {}
        for identity, profile in self.profiles.items():
            groups.setdefault(profile, set()).add(self.members[identity].value)
        return {frozenset(one) for one in groups.values()}

    def removed(self) -> set[frozenset[str]]:
        """The links, by value, that were removed and not established again."""
        gone = {(edge.a, edge.b) for edge in self.ended.values()} - self.active.keys()
        return {frozenset(self.members[one].value for one in pair) for pair in gone}
