"""Rows of the benchmark: one JSON object a line, a table for people, the run kept in a file."""

import json
import os
import platform
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from core.config import ROOT

BENCH = ROOT / "var" / "bench"


@dataclass(frozen=True, slots=True)
class Row:
    """One measured number against its bar; `more` says how it came about."""

    bench: str
    value: float
    unit: str
    bar: float | None
    aim: float | None
    better: Literal["higher", "lower"] = "higher"
    also: bool = True
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Is the bar met? `also` is what else it asks for."""
        if self.bar is None:
            return self.also
        met = self.value >= self.bar if self.better == "higher" else self.value <= self.bar
        return met and self.also

    def as_json(self) -> dict[str, Any]:
        """The line tools read."""
        return {
            "bench": self.bench,
            "value": round(self.value, 3),
            "unit": self.unit,
            "bar": self.bar,
            "aim": self.aim,
            "holds": self.holds,
            **self.more,
        }


def machine() -> dict[str, Any]:
    """Where this was measured, and how fast a core of it is just now: shared machines vary."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": os.process_cpu_count(),
        "memory_gb": round(memory / 2**30, 1),
        "processor": _processor(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 1),
        "mega_loops_a_second": loops_a_second(),
    }


def loops_a_second() -> float:
    """Millions of turns of an empty loop a core makes in a second, the best of five times."""
    return round(max(_loops() for _ in range(5)), 1)


def _loops(turns: int = 1_000_000) -> float:
    """Turns of a loop of Python in a microsecond."""
    began = time.perf_counter()
    for _ in range(turns):
        pass
    return turns / (time.perf_counter() - began) / 1e6


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def table(rows: Iterable[Row]) -> str:
    """For people."""
    lines = [f"{'':<2}{'bench':<22}{'value':>12}  {'unit':<14}{'bar':>10}{'aim':>10}"]
    for row in rows:
        sign = "✓" if row.holds else "✗"
        value = f"{row.value:,.2f}" if row.value < 100 else f"{row.value:,.0f}"
        bar, aim = _bound(row, row.bar), _bound(row, row.aim)
        lines.append(f"{sign:<2}{row.bench:<22}{value:>12}  {row.unit:<14}{bar:>10}{aim:>10}")
    return "\n".join(lines)


def _bound(row: Row, value: float | None) -> str:
    if value is None:
        return ""
    return f"{'≥' if row.better == 'higher' else '≤'} {value:,g}"


def keep(rows: Iterable[Row], folder: Path, *, settings: dict[str, Any]) -> Path:
    """Write the run to a file of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{datetime.now(UTC):%Y%m%d-%H%M%S}.jsonl"
    head = {"machine": machine(), **settings}
    lines = [json.dumps(head), *(json.dumps(row.as_json()) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
