"""The type of the profile follows the union schemas."""

from typing import Any

import pytest

from ingestion.xdm.library import load_library
from ingestion.xdm.names import XDM_NS
from ingestion.xdm.union import resolve_union, union_resource
from profiles.segmentation.pql.check import check_segment
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.schema_types import event_type, profile_type
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
    Type,
)

LIBRARY = {resource["$id"]: resource for resource in load_library()}
STRING_NODE = {"type": "string"}


def union(class_name: str, *members: str) -> dict[str, Any]:
    resource = union_resource(
        LIBRARY[f"{XDM_NS}context/{class_name}"],
        [f"{XDM_NS}context/{member}" for member in members],
        lookup=LIBRARY.get,
    )
    return resolve_union(resource, lookup=LIBRARY.get, tenant_field="_acmeco")


@pytest.fixture(scope="module")
def standard() -> ObjectType:
    people = union("profile", "profile-person-details", "profile-personal-details")
    return profile_type(people, event_union=union("experienceevent", "experienceevent-commerce"))


@pytest.mark.parametrize(
    "text",
    [
        'homeAddress.country = "FI"',
        "person.birthDate occurs before date(2000, 1, 1)",
        'identityMap.get("Email").id = "a@mail.example"',
        'segmentMembership.get("ups").get("x").status = "realized"',
        'xEvent[eventType = "commerce.purchases" and timestamp occurs last month]',
        "xEvent.commerce.order.priceTotal > 50",
        "xEvent.productListItems.sum(quantity) > 2",
    ],
)
def test_queries_about_standard_fields_are_understood(standard: ObjectType, text: str) -> None:
    assert check_segment(text, standard).type == BOOLEAN


def test_the_list_of_events_goes_by_one_name(standard: ObjectType) -> None:
    assert "timeSeriesEvents" not in standard.fields
    with pytest.raises(PqlError, match="no field timeSeriesEvents"):
        check_segment("timeSeriesEvents", standard)


@pytest.mark.parametrize(
    ("node", "type_"),
    [
        (STRING_NODE, STRING),
        ({"type": "string", "format": "email"}, STRING),
        ({"type": "string", "format": "date"}, DATE),
        ({"type": "string", "format": "date-time"}, DATE_TIME),
        ({"type": ["string", "null"]}, STRING),
        ({"enum": ["a", "b"]}, STRING),
        ({"type": "integer", "meta:xdmType": "int"}, INTEGER),
        ({"type": "integer"}, INTEGER),
        ({"type": "number"}, DOUBLE),
        ({"type": "boolean"}, BOOLEAN),
        ({"type": "array", "items": {"type": "number"}}, ListType(DOUBLE)),
        ({"type": "array"}, ListType(ObjectType("x", {}))),
        ({"type": "object", "additionalProperties": STRING_NODE}, MapType(STRING)),
        (
            {
                "type": "object",
                "additionalProperties": {"type": "object", "additionalProperties": STRING_NODE},
            },
            MapType(MapType(STRING)),
        ),
        ({"type": "object"}, ObjectType("x", {})),
        ({}, ObjectType("x", {})),
        (
            {"type": "object", "properties": {"y": {"properties": {"z": STRING_NODE}}}},
            ObjectType("x", {"y": ObjectType("x.y", {"z": STRING})}),
        ),
    ],
)
def test_schemas_become_types(node: dict[str, Any], type_: Type) -> None:
    assert event_type({"properties": {"x": node}}).fields["x"] == type_


def test_every_event_has_a_type_and_a_time_and_every_profile_memberships() -> None:
    bare = profile_type({}, event_union=None)
    events = check_segment('xEvent[eventType = "a" and timestamp occurs today]', bare)
    memberships = check_segment('segmentMembership.get("ups").keys().includes("x")', bare)
    assert events.type == memberships.type == BOOLEAN


def test_endless_schemas_end() -> None:
    node: dict[str, Any] = {"type": "object"}
    node["properties"] = {"again": node}
    deep = ".".join(["again"] * 20)
    assert check_segment(f"{deep}.isNull()", profile_type(node, event_union=node)).type == BOOLEAN
