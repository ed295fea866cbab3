"""Rows of audiences: how soon a membership shows, and how long all profiles take."""

import http.client
import json
import random
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from benchmarks.flow import (
    STREAMING_RATE,
    connect_to,
    profile_target,
    stream_steadily,
)
from benchmarks.load import LoadFailed, in_background, percentile
from benchmarks.order import Order, measure
from benchmarks.product import Subject
from benchmarks.report import Row
from console.demo.audiences import DEFINITIONS, definition

_JOBS = "/data/core/ups/segment/jobs"
_PURCHASE = 'eventType = "commerce.purchases"'
_MEMBERSHIP_ID = "membership probe"
JOB_SECONDS = 900


def streaming_rules(tenant: str, count: int) -> Iterator[str]:
    """Rules as marketers write them: points, purchases, visits, and both with attributes."""
    kinds = (
        "_{t}.points > {n}",
        "xEvent[{p} and timestamp occurs <= {h} hours before now]",
        "_{t}.points > {n} and xEvent[{p} and timestamp occurs <= {h} hours before now]",
        "xEvent[{p} and timestamp occurs today].count() >= {k}",
        '_{t}.tier = "gold" or person.name.firstName.startsWith("M{k}")',
        'homeAddress.countryCode in ["FI", "SE"] and _{t}.points <= {n}',
        "not(xEvent[{p} and timestamp occurs <= {h} hours before now]) and _{t}.points > {n}",
        "xEvent[{p} and commerce.order.priceTotal > 9 and timestamp occurs < {h} hours before now]",
    )
    for number in range(count):
        yield kinds[number % len(kinds)].format(
            t=tenant, p=_PURCHASE, n=(number * 997) % 100_000, h=1 + number % 24, k=1 + number % 9
        )


def batch_rules(tenant: str, count: int) -> Iterator[str]:
    """Rules of the same kinds, with longer looks back."""
    for rule in streaming_rules(tenant, count):
        yield rule.replace(" hours before", " days before")


def ensure_audiences(subject: Subject, count: int) -> None:
    """Make streaming audiences until there are so many."""
    known = subject.client.get(DEFINITIONS, limit="1")["page"]["totalCount"]
    rules = list(streaming_rules(subject.world.tenant, count))
    for number in range(known, count):
        _create(subject, f"Streaming {number}", rules[number], "continuous")
    _wait_for_jobs(subject)


def _create(subject: Subject, name: str, rule: str, kind: str) -> str:
    return str(subject.client.post(DEFINITIONS, definition(name, rule, kind))["id"])


def _wait_for_jobs(subject: Subject) -> None:
    """Audiences just made are evaluated by jobs of their own: these are not measured."""
    until = time.monotonic() + JOB_SECONDS
    while _open_jobs(subject):
        if time.monotonic() > until:
            raise LoadFailed("The jobs of new audiences do not end.")
        time.sleep(0.5)


def _open_jobs(subject: Subject) -> int:
    open_states = ("NEW", "QUEUED", "PROCESSING")
    pages = (subject.client.get(_JOBS, status=state, limit="1") for state in open_states)
    return sum(int(page["_page"]["totalCount"]) for page in pages)


def membership(
    subject: Subject,
    *,
    people: int,
    seconds: float,
    rate: int = STREAMING_RATE,
    name: str = "membership p99",
) -> Row:
    """From the acknowledgement of an event to the look-up that shows its membership.

    Beside it `rate` other records a second.
    """
    rule = f"xEvent[{_PURCHASE} and timestamp occurs <= 24 hours before now]"
    audience = _create(subject, _MEMBERSHIP_ID, rule, "continuous")
    _wait_for_jobs(subject)
    with in_background(stream_steadily, subject.world, people, rate, seconds + 10):
        time.sleep(3)
        waits = list(_probe(subject, audience, seconds=seconds))
    p50, p95, p99 = (percentile(waits, share) * 1000 for share in (0.5, 0.95, 0.99))
    more = {
        "p50_ms": round(p50, 1),
        "p95_ms": round(p95, 1),
        "probes": len(waits),
        "streaming_per_second": rate,
    }
    return Row(name, p99, "ms", 1000, 300, "lower", more=more)


def _probe(subject: Subject, audience: str, *, seconds: float) -> Iterator[float]:
    collector = connect_to(subject.world.inlet_url)
    gateway = connect_to(subject.client.gateway)
    path = urlsplit(subject.world.inlet_url).path
    headers = dict(subject.client.headers)
    number, until = 700_000_000 + int(time.time()) % 1_000_000 * 100, time.monotonic() + seconds
    source = random.Random(9)
    while time.monotonic() < until:
        number += 1
        body = subject.world.purchase(number, number)
        collector.request("POST", path, body, {"Content-Type": "application/json"})
        answer = collector.getresponse()
        acknowledged = time.perf_counter()
        answer.read()
        if answer.status != 200:
            raise LoadFailed(f"The collector answered {answer.status}.")
        while not _is_member(gateway, number, audience, headers):
            if time.perf_counter() - acknowledged > 60:
                raise LoadFailed("A membership did not show within a minute.")
        yield time.perf_counter() - acknowledged
        time.sleep(source.random() * 0.05)


def _is_member(
    gateway: http.client.HTTPConnection, number: int, audience: str, headers: dict[str, str]
) -> bool:
    gateway.request("GET", profile_target(number), headers=headers)
    answer = gateway.getresponse()
    body = answer.read()
    return answer.status == 200 and f'"{audience}":'.encode() in body


def evaluation(subject: Subject, *, people: int, audiences: int) -> Iterator[Row]:
    """One job over all profiles, none of whom it has seen: everybody who qualifies is written."""
    order = Order("fill", subject.world, people=people)
    filled = measure(order, database_url=subject.product.database_url)
    ids = [
        _create(subject, f"Batch {number}", rule, "batch")
        for number, rule in enumerate(batch_rules(subject.world.tenant, audiences))
    ]
    _wait_for_jobs(subject)
    with subject.connect() as connection:
        connection.execute("TRUNCATE profile_membership, audience_count, audience_hour")
    began = time.monotonic()
    (job,) = [subject.client.post(_JOBS, [{"segmentId": one} for one in ids])]
    found = _wait_for(subject, str(job["id"]))
    first = time.monotonic() - began
    began = time.monotonic()
    again = subject.client.post(_JOBS, [{"segmentId": one} for one in ids])
    _wait_for(subject, str(again["id"]))
    counters = found["metrics"]["segmentedProfileCounter"]
    more: dict[str, Any] = {
        "profiles": found["metrics"]["totalProfiles"],
        "audiences": audiences,
        "memberships": sum(counters.values()),
        "again_s": round(time.monotonic() - began, 1),
        "fill_s": round(filled["seconds"], 1),
    }
    yield Row("batch evaluation", first, "s", 60, 15, "lower", more=more)


def _wait_for(subject: Subject, job: str) -> Any:
    until = time.monotonic() + JOB_SECONDS
    while True:
        found = subject.client.get(f"{_JOBS}/{job}")
        if found["status"] == "SUCCEEDED":
            return found
        if found["status"] in ("FAILED", "CANCELLED") or time.monotonic() > until:
            raise LoadFailed(f"The job ended as {found['status']}: {json.dumps(found['errors'])}")
        time.sleep(0.2)
