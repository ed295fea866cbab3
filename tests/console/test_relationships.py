"""Relationships between schemas: made in the editor, listed, changed, taken away."""

import re

import pytest
from django.test import Client

from core.access.types import SYSTEM
from ingestion.schemas.actions import delete_resource, tag_for_profile
from ingestion.schemas.descriptor_actions import create_descriptor
from ingestion.schemas.models import Descriptor, RegistryResource
from ingestion.schemas.queries import descriptors_of
from tests.console.conftest import World
from tests.console.test_schemas import add, create

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/s/prod/schemas/relationships/"
HTMX = {"HX-Request": "true"}


def tenant(world: World) -> str:
    return "_" + world.inlet.sandbox.organization.tenant_id


def stores(client: Client, world: World, title: str = "Stores", field: str = "storeKey") -> str:
    """A schema with a primary identity; answers its `$id`."""
    page = create(client, title)
    add(client, page, field, group_title=f"Fields of {title}")
    given = {"do": "identity", "field": f"{tenant(world)}.{field}", "namespace": "Phone"}
    client.post(f"{page}act/", {**given, "primary": "on", "require": "on"})
    client.post(f"{page}save/")
    return RegistryResource.objects.get(title=title).uri


def orders(client: Client, world: World) -> tuple[str, str]:
    """A schema with a text field; the editor's address and the field."""
    page = create(client, "Orders")
    add(client, page, "storeId", group_title="Fields of orders")
    add(client, page, "count", type="int", group="new", group_title="Fields of orders")
    client.post(f"{page}save/")
    return page, f"{tenant(world)}.storeId"


def documents(world: World, title: str) -> dict[str, dict[str, object]]:
    uri = RegistryResource.objects.get(title=title).uri
    return {d["@type"]: d for d in descriptors_of(world.inlet.sandbox.number, uri)}


def test_a_text_field_refers_to_a_schema_with_a_primary_identity(
    signed_in: Client, world: World
) -> None:
    target = stores(signed_in, world)
    page, field = orders(signed_in, world)
    assert b"Add relationship" in signed_in.get(f"{page}?field={field}").content
    dialog = signed_in.get(f"{page}relate/?field={field}", headers=HTMX).content.decode()
    assert "<html" not in dialog
    assert 'id="ask-title"' in dialog
    named = r"Stores</span>\s*<span[^>]*>Reference identity namespace <strong>Phone"
    assert re.search(named, dialog)
    assert ">Orders</span>" not in dialog
    assert re.findall(r'action="([^"]*)"', dialog) == [f"{page}relate/"] * 2
    done = signed_in.post(f"{page}relate/", {"field": field, "schema": target})
    assert done["Location"] == f"{page}?field={field}"
    assert not Descriptor.objects.filter(type="xdm:descriptorOneToOne").exists()
    shown = signed_in.get(f"{page}?field={field}").content.decode()
    assert "Refers to</span>Stores" in shown
    assert "<dt>Reference identity namespace</dt>" in shown
    signed_in.post(f"{page}save/")
    kept = documents(world, "Orders")
    assert kept["xdm:descriptorOneToOne"]["xdm:destinationSchema"] == target
    assert kept["xdm:descriptorReferenceIdentity"]["xdm:identityNamespace"] == "Phone"
    for document in kept.values():
        assert document["xdm:sourceProperty"] == "/" + field.replace(".", "/")


def test_the_dialog_is_a_page_without_a_script_and_searches(
    signed_in: Client, world: World
) -> None:
    stores(signed_in, world)
    stores(signed_in, world, "Warehouses", "warehouseKey")
    page, field = orders(signed_in, world)
    plain = signed_in.get(f"{page}relate/?field={field}&q=ware").content.decode()
    assert "<html" in plain
    assert ">Warehouses</span>" in plain
    assert ">Stores</span>" not in plain
    choices = signed_in.get(
        f"{page}relate/?field={field}&q=zzz", headers={**HTMX, "HX-Target": "reference-schemas"}
    ).content.decode()
    assert choices.lstrip().startswith("<fieldset")
    assert "No schema with a primary identity has" in choices
    refused = signed_in.post(f"{page}relate/", {"field": field})
    assert refused.status_code == 422
    assert b"Choose the reference schema" in refused.content


def test_what_cannot_be_related_is_refused(signed_in: Client, world: World) -> None:
    page, field = orders(signed_in, world)
    number = f"{tenant(world)}.count"
    assert b"Add relationship" not in signed_in.get(f"{page}?field={number}").content
    assert signed_in.get(f"{page}relate/?field={number}").status_code == 302
    create(signed_in, "Nameless")
    bare = RegistryResource.objects.get(title="Nameless").uri
    refused = signed_in.post(f"{page}relate/", {"field": field, "schema": bare})
    assert b"Nameless has no primary identity" in refused.content
    unknown = signed_in.post(f"{page}relate/", {"field": field, "schema": "https://x.test/1"})
    assert unknown.status_code == 422


def test_a_relationship_is_edited_undone_and_deleted(signed_in: Client, world: World) -> None:
    first = stores(signed_in, world)
    second = stores(signed_in, world, "Warehouses", "warehouseKey")
    page, field = orders(signed_in, world)
    signed_in.post(f"{page}relate/", {"field": field, "schema": first})
    signed_in.post(f"{page}save/")
    dialog = signed_in.get(f"{page}relate/?field={field}", headers=HTMX).content.decode()
    assert re.search(rf'value="{re.escape(first)}" checked', re.sub(r"\s+", " ", dialog))
    signed_in.post(f"{page}relate/", {"field": field, "schema": second})
    signed_in.post(f"{page}undo/")
    assert b"Refers to</span>Stores" in signed_in.get(f"{page}?field={field}").content
    signed_in.post(f"{page}relate/", {"field": field, "schema": second})
    signed_in.post(f"{page}save/")
    assert documents(world, "Orders")["xdm:descriptorOneToOne"]["xdm:destinationSchema"] == second
    assert Descriptor.objects.filter(type="xdm:descriptorReferenceIdentity").count() == 1
    signed_in.post(f"{page}act/", {"do": "drop-relation", "field": field})
    assert b"Refers to" not in signed_in.get(f"{page}?field={field}").content
    signed_in.post(f"{page}save/")
    assert documents(world, "Orders") == {}


def test_a_removed_field_takes_its_relationship_along(signed_in: Client, world: World) -> None:
    target = stores(signed_in, world)
    page, field = orders(signed_in, world)
    signed_in.post(f"{page}relate/", {"field": field, "schema": target})
    signed_in.post(f"{page}save/")
    signed_in.post(f"{page}act/", {"do": "remove", "field": field})
    signed_in.post(f"{page}save/")
    assert documents(world, "Orders") == {}


def test_a_schema_with_a_relationship_can_be_enabled_for_profile(
    signed_in: Client, world: World
) -> None:
    target = stores(signed_in, world)
    page, field = orders(signed_in, world)
    signed_in.post(f"{page}relate/", {"field": field, "schema": target})
    add(signed_in, page, "orderKey", group_title="More fields of orders")
    given = {"do": "identity", "field": f"{tenant(world)}.orderKey", "namespace": "Email"}
    signed_in.post(f"{page}act/", {**given, "primary": "on", "require": "on"})
    signed_in.post(f"{page}save/")
    uri = RegistryResource.objects.get(title="Orders").uri
    tag_for_profile(schema_uri=uri, sandbox=world.inlet.sandbox, actor=SYSTEM)
    assert RegistryResource.objects.get(title="Orders").union


def test_the_list_filters_by_schemas_and_classes(signed_in: Client, world: World) -> None:
    assert b"No relationships yet" in signed_in.get(LIST).content
    target = stores(signed_in, world)
    page, field = orders(signed_in, world)
    signed_in.post(f"{page}relate/", {"field": field, "schema": target})
    signed_in.post(f"{page}save/")
    source = RegistryResource.objects.get(title="Orders")
    members = world.loyalty.members.schema_uri
    create_descriptor(
        {
            "@type": "xdm:descriptorRelationship",
            "xdm:sourceSchema": target,
            "xdm:sourceVersion": 1,
            "xdm:sourceProperty": f"/{tenant(world)}/storeKey",
            "xdm:destinationSchema": members,
            "xdm:destinationNamespace": "email",
            "xdm:cardinality": "M:1",
        },
        sandbox=world.inlet.sandbox,
        actor=SYSTEM,
    )

    def count(**query: str) -> int:
        return signed_in.get(LIST, query).content.decode().count("row-name")

    assert count() == 2
    assert count(source=source.uri) == 1
    assert count(target=members) == 1
    assert count(source=source.uri, target=members) == 0
    assert count(source_class=source.class_uri) == 2
    assert count(target_class="https://ns.adobe.com/xdm/context/experienceevent") == 0
    part = signed_in.get(LIST, {"target": target}, headers=HTMX).content.decode()
    assert part.lstrip().startswith('<div class="card" id="results">')
    assert "Remove filter Destination schema: Stores" in part
    assert f'<a href="{LIST}">Clear all</a>' in part
    assert ">Phone</span>" in part
    assert f'href="{page}?field={field}"' in part


def test_a_relationship_to_a_deleted_schema_says_so(signed_in: Client, world: World) -> None:
    target = stores(signed_in, world)
    page, field = orders(signed_in, world)
    signed_in.post(f"{page}relate/", {"field": field, "schema": target})
    signed_in.post(f"{page}save/")
    token = target.rpartition("/")[2]
    warned = signed_in.get(f"/s/prod/schemas/{token}/delete/").content.decode()
    assert "1 relationship of other schemas leads here and would lead nowhere" in warned
    delete_resource(kind="schemas", identifier=target, sandbox=world.inlet.sandbox, actor=SYSTEM)
    assert b"Deleted schema" in signed_in.get(LIST).content
    assert b"a schema that is deleted" in signed_in.get(f"{page}?field={field}").content
