"""What a merge policy would change: real profiles merged under both policies."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from console.people import chips, display_name
from core.sandboxes.models import Sandbox
from profiles.identity.ids import parse_xid
from profiles.lookup.directory import Directory, directory_of
from profiles.lookup.on_read import explain_on_read
from profiles.lookup.queries import read_graphs, sample_profiles, too_many_identities
from profiles.lookup.types import Explanation, Graph, ProfileSummary
from profiles.store.models import MergePolicy

_LOOKED_AT = 40
_SHOWN = 5
_FIELDS = 12


@dataclass(frozen=True, slots=True)
class ChangedField:
    """A field with another value, or the same from elsewhere."""

    path: str
    before: str
    before_from: str
    after: str
    after_from: str


@dataclass(frozen=True, slots=True)
class PreviewedProfile:
    """One person before and after."""

    name: str
    href: str
    fields: tuple[ChangedField, ...]
    more: int


@dataclass(frozen=True, slots=True)
class PolicyPreview:
    """How many sampled profiles would change, and up to five of them (else: any five)."""

    looked_at: int
    changed: int
    profiles: tuple[PreviewedProfile, ...]
    compared_with: str


def preview_policy(sandbox: Sandbox, *, before: MergePolicy, after: MergePolicy) -> PolicyPreview:
    """Merge a sample under both policies and compare it field by field."""
    directory = directory_of(sandbox)
    sample = sample_profiles(sandbox=sandbox, limit=_LOOKED_AT)
    wanted = {
        name: summary
        for summary in sample
        if summary.members and (name := parse_xid(summary.members[0].xid)) is not None
    }
    graphs = read_graphs(sandbox=sandbox, names=list(wanted))
    compared = [
        _compare(graph, wanted[name], before, after, directory)
        for name, graph in graphs.items()
        if too_many_identities(graph) is None
    ]
    changed = [one for one in compared if one.fields]
    return PolicyPreview(
        looked_at=len(compared),
        changed=len(changed),
        profiles=tuple((changed or compared)[:_SHOWN]),
        compared_with=before.name,
    )


def _compare(
    graph: Graph,
    summary: ProfileSummary,
    before: MergePolicy,
    after: MergePolicy,
    directory: Directory,
) -> PreviewedProfile:
    old = _values(explain_on_read(graph, before, directory))
    new = _values(explain_on_read(graph, after, directory))
    fields = [
        ChangedField(path, *old.get(path, ("", "")), *new.get(path, ("", "")))
        for path in sorted({*old, *new})
        if old.get(path) != new.get(path)
    ]
    named = chips(summary.members, directory)
    return PreviewedProfile(
        name=display_name(summary.attributes, named),
        href=reverse("profile", args=[directory.sandbox.name, graph.requested.xid]),
        fields=tuple(fields[:_FIELDS]),
        more=max(0, len(fields) - _FIELDS),
    )


def _values(explained: Explanation | None) -> Mapping[str, tuple[str, str]]:
    """Value and dataset by path."""
    if explained is None:
        return {}
    return {leaf.path: (_shown(leaf.value), leaf.winner.dataset_name) for leaf in explained.leaves}


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 120 else f"{text[:119]}…"
