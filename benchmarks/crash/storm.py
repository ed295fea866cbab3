"""What goes wrong, and when: each incident at least once, then at random until time is up."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.crash.site import Site

AWAY_S = 30.0
FULL_S = 8.0
SINGLE = ("collector", "profile", "postgres", "broker", "tasks", "beat", "console")


@dataclass(frozen=True, slots=True)
class Incident:
    """A name to print, what to do, and about how long it takes."""

    name: str
    strike: Callable[[Site], int]
    seconds: float


def kill(name: str) -> Incident:
    """SIGKILL a process with everything below it."""

    def strike(site: Site) -> int:
        return 1 if site.product.kill(name) else 0

    return Incident(f"SIGKILL {name}", strike, 3.0)


def _kill_supervisor(site: Site) -> int:
    site.kill_supervisor()
    site.start()
    return 1


def _kill_all(site: Site) -> int:
    site.kill_supervisor()
    for name in SINGLE:
        site.product.kill(name)
    site.start()
    return 1 + len(SINGLE)


def _broker_away(site: Site) -> int:
    site.keep_away("broker", seconds=AWAY_S)
    return 1


def _disk_full(site: Site) -> int:
    site.fill_disk()
    time.sleep(FULL_S)
    site.free_disk()
    return 1


KILLS = tuple(kill(name) for name in SINGLE)
DISK_FULL = Incident("journal disk full for 8 s", _disk_full, FULL_S + 5)
OTHERS = (
    Incident("SIGKILL make up, then start it again", _kill_supervisor, 15.0),
    Incident("SIGKILL everything, then start it again", _kill_all, 15.0),
    Incident("broker away for 30 s", _broker_away, AWAY_S + 2),
)


def rage(site: Site, *, seconds: float, source: random.Random, say: Callable[[str], None]) -> int:
    """Strike until the time is over; answers how often."""
    began = time.monotonic()
    pool = [*KILLS, *OTHERS]
    if site.has_small_disk:
        pool.append(DISK_FULL)
    else:
        say("full disk: skipped, this machine lets us make no file system of our own")
    source.shuffle(pool)
    # What matters most comes first where there is little time.
    pool.sort(key=lambda one: one.seconds > seconds / 6)
    strikes = 0
    while (left := seconds - (time.monotonic() - began)) > 0:
        incident = pool.pop(0) if pool else source.choice(KILLS)
        if incident.seconds > left and incident.seconds > seconds / 6 and strikes:
            continue
        say(f"{time.monotonic() - began:6.1f} s  {incident.name}")
        strikes += incident.strike(site)
        time.sleep(min(source.uniform(1.0, 5.0), max(0.0, left)))
    return strikes
