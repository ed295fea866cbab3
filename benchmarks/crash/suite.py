"""One run: start, send, let things go wrong, wait for lag zero, count."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from benchmarks.crash.sender import POISON, Client, Maker, Message
from benchmarks.crash.site import Site
from benchmarks.crash.verdict import Verdict, judge
from benchmarks.product import client_of, wait_until_merged
from benchmarks.world import World, create_world

CATCH_UP_S = 300.0
MOST_SHOWN = 20
# Messages a request, and the share of the rate that such a client sends.
CLIENTS = ((1, 0.15), (20, 0.35), (1, 0.15), (20, 0.35))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run found."""

    verdict: Verdict
    kills: int
    seconds: float

    def as_json(self) -> str:
        """The last line of the suite."""
        verdict = self.verdict
        last = {
            "acknowledged": verdict.acknowledged,
            "merged": verdict.merged,
            "rejected": verdict.rejected,
            "lost": verdict.lost,
            "doubled": verdict.doubled,
            "kills": self.kills,
            "seconds": round(self.seconds, 1),
        }
        return json.dumps(last)


def run(site: Site, *, storm: Callable[[Site], int], rate: float, seed: int) -> Outcome:
    """Everything once; `storm` strikes and answers how often."""
    began = time.monotonic()
    site.start()
    client = client_of(site.product)
    world = create_world(client, tenant=site.product.config.tenant_id, name="Crash")
    with _connect(site) as connection:
        for rule in POISON:
            connection.execute(rule)
    say(f"streaming {rate:.0f} records/s")
    clients = _start_clients(world, rate=rate, seed=seed)
    kills = storm(site)
    for one in clients:
        one.stop()
    for one in clients:
        one.join()
    messages = [message for one in clients for message in one.messages]
    verdict = _count(site, messages)
    return Outcome(verdict, kills, time.monotonic() - began)


def _start_clients(world: World, *, rate: float, seed: int) -> list[Client]:
    maker = Maker(world, seed=seed)
    clients = [
        Client(world, maker, batch=batch, rate=rate * share, seed=seed * 100 + number)
        for number, (batch, share) in enumerate(CLIENTS)
    ]
    for one in clients:
        one.start()
    return clients


def _count(site: Site, messages: list[Message]) -> Verdict:
    say(f"{len(messages)} messages made; waiting for lag zero")
    with _connect(site) as connection:
        late = None
        try:
            seconds = wait_until_merged(connection, seconds=CATCH_UP_S)
            say(f"lag is zero {seconds:.1f} s after the last acknowledgement")
        except TimeoutError as error:
            late = str(error)
        verdict = judge(connection, messages, site.product.config.tenant_id)
    if late is not None:
        verdict.wrong.insert(0, late)
    unheard = sum(1 for one in messages if one.kind == "event" and not one.acks)
    if unheard:
        verdict.wrong.append(f"{unheard} events were never acknowledged")
    return verdict


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
