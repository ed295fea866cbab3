"""Rows the pipeline hands to the store. msgspec structs: made once a record."""

from typing import Any, Literal

import msgspec


class EventRow(msgspec.Struct, frozen=True, gc=False):
    """An experience event under its primary identity; `timestamp` in ms, `received_at` in µs."""

    dataset: int
    event_id: str
    identity: bytes
    timestamp: int
    received_at: int
    seq: int
    event_type: str | None
    document: bytes

    @property
    def order(self) -> tuple[int, int]:
        """The record's place in the canonical order."""
        return self.received_at, self.seq


class RecordChange(msgspec.Struct, frozen=True, gc=False):
    """What one record does to the fragment of (identity, dataset)."""

    identity: bytes
    dataset: int
    received_at: int
    seq: int
    operation: Literal["create", "merge", "delete"]
    document: dict[str, Any]
