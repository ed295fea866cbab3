"""The supervisor with small real processes; the script of each test runs beside its loop."""

import io
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.launcher import processes, standalone
from core.launcher.errors import LaunchError
from core.launcher.output import Screen
from core.launcher.programs import Program
from core.launcher.supervisor import Supervisor

WAIT = "import time; print('hello', flush=True); time.sleep(60)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('hello', flush=True); time.sleep(60)"
)


class Rehearsal:
    """Runs programs under a supervisor until the script is through, then presses Ctrl-C."""

    def __init__(self, run_dir: Path) -> None:
        self.run_dir = run_dir
        self._stream = io.StringIO()
        self.problem: BaseException | None = None

    @property
    def shown(self) -> str:
        return self._stream.getvalue()

    def play(self, stages: list[list[Program]], script: Callable[[], None]) -> str:
        supervisor = Supervisor(stages, run_dir=self.run_dir, screen=Screen(self._stream))
        thread = threading.Thread(target=self._perform, args=[script])
        supervisor.run(on_ready=thread.start, on_stop=lambda: None)
        if thread.ident:
            thread.join()
        if self.problem:
            raise self.problem
        return self.shown

    def _perform(self, script: Callable[[], None]) -> None:
        try:
            script()
        except BaseException as error:  # noqa: BLE001 - handed to the test
            self.problem = error
        os.kill(os.getpid(), signal.SIGINT)

    def pid(self, name: str) -> int | None:
        return standalone.running_pid(self.run_dir / f"{name}.pid")

    def wait_for(self, text: str) -> None:
        deadline = time.monotonic() + 10
        while text not in self.shown:
            assert time.monotonic() < deadline, f"{text!r} never came:\n{self.shown}"
            time.sleep(0.02)


@pytest.fixture
def rehearsal(tmp_path: Path) -> Rehearsal:
    return Rehearsal(tmp_path)


def _program(name: str, code: str, **fields: Any) -> Program:
    return Program(
        name=name,
        command=lambda: [sys.executable, "-c", code],
        environ={**os.environ, processes.MARK: "test"},
        note="is up",
        **fields,
    )


def _kill(pid: int | None) -> None:
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def test_shows_each_line_behind_the_name_of_its_process(rehearsal: Rehearsal) -> None:
    shown = rehearsal.play([[_program("a", WAIT)]], lambda: rehearsal.wait_for("hello"))
    assert "✓ a          is up\n" in shown
    assert "a         │ hello\n" in shown
    assert "✓ a          stopped\n" in shown


def test_starts_a_stage_when_the_one_before_is_ready(rehearsal: Rehearsal, tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    slow = (
        f"import time, pathlib; time.sleep(.3); pathlib.Path({str(flag)!r}).touch(); time.sleep(60)"
    )
    asks = f"import pathlib; print('seen', pathlib.Path({str(flag)!r}).exists())"
    stages = [
        [_program("server", slow, ready=lambda _pid: flag.exists())],
        [_program("job", asks, once=True)],
    ]
    assert "seen True" in rehearsal.play(stages, lambda: None)


def test_starts_a_killed_process_again(rehearsal: Rehearsal) -> None:
    def script() -> None:
        first = rehearsal.pid("a")
        _kill(first)
        rehearsal.wait_for("died (SIGKILL)")
        rehearsal.wait_for("starting again")
        deadline = time.monotonic() + 10
        while rehearsal.pid("a") in {None, first}:
            assert time.monotonic() < deadline
            time.sleep(0.02)

    shown = rehearsal.play([[_program("a", WAIT)]], script)
    assert shown.count("✓ a          is up") == 2


def test_children_of_a_killed_process_die_with_it(rehearsal: Rehearsal) -> None:
    family = "import subprocess, sys, time; print(subprocess.Popen([sys.executable, '-c',"
    family += " 'import time; time.sleep(60)']).pid, flush=True); time.sleep(60)"
    children: list[int] = []

    def script() -> None:
        rehearsal.wait_for("│")
        leader = rehearsal.pid("a")
        assert leader is not None
        children.extend(processes.list_descendants(leader))
        _kill(leader)
        rehearsal.wait_for("died (SIGKILL)")

    rehearsal.play([[_program("a", family)]], script)
    assert len(children) == 1
    stat = processes.read_stat(children[0])
    assert stat is None or stat.state == "Z"


def test_waits_longer_after_each_death(rehearsal: Rehearsal) -> None:
    shown = rehearsal.play(
        [[_program("a", "raise SystemExit(3)"), _program("b", WAIT)]],
        lambda: rehearsal.wait_for("starting again in 0.8 s"),
    )
    assert "died (exit code 3); starting again in 0.2 s" in shown
    assert "starting again in 0.4 s" in shown


def test_a_failed_job_stops_the_start_and_everything_before_it(rehearsal: Rehearsal) -> None:
    stages = [[_program("server", WAIT)], [_program("job", "raise SystemExit('no')", once=True)]]
    with pytest.raises(LaunchError, match=r"job failed \(exit code 1\)"):
        rehearsal.play(stages, lambda: None)
    assert "job       │ no" in rehearsal.shown
    assert "✓ server     stopped" in rehearsal.shown
    assert rehearsal.pid("server") is None


def test_gives_up_on_a_process_that_never_becomes_ready(
    rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.launcher.supervisor.HOPELESS_SECONDS", 0.5)
    hopeless = _program("a", "raise SystemExit(3)", ready=lambda _pid: False)
    with pytest.raises(LaunchError, match="a does not start"):
        rehearsal.play([[hopeless]], lambda: None)


def test_ends_a_process_that_ignores_the_request_to_stop(rehearsal: Rehearsal) -> None:
    began = time.monotonic()
    program = _program("a", STUBBORN, stop_seconds=0.3)
    assert "✓ a          stopped" in rehearsal.play(
        [[program]], lambda: rehearsal.wait_for("hello")
    )
    assert time.monotonic() - began < 10


def test_stops_the_servers_last(rehearsal: Rehearsal) -> None:
    stages = [[_program("server", WAIT)], [_program("product", WAIT)]]
    shown = rehearsal.play(stages, lambda: None)
    assert shown.index("product    stopped") < shown.index("server     stopped")


def test_a_program_that_cannot_be_started_is_named(
    rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.launcher.supervisor.HOPELESS_SECONDS", 0.5)
    missing = Program(name="a", command=lambda: ["/nonexistent/program"])
    with pytest.raises(LaunchError, match="a does not start"):
        rehearsal.play([[missing]], lambda: None)
    assert "cannot start" in rehearsal.shown
