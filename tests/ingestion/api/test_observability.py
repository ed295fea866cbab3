"""The metrics API over the counters."""

from typing import Any

import pytest
from django.db import connection

from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset
from ingestion.connections.models import Inlet
from ingestion.journal.queries import add_counts, record_rejects
from ingestion.journal.types import Count, Reject
from tests.api_client import ApiClient
from tests.factories.catalog import make_dataset
from tests.factories.connections import connection_body, created

pytestmark = pytest.mark.django_db

URL = "/data/infrastructure/observability/insights/metrics"
INLET = "timeseries.data.collection.inlet."
VALIDATION = "timeseries.data.collection.validation."
# 2026-10-01T00:00:00Z, a Thursday.
DAY_MS = 1_790_812_800_000
DAY = DAY_MS // 60_000


@pytest.fixture
def dataset(sandbox: Sandbox) -> Dataset:
    return make_dataset(sandbox)


@pytest.fixture
def inlet(api: ApiClient) -> Inlet:
    created(api, "connections", connection_body())
    return Inlet.objects.get()


@pytest.fixture
def counted(sandbox: Sandbox, dataset: Dataset, inlet: Inlet) -> None:
    def count(minute: int, name: str, value: int, *, of_dataset: int = 0) -> Count:
        return Count(sandbox.number, minute, inlet.number, of_dataset, name, value)

    with connection.cursor() as cursor:
        add_counts(
            cursor,
            [
                count(DAY, "received", 5),
                count(DAY, "received_bytes", 500),
                count(DAY + 1, "received", 7),
                count(DAY + 1440, "received", 11),
                count(DAY, "ingested", 9, of_dataset=dataset.number),
                count(DAY, "rejected", 3, of_dataset=dataset.number),
                Count(sandbox.number + 1, DAY, inlet.number, 0, "received", 1000),
            ],
        )


def ask(api: ApiClient, *names: str, **changes: Any) -> Any:
    filters = changes.pop("filters", [])
    body = {
        "start": "2026-10-01T00:00:00.000Z",
        "end": "2026-10-08T00:00:00.000Z",
        "granularity": "day",
        "metrics": [
            {"name": name, "filters": filters, "aggregator": "sum", "downsample": "sum"}
            for name in names
        ],
        **changes,
    }
    return api.post(URL, body)


def points(response: Any) -> list[dict[str, float]]:
    assert response.status_code == 200, response.content
    (metric,) = response.json()["metricResponses"]
    return [point["dps"] for point in metric["datapoints"]]


@pytest.mark.usefixtures("counted")
def test_counters_are_added_up_by_day(api: ApiClient) -> None:
    response = ask(api, f"{INLET}total.messages.received")
    (metric,) = response.json()["metricResponses"]
    assert metric["granularity"] == "DAY"
    assert metric["datapoints"] == [
        {"groupBy": {}, "dps": {str(DAY_MS): 12.0, str(DAY_MS + 86_400_000): 11.0}}
    ]


@pytest.mark.usefixtures("counted")
@pytest.mark.parametrize(
    ("granularity", "expected"),
    [
        ("minute", {str(DAY_MS): 5.0, str(DAY_MS + 60_000): 7.0, str(DAY_MS + 86_400_000): 11.0}),
        ("HOUR", {str(DAY_MS): 12.0, str(DAY_MS + 86_400_000): 11.0}),
        ("week", {str(DAY_MS - 3 * 86_400_000): 23.0}),
        ("month", {str(DAY_MS): 23.0}),
    ],
)
def test_steps_are_as_long_as_asked(
    api: ApiClient, granularity: str, expected: dict[str, float]
) -> None:
    response = ask(api, f"{INLET}total.messages.received", granularity=granularity)
    assert points(response) == [expected]


@pytest.mark.usefixtures("counted")
def test_the_end_is_exclusive(api: ApiClient) -> None:
    name = f"{INLET}total.messages.received"
    assert points(ask(api, name, end="2026-10-01T00:01:00Z")) == [{str(DAY_MS): 5.0}]
    assert points(ask(api, name, end="2026-10-01T00:00:00Z")) == []


@pytest.mark.usefixtures("counted")
def test_series_are_told_apart_and_narrowed(api: ApiClient, dataset: Dataset, inlet: Inlet) -> None:
    by_dataset = [{"name": "dataSetId", "value": f"{dataset.id}|other", "groupBy": True}]
    response = ask(api, "timeseries.ingestion.dataset.recordsuccess.count", filters=by_dataset)
    (metric,) = response.json()["metricResponses"]
    assert metric["filters"] == by_dataset
    assert metric["datapoints"] == [
        {"groupBy": {"dataSetId": dataset.id}, "dps": {str(DAY_MS): 9.0}}
    ]
    by_inlet = [{"name": "inletId", "value": inlet.inlet_id}]
    total = ask(api, f"{VALIDATION}total.messages.rate", filters=by_inlet)
    assert points(total) == [{str(DAY_MS): 12.0}]
    nothing = [{"name": "inletId", "value": "none"}]
    assert points(ask(api, f"{VALIDATION}valid.messages.rate", filters=nothing)) == []


def test_refusals_are_counted_by_category(
    api: ApiClient, sandbox: Sandbox, dataset: Dataset, inlet: Inlet
) -> None:
    def reject(seq: int, code: str) -> Reject:
        return Reject(
            stream=sandbox.number,
            seq=seq,
            received_at=DAY_MS * 1000,
            rejected_at=DAY_MS * 1000 + 5,
            inlet=inlet.number,
            dataset=dataset.number,
            code=code,
            path="/x",
            received=None,
            expected=None,
            message="m",
            violations=(),
            payload=b"{}",
        )

    codes = ["DCVS-1104-400", "DCVS-1104-400", "DCVS-1106-400", "SOMETHING-ELSE"]
    with connection.cursor() as cursor:
        record_rejects(cursor, [reject(seq, code) for seq, code in enumerate(codes, 1)])
    found = {
        name: points(ask(api, f"{VALIDATION}category.{name}.count"))
        for name in ("type", "presence", "unknown", "enum")
    }
    at = str(DAY_MS)
    assert found == {"type": [{at: 2.0}], "presence": [{at: 1.0}], "unknown": [{at: 1.0}],
                     "enum": []}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"granularity": "decade"}, "granularity"),
        ({"start": "yesterday"}, "start"),
        ({"end": None}, "end"),
        ({"end": "2026-09-01T00:00:00Z"}, "end"),
        ({"start": "1970-01-01T00:00:00Z", "granularity": "minute"}, "end"),
        ({"metrics": []}, "metrics"),
        ({"metrics": [{"name": "none"}]}, "metrics.name"),
        ({"metrics": ["x"]}, "metrics.name"),
        ({"filters": [{"name": "colour"}]}, "metrics.filters.name"),
        ({"filters": ["x"]}, "metrics.filters"),
    ],
)
def test_a_wrong_question_is_a_bad_request(
    api: ApiClient, sandbox: Sandbox, changes: dict[str, Any], path: str
) -> None:
    response = ask(api, f"{INLET}success", **changes)
    assert response.status_code == 400
    body = response.json()
    assert body["type"].endswith("INSGHT-1000-400")
    assert body["report"]["tenantInfo"]["sandboxName"] == "prod"
    assert body["report"]["additionalContext"]["path"] == path
    assert body["error-chain"][0]["errorCode"] == "INSGHT-1000-400"
    assert body["report"]["request-id"] == response["x-request-id"]


def test_a_body_that_is_no_question_is_a_bad_request(api: ApiClient) -> None:
    assert api.post(URL, [1]).status_code == 400
