"""Rows measured on the pipeline itself: the floor of its writes, and its cost as profiles grow.

Runs as a program of its own, because Django must know the product's database from the start:
`python -m benchmarks.replay '{"row": ..., "world": ..., ...}'`, one JSON object as the answer.
"""

import os
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import django
import msgspec
import psycopg

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
django.setup()

# Models need the set-up above.
from benchmarks import population, shadow  # noqa: E402
from benchmarks.order import Order  # noqa: E402
from benchmarks.processes import cpu_seconds  # noqa: E402
from benchmarks.product import STREAM  # noqa: E402
from benchmarks.world import World, make_messages  # noqa: E402
from core import clock, sql  # noqa: E402
from ingestion.journal.append import append_records  # noqa: E402
from ingestion.journal.queries import PROFILE_READER, ensure_position  # noqa: E402
from ingestion.journal.types import Append  # noqa: E402
from profiles.context import Context, load_context  # noqa: E402
from profiles.pipeline import MAX_BATCH, process_batch  # noqa: E402

WARM_UP = 4_500
SAMPLE = 30_000
SMALL = 10_000
# Numbers that no other row gives to a person.
FILL_FROM = 100_000_000


class Cost(msgspec.Struct):
    """Microseconds a record: on the clock, and of CPU."""

    wall: float
    cpu: float


type Batch = tuple[int, int, list[shadow.Statement]]


def floor(order: Order) -> dict[str, Any]:
    """Records a second of writing alone: rows known beforehand, same tables, batches, commits."""
    with shadow.connect() as connection, psycopg.connect(sql.dsn(), autocommit=True) as other:
        shadow.make_tables(connection)
        flushes = _copy_journal(connection, order)
        batches = list(_record_batches(connection, order))
        timed = [batch for batch in batches if batch[0] >= order.first]
        shadow.empty_tables(connection)
        connection.writes = []
        ensure_position(connection, PROFILE_READER, STREAM)
        _write_batches(connection, [one for one in batches if one[0] < order.first])
        connection.execute("CHECKPOINT")
        other.execute(f"SET search_path = {shadow.SCHEMA},public")
        began = time.perf_counter()
        writer = threading.Thread(target=_write_journal, args=(other, flushes))
        writer.start()
        _write_batches(connection, timed)
        merged_s = time.perf_counter() - began
        writer.join()
        seconds = time.perf_counter() - began
        shadow.drop_tables(connection)
    records = sum(last - first + 1 for first, last, _ in timed)
    return {
        "records": records,
        "seconds": seconds,
        "merge_writes_s": merged_s,
        "flushes": len(flushes),
        "batches": len(timed),
    }


def _copy_journal(connection: psycopg.Connection[Any], order: Order) -> list[list[Any]]:
    """Take the journal over; answers the rows of the timed part by the flush that stored them."""
    connection.execute(
        "INSERT INTO journal_record SELECT * FROM public.journal_record"
        " WHERE stream = %s AND seq <= %s",
        [STREAM, order.last],
    )
    rows = connection.execute(
        "SELECT xmin::text, stream, seq, appended_on, received_at, inlet, flags, payload"
        " FROM public.journal_record WHERE stream = %s AND seq BETWEEN %s AND %s ORDER BY seq",
        [STREAM, order.first, order.last],
    ).fetchall()
    flushes: dict[str, list[Any]] = {}
    for transaction, *row in rows:
        flushes.setdefault(transaction, []).append(row)
    return list(flushes.values())


def _record_batches(connection: shadow.RecordingConnection, order: Order) -> Iterator[Batch]:
    """Run the pipeline over the copies in the product's own micro-batches, noting its writes."""
    context = load_context(STREAM)
    ranges = connection.execute(
        "SELECT first_seq, last_seq FROM public.pipeline_batch"
        " WHERE stream = %s AND last_seq <= %s ORDER BY last_seq",
        [STREAM, order.last],
    ).fetchall()
    ensure_position(connection, PROFILE_READER, STREAM)
    for first, last in ranges:
        connection.writes = []
        taken = process_batch(connection, context, limit=last - first + 1)
        assert taken == last - first + 1
        yield first, last, connection.writes


def _write_batches(connection: psycopg.Connection[Any], batches: Sequence[Batch]) -> None:
    for _, _, writes in batches:
        with connection.transaction(), psycopg.Cursor(connection) as cursor:
            for statement, params in writes:
                cursor.execute(statement, params, binary=True)


def _write_journal(connection: psycopg.Connection[Any], flushes: Sequence[list[Any]]) -> None:
    for rows in flushes:
        with connection.transaction(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO journal_head (stream, next_seq) VALUES (%s, %s) ON CONFLICT (stream)"
                " DO UPDATE SET next_seq = excluded.next_seq",
                [STREAM, rows[-1][1] + 1],
            )
            with cursor.copy("COPY journal_record FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(["int4", "int8", "date", "int8", "int4", "int2", "bytea"])
                for row in rows:
                    copy.write_row(row)


def growth(order: Order) -> dict[str, Any]:
    """Seconds a record with few profiles, and with many."""
    context = load_context(STREAM)
    small = min(SMALL, order.people // 10)
    sample = min(SAMPLE, 3 * order.people)
    with shadow.connect() as connection:
        shadow.make_tables(connection)
        population.fill(connection, context, order.world, first=1, last=small)
        few = _cost(connection, context, order.world, people=small, sample=sample)
        # Anew: the newcomers of the first measurement have the numbers that follow.
        shadow.empty_tables(connection)
        began = time.perf_counter()
        population.fill(connection, context, order.world, first=1, last=order.people)
        filled_s = time.perf_counter() - began
        many = _cost(connection, context, order.world, people=order.people, sample=sample)
        shadow.drop_tables(connection)
    return {
        "few": small,
        "many": order.people,
        "us_few": few.wall,
        "us_many": many.wall,
        "cpu_us_few": few.cpu,
        "cpu_us_many": many.cpu,
        "fill_s": filled_s,
    }


def fill(order: Order) -> dict[str, Any]:
    """Write so many people into the product's own tables."""
    began = time.perf_counter()
    with sql.connect() as connection:
        population.fill(
            connection,
            load_context(STREAM),
            order.world,
            first=FILL_FROM,
            last=FILL_FROM + order.people,
        )
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")
    return {"seconds": time.perf_counter() - began}


def _cost(
    connection: psycopg.Connection[Any],
    context: Context,
    world: World,
    *,
    people: int,
    sample: int,
) -> Cost:
    """What each of a sample of records costs, of people picked evenly among all."""
    messages = make_messages(world, people=people, seed=people)
    connection.execute("VACUUM ANALYZE")
    _append(connection, [next(messages) for _ in range(WARM_UP + sample)])
    ensure_position(connection, PROFILE_READER, STREAM)
    connection.execute("CHECKPOINT")
    for _ in range(WARM_UP // MAX_BATCH):
        process_batch(connection, context, limit=MAX_BATCH)
    before, began, taken = _cpu(connection), time.perf_counter(), 0
    while batch := process_batch(connection, context, limit=MAX_BATCH):
        taken += batch
    wall, cpu = time.perf_counter() - began, _cpu(connection) - before
    return Cost(wall / taken * 1_000_000, cpu / taken * 1_000_000)


def _cpu(connection: psycopg.Connection[Any]) -> float:
    """CPU seconds used by this process and by the server process that works for it."""
    return time.process_time() + cpu_seconds(connection.info.backend_pid)


def _append(connection: psycopg.Connection[Any], messages: Sequence[bytes]) -> None:
    for first in range(0, len(messages), MAX_BATCH):
        part = messages[first : first + MAX_BATCH]
        with connection.transaction():
            append_records(connection, [Append(STREAM, 0, clock.now_us(), part)])


def main() -> None:
    """Measure what the first argument orders."""
    order = msgspec.json.decode(sys.argv[1], type=Order)
    answer = {"floor": floor, "growth": growth, "fill": fill}[order.row](order)
    sys.stdout.buffer.write(msgspec.json.encode(answer))


if __name__ == "__main__":
    main()
