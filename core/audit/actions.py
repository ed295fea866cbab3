"""Write the audit trail, in the transaction of the action it describes."""

from typing import Any

from core.access.types import Actor
from core.audit.models import AuditEvent
from core.http.request_id import current_request_id
from core.sandboxes.models import Sandbox


def record(
    *,
    actor: Actor,
    action: str,
    asset: tuple[str, str, str],
    sandbox: Sandbox | None = None,
    details: dict[str, Any] | None = None,
    status: str = "Success",
) -> None:
    """Append one event; `asset` is (type, id, name), `action` an AEP verb such as `Create`."""
    asset_type, asset_id, asset_name = asset
    AuditEvent.objects.create(
        sandbox=sandbox,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name,
        action=action,
        asset_type=asset_type,
        asset_id=asset_id,
        asset_name=asset_name[:300],
        status=status,
        request_id=current_request_id(),
        details=details or {},
    )
