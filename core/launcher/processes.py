"""Process files: know our processes again, by number and start time and never by name."""

import contextlib
import json
import os
import signal
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

# Every process of a start inherits this variable; it tells a survivor from a reused number.
MARK = "_ONEFOLD_RUN"


@dataclass(frozen=True, slots=True)
class ProcessRecord:
    """Contents of `<run>/<name>.pid`: a session leader and when the kernel started it."""

    pid: int
    started: int
    boot: str
    run: str


@dataclass(frozen=True, slots=True)
class ProcessStat:
    """The part of `/proc/<pid>/stat` we need."""

    pid: int
    state: str
    parent: int
    group: int
    started: int


def read_stat(pid: int) -> ProcessStat | None:
    """Kernel's view of a process, or None when there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The command name may hold spaces and brackets: fields start after its last bracket.
    rest = text[text.rindex(")") + 2 :].split()
    return ProcessStat(pid, rest[0], int(rest[1]), int(rest[2]), int(rest[19]))


def list_stats() -> Iterator[ProcessStat]:
    """All processes of this machine."""
    for entry in os.listdir("/proc"):  # noqa: PTH208 - a hot loop over thousands of entries
        if entry.isdigit() and (stat := read_stat(int(entry))):
            yield stat


def boot_id() -> str:
    """Changes with every boot, so that start times of two boots never meet."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def write_record(path: Path, pid: int, *, run: str) -> None:
    """Remember a process just started; does nothing if it is already gone."""
    stat = read_stat(pid)
    if stat is None:
        return
    record = ProcessRecord(pid, stat.started, boot_id(), run)
    draft = path.with_suffix(".tmp")
    draft.write_text(json.dumps(asdict(record)), encoding="utf-8")
    draft.rename(path)


def read_record(path: Path) -> ProcessRecord | None:
    """The remembered process, or None when the file is missing, broken or of another boot."""
    try:
        record = ProcessRecord(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return record if record.boot == boot_id() else None


def is_alive(record: ProcessRecord) -> bool:
    """Is that very process still running (not a zombie, not a later one of the same number)?"""
    stat = read_stat(record.pid)
    return stat is not None and stat.started == record.started and stat.state != "Z"


def find_survivors(record: ProcessRecord) -> list[int]:
    """The process and the rest of its group, as far as they are surely ours."""
    return [
        stat.pid
        for stat in list_stats()
        if stat.state != "Z"
        and (
            (stat.pid == record.pid and stat.started == record.started)
            or (
                stat.group == record.pid
                and stat.started >= record.started
                and _marked(stat, record)
            )
        )
    ]


def _marked(stat: ProcessStat, record: ProcessRecord) -> bool:
    try:
        environ = Path(f"/proc/{stat.pid}/environ").read_bytes()
    except OSError:
        return False
    return f"{MARK}={record.run}".encode() in environ.split(b"\0")


def list_descendants(pid: int) -> list[int]:
    """Children of the process, their children and so on, without itself."""
    children: dict[int, list[int]] = {}
    for stat in list_stats():
        children.setdefault(stat.parent, []).append(stat.pid)
    found: list[int] = []
    queue = [pid]
    while queue:
        below = children.get(queue.pop(), [])
        found += below
        queue += below
    return found


def proportional_memory(pid: int) -> float:
    """Megabytes of a process, each shared page divided by its users; 0 when it is gone."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0.0
    [line] = [line for line in text.splitlines() if line.startswith("Pss:")] or ["Pss: 0 kB"]
    return int(line.split()[1]) / 1024


def send(pids: Iterable[int], signal_number: signal.Signals) -> None:
    """Signal each process that is still there."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal_number)


def stop_survivors(path: Path, *, stop_signal: signal.Signals, seconds: float) -> bool:
    """End what a process file remembers, gently first; True if there was anything to end."""
    record = read_record(path)
    survivors = find_survivors(record) if record else []
    if record and survivors:
        # A leader that is asked stops its own children in order; one that is killed cannot.
        asked = is_alive(record) and stop_signal is not signal.SIGKILL
        send([record.pid] if asked else survivors, stop_signal)
        _wait_gone(record, seconds)
        send(find_survivors(record), signal.SIGKILL)
        _wait_gone(record, seconds)
    path.unlink(missing_ok=True)
    return bool(survivors)


def _wait_gone(record: ProcessRecord, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while find_survivors(record) and time.monotonic() < deadline:
        time.sleep(0.03)
