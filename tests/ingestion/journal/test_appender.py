"""Group commit in one event loop: who shares a flush, and what happens when it fails."""

import asyncio
from collections.abc import Awaitable, Callable

import psycopg
import pytest

from core import sql
from ingestion.journal import appender as module
from ingestion.journal.appender import Appender, StoreError
from ingestion.journal.types import Append

pytestmark = pytest.mark.django_db(transaction=True)


def some(*payloads: bytes, stream: int = 1) -> Append:
    return Append(stream, 7, 1, payloads)


def run(test: Callable[[Appender], Awaitable[None]], **limits: int) -> None:
    """Run with an appender of its own on the test database."""

    async def within() -> None:
        appender = Appender(sql.dsn(), loop=asyncio.get_running_loop(), **limits)
        try:
            await test(appender)
        finally:
            await appender.close()

    asyncio.run(within())


def transactions(stream: int = 1) -> list[list[bytes]]:
    """Payloads by the transaction that wrote them."""
    with sql.connect() as connection:
        rows = connection.execute(
            "SELECT array_agg(payload ORDER BY seq) FROM journal_record WHERE stream = %s"
            " GROUP BY xmin::text ORDER BY min(seq)",
            [stream],
        ).fetchall()
    return [payloads for (payloads,) in rows]


def terminate_collectors() -> None:
    """End the connections of all collectors on this database, and wait for it."""
    with sql.connect(autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE application_name = 'onefold-collector' AND datname = current_database()"
        )


def test_requests_of_one_moment_share_a_commit() -> None:
    async def body(appender: Appender) -> None:
        together = [appender.append(some(b"%d" % n)) for n in range(5)]
        assert await asyncio.gather(*together) == [1, 2, 3, 4, 5]
        assert await appender.append(some(b"x", b"y")) == 6
        assert await appender.append(some(b"z")) == 8

    run(body)
    assert transactions() == [[b"0", b"1", b"2", b"3", b"4"], [b"x", b"y"], [b"z"]]


def test_what_arrives_during_a_flush_shares_the_next() -> None:
    async def body(appender: Appender) -> None:
        await appender.append(some(b"warm"))
        with sql.connect() as other:
            other.execute("SELECT * FROM journal_head WHERE stream = 1 FOR UPDATE")
            first = appender.append(some(b"first"))
            await asyncio.sleep(0.1)
            rest = [appender.append(some(b"%d" % n)) for n in range(3)]
            await asyncio.sleep(0.1)
            assert not first.done()
        assert await asyncio.gather(first, *rest) == [2, 3, 4, 5]

    run(body)
    assert transactions() == [[b"warm"], [b"first"], [b"0", b"1", b"2"]]


def test_streams_of_one_flush_are_numbered_apart() -> None:
    async def body(appender: Appender) -> None:
        together = [appender.append(some(b"a", b"b", stream=n)) for n in (3, 1, 3, 2)]
        assert await asyncio.gather(*together) == [1, 1, 3, 1]

    run(body)


def test_a_closing_appender_stores_what_waits_and_takes_no_more() -> None:
    async def body(appender: Appender) -> None:
        waiting = appender.append(some(b"last"))
        await appender.close()
        assert await waiting == 1
        with pytest.raises(StoreError):
            await appender.append(some(b"late"))

    run(body)
    assert transactions() == [[b"last"]]


def test_too_much_waiting_is_refused_at_once() -> None:
    async def body(appender: Appender) -> None:
        first = appender.append(some(b"x" * 500))
        with pytest.raises(StoreError, match="Too much"):
            await appender.append(some(b"y" * 500))
        assert await first == 1
        assert await appender.append(some(b"y" * 500)) == 2

    run(body, max_waiting_bytes=1000)


def test_a_lost_connection_fails_its_flush_and_the_next_request_gets_a_new_one() -> None:
    async def body(appender: Appender) -> None:
        await appender.append(some(b"warm"))
        with sql.connect() as other:
            other.execute("SELECT * FROM journal_head WHERE stream = 1 FOR UPDATE")
            flying, waiting = appender.append(some(b"a")), None
            await asyncio.sleep(0.1)
            waiting = appender.append(some(b"b"))
            await asyncio.to_thread(terminate_collectors)
            for lost in (flying, waiting):
                with pytest.raises(StoreError):
                    await lost
        assert appender.last_error
        assert await appender.append(some(b"c")) == 2
        assert appender.last_error is None

    run(body)
    assert transactions() == [[b"warm"], [b"c"]]


def test_a_connection_closed_while_idle_costs_nobody_anything() -> None:
    async def body(appender: Appender) -> None:
        await appender.append(some(b"a"))
        await asyncio.to_thread(terminate_collectors)
        assert await appender.append(some(b"b")) == 2

    run(body)


def test_a_refusing_store_fails_the_flush_and_keeps_the_connection() -> None:
    with sql.connect() as connection:
        connection.execute("ALTER TABLE journal_record ADD CONSTRAINT no_x CHECK (payload <> 'x')")
    try:

        async def body(appender: Appender) -> None:
            with pytest.raises(StoreError, match="refused"):
                await appender.append(some(b"x"))
            assert await appender.append(some(b"y")) == 1

        run(body)
    finally:
        with sql.connect() as connection:
            connection.execute("ALTER TABLE journal_record DROP CONSTRAINT no_x")


def test_a_store_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FLUSH_TIMEOUT_S", 0.3)

    async def body(appender: Appender) -> None:
        await appender.append(some(b"a"))
        with sql.connect() as other:
            other.execute("SELECT * FROM journal_head WHERE stream = 1 FOR UPDATE")
            with pytest.raises(StoreError):
                await appender.append(some(b"b"))
        assert await appender.append(some(b"c"))

    run(body)


def test_an_absent_store_is_asked_again_only_after_a_pause() -> None:
    async def body() -> None:
        dsn = "host=/nowhere dbname=none"
        appender = Appender(dsn, loop=asyncio.get_running_loop())
        with pytest.raises(StoreError, match="away"):
            await appender.append(some(b"a"))
        with pytest.raises(StoreError, match="away"):
            await appender.append(some(b"b"))
        await appender.close()

    asyncio.run(body())
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect("host=/nowhere dbname=none")
