"""Source and target connections, flows and their runs."""

from typing import Any

import pytest
from django.db import connection as database

from core import clock
from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset
from ingestion.connections.models import Inlet
from ingestion.connections.queries import inlet_directory
from ingestion.journal.queries import add_counts
from ingestion.journal.types import Count
from tests.api_client import ApiClient
from tests.factories.catalog import make_dataset
from tests.factories.connections import (
    FLOW_SERVICE,
    connection_body,
    created,
    flow_body,
    source_body,
    target_body,
)

pytestmark = pytest.mark.django_db

MISSING = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def dataset(sandbox: Sandbox) -> Dataset:
    return make_dataset(sandbox)


@pytest.fixture
def chain(api: ApiClient, dataset: Dataset) -> dict[str, str]:
    """Ids of a connection, a source, a target and the flow between them."""
    base = created(api, "connections", connection_body(dataType="raw"))
    source = created(api, "sourceConnections", source_body(base))
    target = created(api, "targetConnections", target_body(dataset.id, dataset.schema_uri))
    mapping = {"name": "Mapping", "params": {"mappingId": "a" * 32, "mappingVersion": "0"}}
    flow = created(api, "flows", flow_body(source, target, transformations=[mapping]))
    return {
        "connections": base,
        "sourceConnections": source,
        "targetConnections": target,
        "flows": flow,
    }


def code(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["type"].rpartition("/")[2]


def test_a_flow_tells_where_it_comes_from_and_goes_to(
    api: ApiClient, chain: dict[str, str]
) -> None:
    (flow,) = api.get(f"{FLOW_SERVICE}/flows/{chain['flows']}").json()["items"]
    inherited = flow["inheritedAttributes"]
    assert inherited["properties"] == {"isSourceFlow": True}
    (source,) = inherited["sourceConnections"]
    assert source["id"] == chain["sourceConnections"]
    assert source["baseConnection"]["id"] == chain["connections"]
    assert inherited["targetConnections"][0]["id"] == chain["targetConnections"]
    assert flow["runs"] == f"/flows/{chain['flows']}/runs"
    assert flow["state"] == "enabled"
    query = {"property": "inheritedAttributes.properties.isSourceFlow==true"}
    assert len(api.get(f"{FLOW_SERVICE}/flows", query=query).json()["items"]) == 1
    (stored,) = api.get(f"{FLOW_SERVICE}/sourceConnections").json()["items"]
    assert stored["inheritedAttributes"]["baseConnection"]["id"] == chain["connections"]


def test_the_directory_knows_the_enabled_flows_of_an_inlet(
    api: ApiClient, chain: dict[str, str], dataset: Dataset
) -> None:
    (info,) = inlet_directory().values()
    flow = info.flows[chain["flows"]]
    assert (flow.dataset_id, flow.mapping_id) == (dataset.id, "a" * 32)
    url = f"{FLOW_SERVICE}/flows/{chain['flows']}/action"
    assert api.post(url, query={"op": "disable"}).status_code == 200
    (info,) = inlet_directory().values()
    assert info.flows == {}
    assert api.post(url, query={"op": "enable"}).status_code == 200


def test_what_a_flow_uses_cannot_be_deleted(api: ApiClient, chain: dict[str, str]) -> None:
    for kind, expected in (
        ("connections", "FLOW-1418-400"),
        ("sourceConnections", "FLOW-1409-400"),
        ("targetConnections", "FLOW-1409-400"),
    ):
        assert code(api.delete(f"{FLOW_SERVICE}/{kind}/{chain[kind]}")) == (400, expected)
    for kind in ("flows", "sourceConnections", "targetConnections", "connections"):
        assert api.delete(f"{FLOW_SERVICE}/{kind}/{chain[kind]}").status_code == 204
        assert api.get(f"{FLOW_SERVICE}/{kind}").json()["items"] == []


def test_a_source_of_an_unknown_connection_is_refused(
    api: ApiClient, other_sandbox: Sandbox
) -> None:
    url = f"{FLOW_SERVICE}/sourceConnections"
    assert code(api.post(url, source_body(MISSING))) == (404, "FLOW-1439-404")
    elsewhere = created(api.within("dev1"), "connections", connection_body())
    assert code(api.post(url, source_body(elsewhere))) == (404, "FLOW-1439-404")


def test_a_target_needs_a_dataset_of_the_schema_it_names(
    api: ApiClient, dataset: Dataset, other_sandbox: Sandbox
) -> None:
    url = f"{FLOW_SERVICE}/targetConnections"
    body = target_body(dataset.id, "https://ns.adobe.com/acmeco/schemas/another")
    assert code(api.post(url, body)) == (400, "FLOW-1425-400")
    body = target_body("5f0a6c1b2d3e4f5061728394", dataset.schema_uri)
    assert code(api.post(url, body)) == (400, "FLOW-1402-400")
    elsewhere = make_dataset(other_sandbox)
    body = target_body(elsewhere.id, elsewhere.schema_uri)
    assert code(api.post(url, body)) == (400, "FLOW-1402-400")


@pytest.mark.parametrize(
    ("change", "status", "expected"),
    [
        ({"state": "enabled"}, 400, "FLOW-1410-400"),
        ({"flowSpec": {"id": "none"}}, 400, "FLOW-1413-400"),
        ({"sourceConnectionIds": []}, 400, "FLOW-1402-400"),
        ({"sourceConnectionIds": [3]}, 400, "FLOW-1402-400"),
        ({"targetConnectionIds": None}, 400, "FLOW-1402-400"),
        ({"targetConnectionIds": [MISSING]}, 404, "FLOW-1439-404"),
        ({"transformations": {}}, 201, ""),
        ({"transformations": "x"}, 400, "FLOW-1402-400"),
        ({"transformations": [{"name": "Mapping"}]}, 400, "FLOW-1419-400"),
        (
            {"transformations": [{"params": {"mappingId": "a", "mappingVersion": "x"}}]},
            400,
            "FLOW-1412-400",
        ),
        ({"name": ""}, 400, "FLOW-1402-400"),
    ],
)
def test_a_wrong_flow_has_its_code(
    api: ApiClient, chain: dict[str, str], change: dict[str, Any], status: int, expected: str
) -> None:
    body = flow_body(chain["sourceConnections"], chain["targetConnections"], **change)
    response = api.post(f"{FLOW_SERVICE}/flows", body)
    assert response.status_code == status
    if expected:
        assert code(response) == (status, expected)


def test_a_flow_is_patched_with_the_checks_of_its_creation(
    api: ApiClient, chain: dict[str, str]
) -> None:
    url = f"{FLOW_SERVICE}/flows/{chain['flows']}"
    etag = api.get(url)["ETag"]
    patch = [{"op": "replace", "path": "/targetConnectionIds/0", "value": MISSING}]
    assert code(api.patch(url, patch, headers={"if-match": etag})) == (404, "FLOW-1439-404")
    patch = [{"op": "add", "path": "/name", "value": "renamed"}]
    assert api.patch(url, patch, headers={"if-match": etag}).status_code == 200
    assert api.get(url).json()["items"][0]["name"] == "renamed"


def test_a_streaming_flow_has_a_run_for_each_hour_with_records(
    api: ApiClient, sandbox: Sandbox, chain: dict[str, str], dataset: Dataset
) -> None:
    inlet = Inlet.objects.get()
    hour = clock.now_ms() // 3_600_000 * 60
    counts = [
        Count(sandbox.number, hour, inlet.number, dataset.number, "ingested", 40),
        Count(sandbox.number, hour, inlet.number, dataset.number, "rejected", 2),
        Count(sandbox.number, hour, inlet.number, 0, "rejected", 1),
        Count(sandbox.number, hour, inlet.number + 1, dataset.number, "ingested", 7),
    ]
    with database.cursor() as cursor:
        add_counts(cursor, counts)
    query = {"property": f'flowId=="{chain["flows"]}"', "orderby": "-createdAt"}
    (run,) = api.get(f"{FLOW_SERVICE}/runs", query=query).json()["items"]
    summary = run["metrics"]["recordSummary"]
    assert (summary["inputRecordCount"], summary["outputRecordCount"]) == (43, 40)
    assert summary["failedRecordCount"] == 3
    assert run["metrics"]["statusSummary"]["status"] == "inProgress"
    assert run["metrics"]["statusSummary"]["errors"][0]["code"] == "INGEST-1212-400"
    assert api.get(f"{FLOW_SERVICE}/flows/{chain['flows']}/runs").json()["items"] == [run]
    assert api.get(f"{FLOW_SERVICE}/runs/{run['id']}").json()["items"] == [run]
    assert code(api.get(f"{FLOW_SERVICE}/runs/none")) == (404, "FLOW-1439-404")


def test_a_streaming_flow_cannot_be_run_by_hand(api: ApiClient, chain: dict[str, str]) -> None:
    url = f"{FLOW_SERVICE}/runs"
    assert api.get(url).json() == {"items": [], "_links": {}}
    assert code(api.post(url, {"flowId": chain["flows"]})) == (400, "FLOW-1422-400")
    assert code(api.post(url, {"flowId": MISSING})) == (400, "FLOW-1430-400")
