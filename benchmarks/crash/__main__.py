"""`make crash`: kill everything under load, then count. Exit code 1 when a promise was broken."""

import argparse
import json
import random
import sys
import time

import psycopg

from benchmarks.crash.sender import Client, Maker, Message
from benchmarks.crash.site import Site
from benchmarks.crash.storm import rage
from benchmarks.crash.verdict import judge
from benchmarks.product import client_of, wait_until_merged
from benchmarks.world import World, create_world
from core.config import ROOT

CLIENTS = 4
CATCH_UP_S = 300.0
MOST_SHOWN = 20


def main() -> int:
    """Run once."""
    options = _options()
    folder = ROOT / "var" / "crash" / f"{options.seed}"
    site = Site(folder)
    try:
        return run(site, duration=options.duration, rate=options.rate, seed=options.seed)
    finally:
        site.stop()
        site.clear()


def run(site: Site, *, duration: float, rate: float, seed: int) -> int:
    """Start, send, strike, wait for lag zero, count; answers the exit code."""
    began = time.monotonic()
    say(f"seed {seed}; starting a product of its own")
    site.start()
    client = client_of(site.product)
    world = create_world(client, tenant=site.product.config.tenant_id, name="Crash")
    say(f"{rate:.0f} records/s for {duration:.0f} s")
    clients = start_clients(world, rate=rate, seed=seed)
    strikes = rage(site, seconds=duration, source=random.Random(seed), say=say)
    for one in clients:
        one.stop()
    for one in clients:
        one.join()
    messages = [message for one in clients for message in one.messages]
    return conclude(site, messages, kills=strikes, began=began)


def start_clients(world: World, *, rate: float, seed: int) -> list[Client]:
    """Half of them send single messages, half batches of twenty."""
    maker = Maker(world, seed=seed)
    clients = [
        Client(world, maker, batch=batch, rate=rate * share, seed=seed * 100 + number)
        for number, (batch, share) in enumerate([(1, 0.15), (20, 0.35)] * (CLIENTS // 2))
    ]
    for one in clients:
        one.start()
    return clients


def conclude(site: Site, messages: list[Message], *, kills: int, began: float) -> int:
    """Wait until everything is merged, judge, and say it in one last line."""
    say(f"{len(messages)} messages made; waiting for lag zero")
    with _connect(site) as connection:
        try:
            seconds = wait_until_merged(connection, seconds=CATCH_UP_S)
            say(f"lag is zero {seconds:.1f} s after the last acknowledgement")
        except TimeoutError as error:
            say(f"✗ {error}")
        verdict = judge(connection, messages, site.product.config.tenant_id)
    for line in verdict.wrong[:MOST_SHOWN]:
        say(f"✗ {line}")
    last = {
        "acknowledged": verdict.acknowledged,
        "merged": verdict.merged,
        "rejected": verdict.rejected,
        "lost": verdict.lost,
        "doubled": verdict.doubled,
        "kills": kills,
        "seconds": round(time.monotonic() - began, 1),
    }
    print(json.dumps(last), flush=True)
    return 0 if verdict.holds else 1


def _connect(site: Site) -> "psycopg.Connection[tuple[object, ...]]":
    """The last incident may have been Postgres' end: it comes back by itself."""
    deadline = time.monotonic() + CATCH_UP_S
    while True:
        try:
            return psycopg.connect(site.product.database_url, autocommit=True)
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def say(text: str) -> None:
    """A line for people."""
    print(text, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make crash", description=__doc__)
    parser.add_argument("--duration", type=float, default=120, help="seconds of load")
    parser.add_argument("--rate", type=float, default=600, help="records a second")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
