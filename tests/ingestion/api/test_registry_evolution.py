"""What may still change once a schema is in use, over HTTP."""

from typing import Any

import pytest

from core import clock
from ingestion.catalog.models import Dataset
from tests.api_client import ApiClient
from tests.ingestion.api.registry_client import (
    PERSON_DETAILS,
    Raw,
    Registry,
    loyalty_fields,
    refused,
)

pytestmark = pytest.mark.django_db
UNION = {"meta:immutableTags": ["union"]}


@pytest.fixture
def registry(api: ApiClient) -> Registry:
    return Registry(api)


def make_dataset(sandbox: Any, schema: Raw, **more: Any) -> Dataset:
    now = clock.now_ms()
    number = Dataset.objects.count() + 1
    return Dataset.objects.create(
        id=f"{number:024x}",
        number=number,
        sandbox=sandbox,
        name=f"Dataset {number}",
        schema_uri=schema["$id"],
        schema_content_type="application/vnd.adobe.xed+json;version=1",
        created_ms=now,
        updated_ms=now,
        **more,
    )


def field_path(registry: Registry, name: str) -> str:
    return f"/definitions/loyalty/properties/{registry.field}/properties/{name}"


def put(registry: Registry, name: str, node: Raw) -> Raw:
    return {"op": "add", "path": field_path(registry, name), "value": node}


@pytest.fixture(params=["tagged", "with data", "dataset enabled"])
def locked(request: pytest.FixtureRequest, registry: Registry, sandbox: Any) -> tuple[Raw, Raw]:
    """A field group and a schema in use, by each way to be in use."""
    group = registry.group()
    schema = registry.schema(group, union=request.param == "tagged")
    if request.param == "with data":
        make_dataset(sandbox, schema, first_record_ms=1)
    elif request.param == "dataset enabled":
        make_dataset(sandbox, schema, profile_enabled=True)
    return group, schema


def test_a_schema_in_use_can_grow(registry: Registry, locked: tuple[Raw, Raw]) -> None:
    group, schema = locked
    tier = {"type": "string", "enum": ["silver", "gold", "platinum"]}
    points = {**loyalty_fields()["points"], "title": "All points", "meta:status": "deprecated"}
    operations = [
        put(registry, "nick", {"type": "string"}),
        put(registry, "tier", tier),
        put(registry, "points", points),
    ]
    assert registry.patch("mixins", group["$id"], *operations).status_code == 200
    add = {"op": "add", "path": "/allOf/-", "value": {"$ref": PERSON_DETAILS}}
    assert registry.patch("schemas", schema["$id"], add).status_code == 200
    rename = {"op": "replace", "path": "/title", "value": "Member"}
    assert registry.patch("schemas", schema["$id"], rename).status_code == 200


@pytest.mark.parametrize(
    ("name", "node"),
    [
        ("points", {"type": "string"}),
        ("points", {"type": "integer", "meta:xdmType": "int", "minimum": 10}),
        ("tier", {"type": "string", "enum": ["gold"]}),
        ("loyaltyID", {"type": "string", "format": "email", "pattern": "^a"}),
    ],
)
def test_a_schema_in_use_cannot_narrow(
    registry: Registry, locked: tuple[Raw, Raw], name: str, node: Raw
) -> None:
    operation = put(registry, name, node)
    refusal = refused(registry.patch("mixins", locked[0]["$id"], operation), "XDM-1950-400")
    assert f"{registry.field}.{name}" in refusal["detail"]
    assert refusal["report"]["sub-errors"]


def test_a_schema_in_use_cannot_lose_fields(registry: Registry, locked: tuple[Raw, Raw]) -> None:
    group, schema = locked
    remove = {"op": "remove", "path": field_path(registry, "tier")}
    refused(registry.patch("mixins", group["$id"], remove), "XDM-1950-400")
    move = {"op": "move", "from": field_path(registry, "tier"), "path": field_path(registry, "x")}
    refused(registry.patch("mixins", group["$id"], move), "XDM-1950-400")
    drop = {"op": "remove", "path": "/allOf/1"}
    refused(registry.patch("schemas", schema["$id"], drop), "XDM-1950-400")
    required = {
        "op": "add",
        "path": f"/definitions/loyalty/properties/{registry.field}/required",
        "value": ["tier"],
    }
    refused(registry.patch("mixins", group["$id"], required), "XDM-1950-400")


def test_a_refused_change_leaves_everything_as_it_was(
    registry: Registry, locked: tuple[Raw, Raw]
) -> None:
    group = locked[0]
    operation = put(registry, "points", {"type": "string"})
    refused(registry.patch("mixins", group["$id"], operation), "XDM-1950-400")
    assert registry.read(group["$id"], "mixins") == group


def test_a_schema_not_in_use_may_change_freely(registry: Registry, sandbox: Any) -> None:
    group = registry.group()
    schema = registry.schema(group)
    make_dataset(sandbox, schema)
    operation = put(registry, "points", {"type": "string"})
    assert registry.patch("mixins", group["$id"], operation).status_code == 200


def test_a_data_type_is_guarded_through_the_groups_that_use_it(registry: Registry) -> None:
    card = registry.create(
        "datatypes", {"title": "Card", "properties": {"number": {"type": "string"}}}
    )
    registry.schema(registry.group(card={"$ref": card["$id"]}), union=True)
    operation = {"op": "replace", "path": "/properties/number", "value": {"type": "number"}}
    refusal = refused(registry.patch("datatypes", card["$id"], operation), "XDM-1950-400")
    assert f"{registry.field}.card.number" in refusal["detail"]


def test_the_union_tag_cannot_be_removed(registry: Registry) -> None:
    schema = registry.schema(registry.group(), union=True)
    for operation in (
        {"op": "remove", "path": "/meta:immutableTags"},
        {"op": "replace", "path": "/meta:immutableTags", "value": []},
    ):
        refused(registry.patch("schemas", schema["$id"], operation), "XDM-1950-400")
    body = {key: value for key, value in schema.items() if key != "meta:immutableTags"}
    changed = registry.call("PUT", f"tenant/schemas/{schema['meta:altId']}", body).json()
    assert changed["meta:immutableTags"] == ["union"]


def test_a_schema_with_a_dataset_cannot_be_deleted(registry: Registry, sandbox: Any) -> None:
    schema = registry.schema(registry.group(), union=True)
    dataset = make_dataset(sandbox, schema)
    refusal = refused(registry.delete("schemas", schema["$id"]), "XDM-1951-400")
    assert dataset.name in refusal["detail"]
    Dataset.objects.filter(pk=dataset.pk).update(deleted_ms=1)
    assert registry.delete("schemas", schema["$id"]).status_code == 204


def test_the_primary_identity_stays_once_profile_data_came(
    registry: Registry, sandbox: Any
) -> None:
    schema = registry.schema(registry.group(), union=True)
    descriptor = registry.identity(schema).json()
    path = f"tenant/descriptors/{descriptor['@id']}"
    other = {**descriptor, "xdm:sourceProperty": f"/{registry.field}/tier"}
    assert registry.call("PUT", path, other).status_code == 201
    make_dataset(sandbox, schema, first_record_ms=1, profile_enabled=True)
    refused(registry.call("PUT", path, descriptor), "XDM-1950-400")
    refused(registry.call("DELETE", path), "XDM-1950-400")
    demoted = {**other, "xdm:isPrimary": False}
    refused(registry.call("PUT", path, demoted), "XDM-1950-400")
    renamed = {**other, "xdm:sourceVersion": 1}
    assert registry.call("PUT", path, renamed).status_code == 201
