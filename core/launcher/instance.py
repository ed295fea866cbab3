"""One product per state folder: the lock of the running supervisor, and what a killed one left."""

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.config import Config
from core.launcher import folders, processes
from core.launcher.errors import LaunchError

SUPERVISOR = "supervisor"
STOP_SECONDS = 60.0
# The database and the broker are asked; the rest survives a kill by design, and it is faster.
GENTLE = {"postgres": signal.SIGINT, "broker": signal.SIGTERM}


@contextmanager
def hold(config: Config, *, run: str) -> Iterator[None]:
    """Be the only supervisor of this state folder, after clearing away a killed one's processes."""
    run_dir = folders.make_private(config.run_dir)
    with (run_dir / "supervisor.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LaunchError(
                f"Onefold already runs with its state in {config.var}.",
                hint="Stop it with make stop, or set ONEFOLD_VAR (and ports) for a second one.",
            ) from None
        clear_survivors(run_dir)
        processes.write_record(run_dir / f"{SUPERVISOR}.pid", os.getpid(), run=run)
        try:
            yield
        finally:
            (run_dir / f"{SUPERVISOR}.pid").unlink(missing_ok=True)


def clear_survivors(run_dir: Path) -> list[str]:
    """End what a killed supervisor left running; servers last. Answers their names."""
    files = [path for path in run_dir.glob("*.pid") if path.stem != SUPERVISOR]
    files.sort(key=lambda path: path.stem in GENTLE)
    return [
        path.stem
        for path in files
        if processes.stop_survivors(
            path, stop_signal=GENTLE.get(path.stem, signal.SIGKILL), seconds=15
        )
    ]


def stop(config: Config) -> bool:
    """Stop the running supervisor, or what is left of a killed one; True if anything ran."""
    if not config.run_dir.exists():
        return False
    record = processes.read_record(config.run_dir / f"{SUPERVISOR}.pid")
    if record is None or not processes.is_alive(record):
        return bool(clear_survivors(config.run_dir))
    processes.send([record.pid], signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while processes.is_alive(record):
        if time.monotonic() > deadline:
            raise LaunchError(
                f"Process {record.pid} did not stop in {STOP_SECONDS:.0f} s.",
                hint="Look at its terminal; kill -9 is safe, the next start clears up.",
            )
        time.sleep(0.05)
    return True
