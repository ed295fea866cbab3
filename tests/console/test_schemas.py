"""The Schemas workspace: browse, create, edit, versions."""

import re

import pytest
from django.test import Client

from ingestion.schemas.models import Descriptor, RegistryResource, RegistryRevision
from tests.console.conftest import World

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/s/prod/schemas/"


def create(client: Client, title: str = "Members", group: str = "") -> str:
    """Address of the editor of a new schema, made with the wizard."""
    started = client.post(f"{LIST}new/", {"source": "manual"})
    base = started["Location"].removesuffix("class/")
    client.post(f"{base}class/", {"class": "https://ns.adobe.com/xdm/context/profile"})
    client.post(f"{base}groups/", {"group": [group] if group else []})
    made = client.post(f"{base}review/", {"title": title, "description": "d"})
    assert made.status_code == 302, made.content.decode()
    return str(made["Location"])


def add(client: Client, page: str, name: str, **more: str) -> None:
    given = {"name": name, "type": "string", "group": "new", "group_title": "Member fields"}
    answer = client.post(f"{page}add/", {**given, **more})
    assert answer.status_code == 302, answer.content.decode()


def test_the_wizard_makes_a_schema_and_forgets_its_draft(signed_in: Client, world: World) -> None:
    page = create(signed_in)
    assert b"Members" in signed_in.get(page).content
    assert b"Drafts" not in signed_in.get(f"{LIST}new/").content


def test_a_taken_name_is_refused_and_the_draft_stays(signed_in: Client, world: World) -> None:
    create(signed_in)
    started = signed_in.post(f"{LIST}new/", {"source": "manual"})
    base = started["Location"].removesuffix("class/")
    refused = signed_in.post(f"{base}review/", {"title": "Members"})
    assert refused.status_code == 422
    assert b"already used" in refused.content
    assert b"Drafts" in signed_in.get(f"{LIST}new/").content


def test_a_sample_becomes_own_and_standard_fields(signed_in: Client, world: World) -> None:
    started = signed_in.post(f"{LIST}new/", {"source": "sample"})
    base = started["Location"].removesuffix("class/")
    signed_in.post(f"{base}class/", {"class": "https://ns.adobe.com/xdm/context/profile"})
    sample = '{"email": "ana@x.example", "points": 3, "card": {"no": "1", "old": true}}'
    assert signed_in.post(f"{base}sample/", {"text": sample}).status_code == 302
    assert b"Looks like Email" in signed_in.get(f"{base}fields/").content
    kept = {f"keep-{number}": "on" for number in range(4)}
    signed_in.post(
        f"{base}fields/",
        {
            **kept,
            "use-0": "standard",
            "identity-0": "on",
            "namespace-0": "Email",
            "name-1": "score",
        },
    )
    made = signed_in.post(f"{base}review/", {"title": "Sampled"})
    assert made.status_code == 302, made.content.decode()
    schema = RegistryResource.objects.get(title="Sampled")
    group = RegistryResource.objects.get(title="Sampled fields")
    (tenant,) = group.document["definitions"]["customFields"]["properties"].values()
    assert set(tenant["properties"]) == {"score", "card"}
    assert set(tenant["properties"]["card"]["properties"]) == {"no"}
    identity = Descriptor.objects.get(schema_uri=schema.uri)
    assert identity.path == "/personalEmail/address"
    assert identity.document["xdm:isPrimary"] is True


def test_edits_wait_until_they_are_saved(signed_in: Client, world: World) -> None:
    page = create(signed_in)
    add(signed_in, page, "tier")
    schema = RegistryResource.objects.get(title="Members")
    assert schema.minor_version == 0
    assert b"Unsaved" in signed_in.get(page).content
    saved = signed_in.post(f"{page}save/", follow=True)
    assert b"saved (version 1.1)" in saved.content
    assert b"Unsaved" not in saved.content
    group = RegistryResource.objects.get(title="Member fields")
    assert "tier" in str(group.document)


def test_an_identity_becomes_required_with_its_parents(signed_in: Client, world: World) -> None:
    page = create(signed_in)
    add(signed_in, page, "memberId")
    tenant = "_" + world.inlet.sandbox.organization.tenant_id
    path = f"{tenant}.memberId"
    assert b"becomes required" in signed_in.get(f"{page}?field={path}").content
    given = {"do": "identity", "field": path, "namespace": "Email", "primary": "on"}
    signed_in.post(f"{page}act/", {**given, "require": "on"})
    signed_in.post(f"{page}save/")
    custom = RegistryResource.objects.get(title="Member fields").document["definitions"][
        "customFields"
    ]
    assert custom["required"] == [tenant]
    assert custom["properties"][tenant]["required"] == ["memberId"]
    shown = signed_in.get(f"{page}profile/")
    assert b"No records yet" in shown.content
    signed_in.post(f"{page}profile/", {"name": "Members"})
    assert RegistryResource.objects.get(title="Members").union


def test_changing_a_shared_group_names_the_other_schemas(signed_in: Client, world: World) -> None:
    first = create(signed_in)
    add(signed_in, first, "tier")
    signed_in.post(f"{first}save/")
    group = RegistryResource.objects.get(title="Member fields").uri
    second = create(signed_in, "Guests", group)
    add(signed_in, second, "visits", group=group)
    shown = signed_in.get(second).content.decode()
    assert "This changes other schemas" in shown
    assert "<li>Members</li>" in shown


def test_undo_and_discard_take_edits_back(signed_in: Client, world: World) -> None:
    page = create(signed_in)
    for name in ("one", "two", "three"):
        add(signed_in, page, name)
    signed_in.post(f"{page}undo/")
    assert b"Discard 2 edits" in signed_in.get(page).content
    signed_in.post(f"{page}undo/", {"all": "on"})
    assert b"Unsaved" not in signed_in.get(page).content


def test_a_save_over_someone_elses_is_refused_and_edits_stay(
    signed_in: Client, world: World
) -> None:
    page = create(signed_in)
    signed_in.post(f"{page}rename/", {"title": "Renamed", "description": ""})
    RegistryResource.objects.filter(title="Members").update(etag="other")
    refused = signed_in.post(f"{page}save/")
    assert refused.status_code == 422
    assert b"changed by someone else" in refused.content
    assert b"Discard 1 edit" in refused.content


def test_versions_show_what_changed(signed_in: Client, world: World) -> None:
    page = create(signed_in)
    signed_in.post(f"{page}rename/", {"title": "Renamed", "description": "d"})
    signed_in.post(f"{page}save/")
    shown = signed_in.get(f"{page}history/").content.decode()
    assert "<ins" in shown
    assert "Renamed" in shown
    assert RegistryRevision.objects.filter(kind="schemas", document__title="Renamed").exists()


def test_deleting_asks_for_the_name(signed_in: Client, world: World) -> None:
    page = create(signed_in)
    assert signed_in.post(f"{page}delete/", {"name": "x"}).status_code == 422
    assert signed_in.post(f"{page}delete/", {"name": "Members"}).status_code == 302
    assert signed_in.get(page).status_code == 404


@pytest.mark.parametrize("kind", ["classes", "field-groups", "data-types"])
def test_parts_are_listed_and_previewed(signed_in: Client, world: World, kind: str) -> None:
    listed = signed_in.get(f"{LIST}parts/{kind}/").content.decode()
    href = re.search(rf'href="({LIST}parts/{kind}/[^"]+)"', listed)
    assert href is not None
    assert signed_in.get(href[1]).status_code == 200


def test_the_list_filters_and_sorts(signed_in: Client, world: World) -> None:
    create(signed_in, "Aardvarks")
    create(signed_in, "Zebras")
    names = re.findall(r'row-name"[^>]*>([^<]+)', _get(signed_in, f"{LIST}?sort=name&unused=on"))
    assert names == ["Aardvarks", "Zebras"]
    assert "Zebras" not in _get(signed_in, f"{LIST}?identity=on")
    first = _get(signed_in, f"{LIST}?sort=-name&q=a")
    assert first.index("Zebras") < first.index("Aardvarks")


def test_fill_rates_count_the_latest_records(signed_in: Client, world: World) -> None:
    schema = RegistryResource.objects.get(uri=world.loyalty.members.schema_uri)
    token = schema.uri.rpartition("/")[2]
    assert "No records yet" in _get(signed_in, f"{LIST}{token}/fill/")


def _get(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()
