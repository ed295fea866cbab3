"""A short storm; `make crash` is the long one."""

import time
from pathlib import Path

from benchmarks.crash.site import Site
from benchmarks.crash.storm import kill
from benchmarks.crash.suite import run

RATE = 150
PAUSE_S = 2.0


def strike_each(site: Site) -> int:
    kills = 0
    for name in ("collector", "profile", "postgres"):
        time.sleep(PAUSE_S)
        kills += kill(name).strike(site)
    time.sleep(PAUSE_S)
    return kills


def test_no_acknowledged_record_is_lost_or_doubled_when_processes_are_killed(
    tmp_path: Path,
) -> None:
    site = Site(tmp_path / "var")
    try:
        outcome = run(site, storm=strike_each, rate=RATE, seed=7)
    finally:
        site.stop()
    verdict = outcome.verdict
    assert verdict.wrong == []
    assert (verdict.lost, verdict.doubled, outcome.kills) == (0, 0, 3)
    assert verdict.merged > RATE
    assert verdict.rejected > 0
    assert verdict.merged + verdict.rejected == verdict.acknowledged
