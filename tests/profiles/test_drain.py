"""Drains: what a poison record costs, and what the store's own troubles must not cost."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connections

from core import sql
from core.access.types import SYSTEM
from core.sandboxes.models import Sandbox
from ingestion.catalog.actions import create_dataset, delete_dataset
from ingestion.catalog.types import DatasetInput
from ingestion.journal.attempts import mark_attempt
from ingestion.journal.queries import PROFILE_READER, ensure_position
from profiles import drain as drains
from profiles.context import Context
from profiles.pipeline import MAX_BATCH
from tests.factories.loyalty import ENABLED, Loyalty, append, make_loyalty

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def loyalty(transactional_db: None, sandbox: Sandbox) -> Loyalty:
    return make_loyalty(sandbox)


@pytest.fixture(autouse=True)
def fresh_session(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(drains, "LINGER_S", 0.0)
    monkeypatch.setattr(drains, "_session", None)
    yield
    if drains._session is not None:
        drains._session.close()


@pytest.fixture
def poison(loyalty: Loyalty) -> Iterator[bytes]:
    """A record that keeps every rule, and that the store refuses all the same."""
    rule = "ADD CONSTRAINT no_poison CHECK (event_id <> 'poison')"
    with sql.connect(autocommit=True) as connection:
        connection.execute(f"ALTER TABLE profile_event {rule}")
        yield loyalty.event("poison", ECID="1" * 38)
        connection.execute("ALTER TABLE profile_event DROP CONSTRAINT no_poison")


def rows(statement: str) -> list[tuple[Any, ...]]:
    with sql.connect() as connection:
        return connection.execute(statement).fetchall()


def visits(loyalty: Loyalty, count: int, *, prefix: str = "e") -> list[bytes]:
    return [loyalty.event(f"{prefix}{number}", ECID=f"7{number:037d}") for number in range(count)]


def die(sandbox: Sandbox, times: int) -> None:
    """What workers leave that are killed in the middle of a batch."""
    with sql.connect(autocommit=True) as connection:
        ensure_position(connection, PROFILE_READER, sandbox.number)
        for _ in range(times):
            mark_attempt(connection, PROFILE_READER, sandbox.number)


def test_a_drain_takes_everything_that_waits(loyalty: Loyalty) -> None:
    append(loyalty, *visits(loyalty, 50))
    assert drains.drain(loyalty.sandbox.number) is False
    assert rows("SELECT count(*) FROM profile_event") == [(50,)]


def test_records_that_the_store_refuses_are_rejected_and_all_others_kept(
    loyalty: Loyalty, poison: bytes
) -> None:
    append(loyalty, *visits(loyalty, 130), poison, *visits(loyalty, 30, prefix="f"), poison)
    append(loyalty, *visits(loyalty, 40, prefix="g"))
    drains.drain(loyalty.sandbox.number)
    assert rows("SELECT count(*) FROM profile_event") == [(200,)]
    assert rows("SELECT seq, code FROM journal_reject ORDER BY 1") == [
        (131, "ONEFOLD-1500-500"),
        (162, "ONEFOLD-1500-500"),
    ]
    assert rows("SELECT sum(received), sum(rejected) FROM pipeline_batch") == [(202, 2)]
    assert rows("SELECT sum(value) FROM metric_minute WHERE name = 'rejected'") == [(2,)]


def test_a_record_that_kills_its_worker_again_and_again_is_rejected(loyalty: Loyalty) -> None:
    append(loyalty, *visits(loyalty, 20))
    die(loyalty.sandbox, drains.POISON_ATTEMPTS)
    drains.drain(loyalty.sandbox.number)
    assert rows("SELECT seq, code FROM journal_reject") == [(1, "ONEFOLD-1500-500")]
    assert rows("SELECT count(*) FROM profile_event") == [(19,)]


def test_records_near_a_death_are_taken_with_care_until_they_are_behind(loyalty: Loyalty) -> None:
    append(loyalty, *visits(loyalty, 20))
    die(loyalty.sandbox, 2)
    drains.drain(loyalty.sandbox.number)
    assert rows("SELECT max(received), count(*) FROM pipeline_batch") == [(6, 4)]
    append(loyalty, *visits(loyalty, MAX_BATCH * 2, prefix="h"))
    drains.drain(loyalty.sandbox.number)
    assert rows("SELECT max(received) > 6 FROM pipeline_batch") == [(True,)]
    assert rows("SELECT attempts FROM journal_position") == [(0,)]
    assert rows("SELECT 1 FROM journal_reject") == []


def test_no_record_is_to_blame_for_a_store_that_does_not_answer(
    loyalty: Loyalty, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(loyalty, *visits(loyalty, 5))
    with sql.connect() as other:
        other.execute("LOCK TABLE profile_event")
        with monkeypatch.context() as impatient:
            options = {"options": "-c statement_timeout=100"}
            impatient.setitem(connections["default"].settings_dict, "OPTIONS", options)
            for _ in range(drains.POISON_ATTEMPTS + 2):
                assert drains.drain(loyalty.sandbox.number) is False
        assert other.execute("SELECT attempts FROM journal_position").fetchall() == [
            (len(drains.LIMITS) + 1,)
        ]
    drains.drain(loyalty.sandbox.number)
    assert rows("SELECT count(*) FROM profile_event") == [(5,)]
    assert rows("SELECT 1 FROM journal_reject") == []


def test_a_record_for_a_dataset_made_after_the_configuration_was_read_is_accepted(
    loyalty: Loyalty, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(loyalty, loyalty.member("C1"))
    drains.drain(loyalty.sandbox.number)
    # The announcement is late: the drain has not heard of the new dataset when its record comes.
    monkeypatch.setattr(drains.Session, "poll", lambda session, stream: None)
    given = DatasetInput(name="New", schema_uri=loyalty.members.schema_uri, tags=ENABLED)
    new = create_dataset(actor=SYSTEM, sandbox=loyalty.sandbox, given=given)
    append(loyalty, loyalty.message(new, {loyalty.tenant: {"crmId": "C2"}}))
    drains.drain(loyalty.sandbox.number)
    assert rows("SELECT code FROM journal_reject") == []
    assert rows("SELECT dataset FROM profile_fragment ORDER BY 1") == [
        (loyalty.members.number,),
        (new.number,),
    ]


def test_records_for_datasets_that_do_not_exist_cost_no_second_reading(
    loyalty: Loyalty, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = create_dataset(
        actor=SYSTEM,
        sandbox=loyalty.sandbox,
        given=DatasetInput(name="Gone", schema_uri=loyalty.members.schema_uri, tags=ENABLED),
    )
    delete_dataset(actor=SYSTEM, sandbox=loyalty.sandbox, dataset_id=gone.pk)
    append(loyalty, loyalty.member("C1"))
    drains.drain(loyalty.sandbox.number)
    reads: list[int] = []
    load = drains.load_context  # type: ignore[attr-defined] # the name to replace

    def read(stream: int) -> Context:
        reads.append(stream)
        return load(stream)

    monkeypatch.setattr(drains, "load_context", read)
    monkeypatch.setattr(drains.Session, "poll", lambda session, stream: None)
    for name in (gone.pk, "f" * 24, "no name'"):
        entity = {loyalty.tenant: {"crmId": "C2"}}
        append(loyalty, loyalty.message(gone, entity, datasetId=name))
        drains.drain(loyalty.sandbox.number)
    assert rows("SELECT count(*), count(DISTINCT code) FROM journal_reject") == [(3, 1)]
    assert reads == []


def test_a_lost_connection_is_replaced_by_the_next_drain(loyalty: Loyalty) -> None:
    append(loyalty, *visits(loyalty, 5))
    drains.drain(loyalty.sandbox.number)
    with sql.connect(autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'onefold-drain' AND datname = current_database()"
        )
    append(loyalty, *visits(loyalty, 5, prefix="f"))
    drains.drain(loyalty.sandbox.number)
    drains.drain(loyalty.sandbox.number)
    assert rows("SELECT count(*) FROM profile_event") == [(10,)]


def test_a_second_drain_of_a_stream_stays_away(loyalty: Loyalty) -> None:
    append(loyalty, *visits(loyalty, 5))
    with psycopg.connect(sql.dsn()) as other:
        other.execute("SELECT pg_advisory_lock(x'64726169'::int, %s)", [loyalty.sandbox.number])
        assert drains.drain(loyalty.sandbox.number) is False
    assert rows("SELECT count(*) FROM profile_event") == [(0,)]


def test_other_streams_get_a_turn_while_one_is_busy(
    loyalty: Loyalty, other_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drains, "SHARED_TURN_S", -1.0)
    other = make_loyalty(other_sandbox)
    append(loyalty, *visits(loyalty, 5))
    append(other, *visits(other, 5))
    assert drains.drain(loyalty.sandbox.number) is True
    assert rows("SELECT count(*) FROM profile_event GROUP BY sandbox") == [(5,), (5,)]
