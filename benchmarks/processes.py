"""What the product's processes cost: memory they hold and CPU they used, by name."""

import os
from dataclasses import dataclass
from pathlib import Path

from core.launcher.processes import list_descendants
from core.launcher.testing import Product

NAMES = ("postgres", "broker", "collector", "console", "profile", "tasks", "beat")
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Memory:
    """Megabytes: `pss` counts a shared page in parts, `rss` in each process that maps it."""

    pss: float
    rss: float


def pids_of(product: Product) -> dict[str, list[int]]:
    """All processes of the product, by the name of the program they belong to."""
    found = {"make up": [product.supervisor.pid]}
    for name in NAMES:
        pid = product.pid(name)
        if pid is not None:
            found[name] = [pid, *list_descendants(pid)]
    return found


def memory_of(product: Product) -> dict[str, Memory]:
    """Memory by program."""
    return {name: _memory(pids) for name, pids in pids_of(product).items()}


def _memory(pids: list[int]) -> Memory:
    pss = rss = 0
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
        except OSError:
            continue
        for line in text.splitlines():
            if line.startswith("Pss:"):
                pss += int(line.split()[1])
            elif line.startswith("Rss:"):
                rss += int(line.split()[1])
    return Memory(pss / 1024, rss / 1024)


def cpu_of(product: Product) -> dict[str, float]:
    """CPU seconds used so far, by program and by this process."""
    used = {name: sum(map(cpu_seconds, pids)) for name, pids in pids_of(product).items()}
    own = os.times()
    return {**used, "load generator": own.user + own.system}


def cpu_shares(
    before: dict[str, float], after: dict[str, float], *, seconds: float
) -> dict[str, float]:
    """Cores used by each program between two looks."""
    return {
        name: round((after[name] - before.get(name, 0.0)) / seconds, 2)
        for name in after
        if after[name] - before.get(name, 0.0) > seconds / 200
    }


def cpu_seconds(pid: int) -> float:
    """Used by a process and by its children that ended; 0 when there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0.0
    fields = text[text.rindex(")") + 2 :].split()
    return sum(map(int, fields[11:15])) / _TICK
