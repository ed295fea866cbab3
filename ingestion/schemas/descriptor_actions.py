"""Write descriptors, under the same lock as the schemas they belong to."""

import secrets
from typing import Any

from django.db import transaction

from core import clock
from core.access.permissions import require
from core.access.types import Actor
from core.audit import actions as audit
from core.sandboxes.models import Sandbox
from ingestion.schemas import descriptors, queries
from ingestion.schemas.actions import announce_change, lock_registry
from ingestion.schemas.models import Descriptor
from ingestion.schemas.types import Raw, ResourceInvalid


@transaction.atomic
def create_descriptor(given: Any, *, sandbox: Sandbox, actor: Actor) -> Raw:
    """Store a new descriptor; answers the whole document."""
    require(actor, "manage-schemas", sandbox)
    lock_registry(sandbox)
    if Descriptor.objects.filter(sandbox=sandbox).count() >= descriptors.MAX_PER_SANDBOX:
        raise ResourceInvalid(f"A sandbox holds {descriptors.MAX_PER_SANDBOX} descriptors at most.")
    body = descriptors.checked_descriptor(given, sandbox=sandbox)
    descriptors.check_primary_unchanged(sandbox, old=None, new=body)
    now = clock.now_ms()
    row = Descriptor(sandbox=sandbox, uri=secrets.token_hex(20), created_ms=now, version=1)
    _save(row, body, moment=now)
    _announce(row, "Create", actor=actor)
    return dict(row.document)


@transaction.atomic
def replace_descriptor(given: Any, *, identifier: str, sandbox: Sandbox, actor: Actor) -> Raw:
    """The whole descriptor anew; type and schema may not change."""
    require(actor, "manage-schemas", sandbox)
    lock_registry(sandbox)
    row = queries.get_descriptor(sandbox, identifier)
    body = descriptors.checked_descriptor(given, sandbox=sandbox, own_id=row.uri)
    for key in ("@type", "xdm:sourceSchema"):
        if body[key] != row.document[key]:
            raise ResourceInvalid(f"{key} of a descriptor cannot change.", path=key)
    descriptors.check_primary_unchanged(sandbox, old=row.document, new=body)
    row.version += 1
    _save(row, body, moment=clock.now_ms())
    _announce(row, "Update", actor=actor)
    return dict(row.document)


@transaction.atomic
def delete_descriptor(*, identifier: str, sandbox: Sandbox, actor: Actor) -> None:
    """Remove a descriptor."""
    require(actor, "manage-schemas", sandbox)
    lock_registry(sandbox)
    row = queries.get_descriptor(sandbox, identifier)
    descriptors.check_primary_unchanged(sandbox, old=row.document, new=None)
    _announce(row, "Delete", actor=actor)
    row.delete()


def _save(row: Descriptor, body: Raw, *, moment: int) -> None:
    source = body.get("xdm:sourceProperty", "")
    row.type = body["@type"]
    row.schema_uri = body["xdm:sourceSchema"]
    row.path = source if isinstance(source, str) else ",".join(source)
    row.updated_ms = moment
    row.document = {
        "@id": row.uri,
        **body,
        "meta:containerId": "tenant",
        "version": str(row.version),
        "imsOrg": row.sandbox.organization.ims_org_id,
        "created": row.created_ms,
        "updated": moment,
    }
    row.save()


def _announce(row: Descriptor, action: str, *, actor: Actor) -> None:
    name = f"{row.type.removeprefix('xdm:')} {row.path}"
    audit.record(
        actor=actor,
        action=action,
        asset=("Descriptor", row.uri, name),
        sandbox=row.sandbox,
        details={"schema": row.schema_uri},
    )
    announce_change()
