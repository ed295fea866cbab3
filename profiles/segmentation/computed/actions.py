"""Create, change, publish, deactivate and delete computed attributes."""

from collections.abc import Callable

from django.db import transaction

from core import clock, sql
from core.access.permissions import require
from core.access.types import Actor
from core.audit import actions as audit
from core.notify import config_changed
from core.sandboxes.models import Sandbox
from profiles.segmentation.computed import rules
from profiles.segmentation.computed.expression import type_name
from profiles.segmentation.computed.queries import get_attribute, next_number
from profiles.segmentation.computed.runs import start_run_of
from profiles.segmentation.computed.types import (
    ASSET,
    MOST_ATTRIBUTES,
    AttributeInput,
    InvalidAttribute,
)
from profiles.segmentation.computed.usage import refuse_if_used
from profiles.segmentation.computed.windows import Duration
from profiles.segmentation.computed_models import ComputedAttribute
from profiles.segmentation.rules import lock
from profiles.segmentation.types import Expression

_PACKAGE = "profiles.segmentation.computed"
Status = ComputedAttribute.Status


@transaction.atomic
def create_attribute(given: AttributeInput, *, actor: Actor, sandbox: Sandbox) -> ComputedAttribute:
    """A new attribute, as a draft or published; raises PqlError, InvalidAttribute."""
    require(actor, "manage-segments", sandbox)
    lock(sandbox)
    if ComputedAttribute.objects.filter(sandbox=sandbox).count() >= MOST_ATTRIBUTES:
        raise InvalidAttribute(f"A sandbox holds at most {MOST_ATTRIBUTES} computed attributes.")
    attribute = ComputedAttribute(
        number=next_number(),
        sandbox=sandbox,
        created_ms=clock.now_ms(),
        created_by=actor.id,
    )
    _write(attribute, given)
    _save(attribute, "Create", actor=actor, at=attribute.created_ms)
    if given.published:
        _publish(attribute, actor=actor)
    return attribute


@transaction.atomic
def change_attribute(
    edit: Callable[[AttributeInput], AttributeInput],
    *,
    actor: Actor,
    sandbox: Sandbox,
    attribute_id: str,
) -> ComputedAttribute:
    """Change a draft, and publish it if `edit` says so; `edit` sees it under a lock."""
    require(actor, "manage-segments", sandbox)
    lock(sandbox)
    attribute = get_attribute(sandbox=sandbox, attribute_id=attribute_id)
    if attribute.status != Status.DRAFT:
        message = (
            f"{attribute.display_name} is published: only drafts can change."
            " Create another computed attribute instead."
        )
        raise InvalidAttribute(message, path="status", received=attribute.status)
    before = input_of(attribute)
    given = edit(before)
    if given != before:
        _write(attribute, given)
        if input_of(attribute) != before:
            _save(attribute, "Update", actor=actor)
    if given.published:
        _publish(attribute, actor=actor)
    return attribute


@transaction.atomic
def publish_attribute(*, actor: Actor, sandbox: Sandbox, attribute_id: str) -> ComputedAttribute:
    """Fix a draft, or take one that is inactive into use again, and compute its values."""
    require(actor, "manage-segments", sandbox)
    lock(sandbox)
    attribute = get_attribute(sandbox=sandbox, attribute_id=attribute_id)
    if attribute.status not in (Status.DRAFT, Status.DISABLED):
        message = f"{attribute.display_name} is published already."
        raise InvalidAttribute(message, path="status", received=attribute.status)
    _publish(attribute, actor=actor)
    return attribute


@transaction.atomic
def deactivate_attribute(*, actor: Actor, sandbox: Sandbox, attribute_id: str) -> ComputedAttribute:
    """Take an attribute out of use, unless an audience needs it; its values are forgotten."""
    require(actor, "manage-segments", sandbox)
    lock(sandbox)
    attribute = get_attribute(sandbox=sandbox, attribute_id=attribute_id)
    if attribute.status in (Status.DRAFT, Status.DISABLED):
        message = f"{attribute.display_name} is not in use."
        raise InvalidAttribute(message, path="status", received=attribute.status)
    refuse_if_used(attribute, "deactivated")
    attribute.status, attribute.next_ms = Status.DISABLED, None
    attribute.profile_count = None
    _save(attribute, "Deactivate", actor=actor)
    _forget_values(attribute)
    return attribute


@transaction.atomic
def delete_attribute(*, actor: Actor, sandbox: Sandbox, attribute_id: str) -> ComputedAttribute:
    """Remove an attribute with all its values, unless an audience needs it."""
    require(actor, "manage-segments", sandbox)
    lock(sandbox)
    attribute = get_attribute(sandbox=sandbox, attribute_id=attribute_id)
    refuse_if_used(attribute, "deleted")
    _announce(attribute, "Delete", actor=actor)
    _forget_values(attribute)
    ComputedAttribute.objects.filter(pk=attribute.pk).delete()
    return attribute


@transaction.atomic
def evaluate_now(*, actor: Actor, sandbox: Sandbox, attribute_id: str) -> ComputedAttribute:
    """Compute the values of a published attribute again, in the background."""
    require(actor, "evaluate-segments", sandbox)
    lock(sandbox)
    attribute = get_attribute(sandbox=sandbox, attribute_id=attribute_id)
    if attribute.status in (Status.DRAFT, Status.DISABLED):
        message = f"{attribute.display_name} has to be published first."
        raise InvalidAttribute(message, path="status", received=attribute.status)
    start_run_of(attribute, source="api", actor=actor)
    audit.record(
        actor=actor,
        action="Evaluate",
        asset=(ASSET, str(attribute.pk), attribute.display_name),
        sandbox=sandbox,
    )
    return attribute


def input_of(attribute: ComputedAttribute) -> AttributeInput:
    """What would make the attribute what it is."""
    return AttributeInput(
        name=attribute.name,
        display_name=attribute.display_name,
        expression=Expression(attribute.expression_value, attribute.expression_format),
        duration=Duration(attribute.duration_count, attribute.duration_unit),
        description=attribute.description,
        keep_current=attribute.keep_current,
        published=attribute.status not in (Status.DRAFT, Status.DISABLED),
    )


def _write(attribute: ComputedAttribute, given: AttributeInput) -> None:
    """Check all of it, then take it over."""
    attribute.name = _unused(rules.check_name(given.name), attribute)
    attribute.display_name = rules.check_display_name(given.display_name)
    duration = rules.check_duration(given.duration)
    checked = rules.check_attribute(given.expression, sandbox=attribute.sandbox)
    attribute.description = given.description
    attribute.expression = checked.text
    attribute.expression_format = given.expression.format
    attribute.expression_value = given.expression.value
    attribute.function = checked.computation.function
    attribute.return_type = type_name(checked.computation.type)
    attribute.duration_count, attribute.duration_unit = duration.count, duration.unit
    attribute.keep_current = given.keep_current


def _unused(name: str, attribute: ComputedAttribute) -> str:
    others = ComputedAttribute.objects.filter(sandbox=attribute.sandbox, name__iexact=name)
    if others.exclude(pk=attribute.pk).exists():
        message = (
            "Function with the same name already exists for the specified schema or definedOn:"
            f" {name}."
        )
        raise InvalidAttribute(message, path="name", received=name)
    return name


def _publish(attribute: ComputedAttribute, *, actor: Actor) -> None:
    # The schema may have changed since it was written.
    given = Expression(attribute.expression)
    checked = rules.check_attribute(given, sandbox=attribute.sandbox)
    attribute.return_type = type_name(checked.computation.type)
    attribute.status, attribute.error = Status.NEW, ""
    _save(attribute, "Publish", actor=actor)
    start_run_of(attribute, source="publish", actor=actor)


def _forget_values(attribute: ComputedAttribute) -> None:
    sql.change(_PACKAGE, "delete_attribute_values", {"attribute": attribute.number})


def _save(
    attribute: ComputedAttribute, action: str, *, actor: Actor, at: int | None = None
) -> None:
    attribute.updated_ms = at or max(clock.now_ms(), attribute.updated_ms)
    attribute.updated_by = actor.id
    attribute.save()
    _announce(attribute, action, actor=actor)


def _announce(attribute: ComputedAttribute, action: str, *, actor: Actor) -> None:
    audit.record(
        actor=actor,
        action=action,
        asset=(ASSET, str(attribute.pk), attribute.display_name),
        sandbox=attribute.sandbox,
        details={
            "name": attribute.name,
            "status": attribute.status,
            "expression": attribute.expression[:2000],
        },
    )
    config_changed("computed_attribute")
