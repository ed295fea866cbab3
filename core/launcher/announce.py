"""Loaded into Celery workers: tells the supervisor when one takes its first task."""

import os
from pathlib import Path
from typing import Any

from celery.signals import worker_ready

from core.launcher.probes import READY_FILE


@worker_ready.connect  # type: ignore[untyped-decorator] - Celery has no types
def announce_ready(**_: Any) -> None:
    """Write our process number where the supervisor looks for it."""
    Path(os.environ[READY_FILE]).write_text(str(os.getpid()), encoding="ascii")
