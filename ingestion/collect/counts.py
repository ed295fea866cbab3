"""Counters of one process, summed by minute until they are written to the database."""

from collections import Counter
from threading import Lock

from ingestion.connections.types import InletInfo
from ingestion.journal import latency
from ingestion.journal.types import (
    RECEIVED,
    RECEIVED_BYTES,
    REFUSED,
    STORED,
    Count,
    SentRequest,
)

_US_A_MINUTE = 60_000_000
_MOST_KEYS = 100_000
_MOST_REQUESTS = 20_000

type Key = tuple[int, int, int, int, str]


class Counts:
    """Added to in the event loop, taken by the watcher's thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._values: Counter[Key] = Counter()
        self._requests: list[SentRequest] = []

    def add(
        self,
        inlet: InletInfo,
        *,
        received_at: int,
        messages: int,
        size: int,
        stored: int,
        took_us: int = 0,
    ) -> None:
        """Count one request: messages it brought, their bytes, and how many were stored.

        `took_us` is the time from receipt to commit; 0: not measured.
        """
        place = (inlet.sandbox, received_at // _US_A_MINUTE, inlet.number, 0)
        with self._lock:
            values = self._values
            values[*place, RECEIVED] += messages
            values[*place, RECEIVED_BYTES] += size
            if stored:
                values[*place, STORED] += stored
                if took_us:
                    values[*place, latency.bucket_of(latency.STORED, took_us)] += stored
            if messages > stored:
                values[*place, REFUSED] += messages - stored

    def note(self, inlet: InletInfo, request_id: str, received_at: int) -> None:
        """Remember an id its sender chose; in a flood only the first ones of each second."""
        with self._lock:
            if len(self._requests) < _MOST_REQUESTS:
                self._requests.append(SentRequest(inlet.sandbox, request_id, received_at))

    def take_requests(self) -> list[SentRequest]:
        """All requests noted since the last call."""
        with self._lock:
            requests, self._requests = self._requests, []
        return requests

    def take(self) -> list[Count]:
        """All counts since the last call."""
        with self._lock:
            values, self._values = self._values, Counter()
        return [Count(*key, value) for key, value in values.items()]

    def give_back(self, counts: list[Count]) -> None:
        """Keep what could not be written for the next time, within bounds."""
        with self._lock:
            for each in counts:
                key = (each.sandbox, each.minute, each.inlet, each.dataset, each.name)
                if len(self._values) < _MOST_KEYS:
                    self._values[key] += each.value
