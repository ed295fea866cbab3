"""Runs the pipeline over one stream: until it is empty, and then a little longer.

A drain is started by a nudge (see `profiles.nudge`) or by the sweep. A session lock keeps a second
drain of the stream away; it goes with the connection, so a killed worker blocks nobody.

A batch that failed or killed its worker is tried again in ever smaller parts, down to the record at
fault, which becomes a reject. The records around it are taken with care meanwhile: the count of
tries stays until they are behind.
"""

import gc
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

import django.db
import psycopg

from core import sql
from core.notify import CONFIG_CHANNEL, JOURNAL_CHANNEL
from ingestion.journal.attempts import (
    Attempt,
    forgive_attempts,
    lock_stream,
    mark_attempt,
    unlock_stream,
)
from ingestion.journal.queries import PROFILE_READER, ensure_position, streams_behind
from profiles.context import Context, forget_schemas, load_context
from profiles.pipeline import MAX_BATCH, StaleContext, process_batch, reject_poison

logger = logging.getLogger(__name__)

LINGER_S = 3.0
# Long, so that a broker that is away for a while is not even noticed; short where others wait.
TURN_S = 40.0
SHARED_TURN_S = 1.0
MOST_OTHERS = 8

# Records a batch takes at its first try, its second and so on; from the last on always one.
LIMITS = (MAX_BATCH, 94, 6, 1)
# With one record alone, that many tries may kill a worker in all before the record is at fault.
POISON_ATTEMPTS = 6

# A batch of a few records costs several times as much a record as one of hundreds. Where records
# come quickly enough that more are there in a moment, that moment is waited for: the longer, the
# quicker they come, since then it is speed that is short.
GATHER_S = ((range(20, 120), 0.02), (range(120, 600), 0.06))

_STORE_ERRORS = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.InternalError,
    django.db.OperationalError,
    django.db.InterfaceError,
)
# Classes of SQLSTATE for which no record is to blame: connection, state, conflict, resources
# (a full disk), intervention, system and internal errors.
_STORE_STATES = frozenset({"08", "25", "40", "53", "55", "57", "58", "XX"})


class Session:
    """A process's own connection to the data plane, listening for data and configuration."""

    def __init__(self) -> None:
        self._changed: set[str] = {"*"}
        self._contexts: dict[int, Context] = {}
        self._woken: set[int] = set()
        self.connection = sql.connect(autocommit=True, application="onefold-drain")
        # Batches of keys into large tables: never read one from end to end to join it.
        self.connection.execute("SET enable_hashjoin = off")
        self.connection.execute("SET enable_mergejoin = off")
        # What a crash of the machine takes back, position and effects together, is done again.
        self.connection.execute("SET synchronous_commit = off")
        self.connection.execute(f"LISTEN {JOURNAL_CHANNEL}")
        self.connection.execute(f"LISTEN {CONFIG_CHANNEL}")
        # What is loaded by now stays: collections need not walk through it again.
        gc.freeze()

    def context(self, stream: int) -> Context:
        """Configuration of the stream's sandbox, reloaded after any announced change."""
        if self._changed:
            self._contexts.clear()
            changed, self._changed = self._changed, set()
            forget_schemas(changed)
        if stream not in self._contexts:
            self._contexts[stream] = load_context(stream)
        return self._contexts[stream]

    def forget_context(self, stream: int) -> None:
        """Read the stream's configuration again before its next batch."""
        self._contexts.pop(stream, None)

    def wait(self, stream: int) -> bool:
        """Wait for data in this stream. False: none came, or another stream needs this process."""
        deadline = time.monotonic() + LINGER_S
        while not self._woken:
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            self._listen(left, most=1)
        return stream in self._woken

    def poll(self, stream: int) -> None:
        """Take in what was announced meanwhile; this stream is about to be looked at anyway."""
        self._listen(0, most=None)
        self._woken.discard(stream)

    def _listen(self, seconds: float, *, most: int | None) -> None:
        for notify in self.connection.notifies(timeout=seconds, stop_after=most):
            if notify.channel == CONFIG_CHANNEL:
                self._changed.add(notify.payload)
            elif notify.payload.isdigit():
                self._woken.add(int(notify.payload))

    def others_behind(self, stream: int) -> list[int]:
        """Other streams with records waiting."""
        self._woken.clear()
        return [one for one in streams_behind(self.connection, PROFILE_READER) if one != stream]

    def close(self) -> None:
        self.connection.close()


_session: Session | None = None
# Streams whose last try in this process failed for the store's own reasons.
_interrupted: set[int] = set()


def drain(stream: int) -> bool:
    """Process the stream; True when its turn ended before its data did."""
    global _session  # noqa: PLW0603 - one connection a worker process, kept between tasks
    try:
        if _session is None or _session.connection.closed:
            _session = Session()
        return _drain_fairly(_session, stream)
    except _STORE_ERRORS as error:
        # The store is away, restarting or full: a later nudge or sweep resumes.
        logger.warning("stream %s stops until the store works again: %s", stream, error)
        _interrupted.add(stream)
        if _session is not None:
            _session.close()
        _session = None
        return False


def _drain_fairly(session: Session, stream: int) -> bool:
    """One turn, and one for each stream that waited meanwhile: messages for it may be far back."""
    more = _drain(session, stream)
    if more:
        for other in session.others_behind(stream)[:MOST_OTHERS]:
            _drain(session, other)
    return more


def _drain(session: Session, stream: int) -> bool:
    if not lock_stream(session.connection, stream):
        return False
    try:
        ensure_position(session.connection, PROFILE_READER, stream)
        if stream in _interrupted:
            forgive_attempts(session.connection, PROFILE_READER, stream, most=len(LIMITS))
            _interrupted.discard(stream)
        return _take_turn(session, stream)
    finally:
        if not session.connection.broken:
            unlock_stream(session.connection, stream)


def _take_turn(session: Session, stream: int) -> bool:
    """Batch after batch; True when others wait or the turn was long."""
    began = looked = now = time.monotonic()
    careful_until = 0
    while now - began < TURN_S:
        session.poll(stream)
        attempt = mark_attempt(session.connection, PROFILE_READER, stream)
        if attempt is None:
            if not session.wait(stream):
                return False
        else:
            if attempt.number > 1 and attempt.after >= careful_until:
                careful_until = attempt.after + MAX_BATCH
            taken = _try_batch(session, stream, attempt, careful_until)
            time.sleep(_pause_after(taken))
        now = time.monotonic()
        if now - looked > SHARED_TURN_S:
            looked = now
            if session.others_behind(stream):
                return True
    return True


def _pause_after(taken: int) -> float:
    return next((seconds for sizes, seconds in GATHER_S if taken in sizes), 0)


def _try_batch(session: Session, stream: int, attempt: Attempt, careful_until: int) -> int:
    """One micro-batch, as small as its tries demand; answers how many records it took."""
    context = session.context(stream)
    if attempt.number > POISON_ATTEMPTS:
        reject_poison(session.connection, context, "The worker died on it", attempts=1)
        return 1
    limit = LIMITS[min(attempt.number, len(LIMITS)) - 1]
    is_last = attempt.after + limit >= careful_until
    kept = 0 if is_last else attempt.number - 1
    try:
        with _without_collections():
            return process_batch(session.connection, context, limit=limit, attempts=kept)
    except StaleContext:
        session.forget_context(stream)
        forgive_attempts(session.connection, PROFILE_READER, stream, most=attempt.number - 1)
    except Exception as error:
        if _is_the_stores(error):
            raise
        logger.warning("stream %s: a batch of up to %s failed: %r", stream, limit, error)
        if limit == 1:
            logger.exception("record %s-%s is rejected", stream, attempt.after + 1)
            why = f"{type(error).__name__}: {error}"
            reject_poison(session.connection, context, why, attempts=min(kept, 1))
    return 0


@contextmanager
def _without_collections() -> Iterator[None]:
    """A batch makes tens of thousands of objects and no cycles: a collection would find nothing."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _is_the_stores(error: Exception) -> bool:
    """Would any record have failed? Then the record is not at fault."""
    if not isinstance(error, _STORE_ERRORS):
        return False
    cause = error if isinstance(error, psycopg.Error) else error.__cause__
    state = getattr(cause, "sqlstate", None)
    return state is None or state[:2] in _STORE_STATES
