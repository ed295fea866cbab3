"""The benchmarks run and say what they promise to say; never how fast."""

import json
import subprocess
import sys
from pathlib import Path

from core.config import ROOT

KEYS = {"bench", "value", "unit", "bar", "aim", "holds"}


def test_a_tiny_run_prints_its_rows_and_keeps_them(tmp_path: Path) -> None:
    sizes = ["--size", "1000", "--seconds", "2", "--idle", "0", "--folder", str(tmp_path)]
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks", "memory", "end-to-end", "floor", "growth", *sizes],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=False,
    )
    lines = [json.loads(line) for line in run.stdout.splitlines() if line.startswith(b"{")]
    rows = {line["bench"]: line for line in lines if "bench" in line}
    assert set(rows) == {
        "idle memory",
        "end to end",
        "end to end, batches",
        "end to end ÷ floor",
        "cost growth",
    }
    assert all(line.keys() >= KEYS for line in rows.values())
    # Everything accepted was merged in the end, and nothing refused.
    for name in ("end to end", "end to end, batches"):
        assert rows[name]["value"] > 0
        assert rows[name]["rejected"] == 0
        assert rows[name]["missing"] == 0
    assert rows["end to end ÷ floor"]["value"] > 0
    (kept,) = tmp_path.glob("*.jsonl")
    assert len(kept.read_text(encoding="utf-8").splitlines()) == 1 + len(rows)
