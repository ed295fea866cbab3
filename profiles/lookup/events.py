"""Read experience events: by time, filtered, in pages that continue where the last one ended."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from core import sql
from core.errors import Invalid
from core.sandboxes.models import Sandbox
from profiles.lookup.directory import Directory, directory_of
from profiles.lookup.properties import matches
from profiles.lookup.queries import read_graphs, too_many_identities, unknown_entity
from profiles.lookup.types import EventFilter, EventPage, EventView, Graph, Member
from profiles.store.models import MergePolicy
from profiles.store.types import PROFILE_SCHEMA

_PACKAGE = "profiles.lookup"
DEFAULT_LIMIT = 1000
MOST_EVENTS = 5000
_FILTERED_READ = 1000
_MOST_MS = 2**62


@dataclass(frozen=True, slots=True)
class _Key:
    """Place of an event in the order of a list."""

    timestamp: int
    dataset: int
    event_id: str


_FIRST = _Key(-_MOST_MS, 0, "")
_LAST = _Key(_MOST_MS, 2**31 - 1, "")


def list_events(  # noqa: PLR0913 - one list, all its knobs
    *,
    sandbox: Sandbox,
    name: bytes,
    wanted: EventFilter | None = None,
    newest_first: bool = False,
    start: str = "",
    limit: int = DEFAULT_LIMIT,
    policy_id: str | None = None,
) -> EventPage:
    """A page of the events of a profile; `start` is a token of an earlier page.

    Raises NotFound for an unknown identity, Invalid for a bad token.
    """
    directory = directory_of(sandbox)
    policy = directory.policy(policy_id, schema_name=PROFILE_SCHEMA)
    graph = read_graphs(sandbox=sandbox, names=[name]).get(name)
    if graph is None:
        raise unknown_entity()
    error = too_many_identities(graph)
    if error is not None:
        raise error
    source = _Source(
        sandbox=sandbox,
        members=_members(graph, policy, sandbox),
        datasets=_datasets(policy, directory, wanted),
        wanted=wanted or EventFilter(),
        newest_first=newest_first,
    )
    edge = _LAST if newest_first else _FIRST
    rows = _collect(source, _parse_token(start) if start else edge, limit + 1)
    return _page(rows, source, directory, limit)


def _members(graph: Graph, policy: MergePolicy, sandbox: Sandbox) -> dict[bytes, Member]:
    alone = policy.identity_graph == MergePolicy.IdentityGraph.NONE
    members = (graph.requested,) if alone else graph.members
    return {member.id_in(sandbox.number): member for member in members}


def _datasets(
    policy: MergePolicy, directory: Directory, wanted: EventFilter | None
) -> list[int] | None:
    allowed = directory.allowed_datasets(policy)
    if wanted is None or wanted.dataset_id is None:
        return allowed
    asked = list(directory.dataset_numbers([wanted.dataset_id]).values())
    return asked if allowed is None else [number for number in asked if number in allowed]


@dataclass(frozen=True, slots=True)
class _Source:
    sandbox: Sandbox
    members: dict[bytes, Member]
    datasets: list[int] | None
    wanted: EventFilter
    newest_first: bool

    def read(self, at: _Key, limit: int) -> list[tuple[Any, ...]]:
        wanted = self.wanted
        return sql.fetch(
            _PACKAGE,
            "list_events_descending" if self.newest_first else "list_events_ascending",
            {
                "ids": list(self.members),
                "sandbox": self.sandbox.number,
                "start": -_MOST_MS if wanted.start is None else wanted.start,
                "end": _MOST_MS if wanted.end is None else wanted.end,
                "at": at.timestamp,
                "at_dataset": at.dataset,
                "at_event": at.event_id,
                "datasets": self.datasets,
                "event_type": wanted.event_type,
                "limit": limit,
            },
        )


def _collect(source: _Source, at: _Key, limit: int) -> list[tuple[Any, ...]]:
    """Up to `limit` rows from `at` onwards that hold the property filters."""
    filters = source.wanted.properties
    if not filters:
        return source.read(at, limit)
    found: list[tuple[Any, ...]] = []
    again = 0
    while True:
        # The key is inclusive: from the second read on, the first row is known already.
        rows = source.read(at, _FILTERED_READ + again)
        found += [row for row in rows[again:] if matches(orjson.loads(row[6]), filters)]
        if len(found) >= limit or len(rows) < _FILTERED_READ + again:
            return found[:limit]
        at, again = _key(rows[-1]), 1


def _page(
    rows: Sequence[tuple[Any, ...]], source: _Source, directory: Directory, limit: int
) -> EventPage:
    shown = rows[:limit]
    datasets = directory.datasets({row[0] for row in shown})
    return EventPage(
        events=tuple(_event(row, source, datasets) for row in shown),
        start=_token(_key(rows[0])) if rows else "",
        next=_token(_key(rows[limit])) if len(rows) > limit else "",
    )


def _event(row: tuple[Any, ...], source: _Source, datasets: Any) -> EventView:
    dataset, event_id, identity, timestamp, received_at, seq, document = row
    return EventView(
        event_id=event_id,
        dataset_id=datasets[dataset][0] if dataset in datasets else str(dataset),
        identity=source.members[identity],
        timestamp=timestamp,
        received_at=received_at,
        record_id=f"{source.sandbox.number}-{seq}",
        document=document,
    )


def _key(row: tuple[Any, ...]) -> _Key:
    return _Key(timestamp=row[3], dataset=row[0], event_id=row[1])


def _token(key: _Key) -> str:
    raw = orjson.dumps([key.timestamp, key.dataset, key.event_id])
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _parse_token(token: str) -> _Key:
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        timestamp, dataset, event_id = orjson.loads(raw)
        key = _Key(int(timestamp), int(dataset), str(event_id))
    except (ValueError, TypeError, binascii.Error) as error:
        msg = "start is no continuation token of this list."
        raise Invalid(msg, path="start", received=token) from error
    if abs(key.timestamp) > _MOST_MS or not 0 <= key.dataset < 2**31 or "\x00" in key.event_id:
        msg = "start is no continuation token of this list."
        raise Invalid(msg, path="start", received=token)
    return key
