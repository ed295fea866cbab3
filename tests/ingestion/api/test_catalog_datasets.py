"""Datasets through the catalog API."""

from typing import Any

import pytest

from core.audit.models import AuditEvent
from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset
from ingestion.catalog.queries import dataset_directory
from tests.api_client import ApiClient
from tests.factories.catalog import ENABLED, make_dataset
from tests.factories.registry import make_primary_identity, make_schema

pytestmark = pytest.mark.django_db

BASE = "/data/foundation/catalog"


def body(schema_uri: str, **changes: Any) -> dict[str, Any]:
    return {
        "name": "Acme loyalty profiles",
        "description": "CRM feed",
        "schemaRef": {
            "id": schema_uri,
            "contentType": "application/vnd.adobe.xed+json;version=1",
        },
        "fileDescription": {"persisted": True, "containerFormat": "parquet", "format": "parquet"},
        "tags": {"unifiedProfile": ["enabled: true"], "unifiedIdentity": ["enabled:true"]},
        **changes,
    }


def create(api: ApiClient, given: dict[str, Any], path: str = "dataSets") -> str:
    response = api.post(f"{BASE}/{path}", given)
    assert response.status_code == 201, response.content
    (reference,) = response.json()
    return str(reference).removeprefix("@/dataSets/")


@pytest.mark.parametrize("path", ["dataSets", "datasets", "dataSets/", "v2/dataSets"])
def test_a_created_dataset_is_named_by_reference_and_read_by_id(
    api: ApiClient, sandbox: Sandbox, path: str
) -> None:
    uri = make_schema(sandbox)
    response = api.post(f"{BASE}/{path}", body(uri))
    assert response.status_code == 201
    (reference,) = response.json()
    dataset_id = reference.removeprefix("@/dataSets/")
    assert len(dataset_id) == 24
    assert response["Location"].endswith(f"/dataSets/{dataset_id}")
    document = api.get(f"{BASE}/datasets/{dataset_id}").json()[dataset_id]
    assert document["schemaRef"]["id"] == uri
    assert document["tags"]["unifiedProfile"] == ["enabled:true"]
    assert document["tags"]["adobe/pqs/table"] == ["acme_loyalty_profiles"]
    assert document["version"] == "1.0.0"
    assert document["classification"]["dataBehavior"] == "record"
    assert document["sandboxId"] == str(sandbox.uuid)
    assert document["imsOrg"] == sandbox.organization.ims_org_id
    assert document["files"] == f"@/dataSets/{dataset_id}/views/{document['viewId']}/files"
    assert isinstance(document["created"], int)


def test_creation_numbers_audits_and_lists_the_dataset(api: ApiClient, sandbox: Sandbox) -> None:
    first = create(api, body(make_schema(sandbox)))
    second = create(api, body(make_schema(sandbox)))
    directory = dataset_directory()
    assert directory[first].number != directory[second].number
    assert directory[first].profile_enabled
    assert directory[first].identity_enabled
    assert not directory[first].deleted
    assert directory[first].sandbox == sandbox.number
    event = AuditEvent.objects.filter(asset_type="Dataset").first()
    assert event is not None
    assert (event.action, event.asset_id) == ("Create", first)


def test_two_datasets_of_one_name_get_two_tables(api: ApiClient, sandbox: Sandbox) -> None:
    uri = make_schema(sandbox)
    ids = [create(api, body(uri)) for _ in range(3)]
    tables = [Dataset.objects.get(pk=one).tags["adobe/pqs/table"] for one in ids]
    names = ["acme_loyalty_profiles", "acme_loyalty_profiles_1", "acme_loyalty_profiles_2"]
    assert tables == [[name] for name in names]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"name": ""}, "name"),
        ({"name": 7}, "name"),
        ({"name": "x" * 301}, "name"),
        ({"schemaRef": None}, "schemaRef"),
        ({"schemaRef": {"contentType": "x"}}, "schemaRef"),
        ({"schemaRef": {"id": "https://ns.adobe.com/acmeco/schemas/none"}}, "schemaRef.id"),
        ({"tags": ["x"]}, "tags"),
        ({"tags": {"a": [{}]}}, "tags.a"),
    ],
)
def test_a_wrong_dataset_names_its_field(
    api: ApiClient, sandbox: Sandbox, change: dict[str, Any], path: str
) -> None:
    response = api.post(f"{BASE}/dataSets", body(make_schema(sandbox), **change))
    assert response.status_code == 400
    assert response.json()["report"]["path"] == path
    assert response.json()["report"]["request-id"]
    assert not Dataset.objects.exists()


@pytest.mark.parametrize("sent", [b"[]", b'"x"', b"{", b""])
def test_a_body_that_is_no_dataset_is_refused(api: ApiClient, sent: bytes) -> None:
    assert api.post(f"{BASE}/dataSets", sent).status_code == 400


def test_a_schema_without_the_union_tag_cannot_be_enabled(api: ApiClient, sandbox: Sandbox) -> None:
    response = api.post(f"{BASE}/dataSets", body(make_schema(sandbox, union=False)))
    assert response.status_code == 400
    assert "To enable profile datasets the schema should be valid" in response.json()["title"]


def test_a_schema_without_an_identity_cannot_be_enabled_until_it_has_one(
    api: ApiClient, sandbox: Sandbox
) -> None:
    uri = make_schema(sandbox, identity_map=False)
    assert api.post(f"{BASE}/dataSets", body(uri)).status_code == 400
    dataset_id = create(api, body(uri, tags={}))
    make_primary_identity(sandbox, uri)
    response = api.patch(
        f"{BASE}/dataSets/{dataset_id}",
        [
            {"op": "add", "path": "/tags/unifiedProfile", "value": ["enabled:true"]},
            {"op": "add", "path": "/tags/unifiedIdentity", "value": ["enabled:true"]},
        ],
    )
    assert response.status_code == 200, response.content
    assert dataset_directory()[dataset_id].profile_enabled


def test_a_schema_of_another_sandbox_is_unknown(api: ApiClient, other_sandbox: Sandbox) -> None:
    response = api.post(f"{BASE}/dataSets", body(make_schema(other_sandbox)))
    assert response.json()["report"]["path"] == "schemaRef.id"


def test_a_patch_may_be_a_merge_object_or_a_json_patch(api: ApiClient, sandbox: Sandbox) -> None:
    dataset = make_dataset(sandbox)
    url = f"{BASE}/v2/dataSets/{dataset.id}"
    merged = api.patch(url, {"description": "new", "tags": {"mine": ["a"]}})
    assert (merged.status_code, merged.json()) == (200, [f"@/dataSets/{dataset.id}"])
    patch = [{"op": "replace", "path": "/name", "value": "Renamed"}]
    assert api.patch(url, patch).status_code == 200
    declared = "application/json-patch+json"
    assert api.patch(url, patch, content_type=declared).status_code == 200
    posted = api.post(f"{BASE}/dataSets/{dataset.id}", {"tags": {"more": ["b"]}})
    assert posted.status_code == 200
    dataset.refresh_from_db()
    assert (dataset.name, dataset.description, dataset.patch_version) == ("Renamed", "new", 4)
    assert dataset.tags["mine"] == ["a"]
    assert dataset.tags["more"] == ["b"]
    assert "adobe/pqs/table" in dataset.tags


def test_a_merge_object_removes_what_is_null_and_ignores_what_is_read_only(
    api: ApiClient, sandbox: Sandbox
) -> None:
    dataset = make_dataset(sandbox, tags={"mine": ["a"]})
    change = {"tags": {"mine": None}, "version": "9.9.9", "created": 1, "custom": {"a": 1}}
    assert api.patch(f"{BASE}/dataSets/{dataset.id}", change).status_code == 200
    document = api.get(f"{BASE}/dataSets/{dataset.id}").json()[dataset.id]
    assert "mine" not in document["tags"]
    assert document["version"] == "1.0.1"
    assert document["created"] == dataset.created_ms
    assert document["custom"] == {"a": 1}


@pytest.mark.parametrize(
    "sent",
    [
        [{"op": "test", "path": "/name", "value": "another"}],
        [{"op": "remove", "path": "/none"}],
        [{"op": "what", "path": "/name"}],
        ["x"],
        "x",
        {"name": None},
        {"schemaRef": None},
    ],
)
def test_a_wrong_patch_changes_nothing(api: ApiClient, sandbox: Sandbox, sent: Any) -> None:
    dataset = make_dataset(sandbox)
    assert api.patch(f"{BASE}/dataSets/{dataset.id}", sent).status_code == 400
    dataset.refresh_from_db()
    assert (dataset.name, dataset.patch_version) == ("Loyalty", 0)


def test_put_replaces_the_whole_description_and_keeps_the_table(
    api: ApiClient, sandbox: Sandbox
) -> None:
    dataset = make_dataset(sandbox, tags={"mine": ["a"]})
    given = body(dataset.schema_uri, name="Another", tags={})
    assert api.put(f"{BASE}/dataSets/{dataset.id}", given).status_code == 200
    dataset.refresh_from_db()
    assert dataset.name == "Another"
    assert dataset.tags == {"adobe/pqs/table": ["loyalty"]}


def test_upsert_needs_the_dataset_to_be_disabled_first(api: ApiClient, sandbox: Sandbox) -> None:
    dataset = make_dataset(sandbox, tags=ENABLED)
    url = f"{BASE}/dataSets/{dataset.id}"
    upsert = {"tags": {"unifiedProfile": ["enabled:true", "isUpsert:true"]}}
    assert api.patch(url, upsert).status_code == 400
    off = {"tags": {"unifiedProfile": ["enabled:false"], "unifiedIdentity": ["enabled:false"]}}
    assert api.patch(url, off).status_code == 200
    assert api.patch(url, upsert).status_code == 200
    info = dataset_directory()[dataset.id]
    assert (info.profile_enabled, info.is_upsert, info.identity_enabled) == (True, True, False)


def test_the_schema_of_a_dataset_with_data_cannot_change(api: ApiClient, sandbox: Sandbox) -> None:
    dataset = make_dataset(sandbox)
    url = f"{BASE}/dataSets/{dataset.id}"
    change = {"schemaRef": {"id": make_schema(sandbox, title="Another")}}
    assert api.patch(url, change).status_code == 200
    Dataset.objects.filter(pk=dataset.pk).update(first_record_ms=1)
    change = {"schemaRef": {"id": make_schema(sandbox, title="A third")}}
    assert api.patch(url, change).status_code == 400


def test_the_etag_is_the_version_and_guards_writes(api: ApiClient, sandbox: Sandbox) -> None:
    dataset = make_dataset(sandbox)
    url = f"{BASE}/dataSets/{dataset.id}"
    etag = api.get(url)["ETag"]
    assert etag == '"1.0.0"'
    assert api.get(url, headers={"if-none-match": etag}).status_code == 304
    assert api.patch(url, {"description": "a"}, headers={"if-match": etag}).status_code == 200
    stale = api.patch(url, {"description": "b"}, headers={"if-match": etag})
    assert stale.status_code == 412
    assert api.delete(url, headers={"if-match": "1.0.0"}).status_code == 412
    assert api.put(url, body(dataset.schema_uri), headers={"if-match": "x"}).status_code == 412
    assert api.get(url, headers={"if-none-match": etag}).status_code == 200
    assert api.delete(url, headers={"if-match": "1.0.1"}).status_code == 200


def test_validate_only_checks_without_writing(api: ApiClient, sandbox: Sandbox) -> None:
    only = {"pragma": "validate-only"}
    given = body(make_schema(sandbox))
    assert api.post(f"{BASE}/dataSets", given, headers=only).json() == []
    assert not Dataset.objects.exists()
    wrong = body(make_schema(sandbox, union=False))
    assert api.post(f"{BASE}/dataSets", wrong, headers=only).status_code == 400
    dataset = make_dataset(sandbox)
    url = f"{BASE}/dataSets/{dataset.id}"
    assert api.patch(url, {"name": "Another"}, headers=only).status_code == 200
    assert api.delete(url, headers=only).status_code == 200
    assert api.get(url).json()[dataset.id]["name"] == "Loyalty"


def test_a_deleted_dataset_is_gone_but_the_directory_still_knows_it(
    api: ApiClient, sandbox: Sandbox
) -> None:
    dataset = make_dataset(sandbox)
    url = f"{BASE}/dataSets/{dataset.id}"
    response = api.delete(url)
    assert (response.status_code, response.json()) == (200, [f"@/dataSets/{dataset.id}"])
    assert api.get(url).status_code == 404
    assert api.get(f"{BASE}/dataSets").json() == {}
    assert api.patch(url, {"name": "x"}).status_code == 404
    assert dataset_directory()[dataset.id].deleted


@pytest.mark.parametrize("method", ["get", "put", "patch", "post", "delete"])
def test_an_unknown_dataset_is_not_found(api: ApiClient, sandbox: Sandbox, method: str) -> None:
    url = f"{BASE}/dataSets/5f0a6c1b2d3e4f5061728394"
    kwargs = {} if method in {"get", "delete"} else {"body": body(make_schema(sandbox))}
    response = getattr(api, method)(url, **kwargs)
    assert response.status_code == 404
    assert response.json()["status"] == 404


def test_a_dataset_of_another_sandbox_is_not_found(api: ApiClient, other_sandbox: Sandbox) -> None:
    dataset = make_dataset(other_sandbox)
    url = f"{BASE}/dataSets/{dataset.id}"
    assert api.get(url).status_code == 404
    assert api.patch(url, {"name": "x"}).status_code == 404
    assert api.delete(url).status_code == 404
    assert api.within("dev1").get(url).status_code == 200


def test_several_datasets_are_read_at_once(api: ApiClient, sandbox: Sandbox) -> None:
    first, second = make_dataset(sandbox), make_dataset(sandbox)
    found = api.get(f"{BASE}/dataSets/{first.id},{second.id},0000").json()
    assert set(found) == {first.id, second.id}


def test_a_dataset_has_one_view_without_files(api: ApiClient, sandbox: Sandbox) -> None:
    dataset = make_dataset(sandbox)
    url = f"{BASE}/dataSets/{dataset.id}/views"
    (view_id,) = api.get(url).json()
    assert api.get(f"{url}/{view_id}").json()[view_id]["dataSetId"] == dataset.id
    assert api.get(f"{url}/{view_id}/files").json() == {}
    assert api.get(f"{url}/none").status_code == 404
    assert api.get(f"{BASE}/dataSetFiles").json() == {}
