"""Values of the identity graph: observations go in, links with their lives come out.

A *key* is the order key of a record, (received_at µs, journal sequence): it alone decides which
observation comes first. A link has *lives*: it starts with an observation, may be removed by a
later one, and starts anew, with new times, when seen again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from msgspec import Struct

type Key = tuple[int, int]

BEGINNING: Key = (-1, -1)


class Node(Protocol):
    """What the graph needs of an identity (`Identity` has it)."""

    @property
    def id(self) -> bytes: ...
    @property
    def namespace(self) -> int: ...
    @property
    def value(self) -> str: ...


class Member(Struct, frozen=True, gc=False):
    """A node as loaded from the identity table."""

    id: bytes
    namespace: int
    value: str


class Observation(Struct, frozen=True):
    """The linkable identities of one accepted record or event.

    timestamp is in ms: the event's own time, or the ingestion time of a record.
    """

    key: Key
    timestamp: int
    dataset: int
    identities: tuple[Node, ...]


class Removal(Struct, frozen=True, gc=False):
    """Why a link went.

    unique    the graph would have held two values of `namespace`: `identity` on the side of the
              link's `a`, `rival` on the side of its `b`
    capacity  the graph was overfull and `identity` left it (`rival` is None)
    """

    rule: str
    namespace: int
    identity: bytes
    rival: bytes | None = None

    def text(self) -> str:
        """Return the stored form, `parse_removal` reads it."""
        rival = "" if self.rival is None else self.rival.hex()
        return f"{self.rule}:{self.namespace}:{self.identity.hex()}:{rival}"


def parse_removal(text: str) -> Removal:
    """Return the reason stored in a row."""
    rule, namespace, identity, rival = text.split(":")
    return Removal(rule, int(namespace), bytes.fromhex(identity), bytes.fromhex(rival) or None)


class Edge(Struct, frozen=True, gc=False):
    """One life of a link between two identities, a < b.

    first, last      first and last established, ms (min and max of the observations' timestamps)
    datasets         sorted numbers of the datasets that showed it in this life
    started, newest  keys of the first and the newest observation of this life
    ended, reason    key of the observation that removed it, and why; None while it is active
    """

    a: bytes
    b: bytes
    first: int
    last: int
    datasets: tuple[int, ...]
    started: Key
    newest: Key
    ended: Key | None = None
    reason: Removal | None = None


class Graph(Struct, frozen=True):
    """The stored state a fold starts from: every graph that holds an observed identity, whole.

    members  the known identities of these graphs (also single ones)
    edges    their active links
    severed  identity -> newest key at which it lost a link, for those that have a removed link
    """

    members: Iterable[Node] = ()
    edges: Iterable[Edge] = ()
    severed: Mapping[bytes, Key] = {}


class Late(Struct, frozen=True):
    """The fold needs history: observations came late, in graphs where order matters.

    seeds  identities to start the closure from
    since  the earliest late key
    """

    seeds: frozenset[bytes]
    since: Key


class History(Struct, frozen=True):
    """What a fold needs to insert late observations at their place.

    Start from `Late.seeds` and follow every life that is active or ended at or after `since`, to
    closure. Give all identities reached, all those lives among them, and all logged
    observations naming a reached identity, with a key of at least the smallest `started` of
    a life whose `newest` is at or after `since` (and of at least `since`).
    """

    since: Key
    members: Iterable[Node]
    edges: Iterable[Edge]
    log: Iterable[Observation]


class Outcome(Struct, frozen=True):
    """What to write after a fold, all absolute values.

    edges      active links that are new or changed: upsert by (a, b)
    unlinked   pairs active before and no longer: their link is no longer active
    ended      lives that ended: keep them (for people, and for `History`), by (a, b, started)
    forgotten  ended lives given in the history that never were, after all: delete them first
    severed    identity -> key, where it grew
    profiles   every identity of the fold -> its profile id, the smallest id in its graph
    moved      the part of `profiles` that changed, new identities included
    groups     profile id -> identities, for every graph of the fold
    """

    edges: tuple[Edge, ...]
    unlinked: tuple[tuple[bytes, bytes], ...]
    ended: tuple[Edge, ...]
    forgotten: tuple[Edge, ...]
    severed: dict[bytes, Key]
    profiles: dict[bytes, bytes]
    moved: dict[bytes, bytes]
    groups: dict[bytes, frozenset[bytes]]
