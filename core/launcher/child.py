"""One supervised process: start, output, death, pause, start again."""

import contextlib
import os
import secrets
import signal
import subprocess
import time
from enum import StrEnum
from pathlib import Path

from core.config import ROOT
from core.launcher import processes
from core.launcher.programs import Program

FIRST_PAUSE = 0.2
# A process that lived this long died for a new reason: its next pause is short again.
HEALTHY_SECONDS = 20.0


class State(StrEnum):
    """Where a process stands."""

    NEW = "new"
    STARTING = "starting"
    READY = "ready"
    WAITING = "waiting"
    DONE = "done"
    STOPPED = "stopped"


class Child:
    """Mutable state of one process; only the supervisor's loop calls it."""

    def __init__(self, program: Program, *, run_dir: Path) -> None:
        self.program = program
        self.state = State.NEW
        self.deaths = 0
        # Nothing will come from its pipe any more: everyone who held it is gone.
        self.silent = False
        self._pid_file = run_dir / f"{program.name}.pid"
        self._process: subprocess.Popen[bytes] | None = None
        self._first_started = 0.0
        self._started = 0.0
        self._retry_at = 0.0
        self._rest = b""

    @property
    def pid(self) -> int:
        """Process number, 0 when there is none."""
        return self._process.pid if self._process else 0

    @property
    def output(self) -> int | None:
        """File number of its output pipe."""
        stream = self._process.stdout if self._process else None
        return stream.fileno() if stream and not stream.closed else None

    @property
    def due(self) -> bool:
        """Is its pause over?"""
        return self.state is State.WAITING and time.monotonic() >= self._retry_at

    @property
    def age(self) -> float:
        """Seconds since its start."""
        return time.monotonic() - self._started

    @property
    def trying(self) -> float:
        """Seconds since its very first start."""
        return time.monotonic() - self._first_started

    def start(self) -> None:
        """Start the process at the head of a group of its own, out of the terminal's reach."""
        self._started = time.monotonic()
        self._first_started = self._first_started or self._started
        self._process = subprocess.Popen(
            self.program.command(),
            cwd=ROOT,
            env=dict(self.program.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        if (number := self.output) is not None:
            os.set_blocking(number, False)
        self.silent = False
        run = self.program.environ.get(processes.MARK, secrets.token_hex(4))
        processes.write_record(self._pid_file, self.pid, run=run)
        self.state = State.STARTING

    def read_lines(self) -> list[str]:
        """Whole lines written since the last call."""
        number = self.output
        if number is None:
            return []
        with contextlib.suppress(BlockingIOError):
            while chunk := os.read(number, 65536):
                self._rest += chunk
            self.silent = True
        *lines, self._rest = self._rest.split(b"\n")
        return [line.decode("utf-8", "replace").rstrip() for line in lines if line.strip()]

    def reap(self) -> int | None:
        """Exit code if it died since the last call; the rest of its group dies with it.

        The group is killed before the dead leader is collected: until then the kernel gives its
        number to nobody else.
        """
        if self._process is None or self._process.returncode is not None:
            return None
        if not os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            return None
        self.signal_group(signal.SIGKILL)
        code = self._process.wait()
        self._pid_file.unlink(missing_ok=True)
        return code

    def close(self) -> None:
        """Let go of a dead process."""
        if self._process and self._process.stdout:
            self._process.stdout.close()
        self._process = None
        self._rest = b""

    def pause(self) -> float:
        """Plan the next start after a death; answers the pause in seconds."""
        self.deaths = 1 if self.age > HEALTHY_SECONDS else self.deaths + 1
        pause = min(FIRST_PAUSE * 2.0 ** (self.deaths - 1), self.program.longest_pause)
        self._retry_at = time.monotonic() + pause
        self.state = State.WAITING
        return pause

    def ask_to_stop(self) -> None:
        """Send its stop signal to the process itself: it stops its own children in order."""
        if self._process and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, self.program.stop_signal)

    def signal_group(self, number: signal.Signals) -> None:
        """Signal the process and everything it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)
