"""Refused records: kept with their reasons, found again, appended again once."""

import threading
from typing import Any

import orjson
import pytest
from django.db import connection

from core import clock
from core.access.types import Actor
from core.audit.models import AuditEvent
from core.errors import Invalid, NotFound
from core.sandboxes.models import Sandbox
from ingestion.journal.actions import redrive_group, redrive_reject, redrive_rejects
from ingestion.journal.append import append_in_django
from ingestion.journal.queries import (
    find_record,
    get_reject,
    get_trace,
    list_batches,
    list_reject_groups,
    list_rejects,
    list_tail,
    record_batch,
    record_rejects,
)
from ingestion.journal.retention import forget_old
from ingestion.journal.types import Append, PipelineBatch, Reject

pytestmark = pytest.mark.django_db(transaction=True)


def refuse(stream: int, seq: int, **changes: Any) -> Reject:
    values = {
        "stream": stream,
        "seq": seq,
        "received_at": 1000 + seq,
        "rejected_at": clock.now_us(),
        "inlet": 7,
        "dataset": 3,
        "code": "DCVS-1104-400",
        "path": "/person/birthYear",
        "received": '"x"',
        "expected": "integer",
        "message": "expected type: Integer, found: String",
        "violations": [{"keyword": "type"}],
        "payload": b'{"n":%d}' % seq,
    }
    return Reject(**{**values, **changes})


def keep(*rejects: Reject) -> None:
    with connection.cursor() as cursor:
        record_rejects(cursor, rejects)


def test_a_reject_is_read_back_as_it_was_recorded() -> None:
    given = refuse(1, 5)
    keep(given)
    found = get_reject(1, 5)
    assert {name: getattr(found, name) for name in Reject.__struct_fields__} == {
        name: getattr(given, name) for name in Reject.__struct_fields__
    }
    assert (found.state, found.redriven_as, found.record_id) == ("open", None, "1-5")


def test_a_nul_character_or_a_huge_value_cannot_keep_a_reject_from_being_kept() -> None:
    keep(
        refuse(
            1,
            1,
            message="a\0b",
            received="r" * 1_000_000,
            dataset=None,
            violations=[{"message": "x\0y", "k\0": ["\\u0000", "\0"]}],
            payload=b"\xff\x00",
        )
    )
    found = get_reject(1, 1)
    assert found.message == "a\\u0000b"
    assert len(found.received or "") == 2000
    assert found.violations == [{"message": "x\\u0000y", "k\\u0000": ["\\u0000", "\\u0000"]}]
    assert found.payload == b"\xff\x00"


def test_another_sandbox_never_sees_a_reject() -> None:
    keep(refuse(1, 5))
    assert list_rejects(2) == []
    assert list_reject_groups(2) == []
    with pytest.raises(NotFound):
        get_reject(2, 5)


def test_rejects_are_listed_newest_first_page_by_page() -> None:
    keep(*[refuse(1, seq, rejected_at=50 + seq // 2) for seq in range(1, 8)])
    page = list_rejects(1, limit=4)
    assert [each.seq for each in page] == [7, 6, 5, 4]
    rest = list_rejects(1, limit=4, before=(page[-1].rejected_at, page[-1].seq))
    assert [each.seq for each in rest] == [3, 2, 1]


@pytest.mark.parametrize(
    ("filters", "seqs"),
    [
        ({"code": "B"}, [2]),
        ({"path": "/p"}, [3]),
        ({"inlet": 9}, [4]),
        ({"dataset": 8}, [5]),
        ({"word": "FOUND"}, [6]),
        ({"word": '{"n":2}'}, [2]),
        ({"since": 1003, "until": 1005}, [4, 3]),
        ({"state": "redriven"}, []),
    ],
)
def test_rejects_are_found_by(filters: dict[str, Any], seqs: list[int]) -> None:
    keep(
        refuse(1, 1, message="m"),
        refuse(1, 2, message="m", code="B"),
        refuse(1, 3, message="m", path="/p"),
        refuse(1, 4, message="m", inlet=9),
        refuse(1, 5, message="m", dataset=8),
        refuse(1, 6, message="not found here"),
    )
    assert [each.seq for each in list_rejects(1, **filters)] == seqs


def test_a_misspelt_filter_is_an_error() -> None:
    with pytest.raises(TypeError, match="unknown filters: inlets"):
        list_rejects(1, inlets=3)


def test_rejects_are_grouped_by_cause_and_place() -> None:
    keep(*[refuse(1, seq, rejected_at=seq) for seq in range(1, 6)])
    keep(refuse(1, 9, code="DCVS-1106-400", message="required key [ecid] not found"))
    first, second = list_reject_groups(1)
    assert (first.code, first.count, first.open) == ("DCVS-1104-400", 5, 5)
    assert (first.first_at, first.last_at, first.samples) == (1001, 1005, [5, 4, 3])
    assert (second.message, second.count) == ("required key [ecid] not found", 1)


def test_a_redriven_record_is_appended_with_the_time_it_first_arrived(
    sandbox: Sandbox, actor: Actor
) -> None:
    keep(refuse(sandbox.number, 5))
    done = redrive_reject(actor=actor, sandbox=sandbox, seq=5)
    assert done is not None
    record = find_record(sandbox.number, done.redriven_as)
    assert record is not None
    assert (record.received_at, record.inlet, record.flags) == (1005, 7, 1)
    assert record.payload == b'{"n":5}'
    reject = get_reject(sandbox.number, 5)
    assert (reject.state, reject.redriven_as) == ("redriven", done.redriven_as)
    event = AuditEvent.objects.get(action="Redrive")
    assert event.asset_id == f"{sandbox.number}-5"


def test_a_corrected_record_is_appended_instead_of_the_refused_one(
    sandbox: Sandbox, actor: Actor
) -> None:
    keep(refuse(sandbox.number, 1), refuse(sandbox.number, 2))
    payload = orjson.dumps({"fixed": True})
    done = redrive_rejects(actor=actor, sandbox=sandbox, seqs=[2, 1], payloads={2: payload})
    stored = [find_record(sandbox.number, each.redriven_as) for each in done]
    assert [each.payload for each in stored if each] == [b'{"n":1}', payload]
    assert get_reject(sandbox.number, 2).payload == b'{"n":2}'


@pytest.mark.parametrize("payload", [b"{", b"[]", b'{"a":NaN}', b"\xff"])
def test_a_corrected_record_must_be_a_json_object(
    payload: bytes, sandbox: Sandbox, actor: Actor
) -> None:
    keep(refuse(sandbox.number, 1))
    with pytest.raises(Invalid, match="corrected record"):
        redrive_reject(actor=actor, sandbox=sandbox, seq=1, payload=payload)
    assert get_reject(sandbox.number, 1).state == "open"


def test_asking_twice_appends_once(sandbox: Sandbox, actor: Actor) -> None:
    keep(refuse(sandbox.number, 5))
    assert redrive_reject(actor=actor, sandbox=sandbox, seq=5) is not None
    assert redrive_reject(actor=actor, sandbox=sandbox, seq=5) is None
    assert len(list_tail(sandbox.number)) == 1


def test_two_people_asking_at_once_append_once(sandbox: Sandbox, actor: Actor) -> None:
    keep(*[refuse(sandbox.number, seq) for seq in range(1, 51)])
    done: list[int] = []

    def redrive() -> None:
        path = "/person/birthYear"
        done.append(redrive_group(actor=actor, sandbox=sandbox, code="DCVS-1104-400", path=path))
        connection.close()

    both = [threading.Thread(target=redrive) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(done) == [0, 50]
    assert len(list_tail(sandbox.number, limit=200)) == 50


def test_a_reject_of_another_sandbox_cannot_be_redriven(
    sandbox: Sandbox, other_sandbox: Sandbox, actor: Actor
) -> None:
    keep(refuse(other_sandbox.number, 5))
    assert redrive_reject(actor=actor, sandbox=sandbox, seq=5) is None
    assert get_reject(other_sandbox.number, 5).state == "open"


def test_the_tail_and_the_trace_tell_what_became_of_each_record() -> None:
    append_in_django([Append(1, 7, 1000, [b"1", b"2", b"3"]), Append(1, 8, 1001, [b"4"])])
    keep(refuse(1, 2))
    batch = PipelineBatch(1, 1, 3, 10, 20, 30, 40, 50, 3, 2, 1, 0, 0)
    with connection.cursor() as cursor:
        record_batch(cursor, batch)
        cursor.execute("INSERT INTO journal_position VALUES ('profile', 1, 3)")
    tail = list_tail(1)
    assert [(each.record.seq, each.outcome) for each in tail] == [
        (4, "waiting"),
        (3, "processed"),
        (2, "rejected"),
        (1, "processed"),
    ]
    assert tail[2].code == "DCVS-1104-400"
    assert [each.record.seq for each in list_tail(1, inlet=8)] == [4]
    assert [each.record.seq for each in list_tail(1, after=2)] == [4, 3]
    assert [each.record.seq for each in list_tail(1, limit=1)] == [4]
    assert list_batches(1) == [batch]
    processed = get_trace(1, 3)
    assert (processed.outcome, processed.batch, processed.reject) == ("processed", batch, None)
    assert get_trace(1, 2).outcome == "rejected"
    waiting = get_trace(1, 4)
    assert (waiting.outcome, waiting.batch) == ("waiting", None)
    with pytest.raises(NotFound):
        get_trace(1, 5)
    with pytest.raises(NotFound):
        get_trace(2, 1)


def test_what_is_past_its_time_is_forgotten_and_the_rest_is_kept() -> None:
    day = 86_400_000_000
    now = clock.now_us()
    keep(refuse(1, 1, rejected_at=now - 31 * day), refuse(1, 2, rejected_at=now - 29 * day))
    with connection.cursor() as cursor:
        for last, age in ((1, 31), (2, 29)):
            at = now - age * day
            record_batch(cursor, PipelineBatch(1, last, last, 0, 0, 0, 0, at, 1, 1, 0, 0, 0))
    forget_old()
    assert [each.seq for each in list_rejects(1)] == [2]
    assert [each.last_seq for each in list_batches(1)] == [2]
