"""Reads of users, roles and credentials."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from core.access.models import ApiCredential, Role, User
from core.access.permissions import ADMINISTRATOR
from core.access.types import Actor, Grant
from core.errors import NotFound
from core.keyset import Slice, take_by
from core.sandboxes.models import Organization


def actor_of_user(user: User) -> Actor:
    """A person with what their roles allow."""
    grants = _grants(user.roles.all()) if user.is_active else ()
    return Actor(kind="user", id=str(user.pk), name=user.get_username(), grants=grants)


def actor_of_credential(credential: ApiCredential) -> Actor:
    """A program with what its roles allow."""
    return Actor(
        kind="client",
        id=credential.technical_account,
        name=credential.name,
        grants=_grants(credential.roles.all()),
    )


def _grants(roles: QuerySet[Role]) -> tuple[Grant, ...]:
    return tuple(
        Grant(
            frozenset(role.permissions),
            None if role.in_all_sandboxes else frozenset(s.pk for s in role.sandboxes.all()),
        )
        for role in roles.order_by("pk")
    )


def list_roles(*, organization: Organization) -> QuerySet[Role]:
    """All roles, those every installation has first."""
    return Role.objects.filter(organization=organization).order_by("-is_system", "pk")


def get_role(*, organization: Organization, role_id: str) -> Role:
    """The role with this id; raises NotFound."""
    found = [role for role in list_roles(organization=organization) if str(role.uuid) == role_id]
    if not found:
        raise NotFound(f"Role {role_id} does not exist", roleId=role_id)
    return found[0]


def browse_users(
    *, text: str = "", order: str = "username", after: str = "", size: int = 25
) -> tuple[Slice[User], int]:
    """One page of users by a part of their names or address, and how many there are in all."""
    rows = User.objects.prefetch_related("roles")
    if text:
        named = Q(username__icontains=text) | Q(title__icontains=text)
        rows = rows.filter(named | Q(email__icontains=text))
    column = order if order.removeprefix("-") == "username" else "username"
    return take_by(rows, order=column, after=after, size=size), rows.count()


def names_of_actors(ids: Iterable[str]) -> dict[str, str]:
    """Who wrote something, by the id that stands in its row; the unknown are left out."""
    wanted = set(ids)
    people = User.objects.filter(pk__in=[each for each in wanted if each.isdecimal()])
    programs = ApiCredential.objects.filter(technical_account__in=wanted)
    return {
        **{str(pk): name for pk, name in people.values_list("pk", "username")},
        **dict(programs.values_list("technical_account", "name")),
    }


def get_user(*, user_id: int | str) -> User:
    """The user with this number; raises NotFound."""
    found = User.objects.filter(pk=int(user_id)).first() if str(user_id).isdecimal() else None
    if found is None:
        raise NotFound(f"User {user_id} does not exist", userId=str(user_id))
    return found


def get_credential(*, organization: Organization, client_id: str) -> ApiCredential:
    """The credential with this client id; raises NotFound."""
    found = ApiCredential.objects.filter(organization=organization, client_id=client_id).first()
    if found is None:
        raise NotFound(f"Credential {client_id} does not exist", clientId=client_id)
    return found


def list_administrators() -> list[str]:
    """Names of people who can grant permissions."""
    users = User.objects.filter(roles__name=ADMINISTRATOR, is_active=True)
    return list(users.order_by("username").distinct().values_list("username", flat=True))
