"""Create and edit identity namespaces. There is no delete: stored identities name them forever."""

import re

from django.db import transaction

from core import clock, notify
from core.access.permissions import require
from core.access.types import Actor
from core.audit import actions as audit
from core.errors import Conflict, Invalid
from core.sandboxes.models import Organization, Sandbox
from ingestion.namespaces.models import IdentityNamespace
from ingestion.namespaces.queries import get_namespace
from ingestion.namespaces.standard import FIRST_CUSTOM_ID
from ingestion.namespaces.types import ID_TYPES, NamespaceInput

_CODE = re.compile(r"\w[\w.\-]{0,63}")


@transaction.atomic
def create_namespace(given: NamespaceInput, *, actor: Actor, sandbox: Sandbox) -> IdentityNamespace:
    """A new custom namespace; Conflict when its code is taken."""
    require(actor, "manage-identity-namespaces", sandbox)
    given = _checked(given)
    # The organization's row serializes number allocation and the check of the code.
    organization = Organization.objects.select_for_update().get(pk=sandbox.organization_id)
    taken = IdentityNamespace.objects.filter(organization=organization, code=given.code)
    if taken.exists():
        msg = f"Identity namespace code {given.code} is already in use."
        raise Conflict(msg, code_in_use=given.code)
    now = clock.now_ms()
    created = IdentityNamespace.objects.create(
        id=_next_number(),
        organization=organization,
        code=given.code,
        name=given.name,
        description=given.description,
        id_type=given.id_type,
        custom=True,
        created_ms=now,
        updated_ms=now,
    )
    _announce(created, action="Create", actor=actor, sandbox=sandbox)
    return created


@transaction.atomic
def update_namespace(
    given: NamespaceInput, *, actor: Actor, sandbox: Sandbox, number: int
) -> IdentityNamespace:
    """Change name and description. Code and type are part of stored identities: they stay."""
    require(actor, "manage-identity-namespaces", sandbox)
    given = _checked(given)
    found = get_namespace(organization=sandbox.organization, number=number)
    if not found.custom:
        msg = f"{found.code} is a standard namespace and cannot be changed."
        raise Invalid(msg, namespace=number)
    _refuse_change("code", stored=found.code, received=given.code)
    _refuse_change("idType", stored=found.id_type, received=given.id_type)
    found.name = given.name
    found.description = given.description
    found.updated_ms = clock.now_ms()
    found.save(update_fields=["name", "description", "updated_ms"])
    _announce(found, action="Update", actor=actor, sandbox=sandbox)
    return found


def _next_number() -> int:
    last = (
        IdentityNamespace.objects.filter(id__gte=FIRST_CUSTOM_ID)
        .order_by("-id")
        .values_list("id", flat=True)
        .first()
    )
    return FIRST_CUSTOM_ID if last is None else last + 1


def _checked(given: NamespaceInput) -> NamespaceInput:
    name, id_type = given.name.strip(), given.id_type.strip().upper()
    if not name or len(name) > 120:
        raise Invalid("A name of 1 to 120 characters is required.", path="name", received=name)
    if not _CODE.fullmatch(given.code):
        raise Invalid(
            "The code is one word of up to 64 letters, digits, dots, dashes and underscores.",
            path="code",
            received=given.code,
        )
    if id_type not in ID_TYPES:
        raise Invalid(
            f"idType is one of {', '.join(ID_TYPES)}.", path="idType", received=given.id_type
        )
    return NamespaceInput(
        name=name, code=given.code, id_type=id_type, description=given.description.strip()
    )


def _refuse_change(path: str, *, stored: str, received: str) -> None:
    if stored != received:
        msg = f"{path} of an identity namespace cannot change from {stored} to {received}."
        raise Invalid(msg, path=path, received=received, expected=stored)


def _announce(namespace: IdentityNamespace, *, action: str, actor: Actor, sandbox: Sandbox) -> None:
    audit.record(
        actor=actor,
        action=action,
        asset=("IdentityNamespace", str(namespace.id), namespace.code),
        sandbox=sandbox,
        details={"name": namespace.name, "idType": namespace.id_type},
    )
    notify.config_changed("namespace")
