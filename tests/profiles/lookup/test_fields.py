"""Field selection."""

from typing import Any

from profiles.lookup.fields import parse_fields, select

DOCUMENT: dict[str, Any] = {
    "person": {"name": {"firstName": "Ida", "lastName": "Lund"}, "birthYear": 1990},
    "tags": ["a", "b"],
    "orders": [{"id": 1, "total": 5}, {"id": 2}, "odd"],
    "empty": {},
}


def chosen(*paths: str) -> dict[str, Any]:
    return select(DOCUMENT, parse_fields(paths))


def test_a_path_takes_all_below_it() -> None:
    assert chosen("person.name") == {"person": {"name": DOCUMENT["person"]["name"]}}
    assert chosen("person", "person.name.firstName") == {"person": DOCUMENT["person"]}
    assert chosen("person.name.firstName", "person") == {"person": DOCUMENT["person"]}


def test_arrays_are_cut_item_by_item() -> None:
    assert chosen("orders.total", "tags") == {"orders": [{"total": 5}], "tags": ["a", "b"]}


def test_absent_fields_leave_no_trace() -> None:
    assert chosen("person.nickName", "tags.x", "nothing", "  ") == {}
    assert chosen("empty") == {"empty": {}}
