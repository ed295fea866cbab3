"""A signed-in person, and a sandbox with a connection, members and events."""

from dataclasses import dataclass

import pytest
from django.test import Client

from core.access.models import Role, User
from core.access.permissions import ADMINISTRATOR
from core.access.types import SYSTEM
from core.sandboxes.models import Sandbox
from ingestion.connections.http_api import open_stream
from ingestion.connections.models import Inlet
from ingestion.connections.types import InletInput, Writer
from profiles.segmentation import profile_types, sampling
from tests.factories.loyalty import Loyalty, append, make_loyalty, process


@pytest.fixture
def person(sandbox: Sandbox) -> User:
    """An administrator."""
    user = User.objects.create_user(username="ana", password="correct horse")
    user.roles.set(Role.objects.filter(name=ADMINISTRATOR))
    return user


@pytest.fixture
def signed_in(person: User) -> Client:
    """A signed-in HTTP client."""
    client = Client()
    client.force_login(person)
    return client


@dataclass(frozen=True, slots=True)
class World:
    """The loyalty world with a streaming connection into its members."""

    loyalty: Loyalty
    inlet: Inlet


@pytest.fixture
def world(sandbox: Sandbox) -> World:
    loyalty = make_loyalty(sandbox)
    inlet = open_stream(
        writer=Writer(SYSTEM),
        sandbox=sandbox,
        given=InletInput(name="Shop stream"),
        dataset=loyalty.members,
    )
    return World(loyalty, inlet)


@pytest.fixture
def no_memory() -> None:
    """What sandboxes hold is remembered for longer than a test lives."""
    sampling.forget()
    profile_types.forget()


@pytest.fixture
def people(world: World) -> World:
    """Four members: two in gold, three with points."""
    loyalty = world.loyalty
    append(
        loyalty,
        loyalty.member("c1", custom={"points": 1500, "tier": "gold"}),
        loyalty.member("c2", custom={"points": 900, "tier": "gold"}),
        loyalty.member("c3", custom={"points": 2000, "tier": "silver"}),
        loyalty.member("c4", email="ana@x.example"),
    )
    process(loyalty.sandbox)
    return world
