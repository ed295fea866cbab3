"""Descriptors of the registry over HTTP."""

from typing import Any

import pytest

from tests.api_client import ApiClient
from tests.ingestion.api.registry_client import EVENT, NS, XED, Raw, Registry, refused

pytestmark = pytest.mark.django_db
XDM = "application/vnd.adobe.xdm"


@pytest.fixture
def registry(api: ApiClient) -> Registry:
    return Registry(api)


@pytest.fixture
def schema(registry: Registry) -> Raw:
    return registry.schema(registry.group())


def test_creates_reads_replaces_and_deletes_a_descriptor(registry: Registry, schema: Raw) -> None:
    response = registry.identity(schema)
    assert response.status_code == 201
    descriptor = response.json()
    assert len(descriptor["@id"]) == 40
    assert descriptor["meta:containerId"] == "tenant"
    assert descriptor["version"] == "1"
    assert descriptor["imsOrg"].endswith("@AdobeOrg")
    path = f"tenant/descriptors/{descriptor['@id']}"
    assert registry.api.get(f"/data/foundation/schemaregistry/{path}/").json() == descriptor
    changed = {**descriptor, "xdm:namespace": "Phone"}
    answer = registry.call("PUT", path, changed)
    assert (answer.status_code, answer.json()) == (201, {"@id": descriptor["@id"]})
    stored = registry.call("GET", path).json()
    assert (stored["xdm:namespace"], stored["version"]) == ("Phone", "2")
    assert registry.call("DELETE", path).status_code == 204
    refused(registry.call("GET", path), "XDM-1014-404")
    assert registry.call("PATCH", path, []).status_code == 405


def test_lists_by_type_in_every_form(registry: Registry, schema: Raw) -> None:
    descriptor = registry.identity(schema).json()
    whole = registry.get("tenant/descriptors", f"{XDM}+json").json()
    assert whole["xdm:descriptorIdentity"] == [descriptor]
    assert whole["xdm:alternateDisplayInfo"] == []
    ids = registry.get("tenant/descriptors/", f"{XDM}-id+json").json()
    assert ids["xdm:descriptorIdentity"] == [descriptor["@id"]]
    links = registry.get("tenant/descriptors", f"{XDM}-link+json").json()
    assert links["xdm:descriptorIdentity"] == [f"/tenant/descriptors/{descriptor['@id']}"]
    paged = registry.get("tenant/descriptors", f"{XDM}-v2+json").json()
    assert paged["results"] == [descriptor]
    assert paged["_page"]["next"] is None
    paged = registry.get("tenant/descriptors", f"{XDM}-v2-id+json").json()
    assert paged["results"] == [descriptor["@id"]]


def test_paged_list_ends(registry: Registry, schema: Raw) -> None:
    made = [
        registry.identity(schema, name, **{"xdm:isPrimary": False}).json()["@id"]
        for name in ("loyaltyID", "tier")
    ]
    first = registry.get("tenant/descriptors?limit=1", f"{XDM}-v2-id+json").json()
    assert first["results"] == made[:1]
    start = first["_page"]["next"]
    second = registry.get(f"tenant/descriptors?limit=1&start={start}", f"{XDM}-v2-id+json").json()
    assert (second["results"], second["_page"]["next"]) == (made[1:], None)


def test_filters_joined_by_comma(registry: Registry, schema: Raw) -> None:
    other = registry.schema(registry.group("Other"), title="Other schema")
    wanted = registry.identity(schema).json()
    registry.identity(other)
    query = f"property=@type==xdm:descriptorIdentity,xdm:sourceSchema=={schema['$id']}"
    found = registry.get(f"tenant/descriptors?{query}", XED).json()
    assert found["xdm:descriptorIdentity"] == [wanted]
    primary = registry.get("tenant/descriptors?property=xdm:isPrimary==false", XED).json()
    assert primary["xdm:descriptorIdentity"] == []


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"@type": "xdm:descriptorMagic"}, "not a type of descriptors"),
        ({"@type": None}, "not a type of descriptors"),
        ({"xdm:sourceSchema": f"{NS}gone"}, "No schema with id"),
        ({"xdm:sourceSchema": 7}, "No schema with id"),
        ({"xdm:sourceProperty": "/gone"}, "no field at /gone"),
        ({"xdm:sourceProperty": "loyaltyID"}, "not a path"),
        ({"xdm:sourceProperty": None}, "not a path"),
        ({"xdm:sourceProperty": "/_id"}, "cannot be an identity"),
        ({"xdm:namespace": "NoSuch"}, "no identity namespace"),
        ({"xdm:namespace": 7}, "no identity namespace"),
        ({"xdm:namespace": "999999", "xdm:property": "xdm:id"}, "no identity namespace"),
        ({"xdm:property": "xdm:name"}, "xdm:code or xdm:id"),
        ({"xdm:isPrimary": "perhaps"}, "true or false"),
    ],
)
def test_refuses_a_wrong_identity(
    registry: Registry, schema: Raw, change: Raw, detail: str
) -> None:
    response = registry.identity(schema, **change)
    assert detail in refused(response, "XDM-1900-400")["detail"]


def test_only_text_fields_can_be_identities(registry: Registry, schema: Raw) -> None:
    refusal = refused(registry.identity(schema, "points"), "XDM-1900-400")
    assert "not a text field" in refusal["detail"]


def test_one_primary_and_one_identity_per_field(registry: Registry, schema: Raw) -> None:
    assert registry.identity(schema).status_code == 201
    secondary: dict[str, Any] = {"xdm:isPrimary": False}
    refused(registry.identity(schema, **secondary), "XDM-1900-400")
    refused(registry.identity(schema, "tier"), "XDM-1900-400")
    assert registry.identity(schema, "tier", **{"xdm:isPrimary": False}).status_code == 201


def test_a_namespace_may_be_named_by_number(registry: Registry, schema: Raw) -> None:
    given = {"xdm:namespace": "6", "xdm:property": "xdm:id", "xdm:isPrimary": "True"}
    descriptor = registry.identity(schema, **given).json()
    assert (descriptor["xdm:namespace"], descriptor["xdm:isPrimary"]) == ("6", True)


@pytest.mark.parametrize(
    ("kind", "more", "status"),
    [
        ("xdm:alternateDisplayInfo", {"xdm:title": {"en_us": "Tier"}}, 201),
        ("xdm:descriptorDeprecated", {}, 201),
        ("xdm:descriptorPrimaryKey", {}, 201),
        ("xdm:descriptorVersion", {}, 201),
        ("xdm:descriptorTimestamp", {}, 201),
        ("xdm:descriptorLabel", {"xdm:labels": ["core/C1"]}, 201),
        ("xdm:descriptorLabel", {"xdm:labels": "core/C1"}, 400),
        ("xdm:descriptorTimeSeriesGranularity", {"xdm:granularity": "day"}, 201),
        ("xdm:descriptorTimeSeriesGranularity", {"xdm:granularity": "eon"}, 400),
        ("xdm:descriptorReferenceIdentity", {"xdm:identityNamespace": "Email"}, 201),
        ("xdm:descriptorReferenceIdentity", {"xdm:identityNamespace": "NoSuch"}, 400),
        ("xdm:descriptorRelationship", {"xdm:destinationSchema": "SELF"}, 201),
        ("xdm:descriptorRelationship", {"xdm:destinationSchema": f"{NS}gone"}, 400),
        (
            "xdm:descriptorRelationship",
            {"xdm:destinationSchema": "SELF", "xdm:cardinality": "7:9"},
            400,
        ),
    ],
)
def test_other_kinds_of_descriptors(
    registry: Registry, schema: Raw, kind: str, more: Raw, status: int
) -> None:
    body: dict[str, Any] = {
        "@type": kind,
        "xdm:sourceSchema": schema["$id"],
        "xdm:sourceVersion": 1,
        "xdm:sourceProperty": f"/{registry.field}/tier",
        **{k: schema["$id"] if v == "SELF" else v for k, v in more.items()},
    }
    assert registry.call("POST", "tenant/descriptors", body).status_code == status


def test_a_deprecation_may_name_several_fields(registry: Registry, schema: Raw) -> None:
    body = {
        "@type": "xdm:descriptorDeprecated",
        "xdm:sourceSchema": schema["$id"],
        "xdm:sourceProperty": [f"/{registry.field}/tier", f"/{registry.field}/points"],
    }
    assert registry.call("POST", "tenant/descriptors", body).status_code == 201


def test_type_and_schema_of_a_descriptor_stay(registry: Registry, schema: Raw) -> None:
    descriptor = registry.identity(schema).json()
    other = registry.schema(registry.group("Other"), title="Other schema")
    path = f"tenant/descriptors/{descriptor['@id']}"
    for change in (
        {"@type": "xdm:descriptorDeprecated"},
        {"xdm:sourceSchema": other["$id"]},
    ):
        refused(registry.call("PUT", path, {**descriptor, **change}), "XDM-1900-400")


def test_relationships_of_a_tagged_schema_are_complete(registry: Registry, schema: Raw) -> None:
    registry.identity(schema)
    target = registry.schema(registry.group("Target"), title="Target schema")
    registry.identity(target, **{"xdm:namespace": "Phone"})
    place = {
        "xdm:sourceSchema": schema["$id"],
        "xdm:sourceVersion": 1,
        "xdm:sourceProperty": f"/{registry.field}/tier",
    }
    relation = {
        "@type": "xdm:descriptorOneToOne",
        "xdm:destinationSchema": target["$id"],
        "xdm:destinationVersion": 1,
        **place,
    }
    assert registry.call("POST", "tenant/descriptors", relation).status_code == 201
    tag = {"op": "add", "path": "/meta:immutableTags", "value": ["union"]}
    refused(registry.patch("schemas", schema["$id"], tag), "XDM-1526-400")
    reference = {
        "@type": "xdm:descriptorReferenceIdentity",
        "xdm:identityNamespace": "Email",
        **place,
    }
    made = registry.call("POST", "tenant/descriptors", reference).json()
    refused(registry.patch("schemas", schema["$id"], tag), "XDM-1527-400")
    path = f"tenant/descriptors/{made['@id']}"
    assert registry.call("PUT", path, {**made, "xdm:identityNamespace": "Phone"}).status_code == 201
    assert registry.patch("schemas", schema["$id"], tag).status_code == 200


def test_descriptors_of_events_name_fields_of_their_class(registry: Registry) -> None:
    schema = registry.schema(title="Visit", class_uri=EVENT)
    body = {
        "@type": "xdm:descriptorIdentity",
        "xdm:sourceSchema": schema["$id"],
        "xdm:sourceProperty": "/eventMergeId",
        "xdm:namespace": "Phone",
    }
    made = registry.call("POST", "tenant/descriptors", body).json()
    assert (made["xdm:isPrimary"], made["xdm:property"], made["xdm:sourceVersion"]) == (
        False,
        "xdm:code",
        1,
    )
