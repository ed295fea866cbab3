from copy import deepcopy
from typing import Any

import pytest

from ingestion.xdm.evolution import breaking_changes
from ingestion.xdm.resolve import Resolver, references
from ingestion.xdm.types import Node
from ingestion.xdm.union import (
    MergeConflict,
    merge_trees,
    resolve_union,
    union_resource,
)
from tests.ingestion.xdm.fixtures import EVENT, MEMBER, NS, PROFILE, Raw, registry

TREE: Raw = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 10, "enum": ["a", "b"]},
        "age": {"type": "integer", "minimum": 0},
        "address": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "zip": {"type": "string"}},
            "required": ["city"],
        },
        "tags": {"type": "array", "items": {"type": "string"}},
        "scores": {"type": "object", "additionalProperties": {"type": "number"}},
    },
}


def changed(*path: str, **new: Any) -> Raw:
    tree = deepcopy(TREE)
    node = tree
    for step in path:
        node = node[step]
    node.update(new)
    return tree


def rules(new: Node, old: Node = TREE) -> list[tuple[str, str]]:
    return [("/".join(change.path), change.rule) for change in breaking_changes(old, new)]


@pytest.mark.parametrize(
    "new",
    [
        TREE,
        changed("properties", extra={"type": "string"}),
        changed("properties", "name", enum=["a", "b", "c"], maxLength=20, title="Name"),
        changed("properties", "address", required=[]),
        changed("properties", "age", minimum=-1, **{"meta:status": "deprecated"}),
        changed(
            "properties",
            fresh={
                "type": "object",
                "properties": {"x": {"type": "string"}},
                "required": ["x"],
            },
        ),
    ],
)
def test_widening_is_allowed(new: Raw) -> None:
    assert rules(new) == []


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (changed("properties", "name", type="integer"), ("name", "type")),
        (changed("properties", "name", enum=["a"]), ("name", "enum")),
        (changed("properties", "name", maxLength=5), ("name", "maxLength")),
        (changed("properties", "name", minLength=1), ("name", "minLength")),
        (changed("properties", "name", pattern="^a"), ("name", "pattern")),
        (changed("properties", "name", format="email"), ("name", "format")),
        (changed("properties", "age", minimum=1), ("age", "minimum")),
        (changed("properties", "age", maximum=99), ("age", "maximum")),
        (changed("properties", "age", enum=[1, 2]), ("age", "enum")),
        (changed("properties", "age", **{"meta:xdmType": "int"}), ("age", "type")),
        (
            changed("properties", "address", required=["city", "zip"]),
            ("address/zip", "required"),
        ),
        (changed(required=["name"]), ("name", "required")),
        (
            changed("properties", "address", properties={"city": {"type": "string"}}),
            ("address/zip", "removed"),
        ),
        (changed("properties", "tags", "items", type="number"), ("tags/[*]", "type")),
        (changed("properties", "tags", uniqueItems=True), ("tags", "uniqueItems")),
        (
            changed("properties", "scores", additionalProperties={"type": "string"}),
            ("scores/{}", "type"),
        ),
    ],
)
def test_narrowing_is_a_breaking_change(new: Raw, expected: tuple[str, str]) -> None:
    assert rules(new) == [expected]


def test_renaming_is_removal() -> None:
    new = deepcopy(TREE)
    new["properties"]["full"] = new["properties"].pop("name")
    assert rules(new) == [("name", "removed")]


def test_union_merges_fields_of_all_schemas() -> None:
    merged = merge_trees([TREE, changed("properties", "address", properties={"street": {}})])
    assert set(merged["properties"]["address"]["properties"]) == {
        "city",
        "zip",
        "street",
    }


@pytest.mark.parametrize(
    ("other", "path"),
    [
        (
            changed("properties", "address", "properties", city={"type": "number"}),
            "address.city",
        ),
        (changed("properties", "tags", items={"type": "number"}), "tags[*]"),
        (changed("properties", scores={"type": "array"}), "scores"),
        (changed("properties", "age", **{"meta:xdmType": "short"}), "age"),
    ],
)
def test_union_refuses_two_types_at_one_path(other: Raw, path: str) -> None:
    with pytest.raises(MergeConflict) as caught:
        merge_trees([TREE, other])
    assert caught.value.code == "XDM-1413-400"
    assert caught.value.fields["path"] == path
    assert f"field {path} has the types" in caught.value.message


def test_an_empty_object_agrees_with_object_and_map() -> None:
    empty = changed("properties", address={"type": "object"}, scores={"type": "object"})
    for pair in ([TREE, empty], [empty, TREE]):
        merged = merge_trees(pair)
        assert "city" in merged["properties"]["address"]["properties"]
        assert merged["properties"]["scores"]["additionalProperties"] == {"type": "number"}


def test_profile_union_holds_class_groups_and_system_fields() -> None:
    resources = registry()
    union = union_resource(resources[PROFILE], references(resources[MEMBER]), lookup=resources.get)
    assert union["$id"] == f"{PROFILE}__union"
    assert union["title"] == "Union object for XDM Individual Profile"
    assert union["description"] == f"Union view of all schemas that extend {PROFILE}"
    assert union["meta:extends"] == [part["$ref"] for part in union["allOf"][:-1]]
    tree = resolve_union(union, lookup=resources.get, tenant_field="_acmeco")
    assert {"person", "_acmeco", "identityMap", "timeSeriesEvents"} <= set(tree["properties"])


def test_event_union_has_no_profile_fields() -> None:
    resources = registry()
    schema = resources[f"{NS}acmeco/schemas/purchase"]
    union = union_resource(resources[EVENT], references(schema), lookup=resources.get)
    tree = Resolver(resources.get).resolve(union)
    assert "timeSeriesEvents" not in tree["properties"]
    assert "timestamp" in tree["properties"]
