"""Runs the pipeline over one stream: until it is empty, and then a little longer.

A drain is started by a nudge (see `profiles.nudge`) or by the sweep. A session lock keeps a second
drain of the stream away; it goes with the connection, so a killed worker blocks nobody.
"""

import logging
import time

import psycopg

from core import sql
from core.notify import CONFIG_CHANNEL, JOURNAL_CHANNEL
from ingestion.journal.attempts import lock_stream, mark_attempt, unlock_stream
from ingestion.journal.queries import ensure_position
from profiles.context import Context, forget_schemas, load_context
from profiles.pipeline import MAX_BATCH, READER, process_batch, reject_poison

logger = logging.getLogger(__name__)

LINGER_S = 3.0
TURN_S = 10.0
SUSPECT_ATTEMPTS = 3
POISON_ATTEMPTS = 6


class Session:
    """A process's own connection to the data plane, listening for data and configuration."""

    def __init__(self) -> None:
        self.connection = sql.connect(autocommit=True, application="onefold-drain")
        self.connection.add_notify_handler(self._on_notify)
        self.connection.execute(f"LISTEN {JOURNAL_CHANNEL}")
        self.connection.execute(f"LISTEN {CONFIG_CHANNEL}")
        self._changed: set[str] = {"*"}
        self._contexts: dict[int, Context] = {}
        self._woken: set[int] = set()

    def _on_notify(self, notify: psycopg.Notify) -> None:
        if notify.channel == CONFIG_CHANNEL:
            self._changed.add(notify.payload)
        elif notify.payload.isdigit():
            self._woken.add(int(notify.payload))

    def context(self, stream: int) -> Context:
        """Configuration of the stream's sandbox, reloaded after any announced change."""
        if self._changed:
            self._contexts.clear()
            changed, self._changed = self._changed, set()
            forget_schemas(changed)
        if stream not in self._contexts:
            self._contexts[stream] = load_context(stream)
        return self._contexts[stream]

    def wait(self, stream: int, *, seconds: float) -> bool:
        """Wait for data in this stream. False: none came, or another stream needs this process."""
        deadline = time.monotonic() + seconds
        while True:
            woken, self._woken = self._woken, set()
            if woken:
                return stream in woken
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            for _ in self.connection.notifies(timeout=left, stop_after=1):
                pass

    def poll(self) -> None:
        """Take in what was announced while this process was busy or idle."""
        for _ in self.connection.notifies(timeout=0):
            pass

    def close(self) -> None:
        self.connection.close()


_session: Session | None = None


def drain(stream: int) -> bool:
    """Process the stream; True when its turn ended before its data did."""
    global _session  # noqa: PLW0603 - one connection a worker process, kept between tasks
    try:
        if _session is None or _session.connection.closed:
            _session = Session()
        return _drain(_session, stream)
    except psycopg.OperationalError:
        # The store is away or restarting: drop the connection, a later nudge or sweep resumes.
        if _session is not None:
            _session.close()
        _session = None
        raise


def _drain(session: Session, stream: int) -> bool:
    session.poll()
    if not lock_stream(session.connection, stream):
        return False
    try:
        ensure_position(session.connection, READER, stream)
        return _take_turn(session, stream)
    finally:
        if not session.connection.broken:
            unlock_stream(session.connection, stream)


def _take_turn(session: Session, stream: int) -> bool:
    limit = MAX_BATCH
    turn_ends = time.monotonic() + TURN_S
    while time.monotonic() < turn_ends:
        attempts = mark_attempt(session.connection, READER, stream)
        if attempts == 0:
            if not session.wait(stream, seconds=LINGER_S):
                return False
        elif attempts > POISON_ATTEMPTS:
            reject_poison(session.connection, session.context(stream), "The worker died on it")
        else:
            limit = _try_batch(session, stream, 1 if attempts > SUSPECT_ATTEMPTS else limit)
    return True


def _try_batch(session: Session, stream: int, limit: int) -> int:
    """One micro-batch. On failure the next is half as long, down to the record at fault."""
    context = session.context(stream)
    try:
        process_batch(session.connection, context, limit=limit)
    except psycopg.OperationalError:
        raise
    except Exception as error:
        logger.exception("micro-batch of up to %s records failed in stream %s", limit, stream)
        if limit > 1:
            return limit // 2
        reject_poison(session.connection, context, f"{type(error).__name__}: {error}")
    return min(MAX_BATCH, limit * 2)
