"""Group commit: what arrives while one flush is under way shares the next one.

A request is answered only after the commit that holds its messages. When the store refuses, is
away, or its answer never came, every request of that flush fails: nothing is acknowledged that may
not be there.
"""

import asyncio
import contextlib
import logging
import os
import select
import socket
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

import psycopg

from core.arrays import adapt
from ingestion.journal.append import encode, first_numbers, statement
from ingestion.journal.types import Append

logger = logging.getLogger(__name__)

MAX_FLUSH_BYTES = 8 * 1024 * 1024
MAX_WAITING_BYTES = 64 * 1024 * 1024
# What a record costs beside its payload while it waits.
RECORD_OVERHEAD = 200
FLUSH_TIMEOUT_S = 10.0
CONNECT_TIMEOUT_S = 3
FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 1.0

# A flush costs half a millisecond of the loop and as much of the store, for one request or fifty.
# Where requests came together, the next ones are on their way: a few milliseconds gather them. A
# client that sends one after the other never waits.
GATHER_AT = 2
GATHER_S = 0.004
ENOUGH = 8

# The statement's plan never depends on its parameters: plan it once.
SESSION = "-c plan_cache_mode=force_generic_plan -c statement_timeout=9s -c jit=off"

Connection = psycopg.AsyncConnection[tuple[Any, ...]]


class StoreError(Exception):
    """Nothing of this request was acknowledged; sending it again is safe."""


class _Waiting:
    """An append, its size and the future its request awaits."""

    __slots__ = ("append", "size", "stored")

    def __init__(self, append: Append, stored: asyncio.Future[int]) -> None:
        self.append = append
        self.size = sum(map(len, append.payloads)) + RECORD_OVERHEAD * len(append.payloads)
        self.stored = stored


class Appender:
    """The journal's writer in an event loop: one connection, one flush at a time."""

    def __init__(
        self,
        dsn: str,
        *,
        loop: asyncio.AbstractEventLoop,
        max_waiting_bytes: int = MAX_WAITING_BYTES,
    ) -> None:
        self.last_error: str | None = None
        self._dsn = dsn
        self._limit = max_waiting_bytes
        self._waiting: deque[_Waiting] = deque()
        self._bytes = 0
        self._arrived = asyncio.Event()
        self._connection: Connection | None = None
        self._pause = FIRST_PAUSE_S
        self._retry_at = 0.0
        self._closing = False
        self._loop = loop
        self._task = loop.create_task(self._run())

    def append(self, append: Append) -> asyncio.Future[int]:
        """The first sequence number, once committed; StoreError when the store refuses."""
        stored = self._loop.create_future()
        waiting = _Waiting(append, stored)
        if self._closing or self._bytes + waiting.size > self._limit:
            stored.set_exception(StoreError("Too much waits to be stored."))
            return stored
        self._bytes += waiting.size
        self._waiting.append(waiting)
        self._arrived.set()
        return stored

    async def close(self) -> None:
        """Store what waits, then let go of the connection."""
        self._closing = True
        self._arrived.set()
        await self._task
        await self._drop()

    async def _run(self) -> None:
        flushed = 0
        while self._waiting or not self._closing:
            self._arrived.clear()
            if not self._waiting:
                await self._arrived.wait()
            # Requests already handed to the loop this turn join this flush at least.
            gathers = flushed >= GATHER_AT and len(self._waiting) < ENOUGH
            await asyncio.sleep(GATHER_S if gathers else 0)
            group = self._take()
            flushed = len(group)
            if group:
                await self._flush(group)

    def _take(self) -> list[_Waiting]:
        """The next group: all that waits, up to a size one statement carries well."""
        group: list[_Waiting] = []
        size = 0
        while self._waiting and (not group or size + self._waiting[0].size <= MAX_FLUSH_BYTES):
            group.append(self._waiting.popleft())
            size += group[-1].size
        return group

    async def _flush(self, group: list[_Waiting]) -> None:
        try:
            numbers = await self._store([each.append for each in group])
        except StoreError as error:
            self._fail(group, error)
        except psycopg.Error as error:
            self._fail(group, StoreError(f"The store refused: {_first_line(error)}"))
        except Exception as error:
            # A request must get its answer whatever went wrong here.
            logger.exception("flush failed")
            self._fail(group, StoreError(f"{type(error).__name__}: {error}"))
        else:
            self.last_error = None
            for each, number in zip(group, numbers, strict=True):
                self._answer(each, number)
        if self._connection is not None and self._connection.closed:
            # Whatever waits behind a lost connection was promised nothing: say so at once.
            self._fail(list(self._waiting), StoreError("The store went away."))
            self._waiting.clear()
            await self._drop()

    async def _store(self, appends: Sequence[Append]) -> list[int]:
        connection = self._connection
        if connection is None or _is_gone(connection):
            connection = await self._connect()
        watchdog = self._loop.call_later(FLUSH_TIMEOUT_S, _sever, connection)
        try:
            cursor = await connection.execute(
                statement(), encode(appends), prepare=True, binary=True
            )
            rows = await cursor.fetchall()
        finally:
            watchdog.cancel()
        return list(first_numbers(appends, rows))

    async def _connect(self) -> Connection:
        if time.monotonic() < self._retry_at:
            raise StoreError(self.last_error or "The store is away.")
        try:
            connection = await psycopg.AsyncConnection.connect(
                self._dsn,
                autocommit=True,
                connect_timeout=CONNECT_TIMEOUT_S,
                application_name="onefold-collector",
                options=SESSION,
            )
        except psycopg.Error as error:
            self.last_error = f"The store is away: {_first_line(error)}"
            self._retry_at = time.monotonic() + self._pause
            self._pause = min(self._pause * 2, LONGEST_PAUSE_S)
            raise StoreError(self.last_error) from error
        adapt(connection)
        self._pause, self._retry_at = FIRST_PAUSE_S, 0.0
        await self._drop()
        self._connection = connection
        return connection

    async def _drop(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(psycopg.Error):
                await self._connection.close()
        self._connection = None

    def _fail(self, group: Sequence[_Waiting], error: StoreError) -> None:
        if group and self.last_error != str(error):
            logger.warning("%s requests not stored: %s", len(group), error)
        self.last_error = str(error)
        for each in group:
            self._answer(each, error)

    def _answer(self, waiting: _Waiting, result: int | StoreError) -> None:
        self._bytes -= waiting.size
        if waiting.stored.done():
            return
        if isinstance(result, StoreError):
            waiting.stored.set_exception(result)
        else:
            waiting.stored.set_result(result)


def _sever(connection: Connection) -> None:
    """Cut a connection whose server no longer answers; the flush then ends with an error.

    Shutting a copy of the socket down ends the wait even when the server is stopped, which a
    cancel request would not.
    """
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(connection.fileno())) as copy:
        copy.shutdown(socket.SHUT_RDWR)


def _is_gone(connection: Connection) -> bool:
    """Did the server close this idle connection, or say that it will? Then use another one.

    Nothing was sent on it yet, so that nobody has to learn of it.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
