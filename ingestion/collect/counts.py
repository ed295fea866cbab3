"""Counters of one process, summed by minute until they are written to the database."""

from collections import Counter
from threading import Lock

from ingestion.connections.types import InletInfo
from ingestion.journal.types import RECEIVED, RECEIVED_BYTES, REFUSED, STORED, Count

_US_A_MINUTE = 60_000_000
_MOST_KEYS = 100_000

type Key = tuple[int, int, int, int, str]


class Counts:
    """Added to in the event loop, taken by the watcher's thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._values: Counter[Key] = Counter()

    def add(
        self, inlet: InletInfo, *, received_at: int, messages: int, size: int, stored: int
    ) -> None:
        """Count one request: messages it brought, their bytes, and how many were stored."""
        place = (inlet.sandbox, received_at // _US_A_MINUTE, inlet.number, 0)
        with self._lock:
            values = self._values
            values[*place, RECEIVED] += messages
            values[*place, RECEIVED_BYTES] += size
            if stored:
                values[*place, STORED] += stored
            if messages > stored:
                values[*place, REFUSED] += messages - stored

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
