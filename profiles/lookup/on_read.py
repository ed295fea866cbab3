"""Merge a profile from its fragments at the time of reading, with the reason for each value."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from core import clock, sql
from profiles.lookup.directory import Directory
from profiles.lookup.types import Candidate, Explanation, Graph, Leaf, Member, ProfileView
from profiles.store.fragments import Path, decode_fragment
from profiles.store.merge import Claim, Source, contributors, merge, merge_explained
from profiles.store.models import MergePolicy

_PACKAGE = "profiles.lookup"


@dataclass(frozen=True, slots=True)
class _Stored:
    """What one policy sees of a graph: its members and their fragments that say something."""

    members: Mapping[bytes, Member]
    sources: list[Source]
    last_event_at: int | None

    @property
    def exists(self) -> bool:
        return bool(self.sources) or self.last_event_at is not None

    @property
    def updated_at(self) -> int:
        times = [source.fragment.newest[0] // 1000 for source in self.sources]
        return max([*times, self.last_event_at or 0])


def merge_on_read(graph: Graph, policy: MergePolicy, directory: Directory) -> ProfileView | None:
    """The profile under any policy; None when the policy sees neither attributes nor events."""
    stored = _read(graph, policy, directory)
    if not stored.exists:
        return None
    document = merge(stored.sources, directory.merging(policy))
    return _view(graph, policy, directory, stored, document)


def explain_on_read(graph: Graph, policy: MergePolicy, directory: Directory) -> Explanation | None:
    """The same with, for each value, what won and what it won against."""
    stored = _read(graph, policy, directory)
    if not stored.exists:
        return None
    merged = merge_explained(stored.sources, directory.merging(policy))
    datasets = directory.datasets({source.dataset for source in stored.sources})
    leaves = [
        _leaf(path, claims, merged.document, stored, datasets, directory)
        for path, claims in sorted(merged.claims.items())
    ]
    view = _view(graph, policy, directory, stored, merged.document)
    return Explanation(view=view, leaves=tuple(leaves))


def _view(
    graph: Graph,
    policy: MergePolicy,
    directory: Directory,
    stored: _Stored,
    document: dict[str, Any],
) -> ProfileView:
    used = contributors(stored.sources, directory.merging(policy))
    return ProfileView(
        requested=graph.requested,
        document=orjson.dumps(document),
        sources=directory.dataset_ids(used),
        members=tuple(stored.members.values()),
        policy_id=str(policy.id),
        updated_at=stored.updated_at,
        states=None if policy.identity_graph == MergePolicy.IdentityGraph.NONE else graph.states,
    )


def _read(graph: Graph, policy: MergePolicy, directory: Directory) -> _Stored:
    number = directory.sandbox.number
    alone = policy.identity_graph == MergePolicy.IdentityGraph.NONE
    members = (graph.requested,) if alone else graph.members
    by_id = {member.id_in(number): member for member in members}
    params = {
        "ids": list(by_id),
        "sandbox": number,
        "datasets": directory.allowed_datasets(policy),
    }
    sources = [
        Source(identity, dataset, decode_fragment(effective_at, seq, document, patches))
        for identity, dataset, effective_at, seq, document, patches in sql.fetch(
            _PACKAGE, "read_fragments", params
        )
    ]
    last_event_at = None
    if not sources:
        ((last_event_at,),) = sql.fetch(_PACKAGE, "last_event", params)
    return _Stored(members=by_id, sources=sources, last_event_at=last_event_at)


def _leaf(
    path: Path,
    claims: list[Claim],
    document: dict[str, Any],
    stored: _Stored,
    datasets: Mapping[int, tuple[str, str]],
    directory: Directory,
) -> Leaf:
    winner, *losers = [_candidate(claim, stored.members, datasets, directory) for claim in claims]
    return Leaf(
        path=".".join(path),
        value=_value_at(document, path),
        winner=winner,
        losers=tuple(losers),
    )


def _candidate(
    claim: Claim,
    members: Mapping[bytes, Member],
    datasets: Mapping[int, tuple[str, str]],
    directory: Directory,
) -> Candidate:
    received_at, seq = claim.key
    dataset_id, name = datasets.get(claim.dataset, (str(claim.dataset), ""))
    return Candidate(
        value=claim.value,
        dataset_id=dataset_id,
        dataset_name=name,
        effective_at=clock.from_us(received_at),
        identity=members[claim.identity],
        record_id=f"{directory.sandbox.number}-{seq}",
    )


def _value_at(document: dict[str, Any], path: Path) -> Any:
    value: Any = document
    for step in path:
        value = value[step]
    return value
