import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.launcher import processes

# A leader that leaves a child behind and then waits to be killed.
FAMILY = [
    sys.executable,
    "-c",
    """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print("up", flush=True)
time.sleep(60)
""",
]


@pytest.fixture
def family() -> Iterator[subprocess.Popen[bytes]]:
    leader = subprocess.Popen(
        FAMILY,
        stdout=subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, processes.MARK: "mine"},
    )
    assert leader.stdout is not None
    assert leader.stdout.readline() == b"up\n"
    yield leader
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader.pid, signal.SIGKILL)
    leader.wait()
    leader.stdout.close()


def test_knows_its_process_again(family: subprocess.Popen[bytes], tmp_path: Path) -> None:
    path = tmp_path / "family.pid"
    processes.write_record(path, family.pid, run="mine")
    record = processes.read_record(path)
    assert record is not None
    assert processes.is_alive(record)
    assert len(processes.find_survivors(record)) == 2


def test_ends_the_children_of_a_dead_leader(
    family: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    path = tmp_path / "family.pid"
    processes.write_record(path, family.pid, run="mine")
    [child] = processes.list_descendants(family.pid)
    family.kill()
    family.wait()
    assert processes.stop_survivors(path, stop_signal=signal.SIGTERM, seconds=5)
    assert _gone(child)
    assert not path.exists()


def test_kills_a_whole_family_at_once(family: subprocess.Popen[bytes], tmp_path: Path) -> None:
    path = tmp_path / "family.pid"
    processes.write_record(path, family.pid, run="mine")
    [child] = processes.list_descendants(family.pid)
    began = time.monotonic()
    assert processes.stop_survivors(path, stop_signal=signal.SIGKILL, seconds=10)
    assert time.monotonic() - began < 5
    assert _gone(child)


def test_never_touches_a_later_process_of_the_same_number(
    family: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    path = tmp_path / "family.pid"
    processes.write_record(path, family.pid, run="another")
    record = processes.read_record(path)
    assert record is not None
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(str(record.started), str(record.started - 1)), encoding="utf-8")
    assert not processes.stop_survivors(path, stop_signal=signal.SIGKILL, seconds=1)
    assert family.poll() is None


def test_never_touches_a_group_of_another_start(
    family: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    path = tmp_path / "family.pid"
    processes.write_record(path, family.pid, run="another")
    [child] = processes.list_descendants(family.pid)
    family.kill()
    family.wait()
    assert not processes.stop_survivors(path, stop_signal=signal.SIGKILL, seconds=1)
    assert not _gone(child)


@pytest.mark.parametrize("text", ["", "{}", "12", '{"pid": 1}'])
def test_a_broken_process_file_means_nothing_runs(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken.pid"
    path.write_text(text, encoding="utf-8")
    assert not processes.stop_survivors(path, stop_signal=signal.SIGTERM, seconds=1)
    assert not path.exists()


def test_a_process_of_an_earlier_boot_is_not_ours(tmp_path: Path) -> None:
    path = tmp_path / "old.pid"
    processes.write_record(path, os.getpid(), run="mine")
    path.write_text(path.read_text("utf-8").replace(processes.boot_id(), "other"), "utf-8")
    assert processes.read_record(path) is None


def _gone(pid: int) -> bool:
    stat = processes.read_stat(pid)
    return stat is None or stat.state == "Z"
