"""Numbers, order and positions: what readers rely on."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from core import clock, sql
from ingestion.journal.append import append_records
from ingestion.journal.queries import (
    add_counts,
    advance,
    claim,
    ensure_position,
    get_lag,
    list_counts,
    streams_behind,
)
from ingestion.journal.types import Append, Count, JournalRecord

pytestmark = pytest.mark.django_db(transaction=True)
READER = "profile"


@pytest.fixture
def first() -> Iterator[psycopg.Connection[Any]]:
    with sql.connect() as connection:
        yield connection


@pytest.fixture
def second() -> Iterator[psycopg.Connection[Any]]:
    with sql.connect() as connection:
        yield connection


def some(stream: int, *payloads: bytes, received_at: int = 1, inlet: int = 7) -> Append:
    return Append(stream, inlet, received_at, payloads)


def take(
    connection: psycopg.Connection[Any], stream: int, *, limit: int = 1000, max_bytes: int = 10**6
) -> list[JournalRecord] | None:
    ensure_position(connection, READER, stream)
    connection.commit()
    with connection.cursor(binary=True) as cursor:
        return claim(cursor, READER, stream, limit=limit, max_bytes=max_bytes)


def numbers(records: list[JournalRecord] | None) -> list[int]:
    return [each.seq for each in records or []]


def test_numbers_are_dense_per_stream_and_keep_the_order_of_a_request(
    first: psycopg.Connection[Any],
) -> None:
    assert append_records(first, [some(1, b"a", b"b"), some(2, b"c"), some(1, b"d")]) == [1, 1, 3]
    assert append_records(first, [some(1, b"e")]) == [4]
    first.commit()
    records = take(first, 1)
    assert [(each.seq, each.payload) for each in records or []] == [
        (1, b"a"),
        (2, b"b"),
        (3, b"d"),
        (4, b"e"),
    ]


def test_a_record_keeps_every_byte_and_its_receive_time(first: psycopg.Connection[Any]) -> None:
    payload = bytes(range(256)) * 40
    append_records(first, [Append(3, 9, 1_780_000_000_000_001, [payload, b""], 1)])
    first.commit()
    assert take(first, 3) == [
        JournalRecord(3, 1, 1_780_000_000_000_001, 9, 1, payload),
        JournalRecord(3, 2, 1_780_000_000_000_001, 9, 1, b""),
    ]


def test_an_append_that_is_rolled_back_leaves_no_hole(first: psycopg.Connection[Any]) -> None:
    append_records(first, [some(1, b"lost")])
    first.rollback()
    assert append_records(first, [some(1, b"kept")]) == [1]


def test_a_reader_never_passes_a_record_still_in_flight(
    first: psycopg.Connection[Any], second: psycopg.Connection[Any]
) -> None:
    """The slower writer has the lower number: the faster one must wait for it."""
    append_records(first, [some(1, b"slow")])
    answers: list[list[int]] = []

    def append_fast() -> None:
        answers.append(append_records(second, [some(1, b"fast")]))
        second.commit()

    writer = threading.Thread(target=append_fast)
    writer.start()
    with sql.connect() as reader:
        assert take(reader, 1) == []
        reader.rollback()
        writer.join(0.2)
        assert writer.is_alive(), "the second writer got a number before the first committed"
        first.commit()
        writer.join(10)
        assert answers == [[2]]
        assert [each.payload for each in take(reader, 1) or []] == [b"slow", b"fast"]


def test_a_reader_beside_two_busy_writers_sees_each_number_once_and_in_order() -> None:
    def write(mark: bytes) -> None:
        with sql.connect() as connection:
            for number in range(60):
                append_records(connection, [some(1, *[mark + b"%d" % number] * (number % 4 + 1))])
                connection.commit()

    def take_next(connection: psycopg.Connection[Any]) -> list[int]:
        records = take(connection, 1, limit=7)
        if records:
            advance(connection, READER, 1, records[-1].seq)
        connection.commit()
        return numbers(records)

    seen: list[int] = []
    with ThreadPoolExecutor(2) as threads, sql.connect() as connection:
        writers = [threads.submit(write, mark) for mark in (b"x", b"y")]
        while not all(writer.done() for writer in writers):
            seen += take_next(connection)
        while more := take_next(connection):
            seen += more
    assert [writer.exception() for writer in writers] == [None, None]
    assert seen == list(range(1, 301))


def test_one_reader_holds_a_stream_until_its_transaction_ends(
    first: psycopg.Connection[Any], second: psycopg.Connection[Any]
) -> None:
    append_records(first, [some(1, b"a"), some(2, b"b")])
    first.commit()
    assert numbers(take(first, 1)) == [1]
    assert take(second, 1) is None
    assert numbers(take(second, 2)) == [1]
    advance(first, READER, 1, 1)
    first.commit()
    second.rollback()
    assert take(second, 1) == []


def test_a_position_moves_only_with_the_commit_of_its_effects(
    first: psycopg.Connection[Any],
) -> None:
    append_records(first, [some(1, b"a", b"b")])
    first.commit()
    assert numbers(take(first, 1, limit=1)) == [1]
    advance(first, READER, 1, 1)
    first.rollback()
    assert numbers(take(first, 1, limit=1)) == [1]
    advance(first, READER, 1, 1)
    first.commit()
    assert numbers(take(first, 1)) == [2]


def test_a_claim_is_bounded_by_bytes_but_never_empty(first: psycopg.Connection[Any]) -> None:
    append_records(first, [some(1, b"x" * 500, b"y" * 500, b"z" * 500)])
    first.commit()
    assert numbers(take(first, 1, max_bytes=501)) == [1, 2]
    first.rollback()
    assert numbers(take(first, 1, max_bytes=1)) == [1]


def test_lag_and_streams_behind_tell_who_waits(first: psycopg.Connection[Any]) -> None:
    now = clock.now_us()
    append_records(first, [some(1, b"a", b"b", received_at=now), some(4, b"c")])
    first.commit()
    assert streams_behind(first, READER) == [1, 4]
    lag = get_lag(1)
    assert (lag.records, lag.oldest_at) == (2, now)
    take(first, 1)
    advance(first, READER, 1, 2)
    first.commit()
    assert streams_behind(first, READER) == [4]
    assert streams_behind(first, "lake") == [1, 4]
    assert (get_lag(1).records, get_lag(1).oldest_at) == (0, None)
    assert get_lag(99).records == 0


def test_an_append_wakes_listeners_with_the_stream(
    first: psycopg.Connection[Any], second: psycopg.Connection[Any]
) -> None:
    second.autocommit = True
    second.execute("LISTEN onefold_journal")
    append_records(first, [some(5, b"a"), some(6, b"b"), some(5, b"c")])
    first.commit()
    heard = {notify.payload for notify in second.notifies(timeout=10, stop_after=2)}
    assert heard == {"5", "6"}


def test_counters_add_up_and_are_read_in_steps(first: psycopg.Connection[Any]) -> None:
    add_counts(first, [Count(1, 100, 7, 0, "stored", 3), Count(1, 100, 7, 0, "stored", 4)])
    add_counts(first, [Count(1, 100, 7, 0, "stored", 1), Count(1, 101, 8, 0, "stored", 5)])
    add_counts(first, [Count(2, 100, 7, 0, "stored", 99), Count(1, 120, 7, 0, "refused", 2)])
    first.commit()
    by_minute = list_counts(1, ["stored"], since=100, until=102)
    assert [(each.minute, each.value) for each in by_minute] == [(100, 8), (101, 5)]
    by_step = list_counts(1, ["stored", "refused"], since=100, until=200, step=10, by_inlet=True)
    assert [(each.minute, each.inlet, each.name, each.value) for each in by_step] == [
        (100, 7, "stored", 8),
        (100, 8, "stored", 5),
        (120, 7, "refused", 2),
    ]
    assert list_counts(1, ["stored"], since=100, until=102, inlet=8)[0].value == 5
