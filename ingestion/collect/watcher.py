"""The thread beside the event loop: hears of configuration changes, writes counters."""

import logging
import threading
import time
from typing import Any

import psycopg
from django.db import Error as DjangoDatabaseError
from django.db import connections

from core import sql
from core.notify import CONFIG_CHANNEL
from ingestion.collect.counts import Counts
from ingestion.collect.directory import Directory
from ingestion.journal.queries import add_counts
from ingestion.journal.search import record_requests

logger = logging.getLogger(__name__)

TURN_S = 1.0
# Many changes come together (a set-up script): one reload answers for them all.
GATHER_S = 0.05
RELOAD_EVERY_S = 30.0
RETRY_S = 0.5


class Watcher(threading.Thread):
    """Runs until `stop`; survives the database going away."""

    def __init__(self, directory: Directory, counts: Counts) -> None:
        super().__init__(name="collector-watcher", daemon=True)
        self._directory = directory
        self._counts = counts
        self._ending = threading.Event()

    def run(self) -> None:
        while not self._ending.is_set():
            try:
                self._watch()
            except (psycopg.Error, DjangoDatabaseError) as error:
                logger.warning("the collector's watcher lost the database: %s", error)
                self._ending.wait(RETRY_S)
            except Exception:
                logger.exception("the collector's watcher failed; it starts again")
                self._ending.wait(RETRY_S)
        connections.close_all()

    def stop(self) -> None:
        """End the thread; the last counters are written before."""
        self._ending.set()
        self.join(TURN_S + 5)

    def _watch(self) -> None:
        with sql.connect(autocommit=True, application="onefold-collector-watcher") as connection:
            connection.execute(f"LISTEN {CONFIG_CHANNEL}")
            self._directory.reload()
            reload_at = time.monotonic() + RELOAD_EVERY_S
            while not self._ending.is_set():
                changed = any(True for _ in connection.notifies(timeout=TURN_S, stop_after=1))
                if changed:
                    for _ in connection.notifies(timeout=GATHER_S):
                        pass
                if changed or time.monotonic() >= reload_at:
                    self._directory.reload()
                    reload_at = time.monotonic() + RELOAD_EVERY_S
                self._write_counts(connection)

    def _write_counts(self, connection: psycopg.Connection[Any]) -> None:
        counts = self._counts.take()
        try:
            add_counts(connection, counts)
        except psycopg.Error:
            self._counts.give_back(counts)
            raise
        record_requests(connection, self._counts.take_requests())
