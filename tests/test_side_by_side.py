"""Both halves of the suite count, are heard and are stopped."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.config import ROOT
from tests.side_by_side import INTERRUPTED, run_side_by_side
from tests.waiting import wait_until

STUBBORN = (
    "trap 'echo {name} cleans up; exit 2' INT; echo {name} runs; while :; do sleep 0.02; done"
)


def sh(script: str) -> list[str]:
    return ["sh", "-c", script]


@pytest.mark.parametrize(
    ("shown", "quiet", "expected"), [(0, 0, 0), (3, 0, 3), (0, 4, 4), (3, 4, 3)]
)
def test_it_fails_when_either_fails(shown: int, quiet: int, expected: int, tmp_path: Path) -> None:
    status = run_side_by_side(sh(f"exit {shown}"), quiet=sh(f"exit {quiet}"), log=tmp_path / "log")
    assert status == expected


def test_the_quiet_one_is_heard_last(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    flag = tmp_path / "flag"
    run_side_by_side(
        sh(f"until [ -e {flag} ]; do sleep 0.02; done; echo shown"),
        quiet=sh(f"echo quiet; touch {flag}"),
        log=tmp_path / "log",
    )
    assert capfd.readouterr().out == "shown\n\nquiet\n"


def start(shown: str, *, quiet: str, folder: Path) -> "subprocess.Popen[str]":
    """The runner as a process of its own, which can be watched and stopped."""
    script = (
        "import sys; from pathlib import Path; from tests.side_by_side import run_side_by_side;"
        "sys.exit(run_side_by_side(['sh', '-c', sys.argv[1]], quiet=['sh', '-c', sys.argv[2]],"
        " log=Path(sys.argv[3]), heartbeat=0.05))"
    )
    return subprocess.Popen(
        [sys.executable, "-c", script, shown, quiet, str(folder / "log")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_it_tells_how_far_the_quiet_one_is(tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    quiet = f"echo test_a; until [ -e {flag} ]; do sleep 0.02; done"
    with start("true", quiet=quiet, folder=tmp_path) as runner:
        assert runner.stdout is not None
        while (line := runner.stdout.readline()) != "… test_a\n":
            assert line == "… starting\n"
        flag.touch()
        assert runner.wait(20) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stopping_it_stops_both_and_waits(number: signal.Signals, tmp_path: Path) -> None:
    shown, quiet = (STUBBORN.format(name=name) for name in ("shown", "quiet"))
    with start(shown, quiet=quiet, folder=tmp_path) as runner:
        assert runner.stdout is not None
        log = tmp_path / "log"
        assert runner.stdout.readline() == "shown runs\n"
        wait_until(lambda: log.read_text() == "quiet runs\n")
        runner.send_signal(number)
        assert runner.wait(20) == INTERRUPTED
        assert runner.stdout.read() == "shown cleans up\n\nquiet runs\nquiet cleans up\n"
