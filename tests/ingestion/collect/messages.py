"""Inlets and messages as senders know them."""

import secrets
from typing import Any

import orjson

from core import clock
from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset
from ingestion.connections.models import Inlet

SCHEMA = "https://ns.adobe.com/acmeco/schemas/1"


def make_inlet(sandbox: Sandbox, **changes: Any) -> Inlet:
    now = clock.now_ms()
    values: dict[str, Any] = {
        "inlet_id": secrets.token_hex(32),
        "sandbox": sandbox,
        "name": "Acme stream",
        "source_id": "acme-stream",
        "created_ms": now,
        "updated_ms": now,
        "created_by": "test",
        "updated_by": "test",
    }
    return Inlet.objects.create(**{**values, **changes})


def make_dataset(sandbox: Sandbox, *, schema_uri: str = SCHEMA, **changes: Any) -> Dataset:
    now = clock.now_ms()
    last = Dataset.objects.order_by("-number").values_list("number", flat=True).first() or 0
    values: dict[str, Any] = {
        "id": secrets.token_hex(12),
        "number": last + 1,
        "sandbox": sandbox,
        "name": "Loyalty",
        "schema_uri": schema_uri,
        "schema_content_type": "application/vnd.adobe.xed+json;version=1",
        "created_ms": now,
        "updated_ms": now,
        "created_by": "test",
        "updated_by": "test",
    }
    return Dataset.objects.create(**{**values, **changes})


def envelope(
    entity: Any = None, *, schema: str = SCHEMA, header: dict[str, Any] | None = None
) -> dict[str, Any]:
    reference = {"id": schema, "contentType": "application/vnd.adobe.xed-full+json;version=1"}
    return {
        "header": {"schemaRef": reference, "imsOrgId": "0A1B2C3D4E5F@AdobeOrg", **(header or {})},
        "body": {
            "xdmMeta": {"schemaRef": reference},
            "xdmEntity": {"_id": "ev-1"} if entity is None else entity,
        },
    }


def text(entity: Any = None, **changes: Any) -> bytes:
    return orjson.dumps(envelope(entity, **changes))
