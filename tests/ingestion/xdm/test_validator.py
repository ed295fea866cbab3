import timeit
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.xdm.compile import check_compiles, compile_schema
from ingestion.xdm.resolve import Resolver
from ingestion.xdm.types import IdentityField, SchemaError
from ingestion.xdm.validator import CompiledSchema, as_everit_tree
from tests.ingestion.xdm.fixtures import MEMBER, PURCHASE, Raw, registry

PRIMARY = IdentityField(("_acmeco", "loyaltyID"), "Email", primary=True)


def compiled(uri: str = MEMBER, *identities: IdentityField) -> CompiledSchema:
    resources = registry()
    tree = Resolver(resources.get, tenant_field="_acmeco").resolve(resources[uri])
    return compile_schema(tree, uri=uri, identity_fields=identities)


def field(**node: Any) -> CompiledSchema:
    return compile_schema({"type": "object", "properties": {"f": node}}, uri="https://x.test/f")


def only(schema: CompiledSchema, document: Any) -> tuple[str, str]:
    assert not schema.is_valid(document)
    (violation,) = schema.violations(document)
    return violation.keyword, violation.message


def test_accepts_a_record_of_the_schema() -> None:
    member = {
        "_id": "m-1",
        "_repo": {"createDate": "2024-10-24T10:00:00Z"},
        "person": {"name": {"firstName": "Pat"}, "birthYear": 1980, "gender": "female"},
        "_acmeco": {"loyaltyID": "pat@example.test", "points": 0, "tags": []},
    }
    assert compiled().is_valid(member)
    assert compiled().violations(member) == []


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"_id": 7}, ("type", "expected type: String, found: Long")),
        ({"_id": 10**30}, ("type", "expected type: String, found: BigInteger")),
        ({"_id": 1.5}, ("type", "expected type: String, found: Double")),
        ({"_id": None}, ("type", "expected type: String, found: Null")),
        ({"_id": True}, ("type", "expected type: String, found: Boolean")),
        ({"_id": {}}, ("type", "expected type: String, found: JSONObject")),
        ({"_id": []}, ("type", "expected type: String, found: JSONArray")),
        ({"person": "Pat"}, ("type", "expected type: JSONObject, found: String")),
        (
            {"person": {"birthYear": "x"}},
            ("type", "expected type: Integer, found: String"),
        ),
        ({"person": {"birthYear": 0}}, ("minimum", "0 is not greater or equal to 1")),
        (
            {"person": {"birthYear": 40000}},
            ("maximum", "40000 is not less or equal to 32767"),
        ),
        ({"person": {"gender": "blue"}}, ("enum", "blue is not a valid enum value")),
        (
            {"person": {"nationality": "ger"}},
            ("pattern", "string [ger] does not match pattern ^[A-Z]{2}$"),
        ),
        (
            {"person": {"name": {"firstName": "Patricia"}}},
            ("maxLength", "expected maxLength: 5, actual: 8"),
        ),
        (
            {"person": {"birthDate": "2024-02-30"}},
            ("format", "[2024-02-30] is not a valid date. Expected [yyyy-MM-dd]"),
        ),
        (
            {"_acmeco": {"loyaltyID": "nobody"}},
            ("format", "[nobody] is not a valid email address"),
        ),
        (
            {"workMail": "x"},
            ("additionalProperties", "extraneous key [workMail] is not permitted"),
        ),
        (
            {"_acmeco": {"tags": ["a", 1]}},
            ("type", "expected type: String, found: Long"),
        ),
        ([], ("type", "expected type: JSONObject, found: JSONArray")),
    ],
)
def test_explains_a_refusal_in_the_known_grammar(document: Any, expected: tuple[str, str]) -> None:
    assert only(compiled(), document) == expected


@pytest.mark.parametrize(
    ("node", "value", "expected"),
    [
        ({"type": "string", "minLength": 2}, "a", "expected minLength: 2, actual: 1"),
        ({"type": "number", "exclusiveMinimum": 0}, 0, "0 is not greater than 0"),
        ({"type": "number", "exclusiveMaximum": 5}, 5.5, "5.5 is not less than 5"),
        ({"type": "integer", "multipleOf": 2}, 3, "3 is not a multiple of 2"),
        (
            {"type": "array", "minItems": 1},
            [],
            "expected minimum item count: 1, found: 0",
        ),
        (
            {"type": "array", "maxItems": 1},
            [1, 2],
            "expected maximum item count: 1, found: 2",
        ),
        ({"type": "array", "uniqueItems": True}, [1, 1], "array items are not unique"),
        ({"type": "integer", "enum": [1, 2]}, 3, "3 is not a valid enum value"),
        (
            {},
            None,
            "expected type: Boolean or JSONArray or JSONObject or Number or String, found: Null",
        ),
    ],
)
def test_explains_limits(node: Raw, value: Any, expected: str) -> None:
    assert only(field(**node), {"f": value})[1] == expected


def test_missing_key_is_reported_at_its_object() -> None:
    schema = compiled(PURCHASE)
    (violation,) = schema.violations({"_id": "e"})
    assert violation.message == "required key [timestamp] not found"
    assert (violation.pointer, violation.schema_location) == ("#", "#")
    assert violation.code == "DCVS-1106-400"
    assert violation.received is None


def test_violation_names_place_value_rule_and_code() -> None:
    (violation,) = compiled().violations({"person": {"birthYear": "x"}})
    assert violation.pointer == "#/person/birthYear"
    assert violation.schema_location == "#/properties/person/properties/birthYear"
    assert (violation.received, violation.expected) == ("x", "Integer")
    assert violation.code == "DCVS-1104-400"


def test_place_inside_array_and_map_is_a_json_pointer() -> None:
    document = {
        "_id": "e",
        "timestamp": "2024-10-24T10:00:00Z",
        "identityMap": {"a/b": [{"id": "1"}, {"id": 2}]},
    }
    (violation,) = compiled(PURCHASE).violations(document)
    assert violation.pointer == "#/identityMap/a~1b/1/id"


def test_each_extraneous_key_is_a_violation_with_its_value() -> None:
    found = compiled().violations({"x": 1, "y": {"deep": "z" * 500}})
    assert [v.message for v in found] == [
        "extraneous key [x] is not permitted",
        "extraneous key [y] is not permitted",
    ]
    assert found[0].received == 1
    assert len(found[1].received) < 250


def test_at_most_five_violations_are_collected() -> None:
    assert len(compiled().violations({f"x{i}": i for i in range(9)})) == 5
    assert len(compiled().violations({f"x{i}": i for i in range(9)}, limit=2)) == 2


def test_one_violation_stands_alone_and_several_are_wrapped() -> None:
    schema = compiled()
    (alone,) = as_everit_tree(schema.violations({"person": {"birthYear": "x"}}))
    assert alone == {
        "schemaLocation": "#/properties/person/properties/birthYear",
        "pointerToViolation": "#/person/birthYear",
        "causingExceptions": [],
        "keyword": "type",
        "message": "expected type: Integer, found: String",
    }
    (root,) = as_everit_tree(schema.violations({"person": {"birthYear": "x"}, "workMail": ""}))
    assert root["message"] == "2 schema violations found"
    assert (root["schemaLocation"], root["pointerToViolation"]) == ("#", "#")
    assert [leaf["keyword"] for leaf in root["causingExceptions"]] == [
        "type",
        "additionalProperties",
    ]
    assert as_everit_tree([]) == []


def test_primary_identity_is_required_with_its_parents() -> None:
    schema = compiled(MEMBER, PRIMARY)
    assert schema.primary_path == ("_acmeco", "loyaltyID")
    assert only(schema, {"_id": "m"}) == (
        "required",
        "required key [_acmeco] not found",
    )
    assert only(schema, {"_acmeco": {"points": 1}}) == (
        "required",
        "required key [loyaltyID] not found",
    )
    assert schema.is_valid({"_acmeco": {"loyaltyID": "pat@example.test"}})


def test_other_identities_stay_optional() -> None:
    schema = compiled(MEMBER, IdentityField(("_acmeco", "loyaltyID"), "Email"))
    assert schema.primary_path is None
    assert schema.is_valid({"_id": "m"})


def test_identity_map_asks_for_no_path() -> None:
    schema = compiled(PURCHASE)
    assert schema.has_identity_map
    assert schema.primary_path is None
    assert not compiled(MEMBER).has_identity_map


def test_identity_at_a_field_that_is_gone_is_left_out() -> None:
    schema = compiled(MEMBER, IdentityField(("_acmeco", "gone"), "Email", primary=True))
    assert schema.identity_fields == ()
    assert schema.is_valid({})


@pytest.mark.parametrize(
    ("value", "valid"),
    [
        ("2024-10-24T10:00:00Z", True),
        ("2024-10-24T10:00:00.123456789+02:00", True),
        ("2024-10-24T10:00:00-00:00", True),
        ("2024-10-24T10:00:00", False),
        ("2024-10-24", False),
        ("2024-10-24 10:00:00Z", False),
        ("2024-10-24t10:00:00z", False),
        ("2024-10-24T10:00:00+0200", False),
        ("2024-10-24T10:00Z", False),
        ("2024-10-24T24:00:00Z", False),
        ("2016-12-31T23:59:60Z", False),
        ("2024-02-30T10:00:00Z", False),
        ("2024-10-24T10:00:00.Z", False),
        ("2024-10-24T10:00:00.1234567890Z", False),
        ("0000-01-01T00:00:00Z", False),
        ("0001-01-01T00:00:00Z", True),
        ("9999-12-31T23:59:59Z", True),
        ("10000-01-01T00:00:00Z", False),
        ("\uff12\uff10\uff12\uff14-10-24T10:00:00Z", False),
        ("2024-10-24T10:00:00Z\n", False),
        ("2024-10-24T10:00:00+24:00", False),
        ("", False),
    ],
)
def test_date_time_is_a_moment_with_zone(value: str, valid: Any) -> None:
    schema = field(type="string", format="date-time")
    assert schema.is_valid({"f": value}) is valid
    messages = [v.message for v in schema.violations({"f": value})]
    shown = f"[{value}] is not a valid date-time. Expected [yyyy-MM-dd'T'HH:mm:ssZ, "
    assert len(messages) == (0 if valid else 1)
    assert all(message.startswith(shown) for message in messages)


@pytest.mark.parametrize(
    ("name", "value", "valid"),
    [
        ("date", "2024-02-29", True),
        ("date", "2023-02-29", False),
        ("date", "0000-01-01", False),
        ("date", "2024-1-4", False),
        ("date", "2024-10-24T00:00:00Z", False),
        ("email", "pat+tag@example.test", True),
        ("email", "jörg@exämple.test", True),
        ("email", "Pat <pat@example.test>", False),
        ("email", "a@b@example.test", False),
        ("email", " pat@example.test", False),
        ("email", "", False),
        ("uri", "https://example.test/a?b=c#d", True),
        ("uri", "https://exämple.test/straße", True),
        ("uri", "urn:isbn:1", True),
        ("uri", "/relative", False),
        ("uri", "https://a b", False),
        ("uri", "", False),
        ("uri-reference", "ev-7781", True),
        ("uri-reference", "0.8731", True),
        ("uri-reference", "größe", True),
        ("uri-reference", "", True),
        ("uri-reference", "two words", False),
        ("uri-reference", "100%", False),
        ("ipv4", "203.0.113.7", True),
        ("ipv4", "203.0.113.07", False),
        ("ipv6", "2001:db8::1", True),
        ("ipv6", "fe80::1%eth0", False),
        ("hostname", "www.example.test", True),
        ("hostname", "a_b.test", False),
        ("url-template", "https://example.test/{id}", True),
        ("url-template", "https://example.test/{id", False),
        ("json-pointer", "/a/b", True),
        ("json-pointer", "a/b", False),
        ("unheard-of", "anything", True),
    ],
)
def test_string_formats(name: str, value: str, valid: Any) -> None:
    schema = field(type="string", format=name)
    assert schema.is_valid({"f": value}) is valid
    assert [v.keyword for v in schema.violations({"f": value})] == ([] if valid else ["format"])


@pytest.mark.parametrize(
    ("node", "value", "valid"),
    [
        ({"meta:xdmType": "int"}, 2_147_483_647, True),
        ({"meta:xdmType": "int"}, 2_147_483_648, False),
        ({"meta:xdmType": "int"}, -2_147_483_648, True),
        ({"meta:xdmType": "int"}, 1.0, True),
        ({"meta:xdmType": "int"}, 1.5, False),
        ({}, 9_007_199_254_740_991, True),
        ({}, 9_007_199_254_740_992, False),
        ({}, 10**30, False),
        ({}, 1e300, False),
        ({"minimum": -32768, "maximum": 32768}, 32_768, False),
        ({"minimum": -128, "maximum": 127}, 127, True),
        ({"meta:xdmType": "byte"}, 128, False),
        ({"meta:xdmType": "short", "maximum": 10}, 11, False),
        ({}, True, False),
        ({}, "1", False),
    ],
)
def test_integers_keep_their_range(node: Raw, value: Any, valid: Any) -> None:
    schema = field(type="integer", **node)
    assert schema.is_valid({"f": value}) is valid
    assert bool(schema.violations({"f": value})) is not valid


def test_null_is_no_value_and_the_empty_string_is_one() -> None:
    schema = field(type="string")
    assert schema.is_valid({"f": ""})
    assert not schema.is_valid({"f": None})
    assert not field(type="array").is_valid({"f": [None]})
    assert not field(type="object", **{"meta:xdmType": "map"}).is_valid({"f": {"k": None}})


def test_suggested_values_are_not_validated() -> None:
    schema = field(type="string", **{"meta:enum": {"a": "A"}})
    assert schema.is_valid({"f": "anything"})


def test_maps_take_any_key_and_check_the_values() -> None:
    schema = field(type="object", additionalProperties={"type": "integer"})
    assert schema.is_valid({"f": {"a": 1, "b": 2}})
    assert only(schema, {"f": {"a": "1"}}) == (
        "type",
        "expected type: Integer, found: String",
    )


def test_objects_without_properties_take_anything() -> None:
    assert field(type="object").is_valid({"f": {"any": ["thing"]}})


def test_refuses_a_pattern_that_is_none() -> None:
    with pytest.raises(SchemaError, match="cannot be compiled"):
        check_compiles({"type": "object", "properties": {"f": {"type": "string", "pattern": "("}}})


def test_a_hostile_pattern_does_not_hang() -> None:
    schema = field(type="string", pattern="^(a+)+(?=b)$")
    assert not schema.is_valid({"f": "a" * 60 + "!"})
    assert schema.violations({"f": "a" * 60 + "!"})


def test_long_values_are_cut_in_messages() -> None:
    (violation,) = field(type="string", format="email").violations({"f": "x" * 10_000})
    assert len(violation.message) < 300
    assert len(violation.received) < 300


KEYS = st.sampled_from(["_id", "person", "birthYear", "_acmeco", "points", "tags", "joined", "x"])
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4)
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(document=st.dictionaries(KEYS, JSON, max_size=4))
def test_violations_are_empty_exactly_when_valid(document: Raw) -> None:
    assert COMPILED.is_valid(document) is (COMPILED.violations(document) == [])


COMPILED = compiled(MEMBER, PRIMARY)


def test_judging_costs_microseconds() -> None:
    member = {"_acmeco": {"loyaltyID": "pat@example.test", "points": 1}, "person": {}}
    seconds = min(timeit.repeat(lambda: COMPILED.is_valid(member), number=200, repeat=5))
    assert seconds / 200 < 100e-6
