"""Find records by what people know of them: a request id, or a text in them."""

from collections.abc import Sequence

from core import sql
from core.arrays import int4s, int8s, texts
from core.http.request_id import moment_of
from ingestion.journal.queries import Executor
from ingestion.journal.types import JournalRecord, SentRequest, TailRecord

# The newest records a text is looked for in; what failed is searched whole (`list_rejects`).
SEARCHED = 50_000
_SLICE = "ingestion.journal"


def record_requests(executor: Executor, requests: Sequence[SentRequest]) -> None:
    """Remember requests by the ids their senders chose."""
    if requests:
        params = {
            "streams": int4s([each.stream for each in requests]),
            "request_ids": texts([each.request_id for each in requests]),
            "moments": int8s([each.received_at for each in requests]),
        }
        executor.execute(sql.load(_SLICE, "insert_requests"), params)


def list_by_request(stream: int, request_id: str, *, limit: int = 50) -> list[TailRecord]:
    """Records that a request brought, in order, with their fate."""
    key = {"stream": stream, "request_id": request_id}
    moments = {at for (at,) in sql.fetch(_SLICE, "find_requests", key)}
    own = moment_of(request_id)
    moments |= set() if own is None else {own}
    if not moments:
        return []
    params = {"stream": stream, "moments": sorted(moments), "limit": limit}
    return _records(sql.fetch(_SLICE, "read_records_at", params))


def list_with_text(stream: int, text: str, *, limit: int = 50) -> list[TailRecord]:
    """The newest records whose text holds this one, newest first, among the last `SEARCHED`."""
    params = {"stream": stream, "text": text, "limit": limit, "searched": SEARCHED}
    return _records(sql.fetch(_SLICE, "search_records", params))


def list_by_number(stream: int, seqs: Sequence[int]) -> list[TailRecord]:
    """These records as far as the journal holds them, newest first."""
    return _records(sql.fetch(_SLICE, "read_numbers", {"stream": stream, "seqs": list(seqs)}))


def _records(rows: Sequence[tuple[object, ...]]) -> list[TailRecord]:
    return [TailRecord(JournalRecord(*row[:6]), *row[6:]) for row in rows]  # type: ignore[arg-type]
