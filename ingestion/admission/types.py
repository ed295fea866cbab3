"""Values that cross this slice's border. msgspec structs: made once a record, on the hot path."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from ingestion.catalog.types import DatasetInfo
from ingestion.journal.types import JournalRecord, Reject
from ingestion.xdm.validator import CompiledSchema

Operation = Literal["create", "merge", "delete"]


class Accepted(msgspec.Struct, frozen=True, gc=False):
    """A record whose envelope and entity hold. Times are epoch milliseconds.

    `event_id` is empty for records; `document` is the entity as compact JSON.
    """

    record: JournalRecord
    dataset: DatasetInfo
    schema: CompiledSchema
    entity: dict[str, Any]
    document: bytes
    operation: Operation
    event_id: str
    timestamp: int


class Admission(msgspec.Struct, frozen=True):
    """Verdicts on one micro-batch, each list in journal order."""

    accepted: list[Accepted]
    rejected: list[Reject]


class Refusal(Exception):
    """Why one record is refused: a stable code, where, what came and what was expected."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        path: str = "/",
        received: str | None = None,
        expected: str | None = None,
        violations: tuple[Mapping[str, Any], ...] = (),
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.path = path
        self.received = received
        self.expected = expected
        self.violations = violations
