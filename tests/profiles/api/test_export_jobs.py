"""`/data/core/ups/export/jobs`."""

import uuid
from typing import Any

import pytest

from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset
from profiles.segmentation.export_files import folder_of
from profiles.segmentation.models import ExportJob
from tests.api_client import ApiClient
from tests.factories.loyalty import XDM, make_loyalty
from tests.factories.profiles import make_dataset
from tests.factories.segments import SCHEMA, make_segment

PATH = "/data/core/ups/export/jobs"
pytestmark = pytest.mark.django_db


@pytest.fixture
def dataset(sandbox: Sandbox) -> Dataset:
    """A dataset of the union schema."""
    made = make_dataset(sandbox, name="Exports")
    made.schema_uri = "https://ns.adobe.com/xdm/context/profile__union"
    made.save()
    return made


def body(dataset: Dataset, **more: Any) -> dict[str, Any]:
    return {
        "fields": "identities.id,person.name",
        "schema": {"name": SCHEMA},
        "destination": {"datasetId": dataset.pk, "segmentPerBatch": False},
        **more,
    }


@pytest.mark.django_db(transaction=True)
def test_starts_an_export_and_shows_it(
    api: ApiClient, sandbox: Sandbox, dataset: Dataset, sent: list[Any]
) -> None:
    make_loyalty(sandbox)
    segment = make_segment(sandbox)
    selection = {"segmentId": str(segment.pk), "segmentNs": "ups", "status": ["realized"]}
    asked = body(dataset, filter={"segments": [selection], "emptyProfiles": False})
    started = api.post(PATH, asked)
    assert started.status_code == 200
    job = started.json()
    assert isinstance(job["id"], int)
    assert (job["jobType"], job["profileInstanceId"], job["status"]) == ("BATCH", "ups", "NEW")
    assert (job["schema"], job["fields"]) == ({"name": SCHEMA}, asked["fields"])
    assert (job["filter"], job["additionalFields"]) == (asked["filter"], {})
    assert job["mergePolicy"] == {"id": str(segment.merge_policy_id), "version": 1}
    assert job["destination"] == asked["destination"]
    assert set(job["computeGatewayJobId"]) == {"exportJob", "pushJob"}
    assert set(job["metrics"]) == {"totalTime", "profileExportTime", "aCPDatasetWriteTime"}
    assert (job["errors"], job["requestId"]) == ([], started["x-request-id"])
    assert api.get(f"{PATH}/{job['id']}").json() == job
    assert sent[-1] == ("profiles.tasks.export_profiles", {"job": job["id"]})


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"destination": {}}, 400),
        ({"destination": {"datasetId": "0" * 24}}, 404),
        ({"mergePolicy": {"id": str(uuid.uuid4())}}, 404),
        ({"schema": {"name": "_xdm.context.account"}}, 400),
        ({"filter": []}, 200),
        ({"filter": "all"}, 400),
        ({"filter": {"segments": "all"}}, 400),
        ({"filter": {"segments": [{}]}}, 400),
        ({"filter": {"segments": [{"segmentId": "x", "status": ["gone"]}]}}, 400),
        ({"filter": {"segments": [{"segmentId": str(uuid.uuid4())}]}}, 404),
        ({"fields": ["a"]}, 400),
    ],
)
def test_refuses_what_cannot_be_exported(
    api: ApiClient, dataset: Dataset, change: dict[str, Any], status: int
) -> None:
    assert api.post(PATH, body(dataset) | change).status_code == status


def test_a_dataset_of_the_union_is_made_like_any_other(api: ApiClient, sandbox: Sandbox) -> None:
    path, uri = "/data/foundation/catalog/dataSets", f"{XDM}/context/profile__union"
    reference = {"id": uri, "contentType": "application/vnd.adobe.xed+json;version=1"}
    asked = {"name": "Exports", "schemaRef": reference}
    assert api.post(path, asked).status_code == 400
    make_loyalty(sandbox)
    created = api.post(path, asked)
    assert created.status_code == 201
    key = created.json()[0].removeprefix("@/dataSets/")
    feeding = {"tags": {"unifiedProfile": ["enabled:true"]}}
    assert api.patch(f"{path}/{key}", feeding).status_code == 400
    started = api.post(PATH, body(Dataset.objects.get(pk=key)))
    assert (started.status_code, started.json()["destination"]["datasetId"]) == (200, key)


def test_writes_only_into_datasets_of_the_union(api: ApiClient, sandbox: Sandbox) -> None:
    refused = api.post(PATH, body(make_dataset(sandbox, name="Visits")))
    assert refused.status_code == 400
    assert "union" in refused.json()["title"]


def test_lists_with_a_link_to_follow(api: ApiClient, dataset: Dataset) -> None:
    ids = [api.post(PATH, body(dataset)).json()["id"] for _ in range(3)]
    first = api.get(PATH, query={"limit": 2, "status": "NEW"}).json()
    assert [each["id"] for each in first["records"]] == ids[:0:-1]
    assert first["page"] == {
        "sortField": "createdTime",
        "sort": "desc",
        "pageOffset": "0",
        "pageSize": 2,
    }
    rest = api.get("/data/core/ups" + first["link"]["next"]).json()
    assert [each["id"] for each in rest["records"]] == ids[:1]
    assert rest["link"]["next"] == ""
    assert api.get(PATH + "/", query={"status": "FAILED"}).json()["records"] == []


def test_batches_are_shown_where_they_went(api: ApiClient, dataset: Dataset) -> None:
    job = api.post(PATH, body(dataset)).json()
    batches = [{"batch_id": "B1", "profiles": 3, "segment_id": "S1"}]
    rows = ExportJob.objects.filter(pk=job["id"])
    rows.update(batches=batches, errors=[{"code": "x", "message": "y"}])
    shown = api.get(f"{PATH}/{job['id']}").json()
    assert shown["destination"]["batchId"] == "B1"
    assert shown["errors"] == [{"code": "x", "msg": "y", "callStack": ""}]
    rows.update(segment_per_batch=True)
    shown = api.get(f"{PATH}/{job['id']}").json()
    assert shown["destination"]["batches"] == [
        {"segmentId": "S1", "segmentNs": "ups", "batchId": "B1"}
    ]


@pytest.mark.django_db(transaction=True)
def test_a_deleted_export_takes_its_files_along(
    api: ApiClient, other_sandbox: Sandbox, dataset: Dataset, sent: list[Any]
) -> None:
    job = api.post(PATH, body(dataset)).json()
    folder = folder_of(job["id"])
    folder.mkdir(parents=True)
    (folder / "B1.json").write_text("{}\n")
    path = f"{PATH}/{job['id']}"
    assert api.within("dev1").get(path).status_code == 404
    assert api.within("dev1").delete(path).status_code == 404
    deleted = api.delete(path)
    assert (deleted.status_code, deleted.json()["status"]) == (200, True)
    assert not folder.exists()
    for name in (str(job["id"]), "x", "9" * 30):
        assert api.get(f"{PATH}/{name}").status_code == 404
        assert api.delete(f"{PATH}/{name}").status_code == 404
