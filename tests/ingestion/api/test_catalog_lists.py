"""Lists of the catalog: pages, filters, order, chosen fields; and batches."""

from typing import Any

import pytest

from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset
from tests.api_client import ApiClient
from tests.factories.catalog import ENABLED, make_batch, make_dataset
from tests.factories.registry import make_schema

pytestmark = pytest.mark.django_db

BASE = "/data/foundation/catalog"


@pytest.fixture
def datasets(sandbox: Sandbox) -> list[Dataset]:
    uri = make_schema(sandbox)
    names = ["Loyalty", "Orders EU", "Orders US", "Web [x]"]
    made = [make_dataset(sandbox, name=name, schema_uri=uri) for name in names]
    made.append(make_dataset(sandbox, name="Members", schema_uri=uri, tags=ENABLED))
    for position, dataset in enumerate(made):
        Dataset.objects.filter(pk=dataset.pk).update(created_ms=1000 + position)
    return made


def names(api: ApiClient, query: dict[str, Any]) -> list[str]:
    response = api.get(f"{BASE}/dataSets", query=query)
    assert response.status_code == 200, response.content
    return [document["name"] for document in response.json().values()]


def test_an_empty_list_is_an_empty_object(api: ApiClient) -> None:
    assert api.get(f"{BASE}/dataSets").json() == {}


def test_pages_overlap_as_the_client_asks(api: ApiClient, datasets: list[Dataset]) -> None:
    assert names(api, {"limit": 2}) == ["Loyalty", "Orders EU"]
    assert names(api, {"limit": 2, "start": 1}) == ["Orders EU", "Orders US"]
    assert names(api, {"limit": 100, "start": 99}) == []
    assert names(api, {"limit": 2, "start": 1, "orderBy": "name"}) == ["Members", "Orders EU"]


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"limit": "x"}, {"start": -1}])
def test_a_page_out_of_range_is_a_bad_request(api: ApiClient, query: dict[str, Any]) -> None:
    assert api.get(f"{BASE}/dataSets", query=query).status_code == 400


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"name": "Loyalty"}, ["Loyalty"]),
        ({"name": "Loyalty,Members"}, ["Loyalty", "Members"]),
        ({"name": "Orders*"}, ["Orders EU", "Orders US"]),
        ({"name": "Web [x]*"}, ["Web [x]"]),
        ({"name": "!Orders*"}, ["Loyalty", "Web [x]", "Members"]),
        ({"property": "name==Loyalty"}, ["Loyalty"]),
        ({"property": "name!=Loyalty", "limit": 1}, ["Orders EU"]),
        ({"property": "name~^Orders"}, ["Orders EU", "Orders US"]),
        ({"property": ["created>1001", "created<=1003"]}, ["Orders US", "Web [x]"]),
        ({"property": "lastBatchId"}, []),
        ({"property": "!lastBatchId", "limit": 1}, ["Loyalty"]),
        ({"createdAfter": 1002}, ["Web [x]", "Members"]),
        ({"createdBefore": 1001}, ["Loyalty"]),
        ({"created": 1000}, ["Loyalty"]),
        ({"tags": "unifiedProfile:enabled:true"}, ["Members"]),
        ({"tags": "unifiedProfile:*,unifiedIdentity:enabled:*"}, ["Members"]),
        ({"tags": "unifiedProfile:enabled:false"}, []),
        ({"orderBy": "desc:created", "limit": 2}, ["Members", "Web [x]"]),
        ({"orderBy": "asc:name", "limit": 2}, ["Loyalty", "Members"]),
        ({"orderBy": "desc:state,desc:name", "limit": 1}, ["Web [x]"]),
        ({"requestDataSource": "true", "_": "1", "limit": 1}, ["Loyalty"]),
    ],
)
def test_filters_and_order_follow_the_parameters(
    api: ApiClient, datasets: list[Dataset], query: dict[str, Any], expected: list[str]
) -> None:
    assert names(api, query) == expected


@pytest.mark.parametrize(
    "query",
    [
        {"property": "name~("},
        {"property": "!"},
        {"tags": "unifiedProfile"},
        {"orderBy": "up:name"},
        {"createdAfter": "yesterday"},
    ],
)
def test_a_wrong_filter_is_a_bad_request(api: ApiClient, query: dict[str, Any]) -> None:
    assert api.get(f"{BASE}/dataSets", query=query).status_code == 400


def test_only_the_chosen_fields_come_back(api: ApiClient, datasets: list[Dataset]) -> None:
    found = api.get(f"{BASE}/dataSets", query={"properties": "name,tags", "limit": 1}).json()
    assert [set(document) for document in found.values()] == [{"name", "tags"}]
    one = api.get(f"{BASE}/dataSets/{datasets[0].id}", query={"properties": "name"}).json()
    assert one == {datasets[0].id: {"name": "Loyalty"}}


def test_a_list_takes_the_same_number_of_queries_whatever_its_length(
    api: ApiClient, datasets: list[Dataset], django_assert_max_num_queries: Any
) -> None:
    api.get(f"{BASE}/dataSets")
    with django_assert_max_num_queries(4):
        api.get(f"{BASE}/dataSets")


def test_batches_are_listed_newest_first_and_filtered(
    api: ApiClient, datasets: list[Dataset]
) -> None:
    good = make_batch(datasets[0], record_count=3, external_id="nightly")
    bad = make_batch(datasets[0], status="failed", failed_record_count=2)
    other = make_batch(datasets[1])
    assert list(api.get(f"{BASE}/batches").json()) == [other.id, bad.id, good.id]
    query = {"dataSet": datasets[0].id, "status": "failed", "limit": 100}
    found = api.get(f"{BASE}/batches", query=query).json()
    assert list(found) == [bad.id]
    document = found[bad.id]
    assert document["relatedObjects"][0] == {"type": "dataSet", "id": datasets[0].id}
    assert document["failedRecordCount"] == 2
    assert list(api.get(f"{BASE}/batches", query={"externalId": "nightly"}).json()) == [good.id]
    assert list(api.get(f"{BASE}/batches", query={"batch": good.id}).json()) == [good.id]


@pytest.mark.parametrize("path", ["batch", "batches"])
def test_a_batch_is_read_under_both_names(
    api: ApiClient, datasets: list[Dataset], path: str
) -> None:
    batch = make_batch(datasets[0], record_count=3)
    document = api.get(f"{BASE}/{path}/{batch.id}").json()[batch.id]
    assert (document["status"], document["recordCount"]) == ("success", 3)
    assert api.get(f"{BASE}/{path}/01J00000000000000000000000").status_code == 404
    assert api.within("prod").get(f"{BASE}/{path}/{batch.id}/").status_code == 200


def test_the_newest_batches_show_in_the_dataset_and_in_last_batches(
    api: ApiClient, datasets: list[Dataset]
) -> None:
    good = make_batch(datasets[0])
    bad = make_batch(datasets[0], status="failed")
    document = api.get(f"{BASE}/dataSets/{datasets[0].id}").json()[datasets[0].id]
    assert (document["lastBatchId"], document["lastBatchStatus"]) == (bad.id, "failed")
    assert document["lastSuccessfulBatch"] == good.id
    last = api.get(f"{BASE}/lastBatches", query={"dataSetId": datasets[0].id}).json()
    assert last[datasets[0].id]["lastSuccessfulBatchId"] == good.id
    assert last[datasets[0].id]["lastFailedBatchId"] == bad.id
    assert api.get(f"{BASE}/lastBatches", query={"dataSetId": datasets[1].id}).json() == {}


def test_a_regular_expression_of_a_stranger_costs_linear_time(
    api: ApiClient, datasets: list[Dataset]
) -> None:
    """A backtracking engine would try 2^60 ways before it says no."""
    Dataset.objects.filter(pk=datasets[0].pk).update(name="a" * 60 + "!")
    assert names(api, {"property": "name~^(a+)+$"}) == []
    assert names(api, {"property": "name~^(a+)+!$"}) == ["a" * 60 + "!"]


@pytest.mark.parametrize("pattern", ["(", "(?=a)", r"(a)\1", "a{1001}", "x" * 1001])
def test_a_bad_regular_expression_is_a_bad_request(api: ApiClient, pattern: str) -> None:
    response = api.get(f"{BASE}/dataSets", query={"property": f"name~{pattern}"})
    assert response.status_code == 400
    assert "regular expression" in response.json()["detail"]
