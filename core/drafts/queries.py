"""Read drafts, always as their owner."""

from uuid import UUID

from core.access.types import Actor
from core.drafts.models import Draft
from core.errors import NotFound
from core.sandboxes.models import Sandbox


def get_draft(draft_id: str, *, kind: str, actor: Actor, sandbox: Sandbox) -> Draft:
    """The actor's draft; raises NotFound for an unknown or somebody else's id."""
    try:
        wanted = UUID(draft_id)
    except ValueError as error:
        raise NotFound(f"No draft {draft_id}") from error
    rows = Draft.objects.filter(owner=actor.id, sandbox=sandbox, kind=kind)
    found = rows.filter(pk=wanted).first()
    if found is None:
        raise NotFound(f"No draft {draft_id}")
    return found


def find_draft_of(subject: str, *, kind: str, actor: Actor, sandbox: Sandbox) -> Draft | None:
    """The actor's draft about an object, or None."""
    rows = Draft.objects.filter(owner=actor.id, sandbox=sandbox, kind=kind)
    return rows.filter(subject=subject).first()


def list_drafts(kind: str, *, actor: Actor, sandbox: Sandbox) -> list[Draft]:
    """The actor's drafts of a kind, newest first."""
    rows = Draft.objects.filter(owner=actor.id, sandbox=sandbox, kind=kind)
    return list(rows.order_by("-updated_ms")[:20])
