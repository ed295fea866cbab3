"""HTTP as it comes over the wire: in pieces, in haste, with errors, or not to its end."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn

from core.launcher.testing import free_port
from ingestion.collect import protocol
from ingestion.collect.body import MAX_BODY_BYTES
from ingestion.collect.protocol import MAX_HEAD_BYTES, CollectorProtocol, Incoming, Reply
from ingestion.connections.models import Inlet
from tests.ingestion.collect.messages import text
from tests.ingestion.collect.running import RunningCollector
from tests.ingestion.collect.test_collector import stored
from tests.waiting import wait_until


def _connection(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=30)


@pytest.fixture
def wire(http: httpx.Client, collector: RunningCollector) -> Iterator[socket.socket]:
    """A bare connection to the collector."""
    port = urlsplit(collector.url).port
    assert port is not None
    with _connection(port) as one:
        yield one


def _request(inlet: Inlet, body: bytes, *more: str, length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    lines = (
        f"POST /collection/{inlet.inlet_id} HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/json",
        f"Content-Length: {size}",
        *more,
    )
    return "\r\n".join([*lines, "", ""]).encode() + body


def _read(wire: socket.socket, enough: Callable[[bytes], bool]) -> bytes:
    received = b""
    while not enough(received):
        chunk = wire.recv(65_536)
        if not chunk:
            break
        received += chunk
    return received


def _answers(count: int) -> Callable[[bytes], bool]:
    return lambda received: received.count(b'"receivedTimeMs"') >= count


def _ends(_received: bytes) -> bool:
    """Only the end of the connection is enough."""
    return False


def test_requests_sent_without_waiting_are_all_answered(wire: socket.socket, inlet: Inlet) -> None:
    bodies = [text({"number": number}) for number in range(20)]
    wire.sendall(b"".join(_request(inlet, body) for body in bodies))
    received = _read(wire, _answers(len(bodies)))
    assert received.count(b"HTTP/1.1 200 OK") == len(bodies)
    assert [each.payload for each in stored(inlet)] == bodies


def test_a_request_may_come_byte_by_byte(wire: socket.socket, inlet: Inlet) -> None:
    body = text()
    whole = _request(inlet, body)
    for start in range(0, len(whole), 7):
        wire.sendall(whole[start : start + 7])
    assert b"HTTP/1.1 200 OK" in _read(wire, _answers(1))
    assert [each.payload for each in stored(inlet)] == [body]


def test_a_sender_that_asks_before_its_body_is_told_to_go_on(
    wire: socket.socket, inlet: Inlet
) -> None:
    body = text()
    wire.sendall(_request(inlet, b"", "Expect: 100-continue", length=len(body)))
    assert _read(wire, lambda received: b"\r\n\r\n" in received).startswith(b"HTTP/1.1 100")
    wire.sendall(body)
    assert b"HTTP/1.1 200 OK" in _read(wire, _answers(1))


def test_a_request_that_ends_in_the_middle_is_not_stored(
    wire: socket.socket, http: httpx.Client, inlet: Inlet
) -> None:
    body = text()
    wire.sendall(_request(inlet, body, length=len(body) + 1))
    wire.close()
    # A whole request afterwards: the first one had its time.
    assert http.post(f"/collection/{inlet.inlet_id}", content=body).status_code == 200
    assert len(stored(inlet)) == 1


def test_a_body_in_chunks_is_put_together_and_what_follows_it_left_out(
    wire: socket.socket, inlet: Inlet
) -> None:
    body = text()
    head, _, _ = _request(inlet, b"", "Transfer-Encoding: chunked").partition(b"\r\n\r\n")
    head = head.replace(b"Content-Length: 0\r\n", b"")
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:9], body[9:]))
    wire.sendall(head + b"\r\n\r\n" + chunks + b"0\r\nContent-Encoding: none\r\n\r\n")
    assert b"HTTP/1.1 200 OK" in _read(wire, _answers(1))
    assert [each.payload for each in stored(inlet)] == [body]


def test_clients_that_offer_another_protocol_are_answered_in_this_one(
    wire: socket.socket, inlet: Inlet
) -> None:
    offer = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAEAAEAA")
    bodies = [text({"number": number}) for number in range(200)]
    wire.sendall(b"".join(_request(inlet, body, *offer) for body in bodies))
    assert _read(wire, _answers(200)).count(b"HTTP/1.1 200 OK") == 200
    wire.sendall(_request(inlet, bodies[0]))
    assert _read(wire, _answers(1)).startswith(b"HTTP/1.1 200 OK")
    assert [each.payload for each in stored(inlet)] == [*bodies, bodies[0]]


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_the_connection_ends_after_the_answer_where_the_sender_wants_it(
    wire: socket.socket, inlet: Inlet, version: str
) -> None:
    more = () if version == "1.0" else ("Connection: close",)
    request = _request(inlet, text(), *more).replace(b"HTTP/1.1", f"HTTP/{version}".encode(), 1)
    wire.sendall(request)
    received = _read(wire, _ends)
    assert received.startswith(b"HTTP/1.1 200 OK")
    assert b"connection: close\r\n" in received


def test_a_question_for_the_head_alone_gets_no_body(wire: socket.socket) -> None:
    wire.sendall(b"HEAD /healthz HTTP/1.1\r\n\r\nHEAD /none HTTP/1.1\r\nConnection: close\r\n\r\n")
    received = _read(wire, _ends)
    first, second, rest = received.split(b"\r\n\r\n")
    assert first.startswith(b"HTTP/1.1 200 OK")
    assert b"content-length: 15" in first
    assert second.startswith(b"HTTP/1.1 404 Not Found")
    assert rest == b""


def test_a_sender_far_ahead_of_its_answers_gets_them_all(wire: socket.socket, inlet: Inlet) -> None:
    bodies = [text({"number": number, "text": "x" * 2_000}) for number in range(600)]
    sender = threading.Thread(
        target=wire.sendall, args=(b"".join(_request(inlet, body) for body in bodies),)
    )
    sender.start()
    received = _read(wire, _answers(len(bodies)))
    sender.join()
    assert received.count(b"HTTP/1.1 200 OK") == len(bodies)
    assert [each.payload for each in stored(inlet)] == bodies


def test_a_sender_that_never_reads_its_answers_is_not_heard_any_more(wire: socket.socket) -> None:
    wire.settimeout(2)
    with pytest.raises(TimeoutError):
        wire.sendall(b"GET /healthz HTTP/1.1\r\n\r\n" * 2_000_000)


def test_a_body_a_little_too_large_is_refused_and_the_connection_goes_on(
    wire: socket.socket, inlet: Inlet
) -> None:
    wire.sendall(_request(inlet, b"x" * (MAX_BODY_BYTES + 1)) + _request(inlet, text()))
    received = _read(wire, _answers(1))
    assert received.startswith(b"HTTP/1.1 413")
    assert b"HTTP/1.1 200 OK" in received


def test_what_is_no_http_is_refused_and_cut_off(wire: socket.socket) -> None:
    wire.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")
    assert _read(wire, _ends).startswith(b"HTTP/1.1 400")


def test_headers_that_never_end_are_cut_off(wire: socket.socket) -> None:
    wire.sendall(b"POST /collection/x HTTP/1.1\r\n")
    try:
        for _ in range(8 * MAX_HEAD_BYTES // 1000):
            wire.sendall(b"X-More: " + b"x" * 1000 + b"\r\n")
        assert _read(wire, _ends).startswith(b"HTTP/1.1 431")
    except ConnectionError:
        # It was cut off while more was on its way.
        pass


def test_a_body_nobody_would_read_is_refused_at_once(wire: socket.socket, inlet: Inlet) -> None:
    wire.sendall(_request(inlet, b"{", length=10**12))
    answer = _read(wire, _ends)
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"connection: close" in answer


class _Greeter:
    """An application for the server that begins nothing."""

    async def __call__(self, _scope: Any, _events: Any, _send: Any) -> None:
        raise AssertionError

    async def respond(self, _incoming: Incoming) -> Reply:
        return Reply(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n", b"hi")


@pytest.fixture
def impatient_port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server of this protocol that waits for no request longer than a moment."""
    monkeypatch.setattr(protocol, "RECEIVE_S", 0.3)
    port = free_port()
    config = uvicorn.Config(
        _Greeter(),
        port=port,
        http=CollectorProtocol,
        proxy_headers=False,
        lifespan="off",
        log_level="error",
        timeout_keep_alive=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_until(lambda: server.started)
        yield port
    finally:
        server.should_exit = True
        thread.join()


def test_a_request_that_never_becomes_whole_does_not_keep_its_connection(
    impatient_port: int,
) -> None:
    unfinished = (b"POST / HTTP/1.1\r\nHost: x", b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab")
    for request in unfinished:
        with _connection(impatient_port) as one:
            one.sendall(request)
            assert b"200 OK" not in _read(one, _ends)


def test_a_connection_without_a_word_is_cut_off(impatient_port: int) -> None:
    with _connection(impatient_port) as one:
        assert _read(one, _ends) == b""


def test_a_slow_start_costs_a_later_request_nothing(impatient_port: int) -> None:
    whole = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    with _connection(impatient_port) as one:
        for _ in range(3):
            one.sendall(whole[:9])
            time.sleep(0.15)
            one.sendall(whole[9:])
            assert _read(one, lambda received: received.endswith(b"hi")).startswith(b"HTTP/1.1 200")
