"""HTTP as it comes over the wire: in pieces, in haste, with errors, or not to its end."""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn

from core.launcher.testing import free_port
from ingestion.collect import protocol
from ingestion.collect.protocol import MAX_HEAD_BYTES, BoundedProtocol
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


def test_what_is_no_http_is_refused_and_cut_off(wire: socket.socket) -> None:
    wire.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")
    assert _read(wire, lambda _: False).startswith(b"HTTP/1.1 400")


def test_headers_that_never_end_are_cut_off(wire: socket.socket) -> None:
    wire.sendall(b"POST /collection/x HTTP/1.1\r\n")
    try:
        for _ in range(MAX_HEAD_BYTES // 1000 + 2):
            wire.sendall(b"X-More: " + b"x" * 1000 + b"\r\n")
        assert _read(wire, lambda _: False).startswith(b"HTTP/1.1 431")
    except ConnectionError:
        # It was cut off while more was on its way.
        pass


def test_a_body_nobody_would_read_is_refused_at_once(wire: socket.socket, inlet: Inlet) -> None:
    wire.sendall(_request(inlet, b"{", length=10**12))
    answer = _read(wire, lambda _: False)
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"connection: close" in answer


async def _greet(scope: Mapping[str, Any], events: Any, send: Any) -> None:
    assert scope["type"] == "http"
    while (await events()).get("more_body"):
        pass
    head = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]}
    await send(head)
    await send({"type": "http.response.body", "body": b"hi"})


@pytest.fixture
def impatient_port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server of this protocol that waits for no request longer than a moment."""
    monkeypatch.setattr(protocol, "RECEIVE_S", 0.3)
    port = free_port()
    config = uvicorn.Config(
        _greet,
        port=port,
        http=BoundedProtocol,
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
            assert b"200 OK" not in _read(one, lambda _: False)


def test_a_connection_without_a_word_is_cut_off(impatient_port: int) -> None:
    with _connection(impatient_port) as one:
        assert _read(one, lambda _: False) == b""


def test_a_slow_start_costs_a_later_request_nothing(impatient_port: int) -> None:
    whole = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    with _connection(impatient_port) as one:
        for _ in range(3):
            one.sendall(whole[:9])
            time.sleep(0.15)
            one.sendall(whole[9:])
            assert _read(one, lambda received: received.endswith(b"hi")).startswith(b"HTTP/1.1 200")
