"""The collector: one process, one event loop, one connection to the journal.

A request costs no query, no task and no thread: it is checked against configuration in memory and
waits for the flush that holds it.
"""

import asyncio
import contextlib
import gc
import logging
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import psycopg
from django.conf import settings
from django.db import Error as DjangoDatabaseError
from django.db import close_old_connections, connections

from core import clock, sql
from core.http.request_id import HEADER, accept_request_id
from ingestion.collect import answers
from ingestion.collect.body import MAX_BODY_BYTES, too_large
from ingestion.collect.counts import Counts
from ingestion.collect.directory import Directory, Snapshot
from ingestion.collect.limits import Limits, usage
from ingestion.collect.receive import admit_sender, not_allowed, receive, unknown_inlet
from ingestion.collect.types import Answer, Received, Refused, Request
from ingestion.collect.validation import SKIPPED, UnknownDataset, validate
from ingestion.collect.watcher import Watcher
from ingestion.connections.types import InletInfo
from ingestion.journal.appender import Appender, StoreError

logger = logging.getLogger(__name__)

_PREFIX = "/collection/"
_BATCH = "batch/"
# A body a little too large is read to its end, so that its sender gets to see the refusal.
_MOST_DRAINED_BYTES = 16 * MAX_BODY_BYTES
_STORE_AWAY = (StoreError, psycopg.Error, DjangoDatabaseError)
_CONSTANT_HEADERS = (
    (b"content-type", b"application/json"),
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"x-request-id, retry-after, x-ratelimit-limit"),
)
_SENDERS_HEADERS = (
    "authorization",
    "content-type",
    "content-encoding",
    "x-api-key",
    "x-gw-ims-org-id",
    "x-sandbox-name",
    "x-request-id",
    "x-adobe-flow-id",
    "x-adobe-dataset-id",
)
_PREFLIGHT_HEADERS = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"POST, OPTIONS"),
    (b"access-control-allow-headers", ", ".join(_SENDERS_HEADERS).encode()),
    (b"access-control-max-age", b"86400"),
)

# What an ASGI server hands over (see the ASGI specification, HTTP and lifespan).
type Scope = Mapping[str, Any]
type Events = Callable[[], Awaitable[Mapping[str, Any]]]
type Send = Callable[[dict[str, Any]], Awaitable[None]]


class _Gone(Exception):
    """The sender left before its request was whole."""


class _Asked(NamedTuple):
    """What a request says before its body."""

    path: str
    query: bytes
    headers: Mapping[str, str]
    request_id: str
    received_at: int


class Collector:
    """An ASGI application that is served over HTTP alone."""

    _appender: Appender
    _directory: Directory
    _watcher: Watcher

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="collector")
        self._counts = Counts()
        self._limits = Limits(settings.CONFIG.inlet_rate_limit)

    async def __call__(self, scope: Scope, events: Events, send: Send) -> None:
        """Serve one request, or the process from its first request to its last."""
        if scope["type"] == "lifespan":
            await self._live(events, send)
        else:
            await self._respond(scope, events, send)

    async def _live(self, events: Events, send: Send) -> None:
        await events()
        await self._begin()
        await send({"type": "lifespan.startup.complete"})
        await events()
        await self._end()
        await send({"type": "lifespan.shutdown.complete"})

    async def _begin(self) -> None:
        """Before the first request: read the configuration, open the journal."""
        loop = asyncio.get_running_loop()
        self._directory = Directory(self._threads)
        self._watcher = Watcher(self._directory, self._counts)
        self._appender = Appender(sql.dsn(), loop=loop)
        await loop.run_in_executor(self._threads, _first_load, self._directory)
        self._watcher.start()
        # What is loaded now stays: collections need not walk through it again.
        gc.freeze()

    async def _end(self) -> None:
        """After the last request: store what waits, write the counters."""
        await self._appender.close()
        self._watcher.stop()
        self._threads.shutdown()

    async def _respond(self, scope: Scope, events: Events, send: Send) -> None:
        received_at = clock.now_us()
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        request_id = accept_request_id(headers.get(HEADER, ""), at_us=received_at)
        asked = _Asked(scope["path"], scope["query_string"], headers, request_id, received_at)
        try:
            answer = await self._answer(scope["method"], asked, events)
        except _Gone:
            return
        except Refused as refusal:
            answer = answers.refused(refusal, request_id)
        except _STORE_AWAY as error:
            logger.debug("request %s not stored: %s", request_id, error)
            answer = answers.not_stored(request_id)
        except Exception:
            logger.exception("request %s failed", request_id)
            answer = answers.not_stored(request_id)
        await send(
            {
                "type": "http.response.start",
                "status": answer.status,
                "headers": _head(answer, request_id),
            }
        )
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(self, method: str, asked: _Asked, events: Events) -> Answer:
        path = asked.path
        if path.startswith(_PREFIX):
            if method == "POST":
                return await self._collect(asked, events)
            if method == "OPTIONS":
                return Answer(204, b"")
            raise not_allowed(method, "POST, OPTIONS")
        if path in ("/healthz", "/readyz"):
            if method not in ("GET", "HEAD"):
                raise not_allowed(method, "GET, HEAD")
            return await self._health() if path == "/readyz" else answers.plain(200, status="ok")
        raise Refused(404, "Not found", f"No resource at {method} {path[:200]}")

    async def _collect(self, asked: _Asked, events: Events) -> Answer:
        inlet_id = asked.path[len(_PREFIX) :].rstrip("/")
        is_batch = inlet_id.startswith(_BATCH)
        if is_batch:
            inlet_id = inlet_id[len(_BATCH) :]
        inlet, snapshot = await self._find_inlet(inlet_id)
        received_at, request_id = asked.received_at, asked.request_id
        request = Request(
            headers=asked.headers,
            query=asked.query.decode("latin-1"),
            body=await _read(asked.headers, events),
            received_at=received_at,
            request_id=request_id,
            is_batch=is_batch,
        )
        size, stored = 1, 0
        try:
            admit_sender(request, inlet, snapshot.clients)
            bucket = self._limits.check(inlet)
            received = receive(request, inlet)
            size = received.size
            if bucket is not None:
                bucket.tokens -= size
            answer = await self._store(request, received, snapshot)
            stored = size - len(received.refusals)
        finally:
            self._counts.add(
                inlet,
                received_at=received_at,
                messages=size,
                size=len(request.body),
                stored=stored,
                took_us=clock.now_us() - received_at,
            )
        if request.headers.get(HEADER) == request_id:
            self._counts.note(inlet, request_id, received_at)
        if bucket is None:
            return answer
        return Answer(answer.status, answer.body, usage(bucket))

    async def _find_inlet(self, inlet_id: str) -> tuple[InletInfo, Snapshot]:
        """The inlet, even one created a moment ago, and the snapshot it is in."""
        snapshot = self._directory.snapshot
        inlet = None if snapshot is None else snapshot.inlets.get(inlet_id)
        if inlet is None:
            await self._directory.refresh()
            snapshot = self._directory.snapshot
            inlet = None if snapshot is None else snapshot.inlets.get(inlet_id)
        if inlet is None or snapshot is None:
            raise unknown_inlet(inlet_id)
        return inlet, snapshot

    async def _store(self, request: Request, received: Received, snapshot: Snapshot) -> Answer:
        validation = None
        if received.validate:
            validation = await self._validate(received, snapshot)
        if received.append is None:
            return answers.stored(request, received, 0)
        first_seq = await self._appender.append(received.append)
        if validation is not None:
            return answers.single(request, received, first_seq, validation=validation)
        return answers.stored(request, received, first_seq)

    async def _validate(self, received: Received, snapshot: Snapshot) -> dict[str, Any]:
        if not self._limits.may_validate(received.inlet):
            return SKIPPED
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, _validate, received, snapshot)
        except UnknownDataset:
            # It may have been created a moment ago.
            await self._directory.refresh()
            snapshot = self._directory.snapshot or snapshot
            return await loop.run_in_executor(self._threads, _validate, received, snapshot)

    async def _health(self) -> Answer:
        loop = asyncio.get_running_loop()
        database = await loop.run_in_executor(self._threads, _check_database)
        checks = {
            "database": database,
            "configuration": "ok" if self._directory.snapshot else "not loaded",
            "journal": self._appender.last_error or "ok",
        }
        # The journal's last error stays until a flush succeeds: it informs, it does not decide.
        ready = checks["database"] == checks["configuration"] == "ok"
        return answers.plain(
            200 if ready else 503, status="ok" if ready else "unavailable", checks=checks
        )


def _first_load(directory: Directory) -> None:
    with contextlib.suppress(psycopg.Error, DjangoDatabaseError):
        # Without a database the watcher goes on trying; requests are answered 500 meanwhile.
        directory.reload()
    connections.close_all()


async def _read(headers: Mapping[str, str], events: Events) -> bytes:
    """The body as it was sent, never more than the limit; raises Refused."""
    length = headers.get("content-length", "")
    if length.isdigit() and int(length) > _MOST_DRAINED_BYTES:
        raise too_large(close=True)
    event = await events()
    parts = [_part(event)]
    size = len(parts[0])
    while event["more_body"]:
        event = await events()
        part = _part(event)
        size += len(part)
        if size > _MOST_DRAINED_BYTES:
            raise too_large(close=True)
        if size <= MAX_BODY_BYTES:
            parts.append(part)
    if size > MAX_BODY_BYTES:
        raise too_large()
    return b"".join(parts)


def _part(event: Mapping[str, Any]) -> bytes:
    if event["type"] != "http.request":
        raise _Gone
    body: bytes = event["body"]
    return body


def _head(answer: Answer, request_id: str) -> list[tuple[bytes, bytes]]:
    given = ((HEADER, request_id), *answer.headers)
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in given]
    if answer.status == 204:
        return [*_PREFLIGHT_HEADERS, *headers]
    return [*_CONSTANT_HEADERS, (b"content-length", b"%d" % len(answer.body)), *headers]


def _validate(received: Received, snapshot: Snapshot) -> dict[str, Any]:
    close_old_connections()
    return validate(received, snapshot.datasets)


def _check_database() -> str:
    try:
        with psycopg.connect(sql.dsn(), connect_timeout=2) as connection:
            connection.execute("SELECT 1")
    except psycopg.Error as error:
        return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
    return "ok"
