"""`/data/core/ais/external-audience`."""

import uuid
from typing import Any

import pytest

from core.sandboxes.models import Sandbox
from tests.api_client import ApiClient

PATH = "/data/core/ais/external-audience"
PLACE = {
    "path": "activation/sample-source/example.csv",
    "type": "file",
    "sourceType": "Cloud Storage",
    "baseConnectionId": "1d1d4bc5-b527-46a3-9863-530246a61b2b",
}
BODY = {
    "name": "Sample external audience",
    "description": "A sample version of an external audience",
    "fields": [
        {"name": "mail", "type": "string", "identityNs": "email"},
        {"name": "list_id", "type": "string", "labels": ["core/C2"]},
    ],
    "sourceSpec": {"params": PLACE},
    "ttlInDays": "40",
    "labels": ["core/C1"],
    "audienceType": "people",
    "originName": "CUSTOM_UPLOAD",
}
pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True)
def test_lives_from_creation_over_runs_to_deletion(api: ApiClient, sent: list[Any]) -> None:
    created = api.post(f"{PATH}/", BODY)
    assert created.status_code == 202
    operation = created.json()
    assert operation["operationDetails"]["sourceSpec"] == PLACE
    assert operation["operationDetails"]["name"] == BODY["name"]
    polled = api.get(f"{PATH}/operations/{operation['operationId']}").json()
    assert polled["status"] == "SUCCESS"
    key = polled["audienceId"]
    audience = api.get(f"/data/core/ups/audiences/{key}").json()
    assert audience["type"] == "ExternalSegment"
    assert (audience["namespace"], audience["originName"]) == (
        "CustomerAudienceUpload",
        "CUSTOM_UPLOAD",
    )
    assert (audience["ttlInDays"], audience["labels"]) == (40, ["core/C1"])
    times = {"dataFilterStartTime": 1764245635, "dataFilterEndTime": 1764332035}
    started = api.post(f"{PATH}/{key}/runs", times | {"differentialIngestion": True})
    assert started.status_code == 200
    run = started.json()
    assert (run["status"], run["audienceId"]) == ("PROCESSING", key)
    assert run.items() >= times.items()
    assert run["differentialIngestion"] is True
    assert sent[-1] == ("profiles.tasks.import_members", {"run": run["runId"]})
    assert api.get(f"{PATH}/{key}/runs/{run['runId']}").json() == run
    assert api.get(f"{PATH}/{uuid.uuid4()}/runs/{run['runId']}").status_code == 404
    gone = api.delete(f"{PATH}/{key}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert api.get(f"{PATH}/{key}").status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"name": None},
        {"fields": None},
        {"fields": []},
        {"fields": [{"name": "a", "type": "string"}]},
        {"fields": [{"name": "a", "type": "text", "identityNs": "email"}]},
        {"fields": [{"type": "string", "identityNs": "email"}]},
        {"fields": [{"name": str(n), "type": "string", "identityNs": "email"} for n in range(26)]},
        {"sourceSpec": None},
        {"sourceSpec": {"type": "file"}},
        {"sourceSpec": PLACE | {"type": "stream"}},
        {"ttlInDays": 0},
        {"ttlInDays": 91},
        {"namespace": "AEPSegments"},
    ],
)
def test_refuses_what_cannot_be_read(api: ApiClient, change: dict[str, Any]) -> None:
    assert api.post(PATH, BODY | change).status_code == 400
    assert api.get("/data/core/ups/audiences").json()["children"] == []


def test_the_source_may_be_written_flat(api: ApiClient) -> None:
    created = api.post(PATH, BODY | {"sourceSpec": PLACE}).json()
    assert created["operationDetails"]["sourceSpec"] == PLACE


def test_a_patch_changes_the_audience_and_its_source(api: ApiClient) -> None:
    key = api.post(PATH, BODY).json()["audienceId"]
    moved = {"description": "Moved", "sourceSpec": PLACE | {"path": "b.csv"}}
    changed = api.patch(f"{PATH}/{key}", moved)
    assert changed.status_code == 200
    assert changed.json()["description"] == "Moved"
    assert changed.json()["sourceSpec"]["path"] == "b.csv"
    assert changed.json()["name"] == BODY["name"]
    listed = [{"op": "replace", "path": "/name", "value": "Renamed"}]
    assert api.patch(f"{PATH}/{key}", listed).json()["name"] == "Renamed"
    assert api.get(f"{PATH}/{key}").json()["sourceSpec"]["path"] == "b.csv"
    refused = api.patch(f"{PATH}/{key}", {"fields": [], "name": "Not this"})
    assert refused.status_code == 400
    assert api.get(f"{PATH}/{key}").json()["name"] == "Renamed"
    assert api.get(f"{PATH}/{key}").json()["fields"] == BODY["fields"]


def test_runs_need_times_and_a_source(api: ApiClient, other_sandbox: Sandbox) -> None:
    key = api.post(PATH, BODY).json()["audienceId"]
    bad = api.post(f"{PATH}/{key}/runs", {"dataFilterStartTime": "yesterday"})
    assert bad.status_code == 400
    assert api.within("dev1").post(f"{PATH}/{key}/runs", {}).status_code == 404
    bare = {"type": "ExternalSegment", "name": "No source", "audienceId": "n"}
    without = api.post("/data/core/ups/audiences", bare).json()["id"]
    assert api.post(f"{PATH}/{without}/runs", {}).status_code == 400
    assert api.get(f"{PATH}/operations/{uuid.uuid4()}").status_code == 404
