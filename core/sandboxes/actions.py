"""Writes of sandboxes."""

import re
from typing import Any

from django.db import IntegrityError, transaction

from core.access.permissions import require
from core.access.types import Actor
from core.audit.actions import record
from core.errors import Conflict, Invalid
from core.notifications.actions import tell_sandbox
from core.notifications.types import Kind, Notice
from core.notify import config_changed
from core.sandboxes import hooks
from core.sandboxes.models import Organization, Sandbox
from core.sandboxes.queries import get_sandbox
from core.sandboxes.wipe import wipe

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


@transaction.atomic
def create_sandbox(
    *, actor: Actor, organization: Organization, name: str, title: str, sandbox_type: str
) -> Sandbox:
    """A new sandbox, ready for use when this returns; raises Conflict for a name in use."""
    require(actor, "manage-sandboxes", None)
    _check(name=name, title=title, sandbox_type=sandbox_type)
    sandbox = Sandbox(
        organization=organization,
        name=name,
        title=title,
        type=sandbox_type,
        state=Sandbox.State.CREATING,
        created_by=actor.id,
        modified_by=actor.id,
    )
    try:
        with transaction.atomic():
            sandbox.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(f"Sandbox {name} exists already", code="2002", name=name) from error
    hooks.prepare(sandbox)
    sandbox.state = Sandbox.State.ACTIVE
    sandbox.save(update_fields=["state", "updated_at"])
    _written(sandbox, actor=actor, action="Create")
    return sandbox


@transaction.atomic
def rename_sandbox(*, actor: Actor, organization: Organization, name: str, title: str) -> Sandbox:
    """Give the sandbox another title; name and type never change."""
    _check_title(title)
    sandbox = _locked(organization, name)
    require(actor, "manage-sandboxes", sandbox)
    sandbox.title = title
    sandbox.version += 1
    sandbox.modified_by = actor.id
    sandbox.save(update_fields=["title", "version", "modified_by", "updated_at"])
    _written(sandbox, actor=actor, action="Update")
    return sandbox


def delete_sandbox(
    *, actor: Actor, organization: Organization, name: str, validate_only: bool = False
) -> Sandbox:
    """Take the sandbox out of use for good, with all it holds; the default one is refused."""
    with transaction.atomic():
        sandbox = _locked(organization, name)
        require(actor, "manage-sandboxes", sandbox)
        if sandbox.is_default:
            raise Invalid(f"Sandbox `{name}` cannot be deleted: it is the default", code="2074")
        if validate_only:
            return sandbox
        _close(sandbox, Sandbox.State.DELETING, actor=actor)
    return _empty(sandbox, Sandbox.State.DELETED, actor=actor, action="Delete")


def reset_sandbox(
    *, actor: Actor, organization: Organization, name: str, validate_only: bool = False
) -> Sandbox:
    """Back to an empty sandbox: objects and data go, name and permissions stay."""
    with transaction.atomic():
        sandbox = _locked(organization, name)
        require(actor, "reset-sandboxes", sandbox)
        if validate_only:
            return sandbox
        _close(sandbox, Sandbox.State.RESETTING, actor=actor)
    return _empty(sandbox, Sandbox.State.ACTIVE, actor=actor, action="Reset")


def _close(sandbox: Sandbox, state: Sandbox.State, *, actor: Actor) -> None:
    """Committed first, so that nothing new is let in while rows go; a second try goes on."""
    sandbox.state = state
    sandbox.version += 1
    sandbox.modified_by = actor.id
    sandbox.save(update_fields=["state", "version", "modified_by", "updated_at"])
    config_changed("sandbox")


@transaction.atomic
def _empty(sandbox: Sandbox, state: Sandbox.State, *, actor: Actor, action: str) -> Sandbox:
    hooks.clean(sandbox)
    removed = wipe(sandbox)
    if state == Sandbox.State.ACTIVE:
        hooks.prepare(sandbox)
    sandbox.state = state
    sandbox.save(update_fields=["state", "updated_at"])
    _written(sandbox, actor=actor, action=action, details={"removed": removed})
    deleted = state == Sandbox.State.DELETED
    rows = sum(removed.values())
    _tell(
        Kind.SANDBOX_DELETED if deleted else Kind.SANDBOX_RESET,
        sandbox,
        f"Sandbox {sandbox.title} was {'deleted' if deleted else 'reset'}",
        f"By {actor.name}. Rows of objects and data that are gone: {rows:,}.",
    )
    return sandbox


@transaction.atomic
def copy_configuration(
    *, actor: Actor, organization: Organization, source: str, target: str
) -> dict[str, int]:
    """Copy what shapes data, but no data, into another sandbox; objects it has already stay.

    Answers how many objects of each kind were copied.
    """
    origin = get_sandbox(organization=organization, name=source)
    sandbox = _locked(organization, target)
    require(actor, "view-sandboxes", origin)
    require(actor, "manage-sandboxes", sandbox)
    if origin.pk == sandbox.pk:
        raise Invalid("Choose another sandbox to copy into.", path="target", received=target)
    copied = hooks.copy(origin, sandbox)
    details = {"from": origin.name, "copied": copied}
    _written(sandbox, actor=actor, action="Update", details=details)
    counted = ", ".join(f"{count:,} {kind}" for kind, count in copied.items() if count)
    _tell(
        Kind.SANDBOX_COPIED,
        sandbox,
        f"The configuration of {origin.title} was copied into {sandbox.title}",
        f"By {actor.name}: {counted or 'it had everything already'}.",
    )
    return copied


def _tell(kind: Kind, sandbox: Sandbox, title: str, text: str) -> None:
    notice = Notice(kind, title, text, subject=sandbox.name)
    tell_sandbox(notice, sandbox=sandbox, outlives=True)


def _locked(organization: Organization, name: str) -> Sandbox:
    # FOR UPDATE of one row: two writers of a sandbox take turns, and each sees the other's state.
    sandbox = get_sandbox(organization=organization, name=name)
    Sandbox.objects.select_for_update().get(pk=sandbox.pk)
    return get_sandbox(organization=organization, name=name)


def _check(*, name: str, title: str, sandbox_type: str) -> None:
    if not _NAME.fullmatch(name):
        rule = "lower-case letters, digits and hyphens, at most 64, starting with no hyphen"
        raise Invalid(f"name needs {rule}", code="2003", path="name", received=name)
    _check_title(title)
    if sandbox_type not in Sandbox.Type.values:
        known = ", ".join(Sandbox.Type.values)
        raise Invalid(
            f"type must be one of {known}", code="2003", path="type", received=sandbox_type
        )


def _check_title(title: str) -> None:
    if not 0 < len(title.strip()) <= 120:
        raise Invalid("title needs 1 to 120 characters", code="2003", path="title", received=title)


def _written(
    sandbox: Sandbox, *, actor: Actor, action: str, details: dict[str, Any] | None = None
) -> None:
    record(
        actor=actor,
        action=action,
        # Of the organization: whoever looks for a deleted sandbox stands in another one.
        asset=("Sandbox", sandbox.name, sandbox.title),
        details=details,
    )
    config_changed("sandbox")
