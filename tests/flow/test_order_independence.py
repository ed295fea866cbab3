"""Any order and any batching of the same records gives the same profiles and graph.

A record's place is the receive time the collector stamped. Here it is fixed first, and then the
records are put into the journal in another order, as replays and backfills do.
"""

import random
from typing import Any

import orjson
import pytest

from core import clock, sql
from core.access.types import SYSTEM
from core.sandboxes.models import Sandbox
from profiles.identity.actions import NamespaceRule, save_linking_settings
from tests.emptying import empty_data_plane
from tests.factories.loyalty import Loyalty, append, make_loyalty, process

pytestmark = pytest.mark.django_db(transaction=True)

RULES = [
    NamespaceRule("b2b_person", 1, True),
    NamespaceRule("Email", 2, True),
    NamespaceRule("ECID", 3, False),
]
STATE = {
    "identities": "SELECT id, profile FROM identity ORDER BY 1",
    "links": "SELECT a, b, first_established, last_established, started_at, order_at, datasets"
    " FROM identity_edge ORDER BY 1, 2",
    "events": "SELECT dataset, event_id, identity, timestamp, received_at FROM profile_event"
    " ORDER BY 1, 2",
    "fragments": "SELECT identity, dataset, effective_at, convert_from(document, 'UTF8')::jsonb"
    " FROM profile_fragment ORDER BY 1, 2",
    "profiles": "SELECT id, convert_from(document, 'UTF8')::jsonb, sources FROM profile ORDER BY 1",
}


@pytest.fixture
def loyalty(transactional_db: None, sandbox: Sandbox) -> Loyalty:
    return make_loyalty(sandbox)


def make_records(loyalty: Loyalty, source: random.Random, count: int) -> list[bytes]:
    """Few people, few devices, changing e-mail addresses: many graphs meet, split and move."""
    records = []
    for number in range(count):
        person = f"C{source.randrange(5)}"
        email = f"{source.choice('abcd')}@example.org"
        kind = source.randrange(6)  # half of them events
        if kind == 0:
            records.append(loyalty.member(person, email=email, custom={"points": number}))
        elif kind == 1:
            records.append(operation(loyalty, person, "merge", points=number))
        elif kind == 2:
            records.append(operation(loyalty, person, "delete"))
        else:
            records.append(make_event(loyalty, source.randrange(count)))
    return records


def make_event(loyalty: Loyalty, number: int) -> bytes:
    """Event `number`: always the same, so that making it twice is a retry."""
    source = random.Random(number)
    maps = {"ECID": str(source.randrange(4)) * 38}
    kind = source.randrange(3)
    if kind == 0:
        maps["b2b_person"] = f"C{source.randrange(5)}"
    elif kind == 1:
        maps["Email"] = f"{source.choice('abcd')}@example.org"
    timestamp = f"2026-03-01T10:00:{number:02d}Z"
    return loyalty.event(f"e{number}", timestamp=timestamp, **maps)


def operation(loyalty: Loyalty, person: str, name: str, **custom: Any) -> bytes:
    entity = {loyalty.tenant: {"crmId": person, **custom}}
    return loyalty.message(loyalty.members, entity, operations={"data": name})


def state() -> dict[str, list[Any]]:
    with sql.connect() as connection:
        return {name: connection.execute(query).fetchall() for name, query in STATE.items()}


def run(loyalty: Loyalty, records: list[tuple[int, bytes]], *, limit: int) -> dict[str, list[Any]]:
    empty_data_plane()
    for received_at, record in records:
        append(loyalty, record, received_at=received_at)
    assert process(loyalty.sandbox, limit=limit) == len(records)
    return state()


@pytest.mark.parametrize("rules", [[], RULES], ids=["plain linking", "linking rules"])
@pytest.mark.parametrize("seed", range(6))
def test_order_and_batching_do_not_matter(
    loyalty: Loyalty, rules: list[NamespaceRule], seed: int
) -> None:
    source = random.Random(seed)
    if rules:
        save_linking_settings(rules, actor=SYSTEM, sandbox=loyalty.sandbox)
    start = clock.now_us()
    records = [
        (start + 1000 * number, record)
        for number, record in enumerate(make_records(loyalty, source, 40))
    ]
    in_order = run(loyalty, records, limit=1000)
    source.shuffle(records)
    for limit in (1000, 7, 1):
        assert run(loyalty, records, limit=limit) == in_order


def test_the_world_is_not_trivial(loyalty: Loyalty) -> None:
    save_linking_settings(RULES, actor=SYSTEM, sandbox=loyalty.sandbox)
    source = random.Random(1)
    records = enumerate(make_records(loyalty, source, 40), start=clock.now_us())
    after = run(loyalty, list(records), limit=10)
    assert len(after["profiles"]) > 2
    assert len(after["links"]) > 3
    assert any(orjson.dumps(row[3]) != b"null" for row in after["fragments"])
    with sql.connect() as connection:
        assert connection.execute("SELECT count(*) FROM identity_edge_ended").fetchone() != (0,)
