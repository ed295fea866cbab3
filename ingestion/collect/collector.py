"""The collector: one process, one event loop, one connection to the journal.

A request costs no query, no task and no thread: it is checked against configuration in memory and
waits for the flush that holds it.
"""

import asyncio
import contextlib
import gc
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

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
    ("content-type", "application/json"),
    ("access-control-allow-origin", "*"),
    ("access-control-expose-headers", "x-request-id, retry-after, x-ratelimit-limit"),
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
_PREFLIGHT_HEADERS = [
    ("access-control-allow-origin", "*"),
    ("access-control-allow-methods", "POST, OPTIONS"),
    (
        "access-control-allow-headers",
        ", ".join(_SENDERS_HEADERS),
    ),
    ("access-control-max-age", "86400"),
]


class Collector:
    """An RSGI application; granian calls the three dunder methods."""

    _appender: Appender
    _directory: Directory
    _watcher: Watcher

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="collector")
        self._counts = Counts()
        self._limits = Limits(settings.CONFIG.inlet_rate_limit)

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Before the first request: read the configuration, open the journal."""
        self._directory = Directory(self._threads)
        self._watcher = Watcher(self._directory, self._counts)
        self._appender = Appender(sql.dsn(), loop=loop)
        with contextlib.suppress(psycopg.Error, DjangoDatabaseError):
            # Without a database the watcher goes on trying; requests are answered 500 meanwhile.
            self._directory.reload()
        connections.close_all()
        self._watcher.start()
        # What is loaded now stays: collections need not walk through it again.
        gc.freeze()

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        """After the last request: store what waits, write the counters."""
        loop.run_until_complete(self._appender.close())
        self._watcher.stop()
        self._threads.shutdown()

    async def __rsgi__(self, scope: Any, proto: Any) -> None:
        """Answer one request."""
        if scope.proto != "http":
            proto.close(None)
            return
        received_at = clock.now_us()
        request_id = accept_request_id(scope.headers.get(HEADER, ""), at_us=received_at)
        try:
            answer = await self._answer(scope, proto, request_id, received_at)
        except Refused as refusal:
            answer = answers.refused(refusal, request_id)
        except _STORE_AWAY as error:
            logger.debug("request %s not stored: %s", request_id, error)
            answer = answers.not_stored(request_id)
        except Exception:
            logger.exception("request %s failed", request_id)
            answer = answers.not_stored(request_id)
        if answer.status == 204:
            proto.response_empty(204, _PREFLIGHT_HEADERS)
            return
        headers = [*_CONSTANT_HEADERS, (HEADER, request_id), *answer.headers]
        proto.response_bytes(answer.status, headers, answer.body)

    async def _answer(self, scope: Any, proto: Any, request_id: str, received_at: int) -> Answer:
        path, method = scope.path, scope.method
        if path.startswith(_PREFIX):
            if method == "POST":
                return await self._collect(scope, proto, request_id, received_at)
            if method == "OPTIONS":
                return Answer(204, b"")
            raise not_allowed(method, "POST, OPTIONS")
        if path in ("/healthz", "/readyz"):
            if method not in ("GET", "HEAD"):
                raise not_allowed(method, "GET, HEAD")
            return await self._health() if path == "/readyz" else answers.plain(200, status="ok")
        raise Refused(404, "Not found", f"No resource at {method} {path[:200]}")

    async def _collect(self, scope: Any, proto: Any, request_id: str, received_at: int) -> Answer:
        inlet_id = scope.path[len(_PREFIX) :].rstrip("/")
        is_batch = inlet_id.startswith(_BATCH)
        if is_batch:
            inlet_id = inlet_id[len(_BATCH) :]
        inlet, snapshot = await self._find_inlet(inlet_id)
        request = Request(
            headers=scope.headers,
            query=scope.query_string,
            body=await _read(scope, proto),
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


async def _read(scope: Any, proto: Any) -> bytes:
    """The body as it was sent, never more than the limit; raises Refused."""
    length = scope.headers.get("content-length")
    if length is not None and length.isdigit():
        if int(length) <= MAX_BODY_BYTES:
            body: bytes = await proto()
            return body
        if int(length) > _MOST_DRAINED_BYTES:
            raise too_large()
    parts: list[bytes] = []
    size = 0
    async for part in proto:
        size += len(part)
        if size > _MOST_DRAINED_BYTES:
            raise too_large()
        if size <= MAX_BODY_BYTES:
            parts.append(part)
    if size > MAX_BODY_BYTES:
        raise too_large()
    return b"".join(parts)


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
