"""Home and search name objects only to people who may look at them."""

import pytest
from django.test import Client

from core.access.models import Role, User
from core.access.permissions import DEFAULT_ROLES, DefaultRole
from ingestion.schemas.models import RegistryResource
from tests.console.conftest import World
from tests.factories.loyalty import append, process

pytestmark = pytest.mark.django_db(transaction=True)

# What a search or Home shows of each kind of object, and the permission it takes.
TITLES = {
    "view-profiles": ("ana.mark@example.test",),
    "view-sources": ("Shop Marked",),
    "view-schemas": ("Marked schema",),
    "view-datasets": ("Marked dataset",),
}


@pytest.fixture
def marked(world: World) -> World:
    """Objects whose names are found together, and a failed record."""
    loyalty = world.loyalty
    world.inlet.name = "Shop Marked"
    world.inlet.save()
    loyalty.members.name = "Marked dataset"
    loyalty.members.save()
    RegistryResource.objects.filter(uri=loyalty.members.schema_uri).update(title="Marked schema")
    append(
        loyalty,
        loyalty.member("mark", email="ana.mark@example.test"),
        loyalty.member("c2", custom={"points": "secret value"}),
    )
    process(loyalty.sandbox)
    return world


def _client(role: DefaultRole) -> Client:
    user = User.objects.create_user(username="bo", password="correct horse")
    user.roles.set(Role.objects.filter(name=role.name))
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("role", DEFAULT_ROLES, ids=lambda role: role.name)
def test_search_names_only_what_the_role_may_see(marked: World, role: DefaultRole) -> None:
    client = _client(role)
    shown = client.get("/s/prod/search/?q=mark").content.decode()
    shown += client.get("/s/prod/search/?q=ana.mark@example.test").content.decode()
    for permission, titles in TITLES.items():
        for title in titles:
            assert (f">{title}<" in shown) == (permission in role.permissions), title


@pytest.mark.parametrize("role", DEFAULT_ROLES, ids=lambda role: role.name)
def test_home_explains_failures_only_to_those_who_watch(marked: World, role: DefaultRole) -> None:
    client = _client(role)
    shown = client.get("/s/prod/").content.decode()
    watches = "view-monitoring-dashboard" in role.permissions
    assert ("Latest failures" in shown) == watches
    assert ("secret value" in shown or "/points" in shown) == watches
    assert ("Profiles by namespace" in shown) == ("view-profiles" in role.permissions)


@pytest.mark.parametrize("role", DEFAULT_ROLES, ids=lambda role: role.name)
def test_home_leads_nobody_to_a_page_they_may_not_open(marked: World, role: DefaultRole) -> None:
    client = _client(role)
    page = client.get("/s/prod/").content.decode()
    for address in sorted(set(_links(page))):
        assert client.get(address).status_code == 200, address


def _links(page: str) -> list[str]:
    return [part.partition('"')[0] for part in page.split('href="')[1:] if part.startswith("/s/")]
