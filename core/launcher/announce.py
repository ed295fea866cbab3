"""Loaded into Celery workers: tells the supervisor when one takes its first task."""

import os
from pathlib import Path
from typing import Any

from celery.signals import worker_ready

from core.launcher.probes import READY_FILE


def announce_ready(**_: Any) -> None:
    """Write our process number where the supervisor looks for it."""
    Path(os.environ[READY_FILE]).write_text(str(os.getpid()), encoding="ascii")


# Strong: the signal alone would let the function be collected.
worker_ready.connect(announce_ready, weak=False)
