"""Servers on their own, without the supervisor: for tests, benchmarks and a person's psql."""

import fcntl
import os
import secrets
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from core.launcher import processes
from core.launcher.errors import LaunchError

START_SECONDS = 60.0
# Old backends of a killed Postgres need a moment to leave; it refuses to start until they did.
RETRY_SECONDS = 0.3


@contextmanager
def start_lock(folder: Path) -> Iterator[None]:
    """One starter at a time in this folder, whatever dies."""
    with (folder / "start.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def ensure(name: str, command: list[str], *, run: Path, is_ready: Callable[[int], bool]) -> None:
    """Start the server in the background unless it runs already; return when it is ready."""
    pid_file = run / f"{name}.pid"
    log = run / f"{name}.log"
    deadline = time.monotonic() + START_SECONDS
    pid = running_pid(pid_file)
    child = None if pid else _spawn(command, pid_file, log)
    while not (pid := running_pid(pid_file)) or not is_ready(pid):
        if time.monotonic() > deadline:
            tail = log.read_text(encoding="utf-8", errors="replace")[-800:]
            raise LaunchError(f"{name} did not start.", hint=f"Its last lines:\n{tail}")
        if child is None or child.poll() is not None:
            time.sleep(RETRY_SECONDS)
            child = _spawn(command, pid_file, log)
        time.sleep(0.02)
    if child is not None:
        # It outlives us on purpose: without this a forgotten Popen complains when collected.
        child.returncode = 0


def running_pid(pid_file: Path) -> int | None:
    """Number of the remembered process while it runs."""
    record = processes.read_record(pid_file)
    return record.pid if record and processes.is_alive(record) else None


def _spawn(command: list[str], pid_file: Path, log: Path) -> subprocess.Popen[bytes]:
    run = secrets.token_hex(8)
    with log.open("ab") as output:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env={**os.environ, processes.MARK: run},
        )
    processes.write_record(pid_file, child.pid, run=run)
    return child
