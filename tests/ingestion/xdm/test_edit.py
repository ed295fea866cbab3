"""Fields of a raw resource are added, changed and removed in place."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.xdm import edit
from ingestion.xdm.types import SchemaError

GROUP: dict[str, Any] = {
    "title": "Loyalty",
    "definitions": {
        "customFields": {
            "type": "object",
            "properties": {
                "_acme": {
                    "type": "object",
                    "properties": {
                        "tier": {"type": "string"},
                        "visits": {
                            "type": "array",
                            "items": {"type": "object", "properties": {"at": {"type": "string"}}},
                        },
                        "home": {"$ref": "https://ns.adobe.com/xdm/common/address"},
                    },
                }
            },
        }
    },
    "allOf": [{"$ref": "#/definitions/customFields"}],
}
TEXT = {"type": "string"}


def test_a_field_joins_its_neighbours() -> None:
    before = deepcopy(GROUP)
    made = edit.add_field(GROUP, ("_acme", "points"), {"type": "integer"}, required=True)
    assert before == GROUP
    assert edit.find_field(made, ("_acme", "points")) == {"type": "integer"}
    assert edit.is_required(made, ("_acme", "points"))
    assert made["allOf"] == GROUP["allOf"]


def test_missing_objects_are_made_and_arrays_are_looked_into() -> None:
    made = edit.add_field(GROUP, ("_acme", "card", "number"), TEXT)
    assert edit.find_field(made, ("_acme", "card")) is not None
    made = edit.add_field(made, ("_acme", "visits", "place"), TEXT)
    visits = edit.find_field(made, ("_acme", "visits"))
    assert visits is not None
    assert set(visits["items"]["properties"]) == {"at", "place"}


def test_a_new_group_gets_a_place_for_custom_fields() -> None:
    made = edit.add_field({"title": "New"}, ("_acme", "tier"), TEXT)
    assert made["allOf"] == [{"$ref": "#/definitions/customFields"}]
    assert edit.find_field(made, ("_acme", "tier")) == TEXT


@pytest.mark.parametrize(
    "path", [("_acme", "tier"), ("_acme", "home", "street"), ("_acme", "tier", "name")]
)
def test_a_field_is_refused_where_it_is_or_where_none_can_be(path: tuple[str, ...]) -> None:
    with pytest.raises(SchemaError):
        edit.add_field(GROUP, path, TEXT)


def test_requiring_a_field_requires_what_is_around_it() -> None:
    made = edit.require_path(GROUP, ("_acme", "tier"))
    assert edit.is_required(made, ("_acme",))
    assert edit.is_required(made, ("_acme", "tier"))
    assert not edit.is_required(GROUP, ("_acme", "tier"))


def test_changing_keeps_the_rest() -> None:
    made = edit.change_field(GROUP, ("_acme", "tier"), lambda n: {**n, "title": "T"}, required=True)
    assert edit.find_field(made, ("_acme", "tier")) == {"type": "string", "title": "T"}
    assert edit.is_required(made, ("_acme", "tier"))
    with pytest.raises(SchemaError):
        edit.change_field(GROUP, ("_acme", "gone"), lambda n: n)


NAMES = st.sampled_from(["a", "b", "card", "points"])


@settings(max_examples=40)
@given(path=st.lists(NAMES, min_size=1, max_size=4, unique=True), required=st.booleans())
def test_removing_what_was_added_to_known_objects_gives_the_resource_back(
    *, path: list[str], required: bool
) -> None:
    whole = ("_acme", *path)
    start: dict[str, Any] = GROUP
    for end in range(2, len(whole)):
        start = edit.add_field(start, whole[:end], {"type": "object", "properties": {}})
    made = edit.add_field(start, whole, TEXT, required=required)
    assert edit.remove_field(made, whole) == start
