"""Many profiles at once, written as the pipeline would have.

Each has three identities, two links, one fragment, one event of the last month and the merged
document. They differ in what audiences ask for: points, tier, country, what was done and when.
"""

from collections.abc import Iterator
from typing import Any

import orjson
import psycopg

from benchmarks.product import STREAM
from benchmarks.world import World, member_id
from core import clock
from profiles.context import Context
from profiles.identity.types import identify

CHUNK = 5_000
_MONTH_MS = 30 * 86_400_000
_COLUMNS = {
    "identity": "id, sandbox, namespace, value, profile, created_at",
    "identity_edge": "a, b, sandbox, first_established, last_established, order_at, order_seq,"
    " datasets",
    "profile_fragment": "identity, dataset, sandbox, effective_at, seq, document",
    "profile_event": "dataset, event_id, sandbox, identity, timestamp, received_at, seq,"
    " event_type, document",
    "profile": "id, sandbox, document, sources, updated_at",
}
_TYPES = {
    "identity": ["bytea", "int2", "int4", "text", "bytea", "int8"],
    "identity_edge": ["bytea", "bytea", "int2", "int8", "int8", "int8", "int8", "int4[]"],
    "profile_fragment": ["bytea", "int4", "int2", "int8", "int8", "bytea"],
    "profile_event": ["int4", "text", "int2", "bytea", "int8", "int8", "int8", "text", "bytea"],
    "profile": ["bytea", "int2", "bytea", "int4[]", "int8"],
}
type Rows = dict[str, list[tuple[Any, ...]]]


def fill(
    connection: psycopg.Connection[Any], context: Context, world: World, *, first: int, last: int
) -> None:
    """Write the people numbered `first` to `last`."""
    for start in range(first, last + 1, CHUNK):
        rows = _rows(context, world, start, min(start + CHUNK - 1, last))
        with connection.transaction(), connection.cursor() as cursor:
            for table, values in rows.items():
                statement = f"COPY {table} ({_COLUMNS[table]}) FROM STDIN (FORMAT BINARY)"
                with cursor.copy(statement) as copy:
                    copy.set_types(_TYPES[table])
                    # Sorted, as the pipeline's batches are: pages are visited in order.
                    for row in sorted(values, key=lambda row: row[:2]):
                        copy.write_row(row)


def _rows(context: Context, world: World, first: int, last: int) -> Rows:
    rows: Rows = {table: [] for table in _COLUMNS}
    for number in range(first, last + 1):
        for table, row in _person(context, world, number):
            rows[table].append(row)
    return rows


def _person(context: Context, world: World, number: int) -> Iterator[tuple[str, tuple[Any, ...]]]:
    at, now = 1_000_000 + number, clock.now_ms()
    moment = now - number * 104_729 % _MONTH_MS
    record = orjson.loads(world.member(number, points=number * 7_919 % 100_000))
    # Every third has bought something, the others looked.
    activity = world.purchase if number % 3 == 0 else world.visit
    visit = orjson.loads(activity(number, number))
    entity, event = record["body"]["xdmEntity"], visit["body"]["xdmEntity"]
    entity[f"_{world.tenant}"]["tier"] = ("bronze", "silver", "gold")[number % 7 % 3]
    entity["homeAddress"]["countryCode"] = ("FI", "SE", "FR", "DE", "ES")[number % 11 % 5]
    event["timestamp"] = clock.iso_ms(moment)
    members = context.datasets[record["header"]["datasetId"]].number
    visits = context.datasets[visit["header"]["datasetId"]].number
    values = {
        "Member": member_id(number),
        "Email": entity["personalEmail"]["address"],
        "ECID": event["identityMap"]["ECID"][0]["id"],
    }
    ids = {code: _identity(context, code, value) for code, value in values.items()}
    profile = min(ids.values())
    for code, value in values.items():
        namespace = context.namespaces.find(code)
        assert namespace is not None
        yield "identity", (ids[code], STREAM, namespace.id, value, profile, now)
    for other in ("Email", "ECID"):
        a, b = sorted((ids["Member"], ids[other]))
        yield "identity_edge", (a, b, STREAM, now, now, at, number, [members])
    document = orjson.dumps(entity)
    yield "profile_fragment", (ids["Member"], members, STREAM, at, number, document)
    yield "profile", (profile, STREAM, document, [members], now)
    text = orjson.dumps(event)
    kind = event["eventType"]
    name = f"old-{number:016d}"
    yield "profile_event", (visits, name, STREAM, ids["ECID"], moment, at, number, kind, text)


def _identity(context: Context, code: str, value: str) -> bytes:
    namespace = context.namespaces.find(code)
    assert namespace is not None
    return identify(STREAM, namespace.id, value).id
