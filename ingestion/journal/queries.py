"""Read the journal: for readers inside their transaction, and for people looking at it.

Functions of readers take the `Executor` of their transaction; the others read on this thread's
Django connection and are scoped by stream, which is the sandbox's number.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import orjson

from core import clock, sql
from core.errors import NotFound
from ingestion.journal.types import (
    Count,
    JournalRecord,
    Lag,
    Outcome,
    PipelineBatch,
    Point,
    RecordTrace,
    Reject,
    RejectGroup,
    StoredReject,
    TailRecord,
)

PROFILE_READER = "profile"
LONGEST_TEXT = 2000
# Part of an index, whose entries hold 2,700 bytes: a key of a record may have any length.
LONGEST_PATH = 500
_SLICE = "ingestion.journal"
_REJECT_FILTERS = ("code", "path", "inlet", "dataset", "state", "since", "until", "word")


class Executor(Protocol):
    """A psycopg connection or cursor, or Django's cursor."""

    def execute(self, query: Any, params: Mapping[str, Any], /) -> Any: ...


def ensure_position(executor: Executor, reader: str, stream: int) -> None:
    """Make the row that `claim` locks; once before a reader's first claim, outside its batches."""
    executor.execute(sql.load(_SLICE, "ensure_position"), {"reader": reader, "stream": stream})


def claim(
    executor: Executor, reader: str, stream: int, *, limit: int, max_bytes: int
) -> list[JournalRecord] | None:
    """The next records, in order and without a hole; None when another transaction has the stream.

    The position stays locked until the transaction ends. Commit it together with the effects and
    `advance`: then they happen once, whatever dies.
    """
    key = {"reader": reader, "stream": stream}
    row = executor.execute(sql.load(_SLICE, "lock_position"), key).fetchone()
    if row is None:
        return None
    params = {"stream": stream, "after": row[0], "limit": limit, "max_bytes": max_bytes}
    rows = executor.execute(sql.load(_SLICE, "read_records"), params).fetchall()
    return [JournalRecord(*row) for row in rows]


def advance(executor: Executor, reader: str, stream: int, seq: int, *, attempts: int = 0) -> None:
    """Move the claimed position: everything up to `seq` has had its effects.

    `attempts` is what counts against the records after it (see `attempts`).
    """
    params = {
        "reader": reader,
        "stream": stream,
        "seq": seq,
        "attempts": attempts,
        "now": clock.now_us(),
    }
    executor.execute(sql.load(_SLICE, "advance_position"), params)


def hold(executor: Executor, reader: str, stream: int) -> None:
    """Keep the reader from taking records until this transaction, which just began, ends."""
    executor.execute(sql.load(_SLICE, "hold_position"), {"reader": reader, "stream": stream})


def streams_behind(executor: Executor, reader: str) -> list[int]:
    """Streams with records this reader has not taken."""
    rows = executor.execute(sql.load(_SLICE, "list_streams_behind"), {"reader": reader})
    return [stream for (stream,) in rows.fetchall()]


def record_rejects(executor: Executor, rejects: Sequence[Reject]) -> None:
    """Keep refused records with their reasons; in the transaction that advances past them."""
    if not rejects:
        return
    names = [name for name in Reject.__struct_fields__ if name != "violations"]
    params: dict[str, Any] = {
        name: [_storable(getattr(each, name)) for each in rejects] for name in names
    }
    params["path"] = [path[:LONGEST_PATH] for path in params["path"]]
    params["violations"] = [_violations(each.violations) for each in rejects]
    executor.execute(sql.load(_SLICE, "record_rejects"), params)


def record_batch(executor: Executor, batch: PipelineBatch) -> None:
    """Keep the trace of a micro-batch, in its transaction."""
    params = {name: getattr(batch, name) for name in PipelineBatch.__struct_fields__}
    executor.execute(sql.load(_SLICE, "record_batch"), params)


def add_counts(executor: Executor, counts: Iterable[Count]) -> None:
    """Add to minute counters."""
    added = list(counts)
    if added:
        names = Count.__struct_fields__
        params = {name: [getattr(each, name) for each in added] for name in names}
        executor.execute(sql.load(_SLICE, "add_counts"), params)


def get_lag(stream: int, *, reader: str = PROFILE_READER) -> Lag:
    """How far a reader is behind in this stream."""
    rows = sql.fetch(_SLICE, "read_lag", {"stream": stream, "reader": reader})
    return Lag(*rows[0]) if rows else Lag(0, None)


def count_waiting(stream: int, *, reader: str = PROFILE_READER) -> dict[int, Lag]:
    """The lag by inlet number, exact up to 50,000 records in all."""
    rows = sql.fetch(_SLICE, "count_waiting", {"stream": stream, "reader": reader})
    return {inlet: Lag(records, oldest_at) for inlet, records, oldest_at in rows}


def list_rejects(
    stream: int, *, limit: int = 50, before: tuple[int, int] | None = None, **filters: Any
) -> list[StoredReject]:
    """A page of rejects, newest first; `before` is (rejected_at, seq) of the last one seen.

    Filters: code, path, inlet, dataset, state, since and until (receive time, µs), word. Empty
    texts ask for nothing.
    """
    before_at, before_seq = before or (None, None)
    params = {
        **_filters(filters, _REJECT_FILTERS),
        "stream": stream,
        "limit": limit,
        "before_at": before_at,
        "before_seq": before_seq,
    }
    return [StoredReject(*row) for row in sql.fetch(_SLICE, "list_rejects", params)]


def list_reject_groups(stream: int, *, limit: int = 50, **filters: Any) -> list[RejectGroup]:
    """Rejects by cause and place, most frequent first.

    Filters: inlet, dataset, state, since and until (receive time, µs).
    """
    names = ("inlet", "dataset", "state", "since", "until")
    params = {**_filters(filters, names), "stream": stream, "limit": limit}
    return [RejectGroup(*row) for row in sql.fetch(_SLICE, "group_rejects", params)]


def find_reject(stream: int, seq: int) -> StoredReject | None:
    """The reject of this record, if it was refused and is still kept."""
    rows = sql.fetch(_SLICE, "get_reject", {"stream": stream, "seq": seq})
    return StoredReject(*rows[0]) if rows else None


def get_reject(stream: int, seq: int) -> StoredReject:
    """The reject of this record; raises NotFound."""
    found = find_reject(stream, seq)
    if found is None:
        raise NotFound(f"No rejected record {stream}-{seq}.")
    return found


def find_record(stream: int, seq: int) -> JournalRecord | None:
    """A record, if the journal still holds it."""
    rows = sql.fetch(_SLICE, "get_record", {"stream": stream, "seq": seq})
    return JournalRecord(*rows[0]) if rows else None


def list_tail(
    stream: int, *, limit: int = 50, inlet: int | None = None, after: int | None = None
) -> list[TailRecord]:
    """The newest records with their fate, newest first; only those after number `after`."""
    params = {"stream": stream, "limit": limit, "inlet": inlet, "after": after}
    rows = sql.fetch(_SLICE, "tail_records", params)
    return [TailRecord(JournalRecord(*row[:6]), *row[6:]) for row in rows]


def list_batches(stream: int, *, limit: int = 50) -> list[PipelineBatch]:
    """The latest micro-batches, newest first."""
    rows = sql.fetch(_SLICE, "list_batches", {"stream": stream, "limit": limit})
    return [PipelineBatch(*row) for row in rows]


def get_trace(stream: int, seq: int) -> RecordTrace:
    """The way of one record, from the rows its steps left; raises NotFound when there is none."""
    key = {"stream": stream, "seq": seq}
    record = find_record(stream, seq)
    reject = find_reject(stream, seq)
    batches = sql.fetch(_SLICE, "find_batch", key)
    batch = PipelineBatch(*batches[0]) if batches else None
    if record is None and reject is None:
        raise NotFound(f"No record {stream}-{seq} is kept.")
    return RecordTrace(_outcome(batch, reject), record, batch, reject)


def list_counts(  # noqa: PLR0913 - a range and the ways to narrow it
    stream: int,
    names: Sequence[str],
    *,
    since: int,
    until: int,
    step: int = 1,
    inlet: int | None = None,
    dataset: int | None = None,
    by_inlet: bool = False,
    by_dataset: bool = False,
) -> list[Point]:
    """Counters of the minutes `since` <= minute < `until`, summed over steps of `step` minutes.

    Only points that were counted are returned; inlet and dataset are 0 unless told apart. Ranges
    and steps of whole hours are read from sums by the hour, which cost a sixtieth.
    """
    params = {
        "sandbox": stream,
        "names": list(names),
        "since": since,
        "until": until,
        "step": step,
        "inlet": inlet,
        "dataset": dataset,
        "by_inlet": by_inlet,
        "by_dataset": by_dataset,
    }
    by_hour = all(minutes % 60 == 0 for minutes in (since, until, step))
    name = "read_hour_counts" if by_hour else "read_counts"
    return [Point(*row) for row in sql.fetch(_SLICE, name, params)]


def _outcome(batch: PipelineBatch | None, reject: StoredReject | None) -> Outcome:
    if reject is not None:
        return "rejected"
    return "waiting" if batch is None else "processed"


def _filters(given: Mapping[str, Any], known: Sequence[str]) -> dict[str, Any]:
    strangers = set(given) - set(known)
    if strangers:
        raise TypeError(f"unknown filters: {', '.join(sorted(strangers))}")
    # An inlet of number 0 is none, and can be asked for; an empty text asks for nothing.
    return {name: None if given.get(name) == "" else given.get(name) for name in known}


def _storable(value: Any) -> Any:
    """Postgres text holds no NUL; and a text of megabytes explains no more than its beginning."""
    if not isinstance(value, str):
        return value
    return value[:LONGEST_TEXT].replace("\0", "\\u0000")


def _violations(violations: Sequence[Mapping[str, Any]]) -> str:
    text = orjson.dumps(list(violations), default=str)
    if b"\\u0000" in text:
        text = orjson.dumps(_without_nul(orjson.loads(text)))
    return text.decode()


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\\u0000")
    if isinstance(value, list):
        return [_without_nul(each) for each in value]
    if isinstance(value, dict):
        return {_without_nul(key): _without_nul(each) for key, each in value.items()}
    return value
