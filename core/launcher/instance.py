"""One product per state folder: the lock of the running supervisor, and what a killed one left."""

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from core.config import Config
from core.launcher import folders, processes
from core.launcher.errors import LaunchError

SUPERVISOR = "supervisor"
STOP_SECONDS = 60.0
# The database and the broker are asked; the rest survives a kill by design, and it is faster.
GENTLE = {"postgres": signal.SIGINT, "broker": signal.SIGTERM}


@contextmanager
def hold(config: Config, *, run: str) -> Iterator[list[str]]:
    """Be the only supervisor of this state folder; yields the names a killed one left running."""
    run_dir = folders.make_private(config.run_dir)
    record = run_dir / f"{SUPERVISOR}.pid"
    with (run_dir / "supervisor.lock").open("w") as lock:
        _take(lock, config, record)
        cleared = clear_survivors(run_dir)
        processes.write_record(record, os.getpid(), run=run)
        try:
            yield cleared
        finally:
            record.unlink(missing_ok=True)


def say_stopping(config: Config) -> None:
    """From now on a new start waits for us instead of being refused."""
    (config.run_dir / f"{SUPERVISOR}.pid").unlink(missing_ok=True)


def _take(lock: IO[str], config: Config, record: Path) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # Without a process file the holder is just starting or, likelier, on its way out.
            if record.exists() or time.monotonic() > deadline:
                raise LaunchError(
                    f"Onefold already runs with its state in {config.var}.",
                    hint="Stop it with make stop, or set ONEFOLD_VAR (and ports) for a second.",
                ) from None
            time.sleep(0.1)
        else:
            return


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
    path = config.run_dir / f"{SUPERVISOR}.pid"
    record = processes.read_record(path)
    if record is None or not processes.is_alive(record):
        path.unlink(missing_ok=True)
        with (config.run_dir / "supervisor.lock").open("w") as lock:
            _take(lock, config, path)
            return bool(clear_survivors(config.run_dir))
    processes.send([record.pid], signal.SIGTERM)
    _wait_until_gone(record)
    return True


def _wait_until_gone(record: processes.ProcessRecord) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    while processes.is_alive(record):
        if time.monotonic() > deadline:
            raise LaunchError(
                f"Process {record.pid} did not stop in {STOP_SECONDS:.0f} s.",
                hint="Look at its terminal; kill -9 is safe, the next start clears up.",
            )
        time.sleep(0.05)
