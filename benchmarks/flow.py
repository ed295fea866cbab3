"""Rows measured over HTTP on a started product: end to end, freshness, look-up."""

import http.client
import random
import time
from collections.abc import Iterator
from itertools import islice
from typing import Any
from urllib.parse import urlencode, urlsplit

import psycopg

from benchmarks.load import (
    Load,
    LoadFailed,
    address_of,
    get,
    in_background,
    made_beforehand,
    percentile,
    run_load,
    steady,
)
from benchmarks.processes import cpu_of, cpu_shares
from benchmarks.product import STREAM, Subject, read_lag, wait_until_merged
from benchmarks.report import Row
from benchmarks.world import World, make_messages, make_requests, member_id

STREAMING_RATE = 1000
# About a second's worth: more records than this never wait, so lag cannot grow.
MOST_WAITING = 4000
LOOK_S = 0.05
WARM_S = 5.0
# Records that may be sent at most: no more requests are made beforehand.
MOST_A_SECOND = 4000
CONNECTIONS = 32
LOOKUP_CONNECTIONS = 4
PROFILE_PATH = "/data/core/ups/access/entities"


def end_to_end(
    subject: Subject, *, people: int, seconds: float, size: int, audiences: int, name: str
) -> Row:
    """The highest rate at which records are accepted, merged and evaluated without growing lag.

    `audiences` says how many streaming audiences there are.
    """
    bar = 3000 if name == "end to end" else None
    world = subject.world
    messages = make_messages(world, people=people, seed=size)
    address = address_of(world.inlet_url)
    with subject.connect() as connection:
        wait_until_merged(connection)
        _, empty = read_lag(connection)
        pace = _LagPace(connection, size=size)

        requests = make_requests(world, messages, size=size)
        requests = made_beforehand(requests, int((seconds + WARM_S) * MOST_A_SECOND / size))

        def send(duration: float) -> Load:
            return run_load(
                address,
                requests,
                seconds=duration,
                connections=CONNECTIONS if size == 1 else 4,
                records_each=size,
                pace=pace,
            )

        warmed = send(min(WARM_S, seconds / 4))
        before, (_, first), began = cpu_of(subject.product), read_lag(connection), time.monotonic()
        load = send(seconds)
        elapsed = time.monotonic() - began
        shares = cpu_shares(before, cpu_of(subject.product), seconds=elapsed)
        stored, merged = read_lag(connection)
        caught_up = wait_until_merged(connection)
        rejected = _count_rejects(connection)
        missing = warmed.records + load.records - (read_lag(connection)[1] - empty)
    return Row(
        bench=name,
        value=(merged - first) / elapsed,
        unit="records/s",
        bar=bar,
        aim=6000 if bar else None,
        also=not rejected and not missing and set(load.statuses) <= {200, 207},
        more={
            "seconds": round(elapsed, 1),
            "accepted_per_second": round(load.records / load.seconds),
            "request_p99_ms": round(load.percentile_ms(0.99), 1),
            "messages_per_request": size,
            "waiting_at_most": pace.worst,
            "waiting_at_end": stored - merged,
            "caught_up_after_s": round(caught_up, 2),
            "rejected": rejected,
            "missing": missing,
            "audiences": audiences,
            "cores": shares,
            "first_seq": first + 1,
            "last_seq": merged,
        },
    )


class _LagPace:
    """Lets requests start while few enough records wait to be merged."""

    def __init__(self, connection: psycopg.Connection[Any], *, size: int) -> None:
        self.worst = 0
        self._connection = connection
        self._size = size
        self._looked = 0.0
        self._until = 0

    def __call__(self, started: int, _elapsed: float) -> int:
        now = time.monotonic()
        if now - self._looked > LOOK_S:
            self._looked = now
            stored, merged = read_lag(self._connection)
            self.worst = max(self.worst, stored - merged)
            self._until = started + (MOST_WAITING - (stored - merged)) // self._size
        return max(0, self._until - started)


def _count_rejects(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute(
        "SELECT count(*) FROM journal_reject WHERE stream = %s", [STREAM]
    ).fetchone()
    return int(row[0]) if row else 0


def freshness(subject: Subject, *, people: int, seconds: float) -> Iterator[Row]:
    """From the acknowledgement of a record to the answer of the look-up API that shows it."""
    with in_background(stream_steadily, subject.world, people, STREAMING_RATE, seconds + 10):
        time.sleep(3)
        waits = list(_probe(subject, seconds=seconds))
    p50, p99 = percentile(waits, 0.5) * 1000, percentile(waits, 0.99) * 1000
    more = {
        "p50_ms": round(p50, 1),
        "p99_ms": round(p99, 1),
        "worst_ms": round(max(waits) * 1000, 1),
        "probes": len(waits),
        "streaming_per_second": STREAMING_RATE,
    }
    yield Row("freshness p50", p50, "ms", 100, None, "lower", more=more)
    yield Row("freshness p99", p99, "ms", 1000, 300, "lower")


def stream_steadily(world: World, people: int, rate: int, seconds: float) -> None:
    """Single messages at an even rate; for a process of its own."""
    messages = make_messages(world, people=people, seed=3)
    load = run_load(
        address_of(world.inlet_url),
        make_requests(world, messages, size=1),
        seconds=seconds,
        connections=CONNECTIONS,
        pace=steady(rate),
    )
    if set(load.statuses) - {200}:
        raise LoadFailed(f"Answers other than 200: {load.statuses}")


def _probe(subject: Subject, *, seconds: float) -> Iterator[float]:
    """Send a new member, then look until the profile shows: seconds it took, again and again."""
    collector = connect_to(subject.world.inlet_url)
    gateway = connect_to(subject.client.gateway)
    path = urlsplit(subject.world.inlet_url).path
    headers = dict(subject.client.headers)
    number, until = 500_000_000 + int(time.time()) % 1_000_000 * 100, time.monotonic() + seconds
    source = random.Random(5)
    while time.monotonic() < until:
        number += 1
        body = subject.world.member(number, points=1)
        collector.request("POST", path, body, {"Content-Type": "application/json"})
        answer = collector.getresponse()
        acknowledged = time.perf_counter()
        answer.read()
        if answer.status != 200:
            raise LoadFailed(f"The collector answered {answer.status}.")
        while not _shows(gateway, number, headers):
            if time.perf_counter() - acknowledged > 60:
                raise LoadFailed("A probe did not show within a minute.")
        yield time.perf_counter() - acknowledged
        # At random moments of the micro-batches, not in step with them.
        time.sleep(source.random() * 0.05)


def _shows(gateway: http.client.HTTPConnection, number: int, headers: dict[str, str]) -> bool:
    gateway.request("GET", profile_target(number), headers=headers)
    answer = gateway.getresponse()
    body = answer.read()
    return answer.status == 200 and member_id(number).encode() in body


def profile_target(number: int) -> str:
    """Path and query of a member's profile."""
    query = {
        "schema.name": "_xdm.context.profile",
        "entityId": member_id(number),
        "entityIdNS": "Member",
    }
    return f"{PROFILE_PATH}?{urlencode(query)}"


def connect_to(url: str) -> http.client.HTTPConnection:
    """A connection to the server of an address."""
    host, port = address_of(url)
    return http.client.HTTPConnection(host, port, timeout=60)


def lookup(subject: Subject, *, people: int, seconds: float) -> Iterator[Row]:
    """Look-ups of known members by a few busy clients, while records stream in."""
    known = min(people, 2000)
    _send_members(subject, known)
    source = random.Random(7)
    headers = subject.client.headers
    requests = (
        get(subject.client.gateway + profile_target(source.randrange(1, known)), headers)
        for _ in iter(int, 1)
    )
    with in_background(stream_steadily, subject.world, people, STREAMING_RATE, seconds + 8):
        time.sleep(3)
        before, began = cpu_of(subject.product), time.monotonic()
        load = run_load(
            address_of(subject.client.gateway),
            requests,
            seconds=seconds,
            connections=LOOKUP_CONNECTIONS,
        )
        shares = cpu_shares(before, cpu_of(subject.product), seconds=time.monotonic() - began)
    p95 = load.percentile_ms(0.95)
    yield Row(
        bench="look-up",
        value=load.rate,
        unit="requests/s",
        bar=500,
        aim=1500,
        also=p95 <= 20 and set(load.statuses) == {200},
        more={
            "p50_ms": round(load.percentile_ms(0.5), 1),
            "p95_ms": round(p95, 1),
            "bar_p95_ms": 20,
            "connections": LOOKUP_CONNECTIONS,
            "streaming_per_second": STREAMING_RATE,
            "cores": shares,
        },
    )


def _send_members(subject: Subject, count: int) -> None:
    world = subject.world
    messages = (world.member(number, points=number) for number in range(1, count + 1))
    requests = islice(make_requests(world, messages, size=100), count // 100)
    load = run_load(address_of(world.inlet_url), requests, seconds=60, connections=1)
    if set(load.statuses) != {207}:
        raise LoadFailed(f"Members were not taken: {load.statuses}")
    with subject.connect() as connection:
        wait_until_merged(connection)
