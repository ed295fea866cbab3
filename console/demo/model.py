"""The sample world's schemas, identities, datasets and connection. Creating them twice is safe."""

import sys
from dataclasses import dataclass
from typing import Any

from console.demo.client import Client

_REGISTRY = "/data/foundation/schemaregistry/tenant"
_XDM = "https://ns.adobe.com/xdm"
_HTTP_SPEC = {"id": "bc7b00d6-623a-4dfc-9fdb-f1240aeadaeb", "version": "1.0"}
_CONTENT_TYPE = "application/vnd.adobe.xed-full+json;version=1"


@dataclass(frozen=True, slots=True)
class Target:
    """A dataset and its schema, as a message's header names them."""

    dataset_id: str
    schema_id: str
    organization: str

    def message(self, entity: dict[str, Any]) -> dict[str, Any]:
        """The entity in the streaming envelope."""
        reference = {"id": self.schema_id, "contentType": _CONTENT_TYPE}
        return {
            "header": {
                "schemaRef": reference,
                "imsOrgId": self.organization,
                "datasetId": self.dataset_id,
            },
            "body": {"xdmMeta": {"schemaRef": reference}, "xdmEntity": entity},
        }


@dataclass(frozen=True, slots=True)
class Model:
    """Where members and events go."""

    inlet_id: str
    members: Target
    events: Target


def create_model(client: Client, *, tenant: str) -> Model:
    """Find or create everything the sample world needs."""
    _create_namespace(client)
    _set_linking_rules(client)
    group = _create_field_group(client, tenant)
    members = _create_target(
        client,
        title="Demo loyalty members",
        parts=[
            f"{_XDM}/context/profile",
            f"{_XDM}/context/profile-person-details",
            f"{_XDM}/context/profile-personal-details",
            group,
        ],
        identities=[
            (f"/_{tenant}/memberId", "Loyalty", True),
            ("/personalEmail/address", "Email", False),
        ],
    )
    events = _create_target(
        client,
        title="Demo shop events",
        parts=[
            f"{_XDM}/context/experienceevent",
            f"{_XDM}/context/identitymap",
            f"{_XDM}/context/experienceevent-web",
            f"{_XDM}/context/experienceevent-commerce",
        ],
        identities=[],
    )
    return Model(_create_connection(client), members, events)


def say_made(kind: str, name: str, identifier: str) -> None:
    """One line to the person who watches: what there is now."""
    sys.stdout.write(f"{kind:<14} {name:<24} {identifier}\n")


def _create_namespace(client: Client) -> None:
    known = client.get("/data/core/idnamespace/identities")
    if not any(namespace["code"] == "Loyalty" for namespace in known):
        client.post(
            "/data/core/idnamespace/identities",
            {"name": "Loyalty number", "code": "Loyalty", "idType": "CROSS_DEVICE"},
        )
    say_made("namespace", "Loyalty number", "Loyalty")


def _set_linking_rules(client: Client) -> None:
    namespaces = [
        {"code": "Loyalty", "priority": 1, "unique": True},
        {"code": "Email", "priority": 2, "unique": True},
        {"code": "ECID", "priority": 3, "unique": False},
    ]
    client.put("/data/core/identity/settings", {"namespaces": namespaces})
    say_made("linking rules", "one member a profile", "Loyalty > Email > ECID")


def _find(client: Client, kind: str, title: str) -> str | None:
    found = client.get(f"{_REGISTRY}/{kind}", property=f"title=={title}")
    return found["results"][0]["$id"] if found["results"] else None


def _create_field_group(client: Client, tenant: str) -> str:
    title = "Demo loyalty membership"
    identifier = _find(client, "fieldgroups", title)
    if identifier is None:
        fields = {
            "memberId": {"title": "Member number", "type": "string"},
            "tier": {
                "title": "Tier",
                "type": "string",
                "enum": ["bronze", "silver", "gold", "platinum"],
                "meta:enum": {
                    "bronze": "Bronze",
                    "silver": "Silver",
                    "gold": "Gold",
                    "platinum": "Platinum",
                },
            },
            "points": {
                "title": "Points",
                "type": "integer",
                "meta:xdmType": "int",
                "minimum": 0,
            },
            "joinedOn": {"title": "Joined on", "type": "string", "format": "date"},
        }
        custom = {
            "type": "object",
            "properties": {f"_{tenant}": {"type": "object", "properties": fields}},
        }
        body = {
            "title": title,
            "description": "Number, tier and points of a loyalty member",
            "type": "object",
            "meta:intendedToExtend": [f"{_XDM}/context/profile"],
            "definitions": {"customFields": custom},
            "allOf": [{"$ref": "#/definitions/customFields"}],
        }
        identifier = client.post(f"{_REGISTRY}/fieldgroups", body)["$id"]
    say_made("field group", title, identifier)
    return identifier


def _create_target(
    client: Client, *, title: str, parts: list[str], identities: list[tuple[str, str, bool]]
) -> Target:
    schema_id = _find(client, "schemas", title)
    if schema_id is None:
        schema_id = _create_schema(client, title, parts, identities)
    say_made("schema", title, schema_id)
    dataset_id = _find_dataset(client, title) or _create_dataset(client, title, schema_id)
    say_made("dataset", title, dataset_id)
    return Target(dataset_id, schema_id, client.headers["x-gw-ims-org-id"])


def _create_schema(
    client: Client, title: str, parts: list[str], identities: list[tuple[str, str, bool]]
) -> str:
    body = {
        "title": title,
        "type": "object",
        "allOf": [{"$ref": part} for part in parts],
        "meta:immutableTags": ["union"],
    }
    schema_id: str = client.post(f"{_REGISTRY}/schemas", body)["$id"]
    for path, namespace, primary in identities:
        descriptor = {
            "@type": "xdm:descriptorIdentity",
            "xdm:sourceSchema": schema_id,
            "xdm:sourceVersion": 1,
            "xdm:sourceProperty": path,
            "xdm:namespace": namespace,
            "xdm:property": "xdm:code",
            "xdm:isPrimary": primary,
        }
        client.post(f"{_REGISTRY}/descriptors", descriptor)
    return schema_id


def _find_dataset(client: Client, name: str) -> str | None:
    return next(iter(client.get("/data/foundation/catalog/dataSets", name=name)), None)


def _create_dataset(client: Client, name: str, schema_id: str) -> str:
    body = {
        "name": name,
        "schemaRef": {"id": schema_id, "contentType": _CONTENT_TYPE},
        "tags": {"unifiedProfile": ["enabled:true"], "unifiedIdentity": ["enabled:true"]},
    }
    (reference,) = client.post("/data/foundation/catalog/dataSets", body)
    return str(reference.rpartition("/")[2])


def _create_connection(client: Client) -> str:
    name = "Demo shop stream"
    base = "/data/foundation/flowservice/connections"
    items = client.get(base, property=f"name=={name}")["items"]
    if not items:
        body = {
            "name": name,
            "description": "Streaming connection of the sample world",
            "connectionSpec": _HTTP_SPEC,
            "auth": {
                "specName": "Streaming Connection",
                "params": {"sourceId": "demo-shop", "dataType": "xdm", "name": "demo-shop"},
            },
        }
        created = client.post(base, body)["id"]
        items = client.get(f"{base}/{created}")["items"]
    parameters = items[0]["auth"]["params"]
    say_made("connection", name, parameters["inletUrl"])
    return str(parameters["inletId"])
