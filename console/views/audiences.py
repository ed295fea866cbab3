"""Audiences: the portal, and what can be done with one of them there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from console.audiences import METHODS, ORIGINS, STATES, people_of
from console.builder.draft import KIND
from console.builder.templates import TEMPLATES, Template
from console.days import end_ms, start_ms
from console.pages import actor_of, in_sandbox, render_page
from console.paging import paging_of, size_of
from console.schedule_card import ScheduleCard, schedule_card
from console.tables import Chip, Column, Table, chips_of, table_of
from console.views.audiences_bulk import audience_selection
from console.views.session import safe_next
from core import clock
from core.drafts.models import Draft
from core.drafts.queries import list_drafts
from core.errors import AppError
from core.sandboxes.models import Sandbox
from profiles.segmentation.actions import copy_segment
from profiles.segmentation.browse import (
    NEWEST_CHANGE,
    NOT_SCHEDULED,
    AudienceFilter,
    audience_tags,
    browse_audiences,
    values_in_use,
)
from profiles.segmentation.folders import folder_of, list_folders
from profiles.segmentation.members import Totals, count_members
from profiles.segmentation.models import SegmentDefinition
from profiles.segmentation.queries import get_segment, live
from profiles.segmentation.types import NameTaken
from profiles.segmentation.usage import users_of

State = SegmentDefinition.State
# What the row menu offers in each state, beside editing, copying and deleting.
_WAYS = {
    State.DRAFT.value: ("published", "Publish"),
    State.INACTIVE.value: ("published", "Publish"),
    State.PUBLISHED.value: ("inactive", "Deactivate"),
}
_FREQUENCIES = {**METHODS, NOT_SCHEDULED: "Not scheduled"}
_DONE = {"published": "published", "inactive": "deactivated"}
COLUMNS = (
    Column("name", "Name", order="name"),
    Column("count", "Profile count", number=True),
    Column("breakdown", "Breakdown"),
    Column("method", "Update frequency"),
    Column("state", "Lifecycle status"),
    Column("origin", "Origin", wide=True),
    Column("tags", "Tags", wide=True),
    Column("description", "Description", extra=True),
    Column("created", "Created", order="created", extra=True),
    Column("creator", "Created by", extra=True),
    Column("updated", "Last updated", order="updated", wide=True),
    Column("menu", "Actions"),
)
_MOST_COPIES = 50


@dataclass(frozen=True, slots=True)
class AudienceRow:
    """A line of the list. `members` None: never evaluated. `way` is a state to go to, in words."""

    segment: SegmentDefinition
    members: Totals | None
    realized_share: int
    method: str
    tone: str
    state: str
    origin: str
    folder: str
    creator: str
    way: tuple[str, str] | None
    has_rule: bool
    users: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DraftRow:
    """An unfinished rule in the builder."""

    id: str
    name: str
    edits: bool
    updated_ms: int


@dataclass(frozen=True, slots=True)
class AudiencesPage:
    """Audiences of the sandbox that match search and filters."""

    table: Table
    rows: tuple[AudienceRow, ...]
    drafts: tuple[DraftRow, ...]
    given: QueryDict
    wanted: AudienceFilter
    chips: tuple[Chip, ...]
    origins: tuple[tuple[str, str], ...]
    states: tuple[tuple[str, str], ...]
    methods: tuple[tuple[str, str], ...]
    tags: tuple[str, ...]
    folders: tuple[tuple[str, str], ...]
    creators: tuple[tuple[str, str], ...]
    templates: tuple[Template, ...]
    any_exist: bool
    schedule: ScheduleCard
    as_of: int

    @property
    def more_filters(self) -> bool:
        """Whether a filter of the folded part is active."""
        return any(chip.parameters not in ("state", "method", "folder") for chip in self.chips)


@require_GET
@in_sandbox
def list_(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Audiences, the newest change first unless asked otherwise."""
    wanted = _wanted(request.GET)
    order = request.GET.get("sort") or NEWEST_CHANGE
    size = size_of(request)
    found, total = browse_audiences(
        sandbox=sandbox,
        wanted=wanted,
        order=order,
        after=request.GET.get("after", ""),
        size=size,
    )
    ids = values_in_use(sandbox=sandbox, column="created_by")
    creators = people_of(ids)
    origins = {
        each: ORIGINS.get(each, each) for each in values_in_use(sandbox=sandbox, column="origin")
    }
    page = AudiencesPage(
        table=table_of(
            request,
            "audiences",
            label="Audiences",
            columns=COLUMNS,
            order=order,
            paging=paging_of(found, total=total, size=size),
            selection=audience_selection(request, sandbox),
        ),
        rows=_rows(found.rows, creators),
        drafts=_drafts(request, sandbox),
        given=request.GET,
        wanted=wanted,
        chips=_chips(request.GET, wanted, creators),
        origins=_by_label(origins),
        states=tuple((value, label) for value, (_, label) in STATES.items()),
        methods=tuple(_FREQUENCIES.items()),
        tags=tuple(audience_tags(sandbox=sandbox)),
        folders=tuple((name, f"{name} ({count})") for name, count in list_folders(sandbox=sandbox)),
        creators=_by_label(creators),
        templates=TEMPLATES,
        any_exist=bool(total or wanted.narrows),
        schedule=schedule_card(sandbox),
        as_of=clock.now_us(),
    )
    return render_page(
        request,
        "console/audiences/list.html",
        page,
        sandbox=sandbox,
        section="audiences",
        title="Audiences",
        fragment="results",
    )


def _wanted(given: QueryDict) -> AudienceFilter:
    return AudienceFilter(
        text=given.get("q", "").strip(),
        origin=given.get("origin", ""),
        state=given.get("state", "") if given.get("state") in STATES else "",
        method=given.get("method", "") if given.get("method") in _FREQUENCIES else "",
        tag=given.get("tag", "").strip(),
        folder=given.get("folder", ""),
        created_by=given.get("creator", ""),
        created_from=start_ms(given.get("created_from", "")),
        created_until=end_ms(given.get("created_to", "")),
        updated_from=start_ms(given.get("updated_from", "")),
        updated_until=end_ms(given.get("updated_to", "")),
        never_evaluated=given.get("evaluated") == "never",
    )


def _rows(
    segments: Sequence[SegmentDefinition], creators: Mapping[str, str]
) -> tuple[AudienceRow, ...]:
    totals = count_members(segments)
    return tuple(_row(row, totals.get(row.number), creators) for row in segments)


def _row(
    segment: SegmentDefinition, totals: Totals | None, creators: Mapping[str, str]
) -> AudienceRow:
    known = totals or Totals()
    was_evaluated = totals is not None or segment.evaluated_ms is not None
    everybody = known.realized + known.exited
    tone, state = STATES[segment.state]
    has_rule = segment.kind == SegmentDefinition.Kind.RULE
    return AudienceRow(
        segment=segment,
        members=known if was_evaluated else None,
        realized_share=round(100 * known.realized / everybody) if everybody else 0,
        method=_FREQUENCIES[segment.method if has_rule else NOT_SCHEDULED],
        tone=tone,
        state=state,
        origin=ORIGINS.get(segment.origin, segment.origin),
        folder=folder_of(segment),
        creator=creators.get(segment.created_by, segment.created_by),
        way=_WAYS.get(segment.state),
        has_rule=has_rule,
        users=tuple(users_of(segment)),
    )


def _drafts(request: HttpRequest, sandbox: Sandbox) -> tuple[DraftRow, ...]:
    return tuple(
        DraftRow(
            str(draft.pk),
            str(draft.state.get("name") or "New audience"),
            bool(draft.subject),
            draft.updated_ms,
        )
        for draft in list_drafts(KIND, actor=actor_of(request), sandbox=sandbox)
        if _has_begun(draft)
    )


def _has_begun(draft: Draft) -> bool:
    """Whether there is anything to lose: the builder was opened, and something was done."""
    return bool(draft.subject or draft.state.get("name") or draft.state.get("revision"))


def _chips(
    given: QueryDict, wanted: AudienceFilter, creators: Mapping[str, str]
) -> tuple[Chip, ...]:
    state = STATES.get(wanted.state, ("", ""))[1]
    creator = creators.get(wanted.created_by, wanted.created_by)
    return chips_of(
        (
            (wanted.state, f"Lifecycle: {state}", "state"),
            (wanted.method, f"Frequency: {_FREQUENCIES.get(wanted.method)}", "method"),
            (wanted.never_evaluated, "Never evaluated", "evaluated"),
            (wanted.origin, f"Origin: {ORIGINS.get(wanted.origin, wanted.origin)}", "origin"),
            (wanted.folder, f"Folder: {wanted.folder}", "folder"),
            (wanted.tag, f"Tag: {wanted.tag}", "tag"),
            (wanted.created_by, f"Created by: {creator}", "creator"),
            (wanted.created_from, f"Created from {given.get('created_from')}", "created_from"),
            (wanted.created_until, f"Created to {given.get('created_to')}", "created_to"),
            (wanted.updated_from, f"Updated from {given.get('updated_from')}", "updated_from"),
            (wanted.updated_until, f"Updated to {given.get('updated_to')}", "updated_to"),
        )
    )


def _by_label(labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(labels.items(), key=lambda item: item[1].lower()))


def _home(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    return redirect(safe_next(request, default=reverse("audiences", args=[sandbox.name])))


@require_POST
@in_sandbox
def copy(request: HttpRequest, sandbox: Sandbox, segment_id: UUID) -> HttpResponse:
    """A draft with the same rule, under a name nobody has."""
    actor = actor_of(request)
    try:
        source = get_segment(sandbox=sandbox, segment_id=segment_id)
        made = copy_segment(
            _free_name(sandbox, source.name),
            actor=actor,
            sandbox=sandbox,
            segment_id=str(segment_id),
        )
    except AppError as error:
        messages.error(request, error.message)
        return _home(request, sandbox)
    messages.success(request, f"{made.name} is a draft with the rule of {source.name}.")
    return redirect("audience-edit", sandbox.name, str(made.pk))


def _free_name(sandbox: Sandbox, name: str) -> str:
    base = f"{name[:280]} copy"
    taken = set(live(sandbox).filter(name__startswith=base).values_list("name", flat=True))
    numbered = (f"{base} {number}" for number in range(2, _MOST_COPIES))
    free = next((each for each in (base, *numbered) if each not in taken), None)
    if free is None:
        raise NameTaken(f"There are many copies of {name} already: rename some of them.")
    return free
