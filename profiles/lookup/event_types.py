"""Event types clients announced (`ups/config/eventTypes`): kept and shown, never enforced."""

import uuid
from dataclasses import dataclass

from django.db import transaction

from core import clock
from core.access.permissions import require
from core.access.types import Actor
from core.audit import actions as audit
from core.errors import Invalid, NotFound
from core.sandboxes.models import Sandbox
from profiles.lookup.models import EventTypeConfig


@dataclass(frozen=True, slots=True)
class EventTypeInput:
    """An event type as a client describes it; an empty `code` gets one."""

    code: str = ""
    title: str = ""
    description: str = ""
    is_global: bool = True


def list_event_types(
    *, sandbox: Sandbox, start: int = 0, limit: int | None = None
) -> list[EventTypeConfig]:
    """Announced event types by code."""
    found = EventTypeConfig.objects.filter(sandbox=sandbox).order_by("code")
    return list(found[start : None if limit is None else start + limit])


def get_event_type(*, sandbox: Sandbox, code: str) -> EventTypeConfig:
    """One announced event type; raises NotFound."""
    found = EventTypeConfig.objects.filter(sandbox=sandbox, code=code).first()
    if found is None:
        msg = f"The event type {code} is not found."
        raise NotFound(msg, id=code)
    return found


@transaction.atomic
def save_event_type(given: EventTypeInput, *, actor: Actor, sandbox: Sandbox) -> EventTypeConfig:
    """Announce an event type, or describe it anew: announcing twice is no conflict."""
    require(actor, "manage-profile-configs", sandbox)
    code = given.code.strip() or str(uuid.uuid4())
    if len(code) > 200 or len(given.title) > 300:
        raise Invalid("id has at most 200 characters, title 300.", path="id", received=code)
    saved, created = EventTypeConfig.objects.update_or_create(
        sandbox=sandbox,
        code=code,
        defaults={
            "title": given.title,
            "description": given.description,
            "is_global": given.is_global,
            "updated_ms": clock.now_ms(),
        },
    )
    _audit("Create" if created else "Update", saved, actor=actor, sandbox=sandbox)
    return saved


@transaction.atomic
def delete_event_type(*, actor: Actor, sandbox: Sandbox, code: str) -> None:
    """Forget an announced event type; events keep theirs."""
    require(actor, "manage-profile-configs", sandbox)
    found = get_event_type(sandbox=sandbox, code=code)
    _audit("Delete", found, actor=actor, sandbox=sandbox)
    found.delete()


def _audit(action: str, event_type: EventTypeConfig, *, actor: Actor, sandbox: Sandbox) -> None:
    audit.record(
        actor=actor,
        action=action,
        asset=("EventType", event_type.code, event_type.title),
        sandbox=sandbox,
    )
