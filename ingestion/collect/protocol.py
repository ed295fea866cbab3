"""HTTP/1.1 for uvicorn's server: parsed by httptools, one call of the application for a request.

ASGI would take a request apart into events and an answer into two; for answers this small that was
a quarter of the collector's CPU. Bodies come whole, and all that a sender may leave unfinished is
bounded.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol, cast
from urllib.parse import unquote

import httptools
from uvicorn import Config
from uvicorn.server import ServerState

from core import clock
from ingestion.collect.body import MAX_BODY_BYTES

MAX_HEAD_BYTES = 64 * 1024
# A body a little too large is read to its end, so that its sender gets to see the refusal.
_MOST_DRAINED_BYTES = 16 * MAX_BODY_BYTES
# From its first byte to its last.
RECEIVE_S = 60.0
# Requests sent without waiting for answers; more stay with their sender.
_MOST_WAITING = 16

_OFFERS = ("connection", "upgrade")
_GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"
_NO_HTTP = (
    b"HTTP/1.1 400 Bad Request\r\n"
    b"content-type: text/plain\r\n"
    b"content-length: 21\r\n"
    b"connection: close\r\n\r\n"
    b"This is no HTTP/1.1.\n"
)
_HEAD_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\n"
    b"connection: close\r\n\r\n"
)


class Incoming(NamedTuple):
    """A whole request. Names of headers are lower case; `received_at` in µs.

    `body` is None where it is larger than anybody may send.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes | None
    received_at: int


class Reply(NamedTuple):
    """An answer: `head` holds the status line and headers, each with its end of line."""

    head: bytes
    body: bytes


class Application(Protocol):
    """What answers requests."""

    async def respond(self, incoming: Incoming) -> Reply:
        """Answer; never raises."""
        ...


class CollectorProtocol(asyncio.Protocol):
    """A connection. Requests are answered one after the other, in the order they came."""

    _transport: asyncio.Transport

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        if not config.loaded:
            config.load()
        self._app: Application = config.loaded_app
        self._silence_s = float(config.timeout_keep_alive)
        self._server = server_state
        # It asks these for `shutdown` alone.
        self._connections: set[Any] = server_state.connections
        self._loop = _loop or asyncio.get_event_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._timer: asyncio.TimerHandle | None = None
        # When what the connection does now began: to be silent, or to send a request.
        self._since = 0.0
        self._arriving = False
        self._waiting: deque[tuple[Incoming, bool]] = deque()
        self._answering = False
        self._stopping = False
        # The sender does not read its answers.
        self._choked = False
        # Nothing more is read: what comes belongs to a body nobody wants.
        self._deaf = False
        self._begin_request()

    def _begin_request(self) -> None:
        self._url = b""
        self._headers: dict[str, str] = {}
        self._parts: list[bytes] = []
        self._size = 0
        self._in_head = False
        self._head_bytes = 0

    # --- The connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; who connects and says nothing waits no longer than a connection kept alive."""
        # uvloop's are none, but look like it.
        self._transport = cast(asyncio.Transport, transport)
        self._connections.add(self)
        self._since = self._loop.time()
        self._look_at_the_time()

    def connection_lost(self, _exc: Exception | None) -> None:
        """End; what is being stored is stored."""
        self._connections.discard(self)
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()

    def pause_writing(self) -> None:
        """The sender does not read its answers: take nothing more from it."""
        self._choked = True
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        """It does again."""
        self._choked = False
        if not self._answering:
            self._transport.resume_reading()

    def shutdown(self) -> None:
        """The server stops: answer what is whole, then close."""
        self._stopping = True
        if not self._answering:
            self._transport.close()

    def _look_at_the_time(self) -> None:
        """Close a connection that takes too long; one timer, set anew only when it goes off."""
        left = RECEIVE_S
        if self._arriving or not self._answering:
            limit = RECEIVE_S if self._arriving else self._silence_s
            left = self._since + limit - self._loop.time()
        if left <= 0:
            self._transport.close()
            return
        # A request may begin right away, and then has so long.
        self._timer = self._loop.call_later(min(left, RECEIVE_S), self._look_at_the_time)

    # --- Bytes to requests

    def data_received(self, data: bytes) -> None:
        """Take bytes in."""
        if self._deaf:
            return
        # The rest of a head; where one begins, most of `data` may be requests before it.
        self._head_bytes += len(data)
        try:
            while data:
                data = self._feed(data)
        except httptools.HttpParserError:
            self._give_up(_NO_HTTP)
            return
        if self._in_head and self._head_bytes > MAX_HEAD_BYTES:
            self._give_up(_HEAD_TOO_LARGE)

    def _feed(self, data: bytes) -> bytes:
        """Parse; answers what is left to parse.

        A request that offers another protocol, as those of Java's client do, ends the parser: it is
        read again as if it did not.
        """
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            method = self._parser.get_method()
            if method == b"CONNECT":
                raise httptools.HttpParserError("nothing to connect to") from upgrade
            self._parser = httptools.HttpRequestParser(self)
            kept = (one for one in self._headers.items() if one[0] not in _OFFERS)
            lines = "".join(f"{name}: {value}\r\n" for name, value in kept).encode("latin-1")
            head = b"%b %b HTTP/1.1\r\n%b\r\n" % (method, self._url, lines)
            return head + data[upgrade.args[0] :]
        return b""

    def on_message_begin(self) -> None:
        """A request line follows."""
        self._begin_request()
        self._in_head = self._arriving = True
        self._since = self._loop.time()

    def on_url(self, url: bytes) -> None:
        """A part of the request's address."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; what follows a body in chunks is left out."""
        if self._in_head:
            self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """The headers are whole: say so to a sender that waits for it."""
        self._in_head = False
        if self._parser.should_upgrade():
            return
        length = self._headers.get("content-length", "")
        if length.isdigit() and int(length) > _MOST_DRAINED_BYTES:
            self._refuse_body()
        elif self._headers.get("expect", "").lower() == "100-continue" and not self._answering:
            self._transport.write(_GO_ON)

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._size += len(body)
        if self._size <= MAX_BODY_BYTES:
            self._parts.append(body)
        elif self._size > _MOST_DRAINED_BYTES:
            self._refuse_body()

    def on_message_complete(self) -> None:
        """The request is whole."""
        if self._deaf or self._parser.should_upgrade():
            return
        body = None if self._size > MAX_BODY_BYTES else b"".join(self._parts)
        keep = self._parser.should_keep_alive() and self._parser.get_http_version() == "1.1"
        self._hand_over(body, keep=keep)

    def _refuse_body(self) -> None:
        """Answer without waiting for the rest of it."""
        if not self._deaf:
            self._deaf = True
            self._hand_over(None, keep=False)

    def _hand_over(self, body: bytes | None, *, keep: bool) -> None:
        self._arriving = False
        url = httptools.parse_url(self._url)
        path = url.path.decode("latin-1")
        incoming = Incoming(
            method=self._parser.get_method().decode("latin-1"),
            path=unquote(path) if "%" in path else path,
            query=(url.query or b"").decode("latin-1"),
            headers=self._headers,
            body=body,
            received_at=clock.now_us(),
        )
        self._waiting.append((incoming, keep))
        if not self._answering:
            self._answering = True
            task = asyncio.Task(self._answer(), loop=self._loop, eager_start=True)
            if not task.done():
                # The server waits for these before it stops.
                self._server.tasks.add(task)
                task.add_done_callback(self._server.tasks.discard)
        elif len(self._waiting) > _MOST_WAITING:
            self._transport.pause_reading()

    def _give_up(self, answer: bytes) -> None:
        """Refuse what is no request, and hear no more."""
        self._deaf = True
        self._transport.write(answer)
        self._transport.close()

    # --- Requests to answers

    async def _answer(self) -> None:
        while self._waiting:
            incoming, keep = self._waiting.popleft()
            reply = await self._app.respond(incoming)
            self._server.total_requests += 1
            if self._transport.is_closing():
                break
            self._write(reply, keep=keep and not self._stopping, bare=incoming.method == "HEAD")
        self._answering = False
        if not self._arriving:
            self._since = self._loop.time()
        if not self._choked and not self._transport.is_closing():
            self._transport.resume_reading()

    def _write(self, reply: Reply, *, keep: bool, bare: bool) -> None:
        parts = [reply.head]
        for name, value in self._server.default_headers:
            parts += name, b": ", value, b"\r\n"
        if not keep:
            parts.append(b"connection: close\r\n")
        parts.append(b"\r\n")
        if not bare:
            parts.append(reply.body)
        self._transport.write(b"".join(parts))
        if not keep:
            self._waiting.clear()
            self._transport.close()
