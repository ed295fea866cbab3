"""The collector: one process, one event loop, one connection to the journal.

A request costs no query and no thread: it is checked against configuration in memory and
waits for the flush that holds it.
"""

import asyncio
import contextlib
import gc
import logging
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
from django.conf import settings
from django.db import Error as DjangoDatabaseError
from django.db import close_old_connections, connections

from core import clock, sql
from core.http.request_id import HEADER, accept_request_id
from ingestion.collect import answers
from ingestion.collect.body import too_large
from ingestion.collect.counts import Counts
from ingestion.collect.directory import Directory, Snapshot
from ingestion.collect.heads import head_of
from ingestion.collect.limits import Limits, usage
from ingestion.collect.protocol import Incoming, Reply
from ingestion.collect.receive import admit_sender, not_allowed, receive, unknown_inlet
from ingestion.collect.types import Answer, Received, Refused, Request
from ingestion.collect.validation import SKIPPED, UnknownDataset, validate
from ingestion.collect.watcher import Watcher
from ingestion.connections.types import InletInfo
from ingestion.journal.appender import Appender, StoreError

logger = logging.getLogger(__name__)

_PREFIX = "/collection/"
_BATCH = "batch/"
_STORE_AWAY = (StoreError, psycopg.Error, DjangoDatabaseError)
# What an ASGI server hands over (see the ASGI specification, lifespan).
type Scope = Mapping[str, Any]
type Events = Callable[[], Awaitable[Mapping[str, Any]]]
type Send = Callable[[dict[str, Any]], Awaitable[None]]


class Collector:
    """What `CollectorProtocol` serves; begun and ended as an ASGI application is."""

    _appender: Appender
    _directory: Directory
    _watcher: Watcher

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="collector")
        self._counts = Counts()
        self._limits = Limits(settings.CONFIG.inlet_rate_limit)

    async def __call__(self, scope: Scope, events: Events, send: Send) -> None:
        """Live from the first request to the last."""
        assert scope["type"] == "lifespan"
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

    async def respond(self, incoming: Incoming) -> Reply:
        """Answer one request."""
        given = incoming.headers.get(HEADER, "")
        request_id = accept_request_id(given, at_us=incoming.received_at)
        try:
            answer = await self._answer(incoming, request_id)
        except Refused as refusal:
            answer = answers.refused(refusal, request_id)
        except _STORE_AWAY as error:
            logger.debug("request %s not stored: %s", request_id, error)
            answer = answers.not_stored(request_id)
        except Exception:
            logger.exception("request %s failed", request_id)
            answer = answers.not_stored(request_id)
        return Reply(head_of(answer, request_id), answer.body)

    async def _answer(self, incoming: Incoming, request_id: str) -> Answer:
        method, path = incoming.method, incoming.path
        if path.startswith(_PREFIX):
            if method == "POST":
                return await self._collect(incoming, request_id)
            if method == "OPTIONS":
                return Answer(204, b"")
            raise not_allowed(method, "POST, OPTIONS")
        if path in ("/healthz", "/readyz"):
            if method not in ("GET", "HEAD"):
                raise not_allowed(method, "GET, HEAD")
            return await self._health() if path == "/readyz" else answers.plain(200, status="ok")
        raise Refused(404, "Not found", f"No resource at {method} {path[:200]}")

    async def _collect(self, incoming: Incoming, request_id: str) -> Answer:
        inlet_id = incoming.path[len(_PREFIX) :].rstrip("/")
        is_batch = inlet_id.startswith(_BATCH)
        if is_batch:
            inlet_id = inlet_id[len(_BATCH) :]
        inlet, snapshot = await self._find_inlet(inlet_id)
        if incoming.body is None:
            raise too_large()
        received_at = incoming.received_at
        request = Request(
            headers=incoming.headers,
            query=incoming.query,
            body=incoming.body,
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
