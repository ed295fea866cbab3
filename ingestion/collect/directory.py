"""What the collector knows of the configuration, in memory: no query on the hot path."""

import asyncio
import time
from collections.abc import Mapping
from concurrent.futures import Executor
from threading import Lock

import msgspec
from django.db import close_old_connections

from core.access.models import ApiCredential
from ingestion.catalog.queries import dataset_directory
from ingestion.catalog.types import DatasetInfo
from ingestion.connections.queries import inlet_directory
from ingestion.connections.types import InletInfo
from ingestion.schemas import cache

# Requests for unknown inlets cost at most this many reloads: one each so many seconds.
REFRESH_PAUSE_S = 0.2


class Snapshot(msgspec.Struct, frozen=True):
    """Inlets and datasets by id, and the client ids whose tokens count."""

    inlets: Mapping[str, InletInfo]
    datasets: Mapping[str, DatasetInfo]
    clients: frozenset[str]


def load_snapshot() -> Snapshot:
    """The configuration as it is committed now."""
    clients = ApiCredential.objects.filter(enabled=True).values_list("client_id", flat=True)
    return Snapshot(inlet_directory(), dataset_directory(), frozenset(clients))


class Directory:
    """The current snapshot; None until the first load succeeded."""

    def __init__(self, threads: Executor) -> None:
        self.snapshot: Snapshot | None = None
        self._threads = threads
        self._loading = Lock()
        self._refreshing = asyncio.Lock()
        self._refreshed_at = 0.0

    def reload(self) -> None:
        """Read everything again, in the calling thread."""
        with self._loading:
            close_old_connections()
            cache.invalidate()
            self.snapshot = load_snapshot()

    async def refresh(self) -> None:
        """Make sure of a snapshot read after this call, shared by all who wait for one.

        Raises whatever the database raises: without it nobody can say that an inlet is unknown.
        """
        asked_at = time.monotonic()
        async with self._refreshing:
            if self._refreshed_at > asked_at:
                return
            await asyncio.sleep(self._refreshed_at + REFRESH_PAUSE_S - asked_at)
            began_at = time.monotonic()
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._threads, self.reload)
            self._refreshed_at = began_at
