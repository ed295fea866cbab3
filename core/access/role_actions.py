"""Writes of roles. Roles belong to the organization; so does the permission to change them."""

from collections.abc import Iterable

from django.db import IntegrityError, transaction

from core.access.inputs import RoleInput
from core.access.models import ApiCredential, Role, User
from core.access.permissions import ADMINISTRATOR, BY_NAME, require
from core.access.queries import get_credential, get_role, get_user
from core.access.types import Actor
from core.audit.actions import record
from core.errors import Conflict, Invalid
from core.notify import config_changed
from core.sandboxes.models import Organization, Sandbox

MANAGE = "manage-access-control"


@transaction.atomic
def create_role(given: RoleInput, *, actor: Actor, organization: Organization) -> Role:
    """A new role that nobody has yet; raises Conflict for a name in use."""
    require(actor, MANAGE, None)
    role = Role(organization=organization, created_by=actor.id)
    _assign(role, given, actor=actor)
    _written(role, "Create", actor=actor)
    return role


@transaction.atomic
def change_role(
    given: RoleInput, *, actor: Actor, organization: Organization, role_id: str
) -> Role:
    """Replace what the role says; the permissions of Administrator never change."""
    require(actor, MANAGE, None)
    role = _locked(organization, role_id)
    if role.is_system and given.name != role.name:
        raise Invalid("A default role keeps its name.", path="name", received=given.name)
    if role.name == ADMINISTRATOR and (
        given.sandboxes or set(given.permissions) != set(role.permissions)
    ):
        raise Invalid("Administrator keeps all permissions everywhere.", path="permissions")
    _assign(role, given, actor=actor)
    _written(role, "Update", actor=actor)
    return role


@transaction.atomic
def delete_role(*, actor: Actor, organization: Organization, role_id: str) -> None:
    """Take the role from everybody and forget it; default roles stay."""
    require(actor, MANAGE, None)
    role = _locked(organization, role_id)
    if role.is_system:
        raise Invalid(f"{role.name} is a default role and cannot be deleted.", path="roleId")
    _written(role, "Delete", actor=actor)
    role.delete()


@transaction.atomic
def change_members(
    *,
    actor: Actor,
    organization: Organization,
    role_id: str,
    add: Iterable[str] = (),
    remove: Iterable[str] = (),
) -> Role:
    """Give the role to users (by number) or credentials (by client id), or take it away."""
    require(actor, MANAGE, None)
    role = _locked(organization, role_id)
    for subject in add:
        _member(subject, organization).roles.add(role)
    for subject in remove:
        _member(subject, organization).roles.remove(role)
    refuse_without_administrator()
    _written(role, "Update", actor=actor)
    return role


def roles_named(ids: Iterable[str], *, organization: Organization) -> list[Role]:
    """The roles with these ids; raises NotFound."""
    return [get_role(organization=organization, role_id=each) for each in ids]


def refuse_without_administrator() -> None:
    """Somebody must be able to undo: raises Conflict when no active administrator is left."""
    if not User.objects.filter(roles__name=ADMINISTRATOR, is_active=True).exists():
        raise Conflict("At least one active user must keep the role Administrator.")


def _member(subject: str, organization: Organization) -> User | ApiCredential:
    if subject.isdecimal() and len(subject) < 10:
        return get_user(user_id=subject)
    return get_credential(organization=organization, client_id=subject)


def _locked(organization: Organization, role_id: str) -> Role:
    # FOR UPDATE of one row: two writers of a role take turns.
    role = get_role(organization=organization, role_id=role_id)
    return Role.objects.select_for_update().get(pk=role.pk)


def _assign(role: Role, given: RoleInput, *, actor: Actor) -> None:
    unknown = sorted(set(given.permissions) - set(BY_NAME))
    if unknown:
        raise Invalid(
            f"No permission is named {unknown[0]}.", path="permissionSets", received=unknown[0]
        )
    if not 0 < len(given.name.strip()) <= 120:
        raise Invalid("A role needs a name of 1 to 120 characters.", path="name")
    sandboxes = [_sandbox(role.organization, name) for name in given.sandboxes]
    new = role.pk is None
    role.name = given.name.strip()
    role.description = given.description
    role.permissions = [name for name in BY_NAME if name in set(given.permissions)]
    role.labels = list(given.labels)
    role.in_all_sandboxes = not sandboxes
    role.modified_by = actor.id
    role.version = 1 if new else role.version + 1
    try:
        with transaction.atomic():
            role.save()
    except IntegrityError as error:
        raise Conflict(f"A role named {role.name} exists already.", name=role.name) from error
    role.sandboxes.set(sandboxes)


def _sandbox(organization: Organization, name: str) -> Sandbox:
    found = Sandbox.objects.filter(organization=organization, name=name).first()
    if found is None:
        raise Invalid(f"No sandbox is named {name}.", path="sandboxes", received=name)
    return found


def _written(role: Role, action: str, *, actor: Actor) -> None:
    record(
        actor=actor,
        action=action,
        asset=("Role", str(role.uuid), role.name),
        details={"permissions": role.permissions},
    )
    config_changed("access")
