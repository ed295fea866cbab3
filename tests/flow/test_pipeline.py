"""From the journal to the profile, on a real database."""

from random import Random
from typing import Any

import orjson
import pytest

from core import sql
from core.sandboxes.models import Sandbox
from ingestion.admission.keys import MOST_KEY_BYTES
from tests.factories.loyalty import Loyalty, append, make_loyalty, process

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def loyalty(transactional_db: None, sandbox: Sandbox) -> Loyalty:
    return make_loyalty(sandbox)


def rows(statement: str) -> list[tuple[Any, ...]]:
    with sql.connect() as connection:
        return connection.execute(statement).fetchall()


def profiles() -> list[Any]:
    return sorted(
        (orjson.loads(document) for (document,) in rows("SELECT document FROM profile")),
        key=orjson.dumps,
    )


def test_a_record_becomes_a_profile(loyalty: Loyalty) -> None:
    append(loyalty, loyalty.member("C1", email="ida@example.org", custom={"points": 5}))
    assert process(loyalty.sandbox) == 1
    assert profiles() == [
        {
            loyalty.tenant: {"crmId": "C1", "points": 5},
            "personalEmail": {"address": "ida@example.org"},
        }
    ]
    assert len(rows("SELECT 1 FROM identity_edge")) == 1


def test_events_of_linked_identities_share_one_profile(loyalty: Loyalty) -> None:
    append(
        loyalty,
        loyalty.member("C1", email="ida@example.org"),
        loyalty.event("e1", ECID="7" * 38),
        loyalty.event("e2", Email="ida@example.org", ECID="7" * 38),
    )
    process(loyalty.sandbox)
    assert len(rows("SELECT DISTINCT profile FROM identity")) == 1
    assert len(profiles()) == 1
    assert len(rows("SELECT 1 FROM profile_event")) == 2


def test_the_same_event_twice_counts_once(loyalty: Loyalty) -> None:
    event = loyalty.event("e1", ECID="7" * 38)
    append(loyalty, event, event)
    append(loyalty, event)
    process(loyalty.sandbox)
    assert len(rows("SELECT 1 FROM profile_event")) == 1
    assert rows("SELECT sum(duplicates), sum(accepted) FROM pipeline_batch") == [(2, 3)]


def test_a_wrong_type_is_rejected_with_its_path_and_the_rest_goes_on(loyalty: Loyalty) -> None:
    append(
        loyalty,
        loyalty.member("C1", custom={"points": "many"}),
        loyalty.member("C2", custom={"points": 1}),
    )
    process(loyalty.sandbox)
    ((code, path, received, message),) = rows(
        "SELECT code, path, received, message FROM journal_reject"
    )
    assert code == "DCVS-1104-400"
    assert path == f"/{loyalty.tenant}/points"
    assert received == '"many"'
    assert message == "expected type: Integer, found: String"
    assert len(profiles()) == 1


@pytest.mark.parametrize("value", ["null", "undefined", ""])
def test_a_worthless_primary_identity_is_rejected(loyalty: Loyalty, value: str) -> None:
    append(loyalty, loyalty.member(value))
    process(loyalty.sandbox)
    ((code, path),) = rows("SELECT code, path FROM journal_reject")
    assert code == "ONEFOLD-1104-400"
    assert path == f"/{loyalty.tenant}/crmId"


def test_an_older_record_never_overwrites_a_newer_one(loyalty: Loyalty) -> None:
    append(loyalty, loyalty.member("C1", custom={"points": 2}), received_at=2_000)
    append(loyalty, loyalty.member("C1", custom={"points": 1}), received_at=1_000)
    process(loyalty.sandbox, limit=1)
    assert profiles() == [{loyalty.tenant: {"crmId": "C1", "points": 2}}]


def test_a_deleted_dataset_rejects_what_still_streams_in(loyalty: Loyalty) -> None:
    loyalty.members.deleted_ms = 1
    loyalty.members.save()
    append(loyalty, loyalty.member("C1"), loyalty.event("e1", ECID="7" * 38))
    process(loyalty.sandbox)
    assert rows("SELECT path, message FROM journal_reject") == [
        ("/header/datasetId", f"Dataset {loyalty.members.id} was deleted")
    ]
    assert len(rows("SELECT 1 FROM profile_event")) == 1


def test_nul_characters_and_repeated_keys_are_rejected(loyalty: Loyalty) -> None:
    twice = loyalty.member("C3").replace(b'"crmId":"C3"', b'"crmId":"C3","crmId":"C4"')
    append(loyalty, loyalty.member("C\0"), twice)
    process(loyalty.sandbox)
    assert rows("SELECT code FROM journal_reject ORDER BY seq") == [
        ("DCVS-1105-400",),
        ("ONEFOLD-1004-400",),
    ]


def test_nothing_of_one_sandbox_reaches_another(loyalty: Loyalty, other_sandbox: Sandbox) -> None:
    other = make_loyalty(other_sandbox)
    append(other, loyalty.member("C1"))
    process(other_sandbox)
    assert profiles() == []
    ((message,),) = rows("SELECT message FROM journal_reject")
    assert message == f"No dataset {loyalty.members.id} in this sandbox"


def test_accepted_and_rejected_add_up_to_what_was_received(loyalty: Loyalty) -> None:
    append(
        loyalty,
        *[loyalty.member(f"C{number}") for number in range(20)],
        loyalty.member("x", custom={"points": []}),
        b'{"header":1}',
        b"[]",
    )
    process(loyalty.sandbox, limit=7)
    ((received, accepted, rejected),) = rows(
        "SELECT sum(received), sum(accepted), sum(rejected) FROM pipeline_batch"
    )
    assert (received, accepted, rejected) == (23, 20, 3)
    assert rows("SELECT sum(value) FROM metric_minute WHERE name = 'ingested'") == [(20,)]
    assert rows("SELECT sum(value) FROM metric_minute WHERE name = 'rejected'") == [(3,)]


@pytest.mark.parametrize("first", ["À", "一", "\U0001f300"])
def test_values_too_long_for_a_key_are_refused_with_their_length(
    loyalty: Loyalty, first: str
) -> None:
    most = MOST_KEY_BYTES // len(first.encode())
    fitting, longer = _noise(first, most), _noise(first, most + 1)
    long_key = loyalty.member("C1").replace(b'"crmId"', b'"%s"' % _noise(first, 3000).encode())
    append(
        loyalty,
        loyalty.event(fitting, ECID="7" * 38),
        loyalty.event(longer, ECID="7" * 38),
        loyalty.event("e3", Phone=longer),
        loyalty.event("e4", ECID="7" * 38, Phone=longer),
        loyalty.member(longer),
        long_key,
    )
    process(loyalty.sandbox)
    assert rows("SELECT event_id FROM profile_event ORDER BY seq") == [(fitting,), ("e4",)]
    length = f"{most + 1:,} characters, {len(longer.encode()):,} bytes"
    identity = f"at most 1,024 characters and {MOST_KEY_BYTES:,} bytes of UTF-8"
    assert rows("SELECT code, path, received, expected FROM journal_reject ORDER BY seq")[:3] == [
        ("DCVS-1108-400", "/_id", length, f"at most {MOST_KEY_BYTES:,} bytes of UTF-8"),
        ("ONEFOLD-1106-400", "/identityMap", length, identity),
        ("ONEFOLD-1106-400", f"/{loyalty.tenant}/crmId", length, identity),
    ]
    assert rows("SELECT count(*) FROM journal_reject WHERE code = 'ONEFOLD-1500-500'") == [(0,)]


def test_identity_values_as_long_as_allowed_are_kept(loyalty: Loyalty) -> None:
    texts = [_noise("!", 1024), _noise("À", 1024), _noise("一", MOST_KEY_BYTES // 3)]
    append(loyalty, *(loyalty.member(text) for text in texts))
    process(loyalty.sandbox)
    assert rows("SELECT code FROM journal_reject") == []
    assert sorted(p[loyalty.tenant]["crmId"] for p in profiles()) == sorted(texts)


def _noise(first: str, length: int) -> str:
    """Characters of as many bytes as this one, in no order: compressing gains nothing."""
    chance = Random(length)
    return "".join(chr(ord(first) + chance.randrange(80)) for _ in range(length)).translate(
        {34: 95, 92: 95}
    )
