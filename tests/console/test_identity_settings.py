"""Saving linking rules in the console, and watching them reach the graphs there are."""

import pytest
from django.test import Client

from core.sandboxes.models import Sandbox
from profiles.identity.models import Relinking
from profiles.relink import continue_relinking
from tests.console.conftest import World
from tests.factories.loyalty import append, process

pytestmark = pytest.mark.django_db(transaction=True)
SETTINGS = "/s/prod/identities/settings/"
PART = {"HX-Request": "true"}


def save_rules(client: Client) -> None:
    rules = {"code": ["b2b_person", "Email", "ECID"], "unique": ["Email"], "op": "next"}
    assert client.post(SETTINGS, rules)["Location"] == f"{SETTINGS}effect/"
    assert b"in the background" in client.get(f"{SETTINGS}effect/").content
    assert client.post(f"{SETTINGS}effect/", {"name": "prod"})["Location"] == SETTINGS


def test_progress_is_polled_until_it_is_done_and_says_how_many_graphs_split(
    signed_in: Client, world: World, sandbox: Sandbox
) -> None:
    loyalty = world.loyalty
    device = "70000000000000000000000000000000000001"
    for name in ("ana", "bo"):
        append(loyalty, loyalty.event(name, Email=f"{name}@example.test", ECID=device))
    process(sandbox)
    assert 'id="relinking"' not in signed_in.get(SETTINGS).content.decode()
    save_rules(signed_in)
    page = signed_in.get(SETTINGS).content.decode()
    assert "Applying the rules" in page
    assert 'hx-trigger="every 2s"' in page
    part = signed_in.get(f"{SETTINGS}progress/", headers=PART).content.decode()
    assert part.lstrip().startswith("<section")
    assert "0 split so far" in part
    continue_relinking(Relinking.objects.get().pk)
    part = signed_in.get(f"{SETTINGS}progress/", headers=PART).content.decode()
    assert "every 2s" not in part
    assert "<strong>1</strong> of 1 graph split, 1 link removed" in part
    assert "Linking rules were applied" in signed_in.get("/s/prod/notifications/").content.decode()
    assert signed_in.get(f"{SETTINGS}progress/")["Location"] == SETTINGS
