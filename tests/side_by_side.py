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


def run_side_by_side(
    shown: Sequence[str], *, quiet: Sequence[str], log: Path, heartbeat: float = HEARTBEAT_S
) -> int:
    """Run both to their end; answers the exit code of the first that failed, or 0.

    `quiet` writes to `log`, which is shown at the end; until then a line every `heartbeat` seconds
    tells how far it is. Ctrl-C and SIGTERM interrupt both and wait until they have cleaned up.
    """
    with log.open("wb") as output, _stopped_like_ctrl_c():
        second = _start(quiet, output=output.fileno())
        first = _start(shown)
        try:
            statuses = [first.wait(), _wait_patiently(second, log, heartbeat)]
        except KeyboardInterrupt:
            statuses = [INTERRUPTED]
        finally:
            _interrupt(first, second)
    _say(f"\n{log.read_text('utf-8', 'replace')}")
    return next(filter(None, statuses), 0)


def _start(command: Sequence[str], *, output: int | None = None) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
        # The terminal's Ctrl-C reaches us alone, and we pass it on: twice would cut cleaning short.
        start_new_session=True,
    )


def _wait_patiently(process: subprocess.Popen[bytes], log: Path, heartbeat: float) -> int:
    while True:
        try:
            return process.wait(heartbeat)
        except subprocess.TimeoutExpired:
            lines = log.read_text("utf-8", "replace").splitlines()
            _say(f"… {lines[-1] if lines else 'starting'}\n")


def _interrupt(*running: subprocess.Popen[bytes]) -> None:
    for process in running:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
    for process in running:
        process.wait()


@contextmanager
def _stopped_like_ctrl_c() -> Iterator[None]:
    """SIGTERM raises KeyboardInterrupt, too."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
