"""Values that cross this slice's border."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from profiles.identity.ids import identity_id, xid, xid_text

Operator = Literal["=", "!=", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Member:
    """One identity of a graph, by namespace number and value."""

    namespace: int
    value: str

    @property
    def xid(self) -> str:
        """Its name in APIs."""
        return xid_text(xid(self.namespace, self.value))

    def id_in(self, sandbox: int) -> bytes:
        """Its key in the data plane."""
        return identity_id(sandbox, xid(self.namespace, self.value))


@dataclass(frozen=True, slots=True)
class Listing:
    """A profile's place on a list from elsewhere; times in ms, `expires_at` None: never."""

    number: int
    qualified_at: int
    expires_at: int | None


@dataclass(frozen=True, slots=True)
class Graph:
    """What the store holds on the graph of one identity; `document` None: no cached profile.

    `last_event_at` (epoch ms) is known only where the document holds no attributes. `states` are
    its memberships as stored (`segmentation.states`).
    """

    requested: Member
    members: tuple[Member, ...]
    document: bytes | None
    sources: Sequence[int] | None
    updated_at: int | None
    last_event_at: int | None
    states: bytes | None = None


@dataclass(frozen=True, slots=True)
class ProfileView:
    """A profile as one merge policy sees it, reached through one of its identities.

    document    merged attributes, JSON
    sources     ids of the datasets that contributed
    members     the graph, or the requested identity alone; `requested` is one of them
    updated_at  epoch ms of the last change
    states      memberships as stored (`segmentation.states`); None: none, or an identity alone
    listings    lists from elsewhere that any of the members is on, by their numbers
    computed    computed attributes by name; only if they were asked for
    """

    requested: Member
    document: bytes
    sources: tuple[str, ...]
    members: tuple[Member, ...]
    policy_id: str
    updated_at: int
    states: bytes | None = None
    listings: tuple[Listing, ...] = ()
    computed: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One fragment's opinion on a field."""

    value: Any
    dataset_id: str
    dataset_name: str
    effective_at: datetime
    identity: Member
    record_id: str


@dataclass(frozen=True, slots=True)
class Leaf:
    """A field of a merged profile: what won, and what it won against, strongest first."""

    path: str
    value: Any
    winner: Candidate
    losers: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A profile with a reason for every value."""

    view: ProfileView
    leaves: tuple[Leaf, ...]


@dataclass(frozen=True, slots=True)
class PropertyFilter:
    """A condition on one field of an event."""

    path: tuple[str, ...]
    operator: Operator
    value: str


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events; times in epoch ms, `start` included, `end` not."""

    start: int | None = None
    end: int | None = None
    event_type: str | None = None
    dataset_id: str | None = None
    properties: tuple[PropertyFilter, ...] = ()


@dataclass(frozen=True, slots=True)
class EventView:
    """One stored event; `timestamp` in epoch ms, `received_at` in µs."""

    event_id: str
    dataset_id: str
    identity: Member
    timestamp: int
    received_at: int
    record_id: str
    document: bytes


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events in order; `start` and `next` are continuation tokens, empty when there is none."""

    events: tuple[EventView, ...]
    start: str = ""
    next: str = ""


@dataclass(frozen=True, slots=True)
class ProfileSummary:
    """A profile in a list; `id` pages on."""

    id: bytes
    members: tuple[Member, ...]
    attributes: Mapping[str, Any]
    updated_at: int
    last_event_at: int | None


@dataclass(frozen=True, slots=True)
class FoundIdentity:
    """An identity somebody searched for, and how many identities its graph has."""

    identity: Member
    exact: bool
    graph_size: int
