"""A small loyalty world made by the actions: a member schema, an event schema, their datasets."""

from dataclasses import dataclass
from typing import Any

import orjson

from core import clock, sql
from core.access.types import SYSTEM
from core.sandboxes.models import Sandbox
from ingestion.catalog.actions import create_dataset
from ingestion.catalog.models import Dataset
from ingestion.catalog.types import DatasetInput
from ingestion.journal.append import append_records
from ingestion.journal.queries import PROFILE_READER, ensure_position
from ingestion.journal.types import Append
from ingestion.schemas.actions import create_resource
from ingestion.schemas.descriptor_actions import create_descriptor
from profiles.context import load_context
from profiles.pipeline import process_batch

XDM = "https://ns.adobe.com/xdm"
ENABLED = {"unifiedProfile": ["enabled:true"], "unifiedIdentity": ["enabled:true"]}
ECID = "7000000000000000000000000000000000000{:1d}"


@dataclass(frozen=True, slots=True)
class Loyalty:
    """The world; `tenant` is the underscored field all custom fields live under."""

    sandbox: Sandbox
    tenant: str
    members: Dataset
    events: Dataset

    def member(self, crm: str, **fields: Any) -> bytes:
        """Message of a member record; `email` and `points` are the custom fields it knows."""
        entity: dict[str, Any] = {self.tenant: {"crmId": crm, **fields.pop("custom", {})}}
        if "email" in fields:
            entity["personalEmail"] = {"address": fields.pop("email")}
        return self.message(self.members, entity | fields)

    def event(
        self, event_id: str, *, timestamp: str = "2026-03-01T10:00:00Z", **maps: str
    ) -> bytes:
        """Message of an event whose identityMap has one value a namespace, the first primary."""
        identity_map = {
            code: [{"id": value, "primary": index == 0}]
            for index, (code, value) in enumerate(maps.items())
        }
        entity = {"_id": event_id, "timestamp": timestamp, "identityMap": identity_map}
        return self.message(self.events, entity)

    def message(self, dataset: Dataset, entity: Any, **header: Any) -> bytes:
        """An entity in its envelope."""
        reference = {"id": dataset.schema_uri, "contentType": dataset.schema_content_type}
        head = {"schemaRef": reference, "datasetId": dataset.id, **header}
        body = {"xdmMeta": {"schemaRef": reference}, "xdmEntity": entity}
        return orjson.dumps({"header": head, "body": body})


def make_loyalty(sandbox: Sandbox, *, event_parts: tuple[str, ...] = ()) -> Loyalty:
    """Schemas, identities and profile-enabled datasets; events have these field groups as well."""
    tenant = f"_{sandbox.organization.tenant_id}"
    group = _create(sandbox, "mixins", _membership(tenant))
    member_schema = _create(
        sandbox,
        "schemas",
        _schema(
            "Member",
            f"{XDM}/context/profile",
            f"{XDM}/context/profile-person-details",
            f"{XDM}/context/profile-personal-details",
            f"{XDM}/context/identitymap",
            group,
        ),
    )
    _identify(sandbox, member_schema, f"/{tenant}/crmId", "b2b_person", primary=True)
    _identify(sandbox, member_schema, "/personalEmail/address", "Email", primary=False)
    event_schema = _create(
        sandbox,
        "schemas",
        _schema(
            "Visit",
            f"{XDM}/context/experienceevent",
            f"{XDM}/context/identitymap",
            *event_parts,
        ),
    )
    return Loyalty(
        sandbox,
        tenant,
        _dataset(sandbox, "Members", member_schema),
        _dataset(sandbox, "Visits", event_schema),
    )


def append(loyalty: Loyalty, *messages: bytes, received_at: int | None = None) -> list[int]:
    """Journal the messages as the collector does; answers their sequence numbers."""
    at = clock.now_us() if received_at is None else received_at
    with sql.connect() as connection:
        numbers = append_records(
            connection,
            [
                Append(
                    stream=loyalty.sandbox.number, inlet=0, received_at=at, payloads=list(messages)
                )
            ],
        )
    return [number for first in numbers for number in range(first, first + len(messages))]


def process(sandbox: Sandbox, *, limit: int = 1000) -> int:
    """Run the pipeline until the stream is empty; answers how many records it took."""
    total = 0
    context = load_context(sandbox.number)
    with sql.connect(autocommit=True) as connection:
        ensure_position(connection, PROFILE_READER, sandbox.number)
        while taken := process_batch(connection, context, limit=limit):
            total += taken
    return total


def _create(sandbox: Sandbox, kind: str, document: dict[str, Any]) -> str:
    uri: str = create_resource(document, kind=kind, sandbox=sandbox, actor=SYSTEM)["$id"]
    return uri


def _schema(title: str, *parts: str) -> dict[str, Any]:
    return {
        "title": title,
        "type": "object",
        "allOf": [{"$ref": part} for part in parts],
        "meta:immutableTags": ["union"],
    }


def _membership(tenant: str) -> dict[str, Any]:
    fields = {
        "crmId": {"type": "string", "title": "CRM id"},
        "points": {"type": "integer", "title": "Points", "meta:xdmType": "int"},
        "tier": {"type": "string", "title": "Tier"},
    }
    tree = {tenant: {"type": "object", "properties": fields}}
    return {
        "title": "Membership",
        "type": "object",
        "meta:intendedToExtend": [f"{XDM}/context/profile"],
        "definitions": {"own": {"type": "object", "properties": tree}},
        "allOf": [{"$ref": "#/definitions/own"}],
    }


def _identify(sandbox: Sandbox, schema: str, path: str, namespace: str, *, primary: bool) -> None:
    create_descriptor(
        {
            "@type": "xdm:descriptorIdentity",
            "xdm:sourceSchema": schema,
            "xdm:sourceVersion": 1,
            "xdm:sourceProperty": path,
            "xdm:namespace": namespace,
            "xdm:property": "xdm:code",
            "xdm:isPrimary": primary,
        },
        sandbox=sandbox,
        actor=SYSTEM,
    )


def _dataset(sandbox: Sandbox, name: str, schema: str) -> Dataset:
    given = DatasetInput(name=name, schema_uri=schema, tags=ENABLED)
    return create_dataset(actor=SYSTEM, sandbox=sandbox, given=given)
