"""Field-to-field mappings. Pure."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.prep.convert import convert
from ingestion.prep.documents import document_of, rows_of
from ingestion.prep.field_paths import BadPath, parse, write
from ingestion.prep.mapping import apply, check_mapping, compile_mapping
from ingestion.prep.suggest import source_fields, suggest, target_fields
from ingestion.prep.types import MappingFailure, MappingRow

TREE: dict[str, Any] = {
    "type": "object",
    "required": ["_id"],
    "properties": {
        "_id": {"type": "string"},
        "timestamp": {"type": "string", "format": "date-time"},
        "points": {"type": "integer", "meta:xdmType": "int"},
        "active": {"type": "boolean"},
        "person": {
            "type": "object",
            "required": ["last"],
            "properties": {"first": {"type": "string"}, "last": {"type": "string"}},
        },
        "items": {
            "type": "array",
            "items": {"type": "object", "properties": {"sku": {"type": "string"}}},
        },
        "labels": {
            "type": "object",
            "meta:xdmType": "map",
            "additionalProperties": {"type": "string"},
        },
    },
}


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("a.b", ("a", "b")),
        ("a[0].b", ("a", 0, "b")),
        ("${First Name}", ("First Name",)),
        (r"a\.b.c", ("a.b", "c")),
        ("First Name", ("First Name",)),
    ],
)
def test_paths_are_read(text: str, steps: tuple[str | int, ...]) -> None:
    assert parse(text) == steps
    assert parse(write(steps)) == steps


@pytest.mark.parametrize("text", ["", "a.", "a[x]", "[0]", "a[*].b", "]"])
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(BadPath):
        parse(text)


@settings(max_examples=50)
@given(st.lists(st.text(min_size=1).filter(lambda s: s.strip("{}$") == s), min_size=1, max_size=4))
def test_any_names_survive_writing_and_reading(names: list[str]) -> None:
    assert parse(write(tuple(names))) == tuple(names)


@pytest.mark.parametrize(
    ("value", "xdm_type", "wanted"),
    [
        (12, "string", "12"),
        (True, "string", "true"),
        ("12", "int", 12),
        (12.0, "int", 12),
        (" 12.5 ", "number", 12.5),
        ("yes", "boolean", True),
        ("OFF", "boolean", False),
        ("2026-03-04", "date-time", "2026-03-04T00:00:00Z"),
        ("04.03.2026", "date", "2026-03-04"),
        ("2026-03-04T10:00:00+02:00", "date-time", "2026-03-04T08:00:00Z"),
        ([1], "array", [1]),
    ],
)
def test_values_take_the_type_of_the_target(value: Any, xdm_type: str, wanted: Any) -> None:
    assert convert(value, xdm_type) == wanted


@pytest.mark.parametrize(
    ("value", "xdm_type"),
    [
        ("12,5", "number"),
        ("1_000", "number"),
        ("nan", "number"),
        ("1.5", "int"),
        (2**31, "int"),
        ("maybe", "boolean"),
        ("tomorrow", "date"),
        ({}, "string"),
        (True, "int"),
        ("x", "array"),
        ("x", "map"),
        (7, "date"),
        ("1e400", "number"),
    ],
)
def test_what_cannot_become_the_target_is_refused(value: Any, xdm_type: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        convert(value, xdm_type)


def _mapping(*rows: tuple[str, str]) -> Any:
    return compile_mapping([MappingRow(source, target) for source, target in rows], TREE)


def test_a_record_becomes_an_entity() -> None:
    mapping = compile_mapping(
        [
            MappingRow("id", "_id"),
            MappingRow("user.name", "person.last"),
            MappingRow("lines[0].code", "items[0].sku"),
            MappingRow("note", "labels.note"),
            MappingRow("missing", "points"),
            MappingRow("", "active", constant="yes"),
        ],
        TREE,
    )
    record = {"id": 7, "user": {"name": "Castel"}, "lines": [{"code": "A-1"}], "note": "x"}
    assert apply(mapping, record) == {
        "_id": "7",
        "person": {"last": "Castel"},
        "items": [{"sku": "A-1"}],
        "labels": {"note": "x"},
        "active": True,
    }


def test_a_field_mapped_by_itself_wins_over_its_copied_object() -> None:
    mapping = _mapping(("surname", "person.last"), ("user", "person"))
    record = {"user": {"first": "Ana", "last": "Old"}, "surname": "New"}
    assert apply(mapping, record) == {"person": {"first": "Ana", "last": "New"}}


def test_the_source_record_is_left_as_it_was() -> None:
    record = {"user": {"first": "Ana"}, "surname": "New"}
    apply(_mapping(("user", "person"), ("surname", "person.last")), record)
    assert record == {"user": {"first": "Ana"}, "surname": "New"}


def test_a_failure_names_both_ends_and_the_value() -> None:
    with pytest.raises(MappingFailure) as caught:
        apply(_mapping(("a.b", "points")), {"a": {"b": "many"}})
    failure = caught.value
    assert (failure.source, failure.target, failure.received) == ("/a/b", "points", "many")
    assert failure.expected == "a whole number"


def test_checks_find_unknown_double_and_missing_targets() -> None:
    rows = [
        MappingRow("id", "_id"),
        MappingRow("x", "nowhere"),
        MappingRow("y", "points"),
        MappingRow("z", "points"),
        MappingRow("n", "person.first"),
        MappingRow("t", "active"),
    ]
    problems = check_mapping(rows, TREE, sample={"t": "perhaps"})
    assert [(p.row, p.path) for p in problems] == [
        (1, "nowhere"),
        (3, "points"),
        (5, "active"),
        (-1, "person.last"),
    ]
    assert [p.path for p in check_mapping([], TREE)] == ["_id"]


def test_documents_are_read_in_both_spellings_and_written_back() -> None:
    rows = [MappingRow("mail", "_id"), MappingRow("", "points", constant="7")]
    document = document_of(rows, schema_uri="s", content_type="c")
    assert rows_of(document) == rows
    older = {"mappings": [{"sourceAttribute": "mail", "destinationXdmPath": "_id"}]}
    assert rows_of(older) == rows[:1]


def test_suggestions_go_by_name_and_use_no_target_twice() -> None:
    sample = {"ID": 1, "Last": "x", "last": "y", "other": 2, "user": {"first": "Ana"}}
    rows = suggest(list(source_fields(sample)), target_fields(TREE))
    found = {row.source: row.target for row in rows}
    assert found["ID"] == "_id"
    assert found["user.first"] == "person.first"
    assert sorted((found["Last"], found["last"])) == ["", "person.last"]
    assert found["other"] == ""
