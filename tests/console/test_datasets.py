"""The Datasets area over HTTP: browse, create, failed records, switches, backfill, deletion."""

import orjson
import pytest
from django.test import Client

from ingestion.backfill.actions import continue_backfill
from ingestion.backfill.models import Backfill
from ingestion.catalog.models import Dataset
from ingestion.journal.queries import list_rejects
from profiles.store.contents import count_contents
from tests.console.conftest import World
from tests.factories.loyalty import append, process

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def address(world: World) -> str:
    return f"/s/prod/datasets/{world.loyalty.members.pk}/"


def test_the_list_tells_what_each_dataset_holds(signed_in: Client, world: World) -> None:
    loyalty = world.loyalty
    append(loyalty, loyalty.member("c1"), loyalty.member("c2", custom={"points": "many"}))
    process(loyalty.sandbox)
    content = signed_in.get("/s/prod/datasets/?sort=created").content.decode()
    row = content.split("Members</a>", 1)[1].split("</tr>", 1)[0]
    assert '<td class="number">1</td>' in row
    assert "/failed/" in row


def test_filters_narrow_the_list(signed_in: Client, world: World) -> None:
    uri = world.loyalty.events.schema_uri
    content = signed_in.get("/s/prod/datasets/", {"schema": uri}).content.decode()
    assert "Visits</a>" in content
    assert "Members</a>" not in content
    assert "No dataset matches" in signed_in.get("/s/prod/datasets/?q=zzz").content.decode()


def test_a_dataset_is_created_from_a_schema(signed_in: Client, world: World) -> None:
    uri = world.loyalty.members.schema_uri
    assert "Member" in signed_in.get("/s/prod/datasets/new/schema/").content.decode()
    configure = f"/s/prod/datasets/new/configure/?schema={uri}"
    assert signed_in.post(configure, {"name": " "}).status_code == 422
    response = signed_in.post(configure, {"name": "Partners", "profile": "on"})
    dataset = Dataset.objects.get(name="Partners")
    assert response["Location"] == f"/s/prod/datasets/{dataset.pk}/"
    assert dataset.profile_enabled
    assert dataset.identity_enabled


def test_the_preview_shows_populated_fields_only(
    signed_in: Client, world: World, address: str
) -> None:
    loyalty = world.loyalty
    append(loyalty, loyalty.member("c1", custom={"points": 3}), loyalty.event("e1", ECID="7" * 38))
    process(loyalty.sandbox)
    content = signed_in.get(f"{address}preview/").content.decode()
    assert f"{loyalty.tenant}.crmId" in content
    assert "personalEmail" not in content
    assert content.count('scope="row"') == 1


def test_failed_records_are_downloaded_with_their_reasons(
    signed_in: Client, world: World, address: str
) -> None:
    loyalty = world.loyalty
    append(loyalty, *(loyalty.member(f"c{n}", custom={"points": "many"}) for n in range(3)))
    process(loyalty.sandbox)
    response = signed_in.get(f"{address}failed/download/")
    lines = [orjson.loads(line) for line in response.getvalue().splitlines()]
    assert len(lines) == 3
    assert lines[0]["path"].endswith("/points")
    assert lines[0]["record"]["body"]["xdmEntity"][loyalty.tenant]["points"] == "many"


def test_one_failed_record_is_fixed_and_replayed(
    signed_in: Client, world: World, address: str
) -> None:
    loyalty = world.loyalty
    bad = loyalty.member("c1", custom={"points": "many"})
    (seq,) = append(loyalty, bad)
    process(loyalty.sandbox)
    content = signed_in.get(f"{address}failed/").content.decode()
    assert "Fix and replay" in content
    assert "<mark>points</mark>" in content
    record_id = f"{loyalty.sandbox.number}-{seq}"
    retry = f"{address}failed/{record_id}/retry/"
    signed_in.post(retry, {"payload": bad.decode().replace('"many"', "7")})
    process(loyalty.sandbox)
    assert [each.state for each in list_rejects(loyalty.sandbox.number)] == ["redriven"]
    assert count_contents(loyalty.members.number).records == 1


def test_replaying_a_cause_takes_the_records_of_this_dataset_only(
    signed_in: Client, world: World, address: str
) -> None:
    loyalty = world.loyalty
    append(loyalty, *(loyalty.member(f"c{n}", custom={"points": "many"}) for n in range(2)))
    process(loyalty.sandbox)
    (reject, *_) = list_rejects(loyalty.sandbox.number)
    given = {"code": reject.code, "path": reject.path}
    signed_in.post(f"/s/prod/datasets/{loyalty.events.pk}/failed/retry/", given)
    assert {each.state for each in list_rejects(loyalty.sandbox.number)} == {"open"}
    signed_in.post(f"{address}failed/retry/", given)
    assert {each.state for each in list_rejects(loyalty.sandbox.number)} == {"redriven"}


def test_settings_keep_the_switches_when_tags_change(
    signed_in: Client, world: World, address: str
) -> None:
    given = {"name": "Members", "description": "All", "tags": "team: crm, web\nunifiedProfile: x"}
    assert signed_in.post(f"{address}settings/", given).status_code == 422
    signed_in.post(f"{address}settings/", {**given, "tags": "team: crm, web"})
    dataset = Dataset.objects.get(pk=world.loyalty.members.pk)
    assert dataset.tags["team"] == ["crm", "web"]
    assert dataset.profile_enabled
    assert b"team: crm, web" in signed_in.get(f"{address}settings/").content


def test_enabling_later_and_a_backfill_bring_old_records_into_profiles(
    signed_in: Client, world: World, address: str
) -> None:
    loyalty = world.loyalty
    number = loyalty.members.number
    for what in ("profile", "identity"):
        signed_in.post(f"{address}switch/", {"what": what, "to": "disable"})
    append(
        loyalty,
        *(loyalty.member(f"c{n}", custom={"points": n}) for n in range(5)),
        loyalty.member("bad", custom={"points": "many"}),
        received_at=1_700_000_000_000_000,
    )
    process(loyalty.sandbox)
    assert count_contents(number).records == 0

    signed_in.post(f"{address}switch/", {"what": "profile", "to": "enable"})
    assert "Backfill existing 5 records" in signed_in.get(f"{address}settings/").content.decode()
    signed_in.post(f"{address}backfill/")
    row = Backfill.objects.get()
    assert not continue_backfill(row.pk)
    assert not continue_backfill(row.pk)
    assert process(loyalty.sandbox) == 5
    assert count_contents(number).records == 5
    assert len(list_rejects(loyalty.sandbox.number)) == 1

    content = signed_in.get(f"{address}settings/").content.decode()
    assert "5 records went through the pipeline again" in content
    # Counted once: when they arrived.
    assert '<td class="number">5</td>' in signed_in.get("/s/prod/datasets/").content.decode()
    signed_in.post(f"{address}backfill/")
    continue_backfill(Backfill.objects.latest("pk").pk)
    assert Backfill.objects.latest("pk").appended == 5


def test_deleting_says_what_remains_and_needs_the_name(
    signed_in: Client, world: World, address: str
) -> None:
    loyalty = world.loyalty
    append(loyalty, loyalty.member("c1"), loyalty.event("e1", ECID="7" * 38))
    process(loyalty.sandbox)
    content = signed_in.get(f"{address}delete/").content.decode()
    assert "1 record in the journal, 0 events and 1 attribute record in profiles" in content
    assert "1 connection sends here (Shop stream)" in content
    assert signed_in.post(f"{address}delete/", {"name": "Member"}).status_code == 422
    assert signed_in.get(address).status_code == 200
    signed_in.post(f"{address}delete/", {"name": "Members"})
    assert signed_in.get(address).status_code == 404
