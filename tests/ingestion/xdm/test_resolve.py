import pytest

from ingestion.xdm.paths import find_field, walk
from ingestion.xdm.resolve import Resolver, behavior_of, extends, references
from ingestion.xdm.types import SchemaError
from tests.ingestion.xdm.fixtures import (
    EVENT,
    LOYALTY,
    MEMBER,
    NS,
    PROFILE,
    PURCHASE,
    Raw,
    member_schema,
    ref,
    registry,
    resource,
)


def resolve(uri: str, resources: dict[str, Raw] | None = None) -> Raw:
    resources = resources or registry()
    return Resolver(resources.get, tenant_field="_acmeco").resolve(resources[uri])


def test_merges_class_groups_and_data_types_into_one_tree() -> None:
    tree = resolve(MEMBER)
    names = {".".join(path) for path, _ in walk(tree)}
    assert {
        "_id",
        "_repo.createDate",
        "person.name.firstName",
        "_acmeco.loyaltyID",
    } <= names


def test_keeps_the_schema_s_own_title_and_drops_those_of_its_parts() -> None:
    tree = resolve(MEMBER)
    assert (tree["title"], tree["description"]) == ("Loyalty member", "")
    assert "meta:referencedFrom" not in tree


def test_field_with_reference_keeps_own_title_and_names_its_data_type() -> None:
    name = find_field(resolve(MEMBER), ("person", "name"))
    assert name is not None
    assert name["title"] == "Full name"
    assert name["meta:referencedFrom"] == f"{NS}xdm/context/person-name"
    assert "$id" not in name


def test_a_data_type_that_holds_itself_ends_as_an_open_object() -> None:
    friend = find_field(resolve(MEMBER), ("person", "friend"))
    assert friend is not None
    assert "properties" not in friend
    assert friend["type"] == "object"


def test_a_definition_that_holds_itself_ends_as_an_open_object() -> None:
    node = {"properties": {"next": {"$ref": "#/definitions/node"}}}
    raw = {
        "$id": "https://x.test/list",
        "definitions": {"node": node},
        "allOf": [{"$ref": "#/definitions/node"}],
    }
    tree = Resolver(lambda _: None).resolve(raw)
    assert "properties" not in tree["properties"]["next"]


def test_every_field_carries_its_type_and_native_name() -> None:
    tree = resolve(MEMBER)
    year = find_field(tree, ("person", "birthYear"))
    points = find_field(tree, ("_acmeco", "points"))
    created = find_field(tree, ("_repo", "createDate"))
    assert year is not None
    assert points is not None
    assert created is not None
    assert (year["meta:xdmType"], year["meta:xdmField"]) == ("long", "xdm:birthYear")
    assert (points["meta:xdmType"], points["meta:xdmField"]) == ("int", "points")
    assert created["meta:xdmField"] == "repo:createDate"


def test_native_names_in_raw_resources_become_compatibility_names() -> None:
    raw = {
        "$id": "https://x.test/native",
        "properties": {
            "xdm:name": {"type": "string"},
            "repo:createDate": {"type": "string"},
            "repo:modifyDate": {"type": "string"},
        },
        "required": ["xdm:name"],
    }
    tree = Resolver(lambda _: None).resolve(raw)
    assert tree["required"] == ["name"]
    assert list(tree["properties"]["_repo"]["properties"]) == [
        "createDate",
        "modifyDate",
    ]
    assert tree["properties"]["name"]["meta:xdmField"] == "xdm:name"


def test_required_lists_of_all_parts_come_together() -> None:
    assert resolve(PURCHASE)["required"] == ["_id", "timestamp"]


def test_type_conflicts_inside_a_schema_are_noted() -> None:
    other = resource(f"{NS}acmeco/mixins/x", "mixins", "X", {"person": {"type": "string"}})
    schema = member_schema()
    schema["allOf"].append(ref(other["$id"]))
    resources = {**registry(), other["$id"]: other}
    resolver = Resolver(resources.get)
    resolver.resolve(schema)
    assert [(c.path, c.first, c.second) for c in resolver.conflicts] == [
        (("person",), "object", "string")
    ]


@pytest.mark.parametrize(
    "target",
    ["https://ns.adobe.com/gone", "#/definitions/gone", f"{PROFILE}#/definitions/gone"],
)
def test_refuses_reference_to_nothing(target: str) -> None:
    raw = {"$id": "https://x.test/y", "allOf": [{"$ref": target}]}
    with pytest.raises(SchemaError, match="Cannot resolve"):
        Resolver(registry().get).resolve(raw)


def test_refers_to_a_fragment_of_another_resource() -> None:
    raw = {
        "$id": "https://x.test/y",
        "allOf": [{"$ref": f"{PROFILE}#/definitions/own"}],
    }
    assert "_id" in Resolver(registry().get).resolve(raw)["properties"]


def test_refuses_endless_nesting() -> None:
    node: Raw = {"type": "string"}
    for _ in range(60):
        node = {"type": "object", "properties": {"a": node}}
    with pytest.raises(SchemaError, match="too deeply"):
        Resolver(lambda _: None).resolve({"$id": "https://x.test/deep", **node})


def test_refuses_field_that_is_no_object() -> None:
    raw = {"$id": "https://x.test/y", "properties": {"a": "string"}}
    with pytest.raises(SchemaError, match="is not an object"):
        Resolver(lambda _: None).resolve(raw)


def test_lists_references_and_ancestors() -> None:
    resources = registry()
    schema = resources[MEMBER]
    assert references(schema) == [
        PROFILE,
        f"{NS}xdm/context/profile-person-details",
        LOYALTY,
    ]
    assert f"{NS}xdm/data/record" in extends(schema, resources.get)
    assert behavior_of(schema, resources.get) == "record"
    assert behavior_of(resources[PURCHASE], resources.get) == "time-series"
    assert behavior_of(resources[EVENT], resources.get) == "time-series"
    assert behavior_of({"$id": "https://x.test/y"}, resources.get) == "record"


def test_raw_resources_are_never_changed() -> None:
    resources = registry()
    before = repr(resources)
    resolve(MEMBER, resources)
    assert repr(resources) == before
