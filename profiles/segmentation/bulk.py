"""The same change to several audiences: each that allows it, all in one transaction."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import transaction

from core.access.permissions import require
from core.access.types import Actor
from core.sandboxes.models import Sandbox
from profiles.segmentation import external, rules
from profiles.segmentation.actions import change_segment, delete_segment, input_of, set_state
from profiles.segmentation.folders import check_folder, folder_of, moved
from profiles.segmentation.lifecycle import next_state
from profiles.segmentation.models import SegmentDefinition
from profiles.segmentation.queries import find_segments
from profiles.segmentation.types import AudienceInUse, InvalidAudience
from profiles.segmentation.usage import other_users_of

State = SegmentDefinition.State
_PRESENT = {
    State.PUBLISHED: "It is published already.",
    State.INACTIVE: "It is inactive already.",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """Audiences that change, in the order they can, and those that stay, each with the reason."""

    going: tuple[SegmentDefinition, ...]
    staying: tuple[tuple[SegmentDefinition, str], ...]


def plan_state(segments: Sequence[SegmentDefinition], state: State) -> Plan:
    """Which of them can be published or deactivated."""
    reasons = {each.pk: _against_state(each, state) for each in segments}
    return _plan(segments, reasons)


def _against_state(segment: SegmentDefinition, state: State) -> str:
    if segment.state == state:
        return _PRESENT[state]
    try:
        next_state(segment, state)
    except (InvalidAudience, AudienceInUse) as error:
        return error.message
    return ""


def plan_deletion(segments: Sequence[SegmentDefinition]) -> Plan:
    """Which can be deleted: those that nothing needs but audiences that go as well, these first."""
    left = {each.pk: each for each in segments}
    going: list[SegmentDefinition] = []
    while True:
        gone = {each.pk for each in going}
        free = [each for each in left.values() if not _users(each, gone)]
        if not free:
            break
        going += free
        for each in free:
            del left[each.pk]
    gone = {each.pk for each in going}
    staying = tuple((each, _used_by(_users(each, gone))) for each in left.values())
    return Plan(tuple(going), staying)


def _users(segment: SegmentDefinition, gone: Collection[object]) -> list[str]:
    dependents = sorted(
        f"audience {each.name}" for each in segment.dependents.all() if each.pk not in gone
    )
    return dependents + other_users_of(segment)


def _used_by(names: Sequence[str]) -> str:
    return f"It is used by {', '.join(names[:5])}{' and others' if len(names) > 5 else ''}."


def plan_tag(segments: Sequence[SegmentDefinition], tag: str) -> Plan:
    """Which get the tag."""
    reasons = {
        each.pk: "An archived audience cannot change."
        if each.state == State.ARCHIVED
        else "It has the tag already."
        if tag in each.tags
        else ""
        for each in segments
    }
    return _plan(segments, reasons)


def plan_move(segments: Sequence[SegmentDefinition], folder: str) -> Plan:
    """Which go to the folder; empty: out of theirs."""
    present = "It lies there already." if folder else "It lies in no folder."
    reasons = {
        each.pk: "An archived audience cannot change."
        if each.state == State.ARCHIVED
        else present
        if folder_of(each) == folder
        else ""
        for each in segments
    }
    return _plan(segments, reasons)


def _plan(segments: Sequence[SegmentDefinition], reasons: Mapping[UUID, str]) -> Plan:
    return Plan(
        tuple(each for each in segments if not reasons[each.pk]),
        tuple((each, reasons[each.pk]) for each in segments if reasons[each.pk]),
    )


@transaction.atomic
def set_states(
    state: State, *, actor: Actor, sandbox: Sandbox, segment_ids: Collection[str]
) -> Plan:
    """Publish or deactivate those that can be; answers what became of each."""
    plan = plan_state(_locked(actor, sandbox, segment_ids), state)
    for each in plan.going:
        set_state(state, actor=actor, sandbox=sandbox, segment_id=str(each.pk))
    return plan


@transaction.atomic
def delete_segments(*, actor: Actor, sandbox: Sandbox, segment_ids: Collection[str]) -> Plan:
    """Take those out of use that nothing else needs; answers what became of each."""
    plan = plan_deletion(_locked(actor, sandbox, segment_ids))
    for each in plan.going:
        delete_segment(actor=actor, sandbox=sandbox, segment_id=str(each.pk))
    return plan


@transaction.atomic
def tag_segments(tag: str, *, actor: Actor, sandbox: Sandbox, segment_ids: Collection[str]) -> Plan:
    """Give audiences a tag, beside those they have; answers what became of each."""
    plan = plan_tag(_locked(actor, sandbox, segment_ids), tag)
    for each in plan.going:
        _change(each, {"tags": (*each.tags, tag)}, actor=actor)
    return plan


@transaction.atomic
def move_segments(
    folder: str, *, actor: Actor, sandbox: Sandbox, segment_ids: Collection[str]
) -> Plan:
    """Put audiences into a folder, which is there by that, or into none; what became of each."""
    folder = check_folder(folder)
    plan = plan_move(_locked(actor, sandbox, segment_ids), folder)
    for each in plan.going:
        reference = moved(each.linked_audience_ref, folder)
        _change(each, {"linked_audience_ref": reference}, actor=actor)
    return plan


def _change(segment: SegmentDefinition, values: Mapping[str, Any], *, actor: Actor) -> None:
    key = str(segment.pk)
    if segment.kind == SegmentDefinition.Kind.EXTERNAL:
        external.change_external(
            lambda stored: replace(external.input_of(stored), **values),
            actor=actor,
            sandbox=segment.sandbox,
            segment_id=key,
        )
        return
    change_segment(
        lambda stored: replace(input_of(stored), **values),
        actor=actor,
        sandbox=segment.sandbox,
        segment_id=key,
    )


def _locked(
    actor: Actor, sandbox: Sandbox, segment_ids: Collection[str]
) -> list[SegmentDefinition]:
    """Those still there, by name, under the lock that all writers of audiences take."""
    require(actor, "manage-segments", sandbox)
    rules.lock(sandbox)
    return sorted(
        find_segments(sandbox=sandbox, segment_ids=segment_ids), key=lambda each: each.name.lower()
    )
