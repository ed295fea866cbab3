"""The collection endpoints over HTTP: what is acknowledged is stored, the rest is explained."""

import gzip
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import orjson
import pytest

from core import clock
from core.access.models import ApiCredential
from core.access.tokens import issue
from core.notify import config_changed
from core.sandboxes.models import Sandbox
from ingestion.connections.models import Inlet
from ingestion.journal.queries import list_counts, list_tail
from ingestion.journal.types import JournalRecord
from tests.ingestion.collect.messages import envelope, make_inlet, text
from tests.waiting import wait_until

LIMIT = 1_048_576


def stored(inlet: Inlet) -> list[JournalRecord]:
    """Records of the inlet, oldest first."""
    tail = list_tail(inlet.sandbox_id, inlet=inlet.number, limit=20_000)
    return [each.record for each in reversed(tail)]


def post(http: httpx.Client, inlet: Inlet, body: bytes, **kwargs: Any) -> httpx.Response:
    return http.post(f"/collection/{inlet.inlet_id}", content=body, **kwargs)


def post_batch(http: httpx.Client, inlet: Inlet, body: bytes, **kwargs: Any) -> httpx.Response:
    return http.post(f"/collection/batch/{inlet.inlet_id}", content=body, **kwargs)


def batch(*messages: bytes) -> bytes:
    return b'{"messages":[' + b",".join(messages) + b"]}"


def test_an_accepted_message_is_stored_byte_for_byte_and_named_in_the_answer(
    http: httpx.Client, inlet: Inlet
) -> None:
    body = b' {"header":%b,\n "body":%b, "extra": 1.50}' % tuple(
        orjson.dumps(part) for part in (envelope()["header"], envelope()["body"])
    )
    answer = post(http, inlet, body)
    assert answer.status_code == 200
    (record,) = stored(inlet)
    assert record.payload == body
    at = record.received_at // 1000
    assert answer.json() == {
        "inletId": inlet.inlet_id,
        "xactionId": f"{at}:{inlet.sandbox_id}:{record.seq}",
        "receivedTimeMs": at,
    }
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"]


def test_a_trailing_slash_makes_no_difference(http: httpx.Client, inlet: Inlet) -> None:
    assert http.post(f"/collection/{inlet.inlet_id}/", content=text()).status_code == 200
    answer = http.post(f"/collection/batch/{inlet.inlet_id}/", content=batch(text()))
    assert answer.status_code == 207


def test_the_same_message_twice_is_stored_twice_for_the_pipeline_to_tell(
    http: httpx.Client, inlet: Inlet
) -> None:
    assert {post(http, inlet, text()).status_code for _ in range(2)} == {200}
    assert len(stored(inlet)) == 2


def test_a_batch_is_answered_message_by_message_in_order(http: httpx.Client, inlet: Inlet) -> None:
    wrong_org = text(header={"imsOrgId": "X@AdobeOrg"})
    answer = post_batch(http, inlet, batch(text({"n": 1}), b"{}", text({"n": 2}), wrong_org))
    assert answer.status_code == 207
    body = answer.json()
    first, second = stored(inlet)
    at, stream = body["receivedTimeMs"], inlet.sandbox_id
    assert body["batchId"] == f"{at}:{stream}:{first.seq}"
    responses = body["responses"]
    assert responses[0] == {"xactionId": f"{at}:{stream}:{first.seq}-0"}
    assert responses[2] == {"xactionId": f"{at}:{stream}:{second.seq}-2"}
    prefix = f"inletId: [{inlet.inlet_id}] imsOrgId: [0A1B2C3D4E5F@AdobeOrg]"
    assert responses[1]["message"].startswith(f"{prefix} The 'header' field is mandatory.")
    assert responses[3] == {
        "status": 400,
        "statusCode": 400,
        "xactionId": f"{at}:{stream}:{first.seq}-3",
        "message": f"{prefix} Message has an absent or wrong ims org in the header",
    }
    assert [orjson.loads(each.payload)["body"]["xdmEntity"]["n"] for each in (first, second)] == [
        1,
        2,
    ]


def test_a_batch_whose_every_message_is_bad_is_still_a_207(
    http: httpx.Client, inlet: Inlet
) -> None:
    answer = post_batch(http, inlet, batch(b"1", b"null"))
    assert answer.status_code == 207
    assert [each["status"] for each in answer.json()["responses"]] == [400, 400]
    assert stored(inlet) == []


def test_one_message_of_invalid_text_does_not_spoil_its_batch(
    http: httpx.Client, inlet: Inlet
) -> None:
    bad = text({"name": "@"}).replace(b"@", b"\xff", 1)
    answer = post_batch(http, inlet, batch(text(), bad.replace(b"AdobeOrg", b"\xc3(", 1), text()))
    assert [each.get("status") for each in answer.json()["responses"]] == [None, 400, None]
    assert "not valid JSON" in answer.json()["responses"][1]["message"]


def test_ten_thousand_messages_fit_one_batch_and_keep_their_order(
    http: httpx.Client, sandbox: Sandbox
) -> None:
    inlet = make_inlet(sandbox, data_type="raw")
    body = batch(*[b'{"n":%d}' % number for number in range(10_000)])
    answer = post_batch(http, inlet, body, headers={"x-adobe-flow-id": "f-1"})
    assert answer.status_code == 207
    assert not [each for each in answer.json()["responses"] if "status" in each]
    records = stored(inlet)
    assert [orjson.loads(each.payload)["body"]["n"] for each in records] == list(range(10_000))


def test_a_bad_request_is_refused_with_the_reason_and_its_id(
    http: httpx.Client, inlet: Inlet
) -> None:
    cases = [
        (post, b"{", "Invalid XDM Message Format", "not valid JSON"),
        (post, b"{}", "Invalid XDM Message Format", "The 'header' field is mandatory."),
        (post_batch, b"{}", "Invalid batch", "messages"),
    ]
    for send, body, title, says in cases:
        answer = send(http, inlet, body, headers={"x-request-id": "req-7"})
        assert answer.status_code == 400
        problem = answer.json()
        assert says in problem["report"]["message"]
        assert problem["report"]["request-id"] == "req-7" == answer.headers["x-request-id"]
        assert (problem["status"], problem["title"]) == (400, title)
    assert stored(inlet) == []


def test_gzip_is_inflated_before_it_is_stored(http: httpx.Client, inlet: Inlet) -> None:
    headers = {"content-encoding": "gzip"}
    two_members = gzip.compress(text()[:40]) + gzip.compress(text()[40:])
    for body in (gzip.compress(text()), two_members):
        assert post(http, inlet, body, headers=headers).status_code == 200
    assert [each.payload for each in stored(inlet)] == [text(), text()]


def test_a_gzip_bomb_is_stopped_at_the_limit(http: httpx.Client, inlet: Inlet) -> None:
    bomb = gzip.compress(b" " * 200_000_000)
    assert len(bomb) < LIMIT
    answer = post(http, inlet, bomb, headers={"content-encoding": "gzip"})
    assert answer.status_code == 413
    bombs = gzip.compress(b" " * 600_000) * 2
    assert post(http, inlet, bombs, headers={"content-encoding": "gzip"}).status_code == 413


def test_one_megabyte_is_taken_and_a_byte_more_is_not(http: httpx.Client, inlet: Inlet) -> None:
    padding = LIMIT - len(text({"a": ""}))
    largest = text({"a": "x" * padding})
    assert len(largest) == LIMIT
    assert post(http, inlet, largest).status_code == 200
    answer = post(http, inlet, largest + b" ")
    assert answer.status_code == 413
    assert answer.json()["title"] == "Payload too large"


def test_a_body_of_unknown_length_obeys_the_same_limit(http: httpx.Client, inlet: Inlet) -> None:
    def chunks(size: int) -> Any:
        return (b" " * 65_536 for _ in range(size // 65_536))

    url = f"/collection/{inlet.inlet_id}"
    assert http.post(url, content=chunks(3 * LIMIT)).status_code == 413
    body = text()
    answer = http.post(url, content=(body[i : i + 50] for i in range(0, len(body), 50)))
    assert answer.status_code == 200
    assert [each.payload for each in stored(inlet)] == [body]


def test_an_unknown_inlet_is_a_404_and_no_other_method_or_path_exists(
    http: httpx.Client, inlet: Inlet
) -> None:
    answer = http.post("/collection/nobody", content=text())
    assert answer.status_code == 404
    assert answer.json()["report"]["message"] == "inletId: [nobody] does not exist."
    wrong_method = http.get(f"/collection/{inlet.inlet_id}")
    assert (wrong_method.status_code, wrong_method.headers["allow"]) == (405, "POST, OPTIONS")
    assert http.put("/healthz").status_code == 405
    elsewhere = http.post("/elsewhere", content=b"")
    assert (elsewhere.status_code, elsewhere.json()["title"]) == (404, "Not found")


def test_a_browser_may_ask_first(http: httpx.Client, inlet: Inlet) -> None:
    answer = http.options(f"/collection/{inlet.inlet_id}", headers={"origin": "https://a.test"})
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "content-type" in answer.headers["access-control-allow-headers"]


def test_health_tells_what_is_there(http: httpx.Client) -> None:
    assert http.get("/healthz").json() == {"status": "ok"}
    ready = http.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["checks"]["database"] == "ok"


def test_a_new_inlet_works_at_once(http: httpx.Client, sandbox: Sandbox) -> None:
    for _ in range(5):
        assert post(http, make_inlet(sandbox), text()).status_code == 200


def test_a_change_is_heard_without_asking(http: httpx.Client, inlet: Inlet) -> None:
    assert post(http, inlet, text()).status_code == 200
    Inlet.objects.update(enabled=False)
    config_changed("inlet")
    wait_until(lambda: post(http, inlet, text()).status_code == 403)
    Inlet.objects.update(enabled=True)
    config_changed("inlet")
    wait_until(lambda: post(http, inlet, text()).status_code == 200)


class TestAuthentication:
    @pytest.fixture
    def guarded(self, sandbox: Sandbox) -> Inlet:
        return make_inlet(sandbox, authentication_required=True)

    def test_a_valid_token_opens_the_inlet(
        self, http: httpx.Client, guarded: Inlet, credential: ApiCredential
    ) -> None:
        headers = {"authorization": f"bearer {issue(credential)}"}
        assert post(http, guarded, text(), headers=headers).status_code == 200

    def test_no_token_is_a_401_whose_status_is_text(
        self, http: httpx.Client, guarded: Inlet
    ) -> None:
        for headers in ({}, {"authorization": ""}, {"authorization": "Bearer"}):
            answer = post(http, guarded, text(), headers={**headers, "x-request-id": "r-1"})
            assert answer.status_code == 401
            problem = answer.json()
            assert problem["status"] == "401"
            assert problem["title"] == "Authorization"
            assert problem["type"].endswith("data-collection-service-authorization")
            assert problem["report"]["message"] == "[r-1] Ims service token is empty"

    def test_an_expired_forged_or_foreign_token_is_a_403(
        self,
        http: httpx.Client,
        guarded: Inlet,
        credential: ApiCredential,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        valid = issue(credential)
        a_day_ago = clock.now_ms() - 90_000_000
        monkeypatch.setattr(clock, "now_ms", lambda: a_day_ago)
        expired = issue(credential)
        monkeypatch.undo()
        for token in (expired, valid[:-4] + "AAAA", "x"):
            headers = {"authorization": f"Bearer {token}"}
            answer = post(http, guarded, text(), headers=headers)
            assert answer.status_code == 403, token
            assert "invalid or expired" in answer.json()["report"]["message"]

    def test_a_disabled_credential_closes_the_inlet(
        self, http: httpx.Client, guarded: Inlet, credential: ApiCredential
    ) -> None:
        headers = {"authorization": f"Bearer {issue(credential)}"}
        assert post(http, guarded, text(), headers=headers).status_code == 200
        ApiCredential.objects.update(enabled=False)
        config_changed("credential")
        wait_until(lambda: post(http, guarded, text(), headers=headers).status_code == 403)


def test_the_query_or_a_header_may_name_flow_and_dataset(
    http: httpx.Client, sandbox: Sandbox
) -> None:
    raw = make_inlet(sandbox, data_type="raw")
    assert post(http, raw, b"{}").status_code == 400
    url = f"/collection/{raw.inlet_id}?x-adobe-flow-id=f%2D9&other=1"
    assert http.post(url, content=b'{"a": 1.0}').status_code == 200
    headers = {"X-Adobe-Flow-Id": "f-1", "X-Adobe-Dataset-Id": "d-1"}
    assert post(http, raw, b"{}", headers=headers).status_code == 200
    assert [each.payload for each in stored(raw)] == [
        b'{"header":{"flowId":"f-9"},"body":{"a": 1.0}}',
        b'{"header":{"flowId":"f-1","datasetId":"d-1"},"body":{}}',
    ]


class TestRateLimit:
    def test_too_many_messages_are_a_429_that_says_when_to_return(
        self, http: httpx.Client, sandbox: Sandbox
    ) -> None:
        inlet = make_inlet(sandbox, rate_limit=5)
        first = post_batch(http, inlet, batch(*[text()] * 20))
        assert first.status_code == 207
        assert first.headers["x-ratelimit-limit"] == "5"
        assert int(first.headers["x-ratelimit-used"]) == 20
        second = post(http, inlet, text())
        assert second.status_code == 429
        assert 1 <= int(second.headers["retry-after"]) <= 4
        assert second.headers["x-ratelimit-limit"] == "5"
        assert second.json()["title"] == "Too many requests"
        wait_until(lambda: post(http, inlet, text()).status_code == 200)

    def test_one_inlet_s_limit_is_not_another_s(
        self, http: httpx.Client, sandbox: Sandbox, inlet: Inlet
    ) -> None:
        slow = make_inlet(sandbox, rate_limit=1)
        post_batch(http, slow, batch(text(), text(), text()))
        assert post(http, slow, text()).status_code == 429
        answer = post(http, inlet, text())
        assert answer.status_code == 200
        assert "x-ratelimit-limit" not in answer.headers


def test_many_senders_at_once_get_a_number_each(http: httpx.Client, inlet: Inlet) -> None:
    gate = threading.Barrier(8)

    def send(sender: int) -> list[str]:
        gate.wait()
        return [
            post(http, inlet, text({"s": sender, "n": n})).json()["xactionId"] for n in range(40)
        ]

    with ThreadPoolExecutor(8) as threads:
        answers = [one for sent in threads.map(send, range(8)) for one in sent]
    records = stored(inlet)
    expected = {f"{r.received_at // 1000}:{r.stream}:{r.seq}" for r in records}
    assert len(records) == 320
    assert set(answers) == expected
    assert [each.seq for each in records] == list(range(1, 321))


def test_counters_tell_received_stored_and_refused(http: httpx.Client, inlet: Inlet) -> None:
    post(http, inlet, text())
    post_batch(http, inlet, batch(text(), b"{}"))
    post(http, inlet, b"")

    def counted() -> dict[str, int]:
        names = ("received", "received_bytes", "stored", "refused")
        points = list_counts(inlet.sandbox_id, names, since=0, until=2**31 - 1, inlet=inlet.number)
        return {point.name: point.value for point in points}

    size = len(text()) + len(batch(text(), b"{}"))
    expected = {"received": 4, "received_bytes": size, "stored": 2, "refused": 2}
    wait_until(lambda: counted() == expected)
