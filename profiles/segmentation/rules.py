"""What every write of an audience checks, whatever kind it is, and how it is written down."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.db import connection

from core import clock
from core.access.types import Actor
from core.audit import actions as audit
from core.errors import NotFound
from core.notify import config_changed
from core.sandboxes.models import Sandbox
from profiles.segmentation.history import find_version, record_version, snapshot
from profiles.segmentation.lifecycle import EVALUATED
from profiles.segmentation.models import SegmentDefinition
from profiles.segmentation.queries import find_segments, get_segment, live
from profiles.segmentation.types import (
    MOST_AUDIENCES,
    MOST_EDGE,
    MOST_STREAMING,
    EditConflict,
    InvalidAudience,
    NameTaken,
)
from profiles.store.models import MergePolicy
from profiles.store.queries import find_default_policy, get_merge_policy

_LONGEST_NAME, _LONGEST_TTL = 300, 36_500
_MOST_WORDS, _LONGEST_WORD = 100, 200
Method = SegmentDefinition.Method
_MOST = {Method.STREAMING: MOST_STREAMING, Method.EDGE: MOST_EDGE}


def lock(sandbox: Sandbox) -> None:
    """One writer of audiences per sandbox: names, limits and cycles are about all of them."""
    Sandbox.objects.select_for_update(no_key=True).get(pk=sandbox.number)


def new_segment(sandbox: Sandbox, kind: SegmentDefinition.Kind, actor: Actor) -> SegmentDefinition:
    """An unsaved audience with its names; its first write makes it version 1."""
    key = uuid.uuid4()
    return SegmentDefinition(
        id=key,
        number=_next_number(),
        sandbox=sandbox,
        kind=kind,
        audience_id=str(key),
        version=0,
        created_ms=clock.now_ms(),
        created_by=actor.id,
    )


def get_for_edit(
    sandbox: Sandbox, segment_id: str, kind: SegmentDefinition.Kind | None = None
) -> SegmentDefinition:
    """The audience as it is under the lock; an archived one cannot change any more."""
    segment = get_segment(sandbox=sandbox, segment_id=segment_id)
    if segment.state == SegmentDefinition.State.ARCHIVED:
        raise InvalidAudience("An archived audience cannot change.", audienceId=segment_id)
    if kind is not None and segment.kind != kind:
        message = f"{segment.name} is a {segment.kind}, not a {kind}."
        raise InvalidAudience(message, path="type", received=kind, expected=segment.kind)
    return segment


def check_version(segment: SegmentDefinition, expected: int | None, given: dict[str, Any]) -> None:
    """Raise EditConflict unless the caller saw the present version (None: does not care)."""
    if expected is None or expected == segment.version:
        return
    raise EditConflict(
        f"{segment.name} was changed by {segment.updated_by} since you read it.",
        received=expected,
        expected=segment.version,
        base=find_version(segment, expected),
        stored=snapshot(segment),
        given=given,
    )


def check_name(name: str, segment: SegmentDefinition) -> str:
    """The name, free of blanks around it, that no other audience of the sandbox has."""
    name = name.strip()
    if not 0 < len(name) <= _LONGEST_NAME:
        message = f"name must have 1 to {_LONGEST_NAME} characters."
        raise InvalidAudience(message, path="name", received=name)
    others = live(segment.sandbox).exclude(state=SegmentDefinition.State.ARCHIVED)
    if others.filter(name=name).exclude(pk=segment.pk).exists():
        message = f"An audience with the name {name} already exists."
        raise NameTaken(message, path="name", received=name)
    return name


def check_words(words: Iterable[str], path: str) -> list[str]:
    """Labels or tags, each once."""
    found = list(dict.fromkeys(words))
    if len(found) > _MOST_WORDS or any(not 0 < len(word) <= _LONGEST_WORD for word in found):
        message = f"{path} holds at most {_MOST_WORDS} texts of 1 to {_LONGEST_WORD} characters."
        raise InvalidAudience(message, path=path)
    return found


def check_ttl(days: int | None) -> int | None:
    """Days an audience is kept, from 1."""
    if days is not None and not 0 < days <= _LONGEST_TTL:
        message = f"ttlInDays must be from 1 to {_LONGEST_TTL}."
        raise InvalidAudience(message, path="ttlInDays", received=days)
    return days


def check_limits(segment: SegmentDefinition) -> None:
    """Raise when the audience, as it is about to be stored, is one too many."""
    others = live(segment.sandbox).exclude(state=SegmentDefinition.State.ARCHIVED)
    others = others.exclude(pk=segment.pk)
    if segment.version == 0 and others.count() >= MOST_AUDIENCES:
        raise InvalidAudience(f"A sandbox holds at most {MOST_AUDIENCES} audiences.")
    most = _MOST.get(Method(segment.method))
    if most is None or segment.state not in EVALUATED:
        return
    if others.filter(method=segment.method, state__in=EVALUATED).count() >= most:
        message = f"A sandbox holds at most {most} {segment.method} audiences."
        raise InvalidAudience(message, path="evaluationInfo", received=segment.method)


def choose_policy(segment: SegmentDefinition, schema_name: str, wanted: str | None) -> MergePolicy:
    """The merge policy asked for, else the present one of the class, else the class's default."""
    if wanted:
        policy: MergePolicy | None = _policy(segment.sandbox, wanted)
    else:
        policy = segment.merge_policy or find_default_policy(
            sandbox=segment.sandbox, schema_name=schema_name
        )
    if policy is None:
        message = f"No merge policy is configured for the schema class {schema_name}."
        raise InvalidAudience(message, path="schema.name", received=schema_name)
    if policy.schema_name != schema_name:
        message = f"The merge policy {policy.name} is of the class {policy.schema_name}."
        raise InvalidAudience(message, path="mergePolicyId", received=wanted)
    return policy


def _policy(sandbox: Sandbox, policy_id: str) -> MergePolicy:
    try:
        return get_merge_policy(sandbox=sandbox, policy_id=policy_id)
    except NotFound as error:
        raise InvalidAudience(error.message, path="mergePolicyId", received=policy_id) from error


def referenced(segment: SegmentDefinition, ids: Iterable[str]) -> list[SegmentDefinition]:
    """The audiences a rule names, which must exist, be alive and not lead back to it."""
    wanted = list(dict.fromkeys(ids))
    found = {
        str(each.pk): each for each in find_segments(sandbox=segment.sandbox, segment_ids=wanted)
    }
    for each in wanted:
        used = found.get(each.lower())
        if used is None or used.state == SegmentDefinition.State.ARCHIVED:
            message = f"inSegment names the audience {each}, which does not exist."
            raise InvalidAudience(message, path="expression.value", received=each)
        if used.pk == segment.pk or segment.pk in reachable([used]):
            message = f"inSegment of {used.name} would make the audience depend on itself."
            raise InvalidAudience(message, path="expression.value", received=each)
    return list(found.values())


def reachable(segments: Iterable[SegmentDefinition]) -> dict[uuid.UUID, SegmentDefinition]:
    """These audiences and all they depend on, over any number of steps; those needed come first."""
    found: dict[uuid.UUID, SegmentDefinition] = {}
    level = list(segments)
    while level:
        # What is met again moves behind: it is needed earlier still.
        for each in level:
            found.pop(each.pk, None)
            found[each.pk] = each
        needed = SegmentDefinition.objects.filter(dependents__in=level).distinct()
        level = list(needed.select_related("merge_policy"))
    return dict(reversed(found.items()))


def save(segment: SegmentDefinition, action: str, *, actor: Actor) -> None:
    """Store the audience as its next version, with history, audit and the word to all processes."""
    segment.version += 1
    segment.updated_ms = max(clock.now_ms(), segment.updated_ms or 0)
    segment.updated_by = actor.id
    segment.save()
    record_version(segment, action)
    audit.record(
        actor=actor,
        action=action,
        asset=("Segment", str(segment.pk), segment.name),
        sandbox=segment.sandbox,
        details={
            "version": segment.version,
            "method": segment.method,
            "state": segment.state,
            "expression": segment.expression[:2000],
        },
    )
    config_changed("segment")


def _next_number() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('segment_number')")
        row: Any = cursor.fetchone()
        return int(row[0])
