"""Rows of the collector alone: requests answered after their commit, with the pipeline behind."""

from collections.abc import Iterator
from typing import Any

from benchmarks.load import address_of, made_beforehand, run_load
from benchmarks.processes import cpu_of, cpu_shares
from benchmarks.product import Subject, wait_until_merged
from benchmarks.report import Row
from benchmarks.world import make_messages, make_requests

SINGLE_CONNECTIONS = 64
BATCH_CONNECTIONS = 4
BATCH_SIZE = 100
# What may be sent: no more is made.
MOST_A_SECOND = {1: 12_000, BATCH_SIZE: 400}


def single(subject: Subject, *, people: int, seconds: float) -> Iterator[Row]:
    """Requests of one message."""
    row = _measure(subject, people=people, seconds=seconds, size=1)
    p99 = row["p99_ms"]
    yield Row(
        "single messages",
        row.pop("requests_per_second"),
        "requests/s",
        6000,
        12000,
        also=p99 <= 50,
        more={**row, "bar_p99_ms": 50},
    )


def batches(subject: Subject, *, people: int, seconds: float) -> Iterator[Row]:
    """Requests of a hundred messages."""
    row = _measure(subject, people=people, seconds=seconds, size=BATCH_SIZE)
    rate = row.pop("requests_per_second") * BATCH_SIZE
    yield Row("batches of 100", rate, "messages/s", 15000, 30000, more=row)


def _measure(subject: Subject, *, people: int, seconds: float, size: int) -> dict[str, Any]:
    messages = make_messages(subject.world, people=people, seed=size)
    requests = make_requests(subject.world, messages, size=size)
    requests = made_beforehand(requests, int(seconds * MOST_A_SECOND[size]))
    before = cpu_of(subject.product)
    load = run_load(
        address_of(subject.world.inlet_url),
        requests,
        seconds=seconds,
        connections=SINGLE_CONNECTIONS if size == 1 else BATCH_CONNECTIONS,
        records_each=size,
    )
    cores = cpu_shares(before, cpu_of(subject.product), seconds=load.seconds)
    with subject.connect() as connection:
        behind = wait_until_merged(connection, seconds=600)
    return {
        "requests_per_second": load.rate,
        "p50_ms": round(load.percentile_ms(0.5), 1),
        "p99_ms": round(load.percentile_ms(0.99), 1),
        "connections": SINGLE_CONNECTIONS if size == 1 else BATCH_CONNECTIONS,
        "merged_after_s": round(behind, 1),
        "cores": cores,
    }
