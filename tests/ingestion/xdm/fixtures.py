"""A small registry: a class of each behaviour, a few data types and tenant resources."""

from typing import Any

NS = "https://ns.adobe.com/"
PROFILE = f"{NS}xdm/context/profile"
EVENT = f"{NS}xdm/context/experienceevent"
LOYALTY = f"{NS}acmeco/mixins/loyalty"
MEMBER = f"{NS}acmeco/schemas/member"
PURCHASE = f"{NS}acmeco/schemas/purchase"
TENANT = "_acmeco"

Raw = dict[str, Any]


def ref(uri: str) -> Raw:
    return {"$ref": uri, "type": "object", "meta:xdmType": "object"}


def behavior(name: str) -> Raw:
    uri = f"{NS}xdm/data/{name}"
    return {
        "$id": uri,
        "meta:resourceType": "behaviors",
        "title": name,
        "type": "object",
    }


def resource(uri: str, kind: str, title: str, properties: Raw, *parents: str, **more: Any) -> Raw:
    return {
        "$id": uri,
        "meta:resourceType": kind,
        "title": title,
        "description": f"About {title}",
        "type": "object",
        "version": "1.0",
        "definitions": {"own": {"properties": properties, **more.pop("own", {})}},
        "allOf": [*(ref(parent) for parent in parents), {"$ref": "#/definitions/own"}],
        **more,
    }


TEXT = {"type": "string"}
NUMBER = {"type": "number"}
WHEN = {"type": "string", "format": "date-time"}


def library() -> list[Raw]:
    x = f"{NS}xdm/"
    return [
        behavior("record"),
        behavior("time-series"),
        behavior("adhoc"),
        resource(
            f"{x}context/person",
            "datatypes",
            "Person",
            {
                "name": {"title": "Full name", "$ref": f"{x}context/person-name"},
                "birthYear": {"type": "integer", "minimum": 1, "maximum": 32767},
                "birthDate": {"type": "string", "format": "date"},
                "gender": {"type": "string", "enum": ["male", "female"]},
                "nationality": {"type": "string", "pattern": "^[A-Z]{2}$"},
                "friend": {"$ref": f"{x}context/person"},
            },
        ),
        resource(
            f"{x}context/person-name",
            "datatypes",
            "Name",
            {"firstName": {**TEXT, "maxLength": 5}},
        ),
        resource(
            f"{x}context/identityitem",
            "datatypes",
            "Item",
            {"id": TEXT, "primary": {"type": "boolean"}},
        ),
        resource(
            PROFILE,
            "classes",
            "XDM Individual Profile",
            {
                "_id": {
                    "type": "string",
                    "format": "uri-reference",
                    "meta:xdmField": "@id",
                },
                "_repo": {
                    "type": "object",
                    "properties": {"createDate": {**WHEN, "meta:xdmField": "repo:createDate"}},
                },
            },
            f"{x}data/record",
        ),
        resource(
            EVENT,
            "classes",
            "XDM ExperienceEvent",
            {
                "_id": {"type": "string", "format": "uri-reference"},
                "timestamp": WHEN,
                "eventType": {"type": "string", "meta:enum": {"web.click": "Click"}},
                "identityMap": identity_map(),
            },
            f"{x}data/time-series",
            own={"required": ["_id", "timestamp"]},
        ),
        resource(
            f"{x}context/identitymap",
            "mixins",
            "IdentityMap",
            {"identityMap": identity_map()},
        ),
        resource(
            f"{x}context/profile-person-details",
            "mixins",
            "Demographic Details",
            {"person": {"$ref": f"{x}context/person"}},
        ),
    ]


def identity_map() -> Raw:
    item = {"$ref": f"{NS}xdm/context/identityitem"}
    return {
        "type": "object",
        "meta:xdmType": "map",
        "additionalProperties": {"type": "array", "items": item},
    }


def loyalty_group(**fields: Any) -> Raw:
    properties = {
        "loyaltyID": {"title": "Loyalty id", "type": "string", "format": "email"},
        "points": {"type": "integer", "meta:xdmType": "int", "minimum": 0},
        "tier": {"type": "string", "enum": ["silver", "gold"]},
        "joined": WHEN,
        "tags": {"type": "array", "items": {"type": "string"}},
        "old": {"type": "string", "meta:status": "deprecated"},
        **fields,
    }
    own = {"type": "object", "properties": properties}
    return resource(LOYALTY, "mixins", "Loyalty extra", {TENANT: own})


def member_schema(**more: Any) -> Raw:
    parts = [PROFILE, f"{NS}xdm/context/profile-person-details", LOYALTY]
    return {
        "$id": MEMBER,
        "meta:resourceType": "schemas",
        "title": "Loyalty member",
        "description": "",
        "type": "object",
        "version": "1.0",
        "allOf": [ref(part) for part in parts],
        "meta:class": PROFILE,
        **more,
    }


def purchase_schema() -> Raw:
    return {
        "$id": PURCHASE,
        "meta:resourceType": "schemas",
        "title": "Purchase",
        "type": "object",
        "version": "1.0",
        "allOf": [ref(EVENT), ref(LOYALTY)],
        "meta:class": EVENT,
    }


def registry(*tenant: Raw) -> dict[str, Raw]:
    resources = [
        *library(),
        *(tenant or (loyalty_group(), member_schema(), purchase_schema())),
    ]
    return {item["$id"]: item for item in resources}
