"""Create, edit, publish, deactivate, archive and delete audiences with a rule."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction

from core import clock
from core.access.permissions import require
from core.access.types import SYSTEM, Actor
from core.audit import actions as audit
from core.notify import config_changed
from core.sandboxes.models import Sandbox
from core.tasks import enqueue
from profiles.segmentation import rules
from profiles.segmentation.expressions import Checked, check_rule
from profiles.segmentation.forget import FORGET_TASK
from profiles.segmentation.history import snapshot
from profiles.segmentation.jobs import evaluate_soon
from profiles.segmentation.lifecycle import ACTIONS, EVALUATED, first_state, next_state
from profiles.segmentation.models import SegmentDefinition
from profiles.segmentation.queries import get_segment, live
from profiles.segmentation.types import Expression, InvalidAudience, SegmentInput
from profiles.segmentation.usage import refuse_if_used
from profiles.store.models import MergePolicy

RULE = SegmentDefinition.Kind.RULE
Method = SegmentDefinition.Method
State = SegmentDefinition.State

Edit = Callable[[SegmentDefinition], SegmentInput]


@transaction.atomic
def create_segment(given: SegmentInput, *, actor: Actor, sandbox: Sandbox) -> SegmentDefinition:
    """A new audience, published unless a draft is asked for."""
    require(actor, "manage-segments", sandbox)
    rules.lock(sandbox)
    segment = rules.new_segment(sandbox, RULE, actor)
    segment.state = first_state(given.state)
    _write(segment, given, "Create", actor=actor)
    evaluate_soon(segment)
    return segment


@transaction.atomic
def change_segment(
    edit: Edit,
    *,
    actor: Actor,
    sandbox: Sandbox,
    segment_id: str,
    expected_version: int | None = None,
) -> SegmentDefinition:
    """Give an audience another description: `edit` sees the stored one, under the lock.

    Raises EditConflict, with what both sides want, unless `expected_version` is the present one.
    A method the new rule does not allow becomes batch, unless this change asks for the method.
    """
    require(actor, "manage-segments", sandbox)
    rules.lock(sandbox)
    segment = rules.get_for_edit(sandbox, segment_id, RULE)
    given = edit(segment)
    rules.check_version(segment, expected_version, _as_snapshot(segment, given))
    before = _what_decides(segment)
    state, segment.state = segment.state, next_state(segment, given.state)
    action = "Update" if segment.state == state else ACTIONS[State(segment.state)]
    _write(segment, given, action, actor=actor)
    _settle_dependents(segment)
    _forget_if_over(segment)
    if segment.state in EVALUATED and _what_decides(segment) != before:
        evaluate_soon(segment)
    return segment


def set_state(
    state: str,
    *,
    actor: Actor,
    sandbox: Sandbox,
    segment_id: str,
    expected_version: int | None = None,
) -> SegmentDefinition:
    """Publish, deactivate or archive an audience of any kind; to have the state already is fine."""
    require(actor, "manage-segments", sandbox)
    with transaction.atomic():
        rules.lock(sandbox)
        segment = rules.get_for_edit(sandbox, segment_id)
        wanted = {**snapshot(segment), "lifecycleState": state}
        rules.check_version(segment, expected_version, wanted)
        before, segment.state = segment.state, next_state(segment, state)
        if segment.state != before:
            rules.check_limits(segment)
            rules.save(segment, ACTIONS[State(segment.state)], actor=actor)
            _forget_if_over(segment)
            if segment.kind == RULE and segment.state in EVALUATED:
                evaluate_soon(segment)
    return segment


def copy_segment(
    name: str, *, actor: Actor, sandbox: Sandbox, segment_id: str
) -> SegmentDefinition:
    """A draft with the rule of another audience."""
    require(actor, "manage-segments", sandbox)
    with transaction.atomic():
        rules.lock(sandbox)
        given = input_of(rules.get_for_edit(sandbox, segment_id, RULE))
        values = {each: getattr(given, each) for each in SegmentInput.__slots__}
        copied = SegmentInput(**values | {"name": name, "state": State.DRAFT})
        return create_segment(copied, actor=actor, sandbox=sandbox)


@transaction.atomic
def delete_segment(
    *, actor: Actor, sandbox: Sandbox, segment_id: str, expected_version: int | None = None
) -> None:
    """Take an audience of any kind out of use, unless something needs it.

    Its row stays, nameless to readers, and its members are forgotten.
    """
    require(actor, "manage-segments", sandbox)
    rules.lock(sandbox)
    segment = get_segment(sandbox=sandbox, segment_id=segment_id)
    rules.check_version(segment, expected_version, {})
    refuse_if_used(segment, "deleted")
    segment.deleted_ms = segment.updated_ms = clock.now_ms()
    segment.updated_by = actor.id
    segment.merge_policy = None
    segment.save(update_fields=["deleted_ms", "updated_ms", "updated_by", "merge_policy"])
    segment.depends_on.clear()
    asset = ("Segment", str(segment.pk), segment.name)
    audit.record(
        actor=actor,
        action="Delete",
        asset=asset,
        sandbox=sandbox,
        details={"version": segment.version},
    )
    enqueue(FORGET_TASK, segment=segment.number)
    config_changed("segment")


def input_of(segment: SegmentDefinition) -> SegmentInput:
    """What would make the audience what it is."""
    policy = segment.merge_policy_id
    return SegmentInput(
        name=segment.name,
        expression=Expression(segment.expression_value, segment.expression_format),
        description=segment.description,
        schema_name=segment.schema_name,
        merge_policy_id=str(policy) if policy else None,
        method=segment.method,
        state=segment.state,
        ttl_days=segment.ttl_days,
        payload_schema=segment.payload_schema,
        exclude_opt_out=segment.exclude_opt_out,
        labels=tuple(segment.labels),
        tags=tuple(segment.tags),
        linked_audience_ref=segment.linked_audience_ref,
    )


def _write(segment: SegmentDefinition, given: SegmentInput, action: str, *, actor: Actor) -> None:
    """Check all of it, then store it as the audience's next version."""
    segment.name = rules.check_name(given.name, segment)
    policy = rules.choose_policy(segment, given.schema_name, given.merge_policy_id)
    checked = check_rule(given.expression, sandbox=segment.sandbox, schema_name=given.schema_name)
    used = rules.referenced(segment, checked.references)
    segment.method = _method(segment, given.method, checked, policy, used)
    segment.uses_events = _uses_events(checked, used)
    segment.schema_name, segment.merge_policy = given.schema_name, policy
    segment.expression = checked.text
    segment.expression_format = given.expression.format
    segment.expression_value = given.expression.value
    segment.description = given.description
    segment.ttl_days = rules.check_ttl(given.ttl_days)
    segment.payload_schema = given.payload_schema
    segment.exclude_opt_out = given.exclude_opt_out
    segment.labels = rules.check_words(given.labels, "labels")
    segment.tags = rules.check_words(given.tags, "tags")
    segment.linked_audience_ref = dict(given.linked_audience_ref)
    rules.check_limits(segment)
    rules.save(segment, action, actor=actor)
    segment.depends_on.set(used)


def _method(
    segment: SegmentDefinition,
    wanted: str | None,
    checked: Checked,
    policy: MergePolicy,
    used: Sequence[SegmentDefinition],
) -> Method:
    """The method asked for when the rule allows it; the stored one falls back to batch."""
    stored = Method(segment.method) if segment.version else None
    if wanted is not None and wanted not in Method.values:
        message = f"The evaluation method must be one of {', '.join(Method.values)}."
        raise InvalidAudience(message, path="evaluationInfo", received=wanted)
    method = Method(wanted) if wanted else stored or Method.BATCH
    reasons = checked.reasons_against(method, policy=policy, used=used)
    if not reasons:
        return method
    if method == stored:
        return Method.BATCH
    message = f"The audience cannot be evaluated as {method}: {' '.join(reasons)}"
    raise InvalidAudience(message, path="evaluationInfo", received=method, reasons=reasons)


def _what_decides(segment: SegmentDefinition) -> tuple[object, ...]:
    """What members depend on, apart from their data."""
    return (
        segment.state,
        segment.expression,
        segment.schema_name,
        segment.merge_policy_id,
        segment.method,
        segment.exclude_opt_out,
    )


def settle_methods(*, sandbox: Sandbox) -> None:
    """After another merge policy became active on edge: who cannot be streamed becomes batch."""
    with transaction.atomic():
        rules.lock(sandbox)
        rows = live(sandbox).filter(kind=RULE).exclude(method=Method.BATCH)
        for segment in rows.exclude(state=State.ARCHIVED).select_related("merge_policy"):
            _settle(segment)


def _settle_dependents(segment: SegmentDefinition) -> None:
    """What rests on this rule may rest on another one now."""
    for each in segment.dependents.select_related("merge_policy").order_by("number"):
        _settle(each)


def _settle(segment: SegmentDefinition) -> None:
    """Bring up to date what follows from the rules an audience names: events, and the method."""
    expression = Expression(segment.expression)
    checked = check_rule(expression, sandbox=segment.sandbox, schema_name=segment.schema_name)
    policy, used = segment.merge_policy, list(segment.depends_on.all())
    assert policy is not None, "a rule has a merge policy"
    before = segment.uses_events, segment.method
    segment.uses_events = _uses_events(checked, used)
    if checked.reasons_against(Method(segment.method), policy=policy, used=used):
        segment.method = Method.BATCH
        rules.save(segment, "Update", actor=SYSTEM)
    if before != (segment.uses_events, segment.method):
        segment.save(update_fields=["uses_events"])
        _settle_dependents(segment)


def _uses_events(checked: Checked, used: Sequence[SegmentDefinition]) -> bool:
    return checked.has_events or any(each.uses_events for each in used)


def _forget_if_over(segment: SegmentDefinition) -> None:
    if segment.state == State.ARCHIVED:
        enqueue(FORGET_TASK, segment=segment.number)


def _as_snapshot(segment: SegmentDefinition, given: SegmentInput) -> dict[str, Any]:
    """What the caller wants, as a document like those of versions."""
    return snapshot(segment) | {
        "name": given.name,
        "description": given.description,
        "expression": given.expression.value,
        "mergePolicyId": given.merge_policy_id,
        "method": given.method or segment.method,
        "lifecycleState": given.state or segment.state,
        "ttlInDays": given.ttl_days,
        "excludeOptOut": given.exclude_opt_out,
        "labels": list(given.labels),
        "tags": list(given.tags),
        "payloadSchema": given.payload_schema,
    }
