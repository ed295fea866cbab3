"""Two commands at once, one of them seen as it goes and the other when it has ended."""

import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from core.config import ROOT

HEARTBEAT_S = 30.0
INTERRUPTED = 130


class Halves:
    """Running commands; on Ctrl-C, SIGTERM or SIGHUP each is interrupted once."""

    def __init__(self) -> None:
        self.interrupted = False
        self._untold: list[subprocess.Popen[bytes]] = []

    def start(
        self, command: Sequence[str], *, output: int | None = None
    ) -> subprocess.Popen[bytes]:
        """Run it apart from our terminal, whose Ctrl-C would come twice and cut cleaning short."""
        half = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        self._untold.append(half)
        self._tell()
        return half

    def interrupt(self, _number: int, _frame: FrameType | None) -> None:
        """Tell those that run, and those that are just starting as soon as they do."""
        self.interrupted = True
        self._tell()

    def _tell(self) -> None:
        while self.interrupted and self._untold:
            self._untold.pop().send_signal(signal.SIGINT)


def run_side_by_side(
    shown: Sequence[str], *, quiet: Sequence[str], log: Path, heartbeat: float = HEARTBEAT_S
) -> int:
    """Run both to their end; answers the exit code of the first that failed, or 0.

    `quiet` writes to `log`, which is shown at the end; until then a line every `heartbeat` seconds
    tells how far it is. Interrupted, it waits until both have cleaned up.
    """
    halves = Halves()
    with log.open("wb") as output, _handling_signals(halves):
        second = halves.start(quiet, output=output.fileno())
        first = halves.start(shown)
        statuses = (first.wait(), _wait_patiently(second, log, heartbeat))
    _say(f"\n{log.read_text('utf-8', 'replace')}")
    return INTERRUPTED if halves.interrupted else next(filter(None, statuses), 0)


def _wait_patiently(half: subprocess.Popen[bytes], log: Path, heartbeat: float) -> int:
    while True:
        try:
            return half.wait(heartbeat)
        except subprocess.TimeoutExpired:
            lines = log.read_text("utf-8", "replace").splitlines()
            _say(f"… {lines[-1] if lines else 'starting'}\n")


@contextmanager
def _handling_signals(halves: Halves) -> Iterator[None]:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, halves.interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
