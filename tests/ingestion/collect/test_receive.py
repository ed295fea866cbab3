"""What a request asks to store, decided without a server or a database."""

import gzip
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.collect.limits import Limits
from ingestion.collect.receive import admit_sender, receive
from ingestion.collect.types import Received, Refused, Request
from ingestion.connections.types import InletInfo
from tests.ingestion.collect.messages import envelope, text

FLOW = {"x-adobe-flow-id": "f-1"}


def inlet(**changes: Any) -> InletInfo:
    values: dict[str, Any] = {
        "inlet_id": "a1",
        "number": 7,
        "sandbox": 2,
        "ims_org_id": "0A1B2C3D4E5F@AdobeOrg",
        "sandbox_name": "prod",
        "name": "Acme stream",
        "source_id": "acme-stream",
        "data_type": "xdm",
        "authentication_required": False,
        "enabled": True,
        "rate_limit": None,
    }
    return InletInfo(**{**values, **changes})


RAW = inlet(data_type="raw")


def take(
    body: bytes,
    *,
    at: InletInfo | None = None,
    headers: dict[str, str] | None = None,
    query: str = "",
    is_batch: bool = False,
) -> Received:
    request = Request(headers or {}, query, body, 1_000_000, "r-1", is_batch)
    return receive(request, at or inlet())


def payload(body: bytes, **kwargs: Any) -> bytes:
    append = take(body, **kwargs).append
    assert append is not None
    assert (append.stream, append.received_at, append.flags) == (2, 1_000_000, 0)
    return append.payloads[0]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b"\xff\xfe", "not valid JSON"),
        (text({"n": "@"}).replace(b'"@"', b"NaN"), "not valid JSON"),
        (text({"n": "@"}).replace(b'"@"', b"1e999"), "not valid JSON"),
        (text({"n": "@"}).replace(b'"@"', b'"\xff"'), "not valid JSON"),
        (text({"n": "@"}).replace(b'"@"', b'"\\ud800"'), "not valid JSON"),
        (text({"n": "@"}).replace(b'"@"', b"[" * 9999 + b"]" * 9999), "not valid JSON"),
        (text({"n": "@"}).replace(b'"@"', b"[" * 62 + b"]" * 62), "deeper than 64 levels"),
        (text() + b"x", "not valid JSON"),
        (b"[]", "Message has unknown xdm format"),
        (b"{}", "The 'header' field is mandatory."),
        (b'{"header":[],"body":{}}', "The 'header' field is mandatory."),
        (b'{"header":{},"body":{}}', "Message has unknown xdm format"),
        (text([]), "Message has unknown xdm format"),
        (orjson.dumps({**envelope(), "body": None}), "Message has unknown xdm format"),
        (text(header={"schemaRef": {"id": "x"}}), "Message has unknown xdm format"),
        (text(header={"schemaRef": {"id": 1}}), "Message has unknown xdm format"),
        (text(header={"schemaRef": None}), "Message has unknown xdm format"),
        (text(header={"imsOrgId": "X@AdobeOrg"}), "wrong ims org"),
        (text(header={"imsOrgId": 5}), "wrong ims org"),
    ],
)
def test_a_bad_message_is_refused_with_the_reason(body: bytes, says: str) -> None:
    with pytest.raises(Refused, match=says) as refused:
        take(body)
    assert refused.value.status == 400


def test_a_bad_message_costs_a_batch_only_itself() -> None:
    not_text = text({"n": "@"}).replace(b'"@"', b'"\xff"')
    received = take(b'{"messages":[{},%b,%b,1]}' % (text(), not_text), is_batch=True)
    assert (received.size, sorted(received.refusals)) == (4, [0, 2, 3])
    assert received.append is not None
    assert received.append.payloads == [text()]


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"messages":{}}', b'{"messages":[]}'])
def test_what_is_no_batch_is_refused_whole(body: bytes) -> None:
    with pytest.raises(Refused) as refused:
        take(body, is_batch=True)
    assert (refused.value.status, refused.value.title) == (400, "Invalid batch")


def test_a_batch_nested_without_end_is_refused() -> None:
    with pytest.raises(Refused, match="not valid JSON"):
        take(b'{"messages":[' + b"[" * 500_000, is_batch=True)


def test_more_than_ten_thousand_messages_are_too_many() -> None:
    with pytest.raises(Refused, match="at most 10000") as refused:
        take(b'{"messages":[' + b",".join([b"1"] * 10_001) + b"]}", is_batch=True)
    assert refused.value.status == 413


def test_nesting_up_to_the_limit_and_many_brackets_are_taken() -> None:
    take(text({"deep": "@"}).replace(b'"@"', b"[" * 61 + b"]" * 61))
    take(text({"wide": [{"n": n} for n in range(500)]}))


@pytest.mark.parametrize(
    "body", [b"plain", gzip.compress(text())[:-9], gzip.compress(text()) + b"y", b""]
)
def test_broken_gzip_is_refused(body: bytes) -> None:
    with pytest.raises(Refused) as refused:
        take(body, headers={"content-encoding": "gzip"})
    assert refused.value.status == 400


@pytest.mark.parametrize(
    "headers",
    [{"content-encoding": "br"}, {"content-type": "application/x-jackson-smile;v=1"}],
)
def test_what_cannot_be_read_is_a_415(headers: dict[str, str]) -> None:
    with pytest.raises(Refused) as refused:
        take(text(), headers=headers)
    assert refused.value.status == 415


def test_an_org_may_be_left_out() -> None:
    message = envelope()
    del message["header"]["imsOrgId"]
    assert payload(orjson.dumps(message)) == orjson.dumps(message)


@pytest.mark.parametrize("body", [b'{"a":1}', b'{"header":{},"body":{}}', text()])
def test_a_raw_inlet_needs_a_flow(body: bytes) -> None:
    with pytest.raises(Refused, match="names no flow"):
        take(body, at=RAW)


def test_a_bare_object_becomes_the_body_of_an_envelope() -> None:
    headers = {**FLOW, "x-adobe-dataset-id": "d-1"}
    expected = b'{"header":{"flowId":"f-1","datasetId":"d-1"},"body":{"a": 1.0}}'
    assert payload(b'{"a": 1.0}', at=RAW, headers=headers) == expected
    assert payload(b'{"header":1,"body":2}', at=RAW, headers=FLOW) == (
        b'{"header":{"flowId":"f-1"},"body":{"header":1,"body":2}}'
    )


def test_the_flow_in_the_message_wins_and_gaps_are_filled() -> None:
    headers = {"x-adobe-flow-id": "outside", "x-adobe-dataset-id": "d-1"}
    body = b'{"header":{"flowId":"inside","msgId":"m"},"body":{"a":[1.50],"a":2}}'
    assert payload(body, at=RAW, headers=headers) == (
        b'{"header":{"flowId":"inside","msgId":"m","datasetId":"d-1"},"body":{"a":[1.50],"a":2}}'
    )


def test_a_message_that_names_all_itself_is_kept_as_it_came() -> None:
    body = b" " + text(header={"flowId": "f", "datasetId": "d"})
    headers = {**FLOW, "x-adobe-dataset-id": "other"}
    assert payload(body, headers=headers) == body


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ("syncValidation=true", "syncValidation"),
        ("syncValidation=True&x=1", "syncValidation"),
        ("synchronousValidation=true", "synchronousValidation"),
        ("syncValidation=False", None),
        ("", None),
    ],
)
def test_validation_before_the_answer_is_asked_for_in_the_query(
    query: str, key: str | None
) -> None:
    assert take(text(), query=query).validate == key
    batch = take(b'{"messages":[%b]}' % text(), query=query, is_batch=True)
    assert batch.validate is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["header", "body", "xdmEntity", "xdmMeta", "schemaRef", "id", "imsOrgId"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(message=JSON, flow=st.sampled_from(["", "f"]), at=st.sampled_from([RAW, inlet()]))
def test_whatever_comes_is_stored_as_an_envelope_or_refused(
    message: Any, flow: str, at: InletInfo
) -> None:
    try:
        kept = payload(orjson.dumps(message), at=at, headers={"x-adobe-flow-id": flow})
    except Refused:
        return
    stored = orjson.loads(kept)
    assert isinstance(stored["header"], dict)
    assert stored["body"] in (message.get("body"), message)


@settings(max_examples=100, deadline=None)
@given(body=st.binary(max_size=60))
def test_no_bytes_can_do_more_than_be_refused(body: bytes) -> None:
    for encoding in ("identity", "gzip"):
        for is_batch in (False, True):
            with pytest.raises(Refused):
                take(body, headers={"content-encoding": encoding}, is_batch=is_batch)


def test_a_disabled_inlet_takes_nothing() -> None:
    request = Request({}, "", text(), 1, "r-1", is_batch=False)
    with pytest.raises(Refused, match="is disabled") as refused:
        admit_sender(request, inlet(enabled=False), ())
    assert refused.value.status == 403


class Time:
    """A clock the test moves."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_refills_with_time_and_a_debt_must_be_worked_off() -> None:
    time = Time()
    limits = Limits(10, clock=time)
    bucket = limits.check(inlet())
    assert bucket is not None
    bucket.tokens -= 35
    with pytest.raises(Refused) as refused:
        limits.check(inlet())
    assert refused.value.status == 429
    assert ("retry-after", "3") in refused.value.headers
    time.now += 3
    assert limits.check(inlet()) is bucket


def test_an_inlet_s_own_limit_replaces_the_default_at_once() -> None:
    limits = Limits(0, clock=Time())
    assert limits.check(inlet()) is None
    bucket = limits.check(inlet(rate_limit=1))
    assert bucket is not None
    bucket.tokens = 0
    assert limits.check(inlet(rate_limit=2)) is not None
    assert limits.check(inlet(rate_limit=0)) is None


def test_sixty_validations_a_minute_are_granted() -> None:
    time = Time()
    limits = Limits(0, clock=time)
    assert [limits.may_validate(inlet()) for _ in range(61)] == [True] * 60 + [False]
    assert limits.may_validate(inlet(number=8))
    time.now += 1
    assert [limits.may_validate(inlet()) for _ in range(2)] == [True, False]
