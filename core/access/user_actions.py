"""Writes of users and credentials, by administrators."""

import re
from collections.abc import Iterable
from datetime import timedelta

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from core import clock
from core.access.credentials import create_credential, new_secret
from core.access.inputs import UserInput
from core.access.models import ApiCredential, User
from core.access.permissions import require
from core.access.queries import get_credential, get_user
from core.access.role_actions import MANAGE, refuse_without_administrator, roles_named
from core.access.types import Actor
from core.audit.actions import record
from core.errors import Conflict, Invalid
from core.notify import config_changed
from core.sandboxes.models import Organization

OVERLAP = timedelta(hours=24)
_USERNAME = re.compile(r"[\w.@+-]{1,150}")


@transaction.atomic
def create_user(given: UserInput, *, actor: Actor, organization: Organization) -> User:
    """A person without a password: they set one with a one-time link. Raises Conflict."""
    require(actor, MANAGE, None)
    if not _USERNAME.fullmatch(given.username):
        rule = "1 to 150 letters, digits and . @ + - _"
        raise Invalid(f"A user name is {rule}.", path="username", received=given.username)
    user = User(username=given.username, email=given.email, title=given.name)
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise Conflict(f"User {given.username} exists already.", path="username") from error
    user.roles.set(roles_named(given.roles, organization=organization))
    _user_written(user, "Create", actor=actor)
    return user


@transaction.atomic
def change_user_roles(
    roles: Iterable[str], *, actor: Actor, organization: Organization, user_id: str
) -> User:
    """Give the person exactly these roles; one administrator must remain."""
    require(actor, MANAGE, None)
    user = get_user(user_id=user_id)
    user.roles.set(roles_named(roles, organization=organization))
    refuse_without_administrator()
    _user_written(user, "Update", actor=actor)
    return user


@transaction.atomic
def switch_user(*, actor: Actor, user_id: str, active: bool) -> User:
    """Let a person sign in again, or end all their sessions and refuse them."""
    require(actor, MANAGE, None)
    user = get_user(user_id=user_id)
    user.is_active = active
    user.save(update_fields=["is_active"])
    refuse_without_administrator()
    _user_written(user, "Enable" if active else "Disable", actor=actor)
    return user


@transaction.atomic
def clear_password(*, actor: Actor, user_id: str) -> User:
    """End the person's sessions; they need a one-time link to sign in again."""
    require(actor, MANAGE, None)
    user = get_user(user_id=user_id)
    user.set_unusable_password()
    user.save(update_fields=["password"])
    _user_written(user, "Reset", actor=actor)
    return user


@transaction.atomic
def add_credential(
    name: str, *, roles: Iterable[str], actor: Actor, organization: Organization
) -> tuple[ApiCredential, str]:
    """A new credential with its secret, which nobody can read again."""
    require(actor, MANAGE, None)
    if not 0 < len(name.strip()) <= 120:
        raise Invalid("A credential needs a name of 1 to 120 characters.", path="name")
    credential, secret = create_credential(organization=organization, name=name.strip())
    credential.roles.set(roles_named(roles, organization=organization))
    _credential_written(credential, "Create", actor=actor)
    return credential, secret


@transaction.atomic
def rotate_secret(
    *, actor: Actor, organization: Organization, client_id: str
) -> tuple[ApiCredential, str]:
    """A new secret; the one before it counts for another day."""
    require(actor, MANAGE, None)
    credential = _locked(organization, client_id)
    secret = new_secret()
    credential.old_secret_hash = credential.secret_hash
    credential.old_secret_until = clock.now() + OVERLAP
    credential.secret_hash = make_password(secret)
    credential.save(update_fields=["old_secret_hash", "old_secret_until", "secret_hash"])
    _credential_written(credential, "Reset", actor=actor)
    return credential, secret


@transaction.atomic
def switch_credential(
    *, actor: Actor, organization: Organization, client_id: str, enabled: bool
) -> ApiCredential:
    """Refuse the program and its tokens, or accept them again."""
    require(actor, MANAGE, None)
    credential = _locked(organization, client_id)
    credential.enabled = enabled
    credential.save(update_fields=["enabled"])
    _credential_written(credential, "Enable" if enabled else "Disable", actor=actor)
    return credential


@transaction.atomic
def change_credential_roles(
    roles: Iterable[str], *, actor: Actor, organization: Organization, client_id: str
) -> ApiCredential:
    """Give the program exactly these roles."""
    require(actor, MANAGE, None)
    credential = _locked(organization, client_id)
    credential.roles.set(roles_named(roles, organization=organization))
    _credential_written(credential, "Update", actor=actor)
    return credential


def _locked(organization: Organization, client_id: str) -> ApiCredential:
    # FOR UPDATE of one row: two rotations take turns, so no secret is lost unnoticed.
    found = get_credential(organization=organization, client_id=client_id)
    return ApiCredential.objects.select_for_update().get(pk=found.pk)


def _roles_of(member: User | ApiCredential) -> list[str]:
    return list(member.roles.order_by("pk").values_list("name", flat=True))


def _user_written(user: User, action: str, *, actor: Actor) -> None:
    asset = ("User", str(user.pk), user.username)
    record(actor=actor, action=action, asset=asset, details={"roles": _roles_of(user)})
    config_changed("access")


def _credential_written(credential: ApiCredential, action: str, *, actor: Actor) -> None:
    asset = ("ApiCredential", credential.client_id, credential.name)
    record(actor=actor, action=action, asset=asset, details={"roles": _roles_of(credential)})
    config_changed("access")
