"""Selecting rows, and doing the same to all of them."""

import re

import pytest
from django.test import Client

from core.access.models import Role, User
from core.access.types import SYSTEM
from core.audit.models import AuditEvent
from ingestion.catalog.actions import create_dataset
from ingestion.catalog.models import Dataset
from ingestion.catalog.types import DatasetInput
from ingestion.schemas.models import RegistryResource
from profiles.store.actions import create_merge_policy
from profiles.store.types import MergePolicyInput
from tests.console.conftest import World
from tests.console.test_schemas import create
from tests.factories.loyalty import append, process

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/s/prod/datasets/"
SCHEMAS = "/s/prod/schemas/"
HTMX = {"HX-Request": "true"}


def make(world: World, name: str) -> Dataset:
    return create_dataset(
        actor=SYSTEM,
        sandbox=world.loyalty.sandbox,
        given=DatasetInput(name=name, schema_uri=world.loyalty.members.schema_uri),
    )


def tick(client: Client, shown: list[str], chosen: list[str], **more: str) -> str:
    given = {"shown": shown, "chosen": chosen, "next": LIST, **more}
    answer = client.post(f"{LIST}select/", given, headers=HTMX)
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def ticked(client: Client, query: str = "") -> list[str]:
    content = client.get(f"{LIST}{query}").content.decode()
    return re.findall(r'aria-label="Select ([^"]+)" checked', content)


def test_a_selection_survives_filters_and_other_pages(signed_in: Client, world: World) -> None:
    members, events = world.loyalty.members, world.loyalty.events
    bar = tick(signed_in, [members.pk, events.pk], [members.pk])
    assert "1 selected" in bar
    assert "<html" not in bar
    # A page that shows other rows says nothing about the first one.
    assert "2 selected" in tick(signed_in, [events.pk], [events.pk])
    assert ticked(signed_in, "?q=visit") == ["Visits"]
    content = signed_in.get(f"{LIST}?q=zzz").content.decode()
    assert "No dataset matches" in content
    assert sorted(ticked(signed_in)) == ["Members", "Visits"]
    assert "1 selected" in tick(signed_in, [members.pk], [])
    assert "None selected" in tick(signed_in, [events.pk], [events.pk], go="clear")


def test_without_a_script_buttons_keep_the_ticks_and_lead_on(
    signed_in: Client, world: World
) -> None:
    members = world.loyalty.members
    given = {"shown": [members.pk], "chosen": [members.pk], "next": f"{LIST}?q=m", "go": "keep"}
    assert signed_in.post(f"{LIST}select/", given)["Location"] == f"{LIST}?q=m"
    assert ticked(signed_in) == ["Members"]
    for action in ("tag", "delete"):
        answer = signed_in.post(f"{LIST}select/", {**given, "go": action})
        assert answer["Location"] == f"{LIST}bulk/{action}/"
        page = signed_in.get(answer["Location"]).content.decode()
        assert "<html" in page
        assert "<li>" in page
        assert "Members" in page


def test_a_button_without_ticks_says_what_to_do(signed_in: Client, world: World) -> None:
    answer = signed_in.post(f"{LIST}select/", {"go": "delete", "next": LIST}, follow=True)
    assert b"Select at least one row first" in answer.content
    assert (
        b"No dataset is selected any more" in signed_in.get(f"{LIST}bulk/tag/", follow=True).content
    )


def test_selections_of_two_sandboxes_are_two(signed_in: Client, world: World) -> None:
    tick(signed_in, [world.loyalty.members.pk], [world.loyalty.members.pk])
    session = signed_in.session["selected"]
    assert list(session) == [f"{world.loyalty.sandbox.pk}:datasets"]


def test_a_tag_is_added_beside_those_there_are(signed_in: Client, world: World) -> None:
    one, two = make(world, "One"), make(world, "Two")
    Dataset.objects.filter(pk=one.pk).update(tags={**one.tags, "team": ["crm"], "x": ["y"]})
    tick(signed_in, [one.pk, two.pk], [one.pk, two.pk])
    dialog = signed_in.get(f"{LIST}bulk/tag/", headers=HTMX).content.decode()
    assert "<html" not in dialog
    assert "The tag is added to 2 datasets" in dialog
    given = {"id": [one.pk, two.pk], "name": "team", "value": "web"}
    signed_in.post(f"{LIST}bulk/tag/", given)
    done = signed_in.post(f"{LIST}bulk/tag/", {**given, "value": "crm"}, follow=True)
    assert b"Tag team added to 1 dataset. 1 had it already." in done.content
    one.refresh_from_db()
    two.refresh_from_db()
    assert one.tags["team"] == ["crm", "web"]
    assert two.tags["team"] == ["web", "crm"]
    assert one.tags["x"] == ["y"]
    assert AuditEvent.objects.filter(asset_id=two.pk, action="Update").count() == 2


@pytest.mark.parametrize("name", ["", "unifiedProfile", "a:b"])
def test_a_tag_that_is_a_switch_is_refused_for_all(
    signed_in: Client, world: World, name: str
) -> None:
    members = world.loyalty.members
    answer = signed_in.post(f"{LIST}bulk/tag/", {"id": [members.pk], "name": name, "value": "x"})
    assert answer.status_code == 422
    before = members.tags
    members.refresh_from_db()
    assert members.tags == before


def test_deleting_says_in_numbers_what_goes_and_what_stays(signed_in: Client, world: World) -> None:
    loyalty = world.loyalty
    append(loyalty, loyalty.member("c1"), loyalty.member("c2", custom={"points": "many"}))
    append(loyalty, loyalty.event("e1", ECID="7" * 38))
    process(loyalty.sandbox)
    policy = MergePolicyInput(
        name="Members first",
        attribute_merge="dataSetPrecedence",
        dataset_order=(loyalty.members.pk,),
    )
    create_merge_policy(policy, actor=SYSTEM, sandbox=loyalty.sandbox)
    ids = [loyalty.members.pk, loyalty.events.pk]
    tick(signed_in, ids, ids)
    dialog = signed_in.get(f"{LIST}bulk/delete/", headers=HTMX).content.decode()
    assert "Delete 2 datasets" in dialog
    assert "1 connection sends here (Shop stream)" in dialog
    assert "1 merge policy ranks them (Members first)" in dialog
    assert (
        "2 records in the journal, 1 event and 1 attribute record in profiles, and 1 failed record"
        in dialog
    )
    refused = signed_in.post(f"{LIST}bulk/delete/", {"id": ids, "words": "delete 3"})
    assert refused.status_code == 422
    assert Dataset.objects.filter(deleted_ms=None).count() == 2
    done = signed_in.post(f"{LIST}bulk/delete/", {"id": ids, "words": "delete 2"}, follow=True)
    assert b"2 datasets deleted" in done.content
    assert not Dataset.objects.filter(deleted_ms=None).exists()
    assert signed_in.session["selected"] == {}


def test_what_the_dialog_named_is_deleted_not_what_was_ticked_since(
    signed_in: Client, world: World
) -> None:
    one, two = make(world, "One"), make(world, "Two")
    tick(signed_in, [one.pk, two.pk], [one.pk, two.pk])
    signed_in.post(f"{LIST}bulk/delete/", {"id": [one.pk], "words": "delete 1"})
    assert Dataset.objects.filter(pk=two.pk, deleted_ms=None).exists()
    assert ticked(signed_in) == ["Two"]


def test_people_who_may_only_look_get_no_boxes(world: World) -> None:
    user = User.objects.create_user(username="eve", password="correct horse")
    role = Role.objects.create(
        organization=world.loyalty.sandbox.organization,
        name="Readers",
        permissions=["view-datasets"],
    )
    user.roles.add(role)
    client = Client()
    client.force_login(user)
    content = client.get(LIST).content.decode()
    assert "select-cell" not in content
    assert "Create dataset" not in content
    given = {"id": [world.loyalty.members.pk], "words": "delete 1"}
    assert client.post(f"{LIST}bulk/delete/", given).status_code == 403
    assert client.post(f"{LIST}select/", given).status_code == 403


def test_the_tab_used_by_names_flows_policies_and_the_union(
    signed_in: Client, world: World
) -> None:
    loyalty = world.loyalty
    page = signed_in.get(f"{LIST}{loyalty.members.pk}/used-by/").content.decode()
    assert "From Shop stream" in page
    assert "Timestamp ordered: all Profile datasets take part" in page
    assert "Individual Profile" in page
    plain = make(world, "Plain")
    page = signed_in.get(f"{LIST}{plain.pk}/used-by/").content.decode()
    assert "No dataflow writes here" in page
    assert "nothing merges it" in page
    assert "in no union schema" in page


def schema_token(title: str) -> str:
    return RegistryResource.objects.get(title=title).token


def test_schemas_nobody_uses_are_deleted_and_the_others_say_why_not(
    signed_in: Client, world: World
) -> None:
    for title in ("Guests", "Visitors"):
        create(signed_in, title)
    tokens = [schema_token(title) for title in ("Guests", "Visitors", "Member")]
    given = {"shown": tokens, "chosen": tokens, "next": SCHEMAS, "go": "delete"}
    answer = signed_in.post(f"{SCHEMAS}select/", given)
    page = signed_in.get(answer["Location"]).content.decode()
    assert "Delete 2 schemas" in page
    assert "1 schema cannot be deleted" in page
    assert "It is included in Profile" in page
    sent = {"id": tokens, "words": "delete 3"}
    assert signed_in.post(answer["Location"], sent).status_code == 422
    done = signed_in.post(answer["Location"], {**sent, "words": "delete 2"}, follow=True)
    assert b"2 schemas deleted" in done.content
    left = RegistryResource.objects.filter(kind="schemas").values_list("title", flat=True)
    assert sorted(left) == ["Member", "Visit"]
