"""What became of an audience: who changed what, with the difference of each rule."""

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from console.audiences import (
    METHODS,
    STATES,
    AudienceHead,
    audience_crumbs,
    audience_head,
    people_of,
)
from console.pages import in_sandbox, render_page
from core.sandboxes.models import Sandbox
from profiles.segmentation.history import Change, differences, list_versions
from profiles.segmentation.models import SegmentVersion
from profiles.store.queries import list_merge_policies

ACTIONS = {
    "Create": "Created",
    "Update": "Changed",
    "Publish": "Published",
    "Deactivate": "Deactivated",
    "Archive": "Archived",
}
_LABELS = {
    "name": "Name",
    "expression": "Rule",
    "method": "Evaluation method",
    "mergePolicyId": "Merge policy",
    "lifecycleState": "Lifecycle",
    "description": "Description",
    "ttlInDays": "Kept for, days",
    "excludeOptOut": "Leaves out people who opted out",
    "labels": "Labels",
    "tags": "Tags",
    "folder": "Folder",
    "payloadSchema": "Payload schema",
}
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|\w+|\s+|.')


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text that is "same", "added" or "removed"."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A property that changed: its pieces, or what it was and is."""

    label: str
    before: str
    after: str
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version."""

    version: SegmentVersion
    action: str
    person: str
    changes: tuple[ChangeRow, ...]


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Versions, newest first."""

    head: AudienceHead
    rows: tuple[VersionRow, ...]


@require_GET
@in_sandbox
def history(request: HttpRequest, sandbox: Sandbox, segment_id: UUID) -> HttpResponse:
    """Every version with what it changed."""
    head = audience_head(sandbox, segment_id, tab="audience-history")
    versions = list_versions(head.segment)
    names = people_of(each.changed_by for each in versions)
    policies = {str(each.pk): each.name for each in list_merge_policies(sandbox=sandbox)}
    older: list[Mapping[str, Any]] = [*(each.document for each in versions[1:]), {}]
    rows = tuple(
        VersionRow(
            version=new,
            action=ACTIONS.get(new.action, new.action),
            person=names[new.changed_by],
            changes=tuple(_rows(old, new.document, policies)),
        )
        for new, old in zip(versions, older, strict=True)
    )
    return render_page(
        request,
        "console/audiences/history.html",
        HistoryPage(head, rows),
        sandbox=sandbox,
        section="audiences",
        title=head.segment.name,
        crumbs=audience_crumbs(sandbox, head.segment, "History"),
    )


def _rows(
    old: Mapping[str, Any], new: Mapping[str, Any], policies: Mapping[str, str]
) -> Iterator[ChangeRow]:
    for change in differences(old, new):
        if not old and change.after in (None, "", [], True):
            continue  # of the first version only what was said
        yield _row(change, policies)


def _row(change: Change, policies: Mapping[str, str]) -> ChangeRow:
    before, after = (_shown(change.path, each, policies) for each in (change.before, change.after))
    runs = difference(before, after) if change.path == "expression" else ()
    return ChangeRow(_LABELS[change.path], before, after, runs)


def _shown(path: str, value: Any, policies: Mapping[str, str]) -> str:
    if value is None or value in ("", []):
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if path == "mergePolicyId":
        return policies.get(str(value), str(value))
    if path == "lifecycleState":
        return STATES.get(str(value), ("", str(value)))[1]
    return METHODS.get(str(value), str(value)) if path == "method" else str(value)


def difference(before: str, after: str) -> tuple[Run, ...]:
    """Both texts woven into one, word by word."""
    old, new = _TOKENS.findall(before), _TOKENS.findall(after)
    runs: list[Run] = []
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            runs.append(Run("same", "".join(old[a:b])))
            continue
        if b > a:
            runs.append(Run("removed", "".join(old[a:b])))
        if d > c:
            runs.append(Run("added", "".join(new[c:d])))
    return tuple(runs)
