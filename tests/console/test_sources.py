"""Setting up, trying and watching a streaming connection."""

import json

import pytest
from django.test import Client

from console.tryout import LANGUAGES, make_tryout, snippet, validate
from ingestion.catalog.models import Dataset
from ingestion.connections.models import Inlet
from ingestion.journal.queries import list_rejects
from tests.console.conftest import World
from tests.factories.loyalty import append, process

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_connection_can_be_switched_off_and_on(signed_in: Client, world: World) -> None:
    page = f"/s/prod/sources/{world.inlet.inlet_id}/"
    signed_in.post(f"{page}switch/", {"to": "disable"})
    assert b"Disabled" in signed_in.get(page).content
    signed_in.post(f"{page}switch/", {"to": "enable"})
    assert b"Waiting for first record" in signed_in.get(page).content


def test_deleting_needs_the_typed_name(signed_in: Client, world: World) -> None:
    page = f"/s/prod/sources/{world.inlet.inlet_id}/"
    signed_in.post(f"{page}delete/", {"name": "Shop"})
    assert Inlet.objects.filter(pk=world.inlet.pk).exists()
    signed_in.post(f"{page}delete/", {"name": "Shop stream"})
    assert signed_in.get(page).status_code == 404


@pytest.mark.parametrize("which", ["members", "events"])
def test_the_sample_record_is_accepted_by_the_real_schema(world: World, which: str) -> None:
    dataset: Dataset = getattr(world.loyalty, which)
    message = make_tryout(world.inlet, dataset).message
    assert validate(world.inlet, dataset, _json(message)) == ()
    append(world.loyalty, _json(message).encode())
    process(world.loyalty.sandbox)
    assert list_rejects(world.loyalty.sandbox.number) == []


def test_snippets_carry_address_and_message_in_every_language(world: World) -> None:
    tryout = make_tryout(world.inlet, world.loyalty.members)
    for language, _ in LANGUAGES:
        code = snippet(tryout, language)
        assert world.inlet.inlet_id in code
        assert world.loyalty.members.id in code
    compile(snippet(tryout, "python"), "snippet", "exec")


def test_snippets_of_a_guarded_endpoint_take_the_token_from_the_environment(world: World) -> None:
    world.inlet.authentication_required = True
    tryout = make_tryout(world.inlet, world.loyalty.members)
    assert '"Authorization: Bearer $ACCESS_TOKEN"' in snippet(tryout, "curl")
    assert 'f"Bearer {token}"' in snippet(tryout, "python")
    assert "`Bearer ${process.env.ACCESS_TOKEN}`" in snippet(tryout, "javascript")


def test_validation_names_path_value_and_rule(world: World) -> None:
    record = {world.loyalty.tenant: {"crmId": "c1", "points": "many"}}
    (problem,) = validate(world.inlet, world.loyalty.members, _json(record))
    assert problem.path.endswith("/points")
    assert problem.received == '"many"'
    assert problem.expected
    assert problem.fix


def test_broken_json_is_placed(world: World) -> None:
    (problem,) = validate(world.inlet, world.loyalty.members, '{"a": 1,\n "b" 2}')
    assert problem.path.startswith("line 2, column ")


def test_a_failed_record_can_be_corrected_and_sent_again(signed_in: Client, world: World) -> None:
    loyalty = world.loyalty
    bad = loyalty.member("c1", custom={"points": "many"})
    (seq,) = append(loyalty, bad)
    process(loyalty.sandbox)
    page = f"/s/prod/records/{loyalty.sandbox.number}-{seq}/"
    assert b"How to fix" in signed_in.get(page).content
    good = bad.decode().replace('"many"', "7")
    response = signed_in.post(f"{page}retry/", {"payload": good})
    process(loyalty.sandbox)
    assert response["Location"].endswith(f"-{seq + 1}/")
    assert b"Profile updated" in signed_in.get(response["Location"]).content
    assert b"Sent again as" in signed_in.get(page).content
    assert signed_in.post(f"{page}retry/", {"payload": good})["Location"] == page


def _json(value: object) -> str:
    return json.dumps(value)
