"""Schemas and descriptors as the registry stores them."""

import secrets

from core import clock
from core.sandboxes.models import Sandbox
from ingestion.schemas.models import Descriptor, RegistryResource

PROFILE_CLASS = "https://ns.adobe.com/xdm/context/profile"
EVENT_CLASS = "https://ns.adobe.com/xdm/context/experienceevent"
IDENTITY_MAP = "https://ns.adobe.com/xdm/context/identitymap"


def make_schema(
    sandbox: Sandbox,
    *,
    title: str = "",
    class_uri: str = PROFILE_CLASS,
    union: bool = True,
    identity_map: bool = True,
) -> str:
    """`$id` of a new schema of this class."""
    tenant = sandbox.organization.tenant_id
    token = secrets.token_hex(8)
    uri = f"https://ns.adobe.com/{tenant}/schemas/{token}"
    extends = [class_uri, *([IDENTITY_MAP] if identity_map else [])]
    now = clock.now_ms()
    document = {
        "$id": uri,
        "meta:altId": f"_{tenant}.schemas.{token}",
        "meta:resourceType": "schemas",
        "version": "1.0",
        "title": title or f"Schema {token}",
        "type": "object",
        "meta:class": class_uri,
        "meta:extends": extends,
        "allOf": [{"$ref": ref} for ref in extends],
        **({"meta:immutableTags": ["union"]} if union else {}),
    }
    RegistryResource.objects.create(
        sandbox=sandbox,
        kind=RegistryResource.Kind.SCHEMAS,
        uri=uri,
        alt_id=str(document["meta:altId"]),
        title=str(document["title"]),
        class_uri=class_uri,
        union=union,
        document=document,
        etag=secrets.token_hex(8),
        created_ms=now,
        updated_ms=now,
        created_by="test",
        updated_by="test",
    )
    return uri


def make_primary_identity(
    sandbox: Sandbox, schema_uri: str, *, path: str = "/personalEmail/address", code: str = "Email"
) -> None:
    """An identity descriptor that makes this field the primary identity."""
    now = clock.now_ms()
    uri = secrets.token_hex(20)
    document = {
        "@id": uri,
        "@type": "xdm:descriptorIdentity",
        "xdm:sourceSchema": schema_uri,
        "xdm:sourceVersion": 1,
        "xdm:sourceProperty": path,
        "xdm:namespace": code,
        "xdm:property": "xdm:code",
        "xdm:isPrimary": True,
    }
    Descriptor.objects.create(
        sandbox=sandbox,
        uri=uri,
        type="xdm:descriptorIdentity",
        schema_uri=schema_uri,
        path=path,
        document=document,
        created_ms=now,
        updated_ms=now,
    )
