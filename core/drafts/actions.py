"""Write drafts. They are no part of the tenant's configuration: no audit, no announcement."""

from collections.abc import Callable
from typing import Any

from django.db import transaction

from core import clock
from core.access.types import Actor
from core.drafts.models import Draft
from core.drafts.queries import get_draft
from core.sandboxes.models import Sandbox

KEPT_MS = 30 * 24 * 3600 * 1000

type State = dict[str, Any]


def start_draft(
    kind: str, *, actor: Actor, sandbox: Sandbox, state: State, subject: str = ""
) -> Draft:
    """A new draft; drafts of this person that nobody touched for 30 days go."""
    now = clock.now_ms()
    Draft.objects.filter(owner=actor.id, updated_ms__lt=now - KEPT_MS).delete()
    return Draft.objects.create(
        kind=kind,
        owner=actor.id,
        sandbox=sandbox,
        subject=subject,
        state=state,
        created_ms=now,
        updated_ms=now,
    )


@transaction.atomic
def change_draft(
    draft_id: str, *, kind: str, actor: Actor, sandbox: Sandbox, change: Callable[[State], State]
) -> Draft:
    """Replace the state by what `change` makes of it; raises NotFound.

    The row is locked meanwhile: two quick clicks change it one after the other.
    """
    found = get_draft(draft_id, kind=kind, actor=actor, sandbox=sandbox)
    draft = Draft.objects.select_for_update().get(pk=found.pk)
    draft.state = change(draft.state)
    draft.updated_ms = clock.now_ms()
    draft.save(update_fields=["state", "updated_ms"])
    return draft


@transaction.atomic
def change_draft_of(
    subject: str,
    *,
    kind: str,
    actor: Actor,
    sandbox: Sandbox,
    change: Callable[[State], State],
) -> Draft:
    """The same for the one draft about a subject; it begins with an empty state."""
    now = clock.now_ms()
    key = {"owner": actor.id, "sandbox": sandbox, "kind": kind, "subject": subject}
    draft, _ = Draft.objects.select_for_update().get_or_create(
        **key, defaults={"created_ms": now, "updated_ms": now}
    )
    draft.state = change(draft.state)
    draft.updated_ms = now
    draft.save(update_fields=["state", "updated_ms"])
    return draft


def discard_draft(draft: Draft) -> None:
    """Forget it: finished, cancelled or undone."""
    draft.delete()
