"""Arrays packed at once are what Postgres takes them for."""

import pytest

from core import sql
from core.arrays import PackedArray, byteas, int2s, int4s, int8s, texts

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("packed", "type_", "values"),
    [
        (byteas([]), "bytea[]", []),
        (byteas([b""]), "bytea[]", [b""]),
        (byteas([b"", b""]), "bytea[]", [b"", b""]),
        (byteas([b"ada\0", b"bob\0"]), "bytea[]", [b"ada\0", b"bob\0"]),
        (byteas([b"ada", b"marguerite"]), "bytea[]", [b"ada", b"marguerite"]),
        (byteas([b"ada", None, b"bob"]), "bytea[]", [b"ada", None, b"bob"]),
        (byteas([None]), "bytea[]", [None]),
        (texts(["ä", None, ""]), "text[]", ["ä", None, ""]),
        (int2s([1, -2]), "smallint[]", [1, -2]),
        (int4s([2**31 - 1]), "integer[]", [2**31 - 1]),
        (int8s([-(2**62), 0]), "bigint[]", [-(2**62), 0]),
    ],
)
def test_an_array_arrives_as_it_was_given(
    packed: PackedArray, type_: str, values: list[object]
) -> None:
    unnested = f"unnest(%s::{type_}) WITH ORDINALITY AS x (one, place)"
    with sql.connect(autocommit=True) as connection:
        rows = connection.execute(
            f"SELECT one FROM {unnested} ORDER BY place",  # noqa: S608 - types of this file
            [packed],
            binary=True,
        ).fetchall()
    assert [row[0] for row in rows] == values
