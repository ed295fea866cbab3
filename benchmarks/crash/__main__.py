"""`make crash`: kill everything under load, then count. Exit code 1 when a promise was broken."""

import argparse
import random
import sys

from benchmarks.crash.site import Site
from benchmarks.crash.storm import rage
from benchmarks.crash.suite import MOST_SHOWN, run, say
from core.config import ROOT


def main() -> int:
    """Run once; the last line holds the numbers."""
    options = _options()
    source = random.Random(options.seed)
    say(f"seed {options.seed}; starting a product of its own")
    site = Site(ROOT / "var" / "crash" / str(options.seed))
    try:
        outcome = run(
            site,
            storm=lambda site: rage(site, seconds=options.duration, source=source, say=say),
            rate=options.rate,
            seed=options.seed,
        )
    finally:
        site.stop()
        site.clear()
    for line in outcome.verdict.wrong[:MOST_SHOWN]:
        say(f"✗ {line}")
    say(outcome.as_json())
    return 0 if outcome.verdict.holds else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make crash", description=__doc__)
    parser.add_argument("--duration", type=float, default=120, help="seconds of load")
    parser.add_argument("--rate", type=float, default=600, help="records a second")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
