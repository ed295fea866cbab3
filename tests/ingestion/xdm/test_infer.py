"""Fields proposed from samples."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.xdm.compile import compile_schema
from ingestion.xdm.infer import (
    infer_fields,
    proposed_name,
    proposed_tree,
    read_sample,
    standard_match,
)
from ingestion.xdm.types import SchemaError

NAMES = st.from_regex(r"[a-z][A-Za-z0-9]{0,6}", fullmatch=True)
LEAVES: list[st.SearchStrategy[Any]] = [
    st.text(max_size=12),
    st.integers(-(2**53), 2**53 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.dates().map(lambda day: day.isoformat()),
    st.datetimes().map(lambda at: at.strftime("%Y").zfill(4) + at.strftime("-%m-%dT%H:%M:%SZ")),
]


def shape(depth: int) -> st.SearchStrategy[st.SearchStrategy[Any]]:
    """Strategies of documents that all have the same types."""
    leaf = st.sampled_from(LEAVES)
    if depth == 0:
        return leaf
    objects = st.dictionaries(NAMES, shape(depth - 1), max_size=4).map(
        lambda inner: st.fixed_dictionaries({}, optional=inner)
    )
    lists = shape(0).map(lambda item: st.lists(item, max_size=3))
    return st.one_of(leaf, objects, lists)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_what_is_proposed_accepts_the_sample(data: st.DataObject) -> None:
    fields = data.draw(st.dictionaries(NAMES, shape(2), min_size=1, max_size=5))
    documents = data.draw(
        st.lists(st.fixed_dictionaries({}, optional=fields), min_size=1, max_size=4)
    )
    proposed = infer_fields(documents)
    assert not any(field.conflict for field in proposed)
    compiled = compile_schema(
        proposed_tree(proposed), uri="x", version="1.0", behavior="record", identity_fields=[]
    )
    for document in documents:
        assert compiled.violations(document) == []


def test_types_are_read_from_json() -> None:
    text = """[{"id": 1, "price": 2, "paid": true, "day": "2026-01-31", "note": null,
      "at": "2026-01-31T10:00:00Z", "tags": ["a"], "lines": [{"sku": "x"}, {"n": 1}]},
      {"id": 2, "price": 2.5, "day": "2026-02-30"}]"""
    found = {".".join(f.path): (f.type, f.array) for f in infer_fields(read_sample(text))}
    assert found == {
        "id": ("long", False),
        "price": ("number", False),
        "paid": ("boolean", False),
        "day": ("string", False),
        "note": ("string", False),
        "at": ("date-time", False),
        "tags": ("string", True),
        "lines": ("object", True),
        "lines.sku": ("string", False),
        "lines.n": ("long", False),
    }


def test_types_are_read_from_csv() -> None:
    text = "Order total;customer e-mail;zip;member\n12.5;ana@x.example;00123;true\n7;;;\n"
    found = infer_fields(read_sample(text))
    assert [field.type for field in found] == ["number", "string", "string", "boolean"]
    assert found[1].identity == "Email"
    assert [proposed_name(field.path[0]) for field in found] == [
        "orderTotal",
        "customerEMail",
        "zip",
        "member",
    ]


def test_disagreeing_values_are_a_conflict() -> None:
    documents: list[dict[str, Any]] = [{"a": 1, "b": [1], "c": [[1]]}, {"a": "x", "b": 2}]
    conflicts = {field.path[0]: field.conflict for field in infer_fields(documents)}
    assert conflicts["a"] == "mixed types: long, string"
    assert conflicts["b"] == "lists and single values"
    assert conflicts["c"] == "lists of lists"
    assert proposed_tree(infer_fields(documents))["properties"] == {}


@pytest.mark.parametrize("text", ["", "  ", "{", "[1]", "a,b\n", '{"a": 1}\nx'])
def test_what_is_no_sample_is_refused(text: str) -> None:
    with pytest.raises(SchemaError):
        read_sample(text)


def test_lines_of_json_are_documents() -> None:
    assert read_sample('{"a": 1}\n{"a": 2}\n') == [{"a": 1}, {"a": 2}]


def test_standard_fields_are_known_by_many_names() -> None:
    assert standard_match(["First_Name"]) == ("person", "name", "firstName")
    assert standard_match(["points"]) == ()
    assert standard_match(["order", "email"]) == ()
