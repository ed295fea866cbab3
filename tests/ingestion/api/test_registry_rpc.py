"""Export, import, sample data and the audit log over HTTP."""

import re
from typing import Any

import orjson
import pytest

from ingestion.schemas.queries import compiled_schema, find_resource, resolved
from ingestion.xdm.samples import sample_document
from tests.api_client import ApiClient
from tests.ingestion.api.registry_client import PERSON_DETAILS, Raw, Registry, refused

pytestmark = pytest.mark.django_db
PLACEHOLDER = "<XDM_TENANTID_PLACEHOLDER>"


@pytest.fixture
def registry(api: ApiClient) -> Registry:
    return Registry(api)


@pytest.fixture
def elsewhere(registry: Registry, other_sandbox: Any) -> Registry:
    return Registry(registry.api.within(other_sandbox.name))


def make_member(registry: Registry) -> Raw:
    card = registry.create(
        "datatypes", {"title": "Card", "properties": {"number": {"type": "string"}}}
    )
    group = registry.group(
        f"Loyalty of {registry.tenant}",
        loyaltyID={"type": "string", "description": f"in {registry.tenant}"},
        card={"$ref": card["$id"]},
    )
    return registry.schema({"$id": PERSON_DETAILS}, group, union=True)


def export(registry: Registry, schema: Raw) -> list[Raw]:
    response = registry.call("GET", f"rpc/export/{schema['meta:altId']}")
    assert response.status_code == 200, response.content
    exported: list[Raw] = response.json()
    return exported


def without_place(document: Raw) -> Raw:
    local = ("meta:sandboxId", "meta:sandboxType", "meta:registryMetadata")
    return {key: value for key, value in document.items() if key not in local}


def test_export_is_free_of_the_tenant_and_in_order_of_need(registry: Registry) -> None:
    schema = make_member(registry)
    exported = export(registry, schema)
    assert [r["meta:resourceType"] for r in exported] == ["datatypes", "mixins", "schemas"]
    text = orjson.dumps(exported).decode()
    assert f"/{registry.tenant}/" not in text
    assert f'"{registry.field}"' not in text
    assert exported[2]["$id"].startswith(f"https://ns.adobe.com/{PLACEHOLDER}/schemas/")
    assert exported[2]["meta:altId"].startswith(f"_{PLACEHOLDER}.schemas.")
    assert exported[1]["title"] == f"Loyalty of {registry.tenant}"


def test_round_trip_between_sandboxes_loses_nothing(
    registry: Registry, elsewhere: Registry
) -> None:
    schema = make_member(registry)
    exported = export(registry, schema)
    response = elsewhere.call("POST", "rpc/import", exported)
    assert response.status_code == 200, response.content
    stored = response.json()
    assert without_place(stored[2]) == without_place(registry.read(schema["$id"], "schemas"))
    for kind, document in zip(("datatypes", "mixins", "schemas"), stored, strict=True):
        here = registry.read(document["$id"], kind)
        there = elsewhere.read(document["$id"], kind)
        assert without_place(here) == without_place(there)
    assert export(elsewhere, schema) == exported


def test_importing_twice_changes_nothing(registry: Registry, elsewhere: Registry) -> None:
    exported = export(registry, make_member(registry))
    first = elsewhere.call("POST", "rpc/import", exported).json()
    assert elsewhere.call("POST", "rpc/import", exported).json() == first


def test_importing_a_newer_state_updates(registry: Registry, elsewhere: Registry) -> None:
    schema = make_member(registry)
    elsewhere.call("POST", "rpc/import", export(registry, schema))
    change = {"op": "replace", "path": "/description", "value": "newer"}
    registry.patch("schemas", schema["$id"], change)
    stored = elsewhere.call("POST", "rpc/import", export(registry, schema)).json()
    assert stored[2]["description"] == "newer"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        (["x"], 400),
        ([{"meta:resourceType": "gadgets"}], 400),
        ([{"meta:resourceType": "schemas", "$id": "https://ns.adobe.com/xdm/evil"}], 400),
    ],
)
def test_refuses_an_import_that_is_none(registry: Registry, body: Any, status: int) -> None:
    assert registry.call("POST", "rpc/import", body).status_code == status


def test_an_import_is_stored_whole_or_not_at_all(registry: Registry, elsewhere: Registry) -> None:
    exported = export(registry, make_member(registry))
    exported[2]["allOf"].append({"$ref": "https://ns.adobe.com/xdm/gone"})
    refused(elsewhere.call("POST", "rpc/import", exported), "XDM-1900-400")
    stats = elsewhere.call("GET", "stats").json()
    assert stats["counts"]["mixins"] == 0


def test_sample_data_has_native_names(registry: Registry) -> None:
    schema = make_member(registry)
    sample = registry.call("GET", f"rpc/sampledata/{schema['meta:altId']}").json()
    assert "xdm:person" in sample
    assert sample["@id"]
    assert "loyaltyID" in sample[registry.field]


def test_audit_log_tells_writes_newest_first(registry: Registry) -> None:
    group = registry.group()
    operation = {"op": "replace", "path": "/description", "value": "new"}
    registry.patch("mixins", group["$id"], operation, x_request_id="my-request")
    body = {**group, "description": "newer", "title": "Other"}
    registry.call("PUT", f"tenant/mixins/{group['meta:altId']}", body)
    log = registry.call("GET", f"rpc/auditlog/{group['meta:altId']}").json()
    assert [entry["updates"][0]["action"] for entry in log] == ["replace", "replace", "add"]
    replaced, patched, _ = log
    assert patched["requestId"] == "my-request"
    assert patched["updates"] == [
        {
            "id": group["$id"],
            "xdmType": "mixins",
            "action": "replace",
            "path": "/description",
            "value": "new",
        }
    ]
    assert {u["path"] for u in replaced["updates"]} == {"/title", "/description"}
    assert re.fullmatch(r"\d\d-\d\d-\d{4} \d\d:\d\d:\d\d", patched["updatedTime"])
    assert {"updatedUser", "imsOrg", "clientId", "sandBoxId"} <= set(patched)


def test_the_history_of_a_deleted_resource_stays(registry: Registry) -> None:
    group = registry.group()
    registry.delete("mixins", group["$id"])
    log = registry.call("GET", f"rpc/auditlog/{group['meta:altId']}").json()
    assert [entry["updates"][0]["action"] for entry in log] == ["remove", "add"]


def test_sample_data_is_valid_for_its_schema(registry: Registry, sandbox: Any) -> None:
    schema = make_member(registry)
    registry.identity(schema)
    raw = find_resource(sandbox, schema["$id"])
    assert raw is not None
    compiled = compiled_schema(sandbox.number, schema["$id"])
    assert compiled.violations(sample_document(resolved(sandbox, raw))) == []
