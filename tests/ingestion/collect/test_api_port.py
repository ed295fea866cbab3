"""The same endpoints under the platform's own address, and validation before the answer."""

from collections.abc import Callable
from typing import Any

import httpx
import orjson
import pytest
from django.test import Client

from core.sandboxes.models import Sandbox
from ingestion.connections.models import Inlet
from ingestion.journal.queries import list_counts, list_tail
from tests.factories.registry import make_primary_identity, make_schema
from tests.ingestion.collect.messages import make_dataset, make_inlet, text

pytestmark = pytest.mark.django_db(transaction=True)
VALID = {"personID": "p-1"}
BASE = "/data/foundation/import/collection"

Post = Callable[..., tuple[int, dict[str, Any]]]


def post_to_api(path: str, body: bytes, **headers: str) -> tuple[int, dict[str, Any]]:
    answer = Client().generic(
        "POST", BASE + path, body, content_type="application/json", headers=headers
    )
    return answer.status_code, answer.json()


@pytest.fixture
def schema(sandbox: Sandbox) -> str:
    uri = make_schema(sandbox)
    make_primary_identity(sandbox, uri, path="/personID", code="CRMID")
    return uri


@pytest.fixture(params=["api", "collector"])
def post(request: pytest.FixtureRequest) -> Post:
    """Sends to either port: both must answer alike."""
    if request.param == "api":
        return post_to_api
    http: httpx.Client = request.getfixturevalue("http")

    def post_to_collector(path: str, body: bytes, **headers: str) -> tuple[int, dict[str, Any]]:
        answer = http.post("/collection" + path, content=body, headers=headers)
        return answer.status_code, answer.json()

    return post_to_collector


def test_a_message_is_stored_and_answered_as_by_the_collector(inlet: Inlet) -> None:
    status, answer = post_to_api(f"/{inlet.inlet_id}", text())
    (line,) = list_tail(inlet.sandbox_id)
    assert status == 200
    assert line.record.payload == text()
    at = line.record.received_at // 1000
    assert answer["xactionId"] == f"{at}:{inlet.sandbox_id}:{line.record.seq}"
    points = list_counts(inlet.sandbox_id, ["stored"], since=0, until=2**31 - 1)
    assert [point.value for point in points] == [1]


def test_a_batch_is_answered_message_by_message(inlet: Inlet) -> None:
    body = b'{"messages":[%b,{}]}' % text()
    status, answer = post_to_api(f"/batch/{inlet.inlet_id}/", body)
    assert status == 207
    assert [each.get("status") for each in answer["responses"]] == [None, 400]
    assert len(list_tail(inlet.sandbox_id)) == 1


def test_refusals_have_the_collector_s_words(sandbox: Sandbox) -> None:
    guarded = make_inlet(sandbox, authentication_required=True)
    assert post_to_api("/nobody", text())[0] == 404
    status, answer = post_to_api(f"/{guarded.inlet_id}", text())
    assert (status, answer["status"], answer["title"]) == (401, "401", "Authorization")
    assert post_to_api(f"/{guarded.inlet_id}", b"x" * 1_048_577)[0] == 413
    refused = Client().get(f"{BASE}/{guarded.inlet_id}")
    assert (refused.status_code, refused["allow"]) == (405, "POST")


def test_a_valid_record_passes_before_it_is_stored(
    post: Post, sandbox: Sandbox, inlet: Inlet, schema: str
) -> None:
    dataset = make_dataset(sandbox, schema_uri=schema)
    body = text(
        VALID,
        schema=schema,
        header={"datasetId": dataset.id},
    )
    for key in ("syncValidation", "synchronousValidation"):
        status, answer = post(f"/{inlet.inlet_id}?{key}=true", body)
        assert status == 200, answer
        assert (status, answer[key]) == (200, {"status": "pass"})
    assert len(list_tail(sandbox.number)) == 2


def test_a_violation_is_told_and_the_record_dropped(
    post: Post, sandbox: Sandbox, inlet: Inlet, schema: str
) -> None:
    dataset = make_dataset(sandbox, schema_uri=schema)
    url = f"/{inlet.inlet_id}?syncValidation=true"
    status, answer = post(
        url, text({"personID": 5}, schema=schema, header={"datasetId": dataset.id})
    )
    assert status == 400
    (violation,) = answer["report"]["cause"]["_streamingValidation"]
    assert violation["message"] == "expected type: String, found: Long"
    assert violation["pointerToViolation"] == "#/personID"
    two = text({"unknown": 5}, schema=schema, header={"datasetId": dataset.id})
    (wrapper,) = post(url, two)[1]["report"]["cause"]["_streamingValidation"]
    assert wrapper["message"] == "2 schema violations found"
    assert sorted(each["message"] for each in wrapper["causingExceptions"]) == [
        "extraneous key [unknown] is not permitted",
        "required key [personID] not found",
    ]
    assert answer["report"]["message"].endswith("Message has unknown xdm format")
    assert list_tail(sandbox.number) == []


def test_an_unknown_dataset_or_another_schema_fails_the_validation(
    post: Post, sandbox: Sandbox, other_sandbox: Sandbox, inlet: Inlet, schema: str
) -> None:
    mine = make_dataset(sandbox)
    foreign = make_dataset(other_sandbox, schema_uri=schema)
    for dataset_id in ("nothing", foreign.id, mine.id):
        body = text({}, schema=schema, header={"datasetId": dataset_id})
        status, answer = post(f"/{inlet.inlet_id}?syncValidation=true", body)
        assert status == 400
        (violation,) = answer["report"]["cause"]["_streamingValidation"]
        assert violation["pointerToViolation"].startswith("#/header/")


def test_what_cannot_be_validated_is_stored_and_says_so(post: Post, sandbox: Sandbox) -> None:
    raw = make_inlet(sandbox, data_type="raw")
    status, answer = post(f"/{raw.inlet_id}?syncValidation=true", b"{}", **{"x-adobe-flow-id": "f"})
    assert (status, answer["syncValidation"]) == (200, {"skipped": True})
    assert len(list_tail(sandbox.number)) == 1


def test_a_dataset_made_a_moment_ago_is_known(
    http: httpx.Client, sandbox: Sandbox, inlet: Inlet, schema: str
) -> None:
    assert http.post(f"/collection/{inlet.inlet_id}", content=text()).status_code == 200
    # The collector has read its configuration; nobody announces this one.
    dataset = make_dataset(sandbox, schema_uri=schema)
    body = text(VALID, schema=schema, header={"datasetId": dataset.id})
    answer = http.post(f"/collection/{inlet.inlet_id}?syncValidation=true", content=body)
    assert (answer.status_code, answer.json().get("syncValidation")) == (200, {"status": "pass"})


def test_beyond_sixty_validations_a_minute_records_are_stored_without(
    http: httpx.Client, sandbox: Sandbox, inlet: Inlet, schema: str
) -> None:
    dataset = make_dataset(sandbox, schema_uri=schema)
    body = text(
        VALID,
        schema=schema,
        header={"datasetId": dataset.id},
    )
    url = f"/collection/{inlet.inlet_id}?syncValidation=true"
    answers = [orjson.loads(http.post(url, content=body).content) for _ in range(70)]
    assert answers[59]["syncValidation"] == {"status": "pass"}
    assert {"skipped": True} in [answer["syncValidation"] for answer in answers[60:]]
    assert len(list_tail(sandbox.number, limit=100)) == 70
