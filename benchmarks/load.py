"""A load generator that leaves the cores to the product: raw sockets, bytes made beforehand.

One thread and one epoll loop keep some connections busy, one request at a time on each. A request
costs about 10 µs here, a tenth of what an HTTP client library takes.
"""

import multiprocessing
import select
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any
from urllib.parse import urlsplit

RECEIVE = 262_144
PATIENCE_S = 20.0


class LoadFailed(Exception):
    """The server closed a connection or fell silent: the measurement means nothing."""


@dataclass(slots=True)
class Load:
    """What was sent and what came back; latencies in seconds, requests in flight not counted."""

    requests: int = 0
    records: int = 0
    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds if self.seconds else 0.0

    def percentile_ms(self, share: float) -> float:
        """Latency that this share of the requests stayed below."""
        return percentile(self.latencies, share) * 1000


def percentile(values: list[float], share: float) -> float:
    """Nearest-rank percentile; 0 without values."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


# (requests started, seconds elapsed) -> how many more may start now.
Pace = Callable[[int, float], int]


def unlimited(_started: int, _elapsed: float) -> int:
    """As fast as answers come."""
    return 1_000_000


def steady(requests_a_second: float) -> Pace:
    """An even rate, whatever the server takes; what it misses is made up for."""

    def pace(started: int, elapsed: float) -> int:
        return int(elapsed * requests_a_second) + 1 - started

    return pace


class _Connection:
    """A socket, when its request left, and what has come of the answer."""

    __slots__ = ("answer", "left", "sent_at", "socket")

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, timeout=PATIENCE_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answer = b""
        self.sent_at = 0.0
        self.left = 0

    def start(self, request: bytes) -> None:
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> int:
        """Status of the answer once it is complete, 0 before."""
        chunk = self.socket.recv(RECEIVE)
        if not chunk:
            raise LoadFailed("The server closed a connection.")
        if self.left:
            self.left -= len(chunk)
        else:
            self.answer += chunk
            self.left = _missing(self.answer)
        if self.left > 0:
            return 0
        status = int(self.answer[9:12])
        self.answer, self.left = b"", 0
        return status


def _missing(answer: bytes) -> int:
    """Bytes to come of this answer, or a guess above zero while its head is incomplete."""
    end = answer.find(b"\r\n\r\n")
    if end < 0:
        return 0 if not answer else _no_head()
    at = answer.find(b"content-length: ", 0, end)
    if at < 0:
        at = answer.lower().find(b"content-length: ", 0, end)
    if at < 0:
        raise LoadFailed(f"An answer without a length: {answer[:80]!r}")
    length = int(answer[at + 16 : answer.find(b"\r", at)])
    return end + 4 + length - len(answer)


def _no_head() -> int:
    raise LoadFailed("An answer's head came in pieces.")


def run_load(
    address: tuple[str, int],
    requests: Iterator[bytes],
    *,
    seconds: float,
    connections: int,
    records_each: int = 1,
    pace: Pace = unlimited,
) -> Load:
    """Send until the time is over or the requests are; then wait for the last answers."""
    poll = select.epoll()
    pool = [_Connection(address) for _ in range(connections)]
    by_number = {one.socket.fileno(): one for one in pool}
    for number in by_number:
        poll.register(number, select.EPOLLIN)
    load = Load()
    began = time.perf_counter()
    idle = list(pool)
    started, open_until = 0, began + seconds
    try:
        while True:
            now = time.perf_counter()
            sending = now < open_until
            if sending and idle:
                for _ in range(min(len(idle), pace(started, now - began))):
                    request = next(requests, None)
                    if request is None:
                        open_until = now
                        break
                    idle.pop().start(request)
                    started += 1
            if not sending and len(idle) == len(pool):
                break
            _collect(poll, by_number, load, idle, wait=0.001 if idle and sending else PATIENCE_S)
    finally:
        poll.close()
        for one in pool:
            one.socket.close()
    load.seconds = time.perf_counter() - began
    load.records = load.requests * records_each
    return load


def _collect(
    poll: select.epoll,
    by_number: dict[int, _Connection],
    load: Load,
    idle: list[_Connection],
    *,
    wait: float,
) -> None:
    ready = poll.poll(wait)
    if not ready and wait >= PATIENCE_S:
        raise LoadFailed(f"No answer for {PATIENCE_S:.0f} s.")
    for number, _ in ready:
        connection = by_number[number]
        status = connection.receive()
        if status:
            load.latencies.append(time.perf_counter() - connection.sent_at)
            load.requests += 1
            load.statuses[status] += 1
            idle.append(connection)


def made_beforehand(requests: Iterator[bytes], count: int) -> Iterator[bytes]:
    """The same requests, the first of them already made: making them would cost the product."""
    return chain([*islice(requests, count)], requests)


def address_of(url: str) -> tuple[str, int]:
    """Host and port of an http address."""
    parts = urlsplit(url)
    return parts.hostname or "127.0.0.1", parts.port or 80


def poster(url: str, headers: Mapping[str, str] | None = None) -> Callable[[bytes], bytes]:
    """A maker of POSTs of JSON on a connection that stays open."""
    head = _head("POST", url, {"Content-Type": "application/json", **(headers or {})})
    start = head.removesuffix(b"\r\n") + b"Content-Length: "
    return lambda body: b"%b%d\r\n\r\n%b" % (start, len(body), body)


def get(url: str, headers: Mapping[str, str]) -> bytes:
    """The bytes of a GET on a connection that stays open."""
    return _head("GET", url, headers)


def _head(method: str, url: str, headers: Mapping[str, str]) -> bytes:
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    lines = [f"{method} {target} HTTP/1.1", f"Host: {parts.netloc}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@contextmanager
def in_background(work: Callable[..., None], *arguments: Any) -> Iterator[None]:
    """Run `work` in a process of its own, so that measuring and sending do not share a lock."""
    process = multiprocessing.get_context("spawn").Process(target=work, args=arguments, daemon=True)
    process.start()
    try:
        yield
        if process.exitcode not in {None, 0}:
            raise LoadFailed("The background load failed; its words are above.")
    finally:
        process.terminate()
        process.join()
