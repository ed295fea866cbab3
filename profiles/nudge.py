"""Turns the journal's notifications into drain tasks: a thread of the profile worker's parent."""

import logging
import threading
import time

import psycopg
from kombu.exceptions import OperationalError as BrokerError

from core import sql
from core.notify import JOURNAL_CHANNEL
from core.tasks import nudge
from ingestion.journal.queries import streams_behind

logger = logging.getLogger(__name__)

# Shorter than a drain lingers, so that a running drain is always nudged again in time.
QUIET_S = 1.0
# While a stream has data it is nudged again, and swept: an old nudge is nothing but a queue.
WITHIN_S = 3.0


class JournalListener(threading.Thread):
    """Listens for appended streams; a task a second and stream at most."""

    def __init__(self) -> None:
        super().__init__(name="journal-listener", daemon=True)
        self._nudged: dict[int, float] = {}

    def run(self) -> None:
        while True:
            try:
                self._listen()
            except psycopg.OperationalError:
                logger.warning("journal listener lost the database; trying again")
                time.sleep(1)
            except BrokerError as error:
                # The sweep cannot help either; what waits is found when both are back.
                logger.warning("journal listener cannot reach the broker: %s", error)
                time.sleep(1)
            except Exception:
                logger.exception("journal listener failed; trying again")
                time.sleep(1)

    def _listen(self) -> None:
        with sql.connect(autocommit=True, application="onefold-nudge") as connection:
            connection.execute(f"LISTEN {JOURNAL_CHANNEL}")
            for stream in streams_behind(connection, "profile"):
                self._nudge(stream)
            for notify in connection.notifies():
                if notify.payload.isdigit():
                    self._nudge(int(notify.payload))

    def _nudge(self, stream: int) -> None:
        now = time.monotonic()
        if now - self._nudged.get(stream, -QUIET_S) >= QUIET_S:
            nudge("profiles.tasks.drain", within=WITHIN_S, stream=stream)
            self._nudged[stream] = now
