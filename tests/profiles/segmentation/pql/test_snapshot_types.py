"""Documents become typed columns: what is loaded, under which names, and how values are read."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pytest

from profiles.segmentation.pql import instants
from profiles.segmentation.pql.batch.terms import column
from profiles.segmentation.pql.batch_sql import compile_sql
from profiles.segmentation.pql.check import check_segment
from profiles.segmentation.pql.snapshot_sql import read_events, read_profiles
from profiles.segmentation.pql.snapshot_types import (
    document_type,
    duckdb_type,
    event_type,
    instant_of,
    prune,
)
from profiles.segmentation.pql.types import (
    BOOLEAN,
    DATE,
    DATE_TIME,
    DOUBLE,
    INTEGER,
    STRING,
    ListType,
    MapType,
    ObjectType,
    TupleType,
)
from tests.profiles.segmentation.pql.world import PROFILE_TYPE


def needed(*texts: str) -> ObjectType:
    return prune(PROFILE_TYPE, [check_segment(text, PROFILE_TYPE) for text in texts])


ORDERS = '"orders" STRUCT("id" VARCHAR, "total" DOUBLE)[])'


@pytest.mark.parametrize(
    ("texts", "columns"),
    [
        (['homeAddress.country = "FI"'], 'STRUCT("homeAddress" STRUCT("country" VARCHAR))'),
        (
            ["loyalty.points > 1", "loyalty.joined occurs today"],
            'STRUCT("loyalty" STRUCT("points" DOUBLE, "joined" TIMESTAMP))',
        ),
        (["orders.count() > 1"], 'STRUCT("orders" STRUCT("$" VARCHAR)[])'),
        (["homeAddress.isNull()"], 'STRUCT("homeAddress" STRUCT("$" VARCHAR))'),
        (
            ["orders[total > 1].items[qty > 2]"],
            'STRUCT("orders" STRUCT("total" DOUBLE, "items" STRUCT("qty" DOUBLE)[])[])',
        ),
        (
            ["orders.topN(total, 1).head().id = favourite.sku"],
            'STRUCT("favourite" STRUCT("sku" VARCHAR), ' + ORDERS,
        ),
        (
            ["let o = orders in exists X from o where X.shipped"],
            'STRUCT("orders" STRUCT("shipped" BOOLEAN)[])',
        ),
        (
            ['orders.groupBy(id).get("a").exists(total > 1)'],
            'STRUCT("orders" STRUCT("id" VARCHAR, "total" DOUBLE)[])',
        ),
        (
            ['segmentMembership.get("ups").values().exists(status = "exited")'],
            'STRUCT("segmentMembership" MAP(VARCHAR, MAP(VARCHAR, STRUCT("status" VARCHAR))))',
        ),
        (['inSegment("S1")'], 'STRUCT("$" VARCHAR)'),
    ],
)
def test_only_what_the_queries_read_is_loaded(texts: list[str], columns: str) -> None:
    assert duckdb_type(document_type(needed(*texts))) == columns


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ('xEvent[eventType = "view"]', 'STRUCT("timestamp" TIMESTAMP)'),
        (
            "xEvent[productListItems[quantity > ^^.loyalty.points]]",
            'STRUCT("timestamp" TIMESTAMP, "productListItems" STRUCT("quantity" DOUBLE)[])',
        ),
        (
            'CHAIN(xEvent, timestamp, [A: WHAT(commerce.order.id = "1"), B: COUNT(1)])',
            'STRUCT("timestamp" TIMESTAMP, "commerce" STRUCT("order" STRUCT("id" VARCHAR)))',
        ),
    ],
)
def test_only_what_the_queries_read_of_events_is_loaded(text: str, columns: str) -> None:
    assert duckdb_type(event_type(needed(text))) == columns


def test_without_conditions_about_events_none_are_needed() -> None:
    assert "xEvent" not in needed("loyalty.points > 1").fields


TWINS = ObjectType(
    "profile",
    {
        "id": STRING,
        "Id": DOUBLE,
        "list": ListType(ObjectType("list", {"a": DATE, "A": STRING, "b/c": STRING})),
        "map": MapType(ObjectType("map", {"x": STRING, "X": ListType(DATE_TIME)})),
    },
)


def load(tmp_path: Path, type_: ObjectType, *documents: Any) -> duckdb.DuckDBPyConnection:
    path = tmp_path / "profiles.ndjson"
    rows = [{"profile": f"{n:02x}", "doc": document} for n, document in enumerate(documents)]
    path.write_bytes(b"\n".join(orjson.dumps(row) for row in rows))
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE profile AS {read_profiles(str(path), type_).sql('duckdb')}")
    return connection


def test_names_that_differ_only_in_case_are_two_fields(tmp_path: Path) -> None:
    document = {
        "id": "text",
        "Id": 5,
        "list": [{"a": "2026-03-01", "A": "capital", "b/c": "slash"}, None, 7],
        "map": {"k": {"x": "small", "X": ["2026-03-01T08:00:00+02:00", "no date"]}},
    }
    connection = load(tmp_path, TWINS, document, {"list": 1, "map": []}, {})
    texts = [
        'id = "text" and Id = 5',
        'list.exists(a = date(2026, 3, 1) and A = "capital")',
        "list.count() = 1",
        'map.get("k").x = "small"',
        'map.get("k").X.head() = "2026-03-01T06:00:00Z"',
    ]
    for text in texts:
        condition = compile_sql(check_segment(text, TWINS)).sql("duckdb")
        held = connection.execute(f"SELECT {condition} FROM profile").fetchall()  # noqa: S608
        assert (text, held) == (text, [(True,), (False,), (False,)])


def test_a_pruned_type_keeps_both_of_two_names_that_differ_only_in_case() -> None:
    pruned = prune(TWINS, [check_segment("Id = 5", TWINS)])
    assert set(pruned.fields) == {"id", "Id"}
    assert duckdb_type(pruned) == duckdb_type(ObjectType("", {"id": STRING, "Id": DOUBLE}))


TYPES = ObjectType(
    "profile",
    {
        "text": STRING,
        "number": INTEGER,
        "flag": BOOLEAN,
        "day": DATE,
        "object": ObjectType("object", {"inner": STRING}),
        "list": ListType(DOUBLE),
        "map": MapType(DATE_TIME),
    },
)


def test_no_document_fails_a_load(tmp_path: Path) -> None:
    odd: list[Any] = [None, True, 5, "x", [], [1], {}, {"a": 1}, {"inner": {}}]
    documents = [*odd, *({name: value} for name in TYPES.fields for value in odd)]
    connection = load(tmp_path, TYPES, *documents)
    assert connection.execute("SELECT count(*) FROM profile").fetchall() == [(len(documents),)]


def test_what_does_not_fit_is_null(tmp_path: Path) -> None:
    document = {"number": "many", "flag": [1], "day": "soon", "list": [1, "x"], "map": {"k": 1}}
    connection = load(tmp_path, TYPES, document)
    row = connection.execute("SELECT doc.number, doc.flag, doc.day, doc.list, doc.map FROM profile")
    assert row.fetchall() == [(None, None, None, [1.0, None], {"k": None})]


def test_an_empty_object_is_not_null(tmp_path: Path) -> None:
    type_ = prune(TYPES, [check_segment("object.isNull()", TYPES)])
    connection = load(tmp_path, type_, {"object": {}}, {"object": None}, {})
    condition = compile_sql(check_segment("object.isNull()", TYPES)).sql("duckdb")
    held = connection.execute(f"SELECT {condition} FROM profile").fetchall()  # noqa: S608
    assert held == [(False,), (True,), (True,)]


def test_no_document_holds_what_a_select_gives() -> None:
    with pytest.raises(TypeError):
        duckdb_type(TupleType((STRING,)))


def test_events_may_be_lacking_altogether(tmp_path: Path) -> None:
    path = tmp_path / "events.ndjson"
    path.write_bytes(b"")
    statement = read_events(str(path), needed('xEvent[eventType = "view"]')).sql("duckdb")
    assert duckdb.connect().execute(statement).fetchall() == []


def random_text(chance: random.Random) -> str:
    years = [0, 1, 2, 1582, 1900, 1970, 2000, 2024, 9999, chance.randint(0, 9999)]
    day = f"{chance.choice(years):04}-{chance.randint(0, 13):02}-{chance.randint(0, 32):02}"
    if chance.random() < 0.2:
        return day
    parts = [chance.randint(0, 24), *(chance.choice([0, 59, 60, 30]) for _ in range(2))]
    text = f"{day}{chance.choice('TTTT t')}{':'.join(f'{part:02}' for part in parts)}"
    if chance.random() < 0.5:
        text += "." + "".join(chance.choices("0123456789", k=chance.randint(0, 10)))
    zones = ["", "Z", "z", "+00:00", "-00:00", "+02:00", "-05:30", "+23:59", "-16:00", "+24:00"]
    return text + chance.choice([*zones, "+0200", "+02", " "])


def test_sql_reads_instants_as_everything_else_does(tmp_path: Path) -> None:
    chance = random.Random(1)
    texts = [random_text(chance) for _ in range(20_000)]
    texts += [
        "",
        "now",
        "epoch",
        "infinity",
        "20260310",
        "2026-W10-2",
        "2026-03-10\n",
        "٢٠٢٦-03-10",
    ]
    path = tmp_path / "texts.ndjson"
    path.write_bytes(b"\n".join(orjson.dumps({"text": text}) for text in texts))
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'Asia/Kathmandu'")
    moment = instant_of(column("lines", "text")).sql("duckdb")
    rows = connection.execute(
        f"SELECT text, epoch_us({moment}) FROM read_json($path, format = 'newline_delimited',"  # noqa: S608
        " columns = {text: 'VARCHAR'}) AS lines",
        {"path": str(path)},
    ).fetchall()
    assert len(rows) == len(texts)
    assert [row for row in rows if row[1] != microseconds(row[0])] == []


def microseconds(text: str) -> int | None:
    moment = instants.parse(text)
    if moment is None:
        return None
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
