"""Documents made from schemas keep them, and a spoilt one is refused at the spoilt place."""

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.xdm import paths
from ingestion.xdm.compile import compile_schema
from ingestion.xdm.library import load_library
from ingestion.xdm.names import XDM_NS
from ingestion.xdm.resolve import Resolver
from ingestion.xdm.sample_values import fits, random_value, typical_value
from ingestion.xdm.samples import generate_document, sample_document
from ingestion.xdm.types import Tree
from ingestion.xdm.validator import CompiledSchema

LIBRARY = {resource["$id"]: resource for resource in load_library()}
CLASSES = [r["$id"] for r in load_library() if r["meta:resourceType"] == "classes"]
PROFILE = f"{XDM_NS}context/profile"
EVENT = f"{XDM_NS}context/experienceevent"
LOYALTY = {
    "type": "object",
    "properties": {
        "_acmeco": {
            "type": "object",
            "properties": {
                "loyaltyID": {"type": "string", "pattern": "^L-[0-9]{6}$"},
                "points": {"type": "integer", "meta:xdmType": "int", "minimum": 5},
            },
            "required": ["loyaltyID"],
        }
    },
}


def tree_of(class_uri: str) -> Tree:
    """A class with every field group meant for it, and a tenant's own fields."""
    groups = [r["$id"] for r in load_library() if class_uri in r.get("meta:intendedToExtend", [])]
    parts = [{"$ref": uri} for uri in (class_uri, *groups)]
    schema = {"$id": "test", "type": "object", "allOf": [*parts, LOYALTY]}
    return Resolver(LIBRARY.get, tenant_field="_acmeco").resolve(schema)


TREES = {uri: tree_of(uri) for uri in CLASSES}
COMPILED = {uri: compile_schema(tree, uri=uri) for uri, tree in TREES.items()}


def refusals(compiled: CompiledSchema, document: Any) -> list[str]:
    return [f"{v.pointer}: {v.message}" for v in compiled.violations(document)]


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Paths of all values of a document, objects and arrays included."""
    steps = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [p for step, child in steps for p in [(*path, step), *places(child, (*path, step))]]


def parent_of(document: Any, path: tuple[str | int, ...]) -> Any:
    for step in path[:-1]:
        document = document[step]
    return document


@pytest.mark.parametrize("class_uri", CLASSES)
def test_the_sample_of_every_class_keeps_its_schema(class_uri: str) -> None:
    assert refusals(COMPILED[class_uri], sample_document(TREES[class_uri])) == []


@pytest.mark.parametrize("class_uri", CLASSES)
@given(seed=st.integers(0, 2**32), density=st.floats(0, 1))
@settings(max_examples=15, deadline=None)
def test_random_records_are_accepted(class_uri: str, seed: int, density: float) -> None:
    document = generate_document(TREES[class_uri], random=Random(seed), density=density)
    assert refusals(COMPILED[class_uri], document) == []


@given(seed=st.integers(0, 2**32), data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_spoilt_value_is_refused_at_its_path(seed: int, data: st.DataObject) -> None:
    document = generate_document(TREES[EVENT], random=Random(seed), density=0.3)
    path = data.draw(st.sampled_from(places(document)))
    parent_of(document, path)[path[-1]] = None
    assert paths.pointer(path) in [v.pointer for v in COMPILED[EVENT].violations(document)]
    assert not COMPILED[EVENT].is_valid(document)


@given(seed=st.integers(0, 2**32), data=st.data())
@settings(max_examples=60, deadline=None)
def test_an_unknown_field_is_refused_at_its_object(seed: int, data: st.DataObject) -> None:
    tree = TREES[PROFILE]
    document = generate_document(tree, random=Random(seed), density=0.3)
    closed = [p for p in [(), *places(document)] if _is_closed_object(tree, p)]
    path = data.draw(st.sampled_from(closed))
    parent_of(document, (*path, "surplus"))["surplus"] = "text"
    (violation,) = COMPILED[PROFILE].violations(document)
    assert violation.pointer == paths.pointer(path)
    assert "[surplus]" in violation.message


def _is_closed_object(tree: Tree, path: tuple[str | int, ...]) -> bool:
    node: Any = tree
    for step in path:
        node = (
            node.get("items")
            or node.get("properties", {}).get(step)
            or node.get("additionalProperties")
        )
    return bool(node.get("properties"))


@pytest.mark.parametrize("name", ["_id", "timestamp"])
def test_a_missing_required_field_is_refused(name: str) -> None:
    document = sample_document(TREES[EVENT])
    del document[name]
    assert refusals(COMPILED[EVENT], document) == [f"#: required key [{name}] not found"]


def test_the_sample_is_the_same_every_time_and_reads_well() -> None:
    sample = sample_document(TREES[PROFILE])
    assert sample == sample_document(tree_of(PROFILE))
    assert sample["person"]["name"]["firstName"] == "Pat"
    assert sample["personalEmail"]["address"] == "pat@example.test"
    assert sample["identityMap"] == {"Email": [{"id": "pat@example.test", "primary": True}]}
    assert list(sample["segmentMembership"]) == ["ups"]


def test_the_sample_leaves_out_deprecated_fields() -> None:
    sample = sample_document(TREES[PROFILE])
    assert "optInOut" not in sample
    assert "segments" not in sample


def test_a_minimal_sample_holds_required_and_chosen_fields_only() -> None:
    assert sample_document(TREES[PROFILE], only_required=True) == {}
    minimal = sample_document(
        TREES[EVENT],
        only_required=True,
        include=[("_acmeco", "loyaltyID"), ("productListItems", "[*]", "SKU")],
    )
    assert minimal.keys() == {"_id", "timestamp", "_acmeco", "productListItems"}
    assert minimal["_acmeco"].keys() == {"loyaltyID"}
    assert minimal["productListItems"] == [{"SKU": "SKU-1001"}]
    assert refusals(COMPILED[EVENT], minimal) == []


def test_a_chosen_object_comes_with_all_below_it() -> None:
    chosen = sample_document(TREES[PROFILE], only_required=True, include=[("person",)])
    assert chosen.keys() == {"person"}
    assert chosen["person"]["name"]["lastName"] == "Doe"


def test_given_values_are_taken_as_they_are() -> None:
    values = {("_acmeco", "loyaltyID"): "L-000001", ("_id",): "mine"}
    sample = sample_document(TREES[PROFILE], only_required=True, values=values)
    assert sample == {"_id": "mine", "_acmeco": {"loyaltyID": "L-000001"}}
    record = generate_document(TREES[PROFILE], random=Random(1), density=0, values=values)
    assert record == sample


def test_native_names_are_those_of_the_public_model() -> None:
    sample = sample_document(TREES[PROFILE], native_names=True)
    assert sample["@id"] == "/uri-reference"
    assert sample["repo:createDate"] == "2024-10-24T10:00:00Z"
    assert "_repo" not in sample
    assert sample["xdm:homeAddress"]["schema:latitude"] == 38.72
    assert sample["_acmeco"].keys() == {"loyaltyID", "points"}
    email = sample["xdm:identityMap"]["Email"]
    assert email == [{"xdm:id": "pat@example.test", "xdm:primary": True}]
    event = sample_document(TREES[EVENT], native_names=True)
    assert "https://ns.adobe.com/experience/mcid" in event["xdm:endUserIDs"]


def test_the_same_seed_makes_the_same_record() -> None:
    first, second = (generate_document(TREES[EVENT], random=Random(7)) for _ in range(2))
    assert first == second


@given(seed=st.integers(0, 2**32))
@settings(max_examples=30, deadline=None)
def test_random_identities_have_one_primary(seed: int) -> None:
    identities = generate_document(TREES[EVENT], random=Random(seed), density=1)["identityMap"]
    assert sum(item.get("primary", False) for items in identities.values() for item in items) == 1


FIELDS: list[dict[str, Any]] = [
    {"type": "integer", "meta:xdmType": "byte"},
    {"type": "integer", "minimum": 3, "maximum": 3},
    {"type": "integer", "exclusiveMinimum": -8, "exclusiveMaximum": -5},
    {"type": "integer", "minimum": 1, "multipleOf": 7},
    {"type": "integer", "enum": [10, 20]},
    {"type": "number", "maximum": -1.5},
    {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
    {"type": "number", "minimum": 0.1, "maximum": 0.101},
    {"type": "string", "minLength": 30},
    {"type": "string", "maxLength": 1},
    {"type": "string", "pattern": "^[a-c]+$", "minLength": 4, "maxLength": 6},
    {"type": "string", "enum": ["gold", "silver"]},
    {"type": "string", "meta:enum": {"gold": "Gold", "x": "Long"}, "minLength": 2},
    {"type": "string", "examples": ["an example"]},
    {"type": "string", "format": "date"},
    {"type": "string", "format": "date-time"},
    {"type": "string", "format": "email"},
    {"type": "string", "format": "hostname"},
    {"type": "string", "format": "ipv4"},
    {"type": "string", "format": "ipv6"},
    {"type": "string", "format": "uri"},
    {"type": "string", "format": "json-pointer"},
    {"type": "string", "format": "uri-template"},
    {"type": "string", "format": "an own one"},
    {"type": "boolean"},
    {"type": "array", "items": {"type": "boolean"}, "minItems": 2},
    {"type": "array", "items": {"type": "boolean"}, "uniqueItems": True},
    {"type": "array", "items": {"type": "string"}, "maxItems": 1},
    {"type": "array"},
    {"type": "object", "meta:xdmType": "map", "additionalProperties": {"type": "integer"}},
    {"type": "object", "properties": {"a": {"type": "string"}}},
    {"type": "object"},
    {},
]


@pytest.mark.parametrize("node", FIELDS, ids=str)
def test_values_keep_the_rules_of_their_field(node: dict[str, Any]) -> None:
    tree = {"type": "object", "properties": {"field": node}}
    compiled = compile_schema(tree, uri="test")
    assert refusals(compiled, sample_document(tree)) == []
    for seed in range(25):
        document = generate_document(tree, random=Random(seed), density=1)
        assert refusals(compiled, document) == []


def test_a_pattern_that_cannot_be_read_falls_back_to_plain_text() -> None:
    node = {"type": "string", "pattern": "^(?!a)", "title": "Name"}
    assert typical_value(node, name="name", random=Random(0)) == "Name"
    assert random_value(node, random=Random(0))


@pytest.mark.parametrize(
    ("node", "value"),
    [
        ({"type": "integer"}, True),
        ({"type": "integer"}, 1.5),
        ({"type": "integer", "multipleOf": 2}, 3),
        ({"type": "string"}, 1),
        ({"type": "string", "enum": ["a"]}, "b"),
        ({"type": "boolean"}, 1),
        ({"type": "object"}, {}),
    ],
)
def test_a_value_of_another_kind_does_not_fit(node: dict[str, Any], value: Any) -> None:
    assert not fits(node, value)
