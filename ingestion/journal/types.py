"""Values that cross this slice's border. msgspec structs: one is made for each record on hot paths.

The stored form of a message: `payload` is always one JSON object `{"header": {...}, "body": ...}`
that `orjson.loads` accepts. It is the message byte for byte as it was received, with two
exceptions, both made by the collector before the append:

- a flow or dataset named outside the message (`x-adobe-flow-id`, `x-adobe-dataset-id`) is put into
  the header of a message that names none itself;
- a bare object sent to an inlet of raw data becomes the `body` of an envelope.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

REDRIVEN = 1
"""Flag of a record that was appended again after a reject."""

BACKFILLED = 2
"""Flag of a record that a backfill appended again: it was counted when it first arrived."""

RECEIVED, RECEIVED_BYTES = "received", "received_bytes"
"""Counted by the collector: messages that reached an inlet, and their bytes."""

STORED, REFUSED = "stored", "refused"
"""Counted by the collector: messages acknowledged, and messages or requests refused."""


class Append(msgspec.Struct, frozen=True, gc=False):
    """Messages of one request, to be stored together and in this order."""

    stream: int
    inlet: int
    received_at: int
    payloads: Sequence[bytes]
    flags: int = 0


class JournalRecord(msgspec.Struct, frozen=True, gc=False):
    """A stored message; (`received_at`, `seq`) is its place among all others."""

    stream: int
    seq: int
    received_at: int
    inlet: int
    flags: int
    payload: bytes

    @property
    def record_id(self) -> str:
        """The id people see."""
        return f"{self.stream}-{self.seq}"


class Reject(msgspec.Struct, frozen=True, gc=False):
    """A refused record and why: the verdict every reader and person sees. Times in µs."""

    stream: int
    seq: int
    received_at: int
    rejected_at: int
    inlet: int
    dataset: int | None
    code: str
    path: str
    received: str | None
    expected: str | None
    message: str
    violations: Sequence[Mapping[str, Any]]
    payload: bytes


RejectState = Literal["open", "redriven"]


class StoredReject(msgspec.Struct, frozen=True):
    """A reject as it is kept: with what became of it."""

    stream: int
    seq: int
    received_at: int
    rejected_at: int
    inlet: int
    dataset: int | None
    code: str
    path: str
    received: str | None
    expected: str | None
    message: str
    violations: list[dict[str, Any]]
    payload: bytes
    state: RejectState
    redriven_as: int | None

    @property
    def record_id(self) -> str:
        """The id people see."""
        return f"{self.stream}-{self.seq}"


class RejectGroup(msgspec.Struct, frozen=True):
    """Rejects with one cause; `samples` are sequence numbers of the latest."""

    code: str
    path: str
    message: str
    count: int
    open: int
    first_at: int
    last_at: int
    samples: list[int]


class PipelineBatch(msgspec.Struct, frozen=True, gc=False):
    """One micro-batch of the profile reader: which records, when each step ended, what became."""

    stream: int
    first_seq: int
    last_seq: int
    claimed_at: int
    admitted_at: int
    resolved_at: int
    merged_at: int
    committed_at: int
    received: int
    accepted: int
    rejected: int
    duplicates: int
    skipped: int


Outcome = Literal["waiting", "processed", "rejected"]


class TailRecord(msgspec.Struct, frozen=True):
    """A line of the live view: the record and what is known of its fate."""

    record: JournalRecord
    outcome: Outcome
    code: str | None
    message: str | None


class RecordTrace(msgspec.Struct, frozen=True):
    """The way of one record: each part is None while (or because) there is none."""

    outcome: Outcome
    record: JournalRecord | None
    batch: PipelineBatch | None
    reject: StoredReject | None


class Lag(msgspec.Struct, frozen=True):
    """How far a reader is behind: records it has not taken, and since when the oldest waits."""

    records: int
    oldest_at: int | None


class Count(msgspec.Struct, frozen=True, gc=False):
    """An amount to add to a minute's counter; inlet and dataset 0: none."""

    sandbox: int
    minute: int
    inlet: int
    dataset: int
    name: str
    value: int


class SentRequest(msgspec.Struct, frozen=True, gc=False):
    """A request by the id its sender chose, and when its records were received (µs)."""

    stream: int
    request_id: str
    received_at: int


class Point(msgspec.Struct, frozen=True, gc=False):
    """A minute of a series."""

    minute: int
    inlet: int
    dataset: int
    name: str
    value: int
