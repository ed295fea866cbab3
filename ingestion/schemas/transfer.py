"""Carry resources between sandboxes and installations without loss."""

from typing import Any

from django.db import transaction

from core.access.types import Actor
from core.sandboxes.models import Sandbox
from ingestion.schemas import documents, queries
from ingestion.schemas.actions import lock_registry, replace_resource, store_new
from ingestion.schemas.library import standard_resources
from ingestion.schemas.lookup import TenantLookup, dependencies, tenant_of
from ingestion.schemas.models import RegistryResource
from ingestion.schemas.types import Raw, ResourceInvalid, Target, not_found
from ingestion.xdm import names

PLACEHOLDER = "<XDM_TENANTID_PLACEHOLDER>"
# Facts of the place a resource is stored at, not of the resource.
_LOCAL = ("imsOrg", "meta:sandboxId", "meta:sandboxType", "meta:registryMetadata")


def export_resource(sandbox: Sandbox, identifier: str) -> list[Raw]:
    """The resource and all tenant resources it needs, dependencies first, free of the tenant id."""
    text = queries.clean_identifier(identifier)
    rows = RegistryResource.objects.filter(sandbox=sandbox.number)
    row = rows.filter(alt_id=text).first() or rows.filter(uri=names.uri_of(text)).first()
    if row is None:
        raise not_found("", text, "resource")
    lookup = TenantLookup(sandbox.number).prepare([row.document])
    needed = [r for r in dependencies(row.document, lookup) if r["$id"] not in standard_resources()]
    tenant_id = tenant_of(sandbox)
    return [
        _swap({k: v for k, v in raw.items() if k not in _LOCAL}, tenant_id, PLACEHOLDER)
        for raw in (*needed, row.document)
    ]


@transaction.atomic
def import_resources(given: Any, *, sandbox: Sandbox, actor: Actor) -> list[Raw]:
    """Store an export here; resources that exist already are brought to the imported state."""
    lock_registry(sandbox)
    if not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
        raise ResourceInvalid("An import is an array of resources.")
    local = [_swap(raw, PLACEHOLDER, tenant_of(sandbox)) for raw in given]
    return [_import_one(raw, sandbox=sandbox, actor=actor) for raw in local]


def _import_one(raw: Raw, *, sandbox: Sandbox, actor: Actor) -> Raw:
    uri, kind = raw.get("$id"), names.canonical_type(str(raw.get("meta:resourceType")))
    if kind not in names.RESOURCE_TYPES:
        raise ResourceInvalid(f"{kind} is not a kind of resources.", path="meta:resourceType")
    if not isinstance(uri, str) or not names.is_tenant_uri(uri, tenant_of(sandbox)):
        raise ResourceInvalid(f"{uri} is not an id of this tenant.", path="$id")
    existing = queries.find_row(sandbox.number, kind=kind, identifier=uri)
    if existing is None:
        lookup = TenantLookup(sandbox.number)
        body = documents.checked_body(raw, kind=kind, tenant_id=tenant_of(sandbox), lookup=lookup)
        version = f"1.{documents.minor_version(raw)}"
        target = Target(sandbox, kind, uri, actor)
        return store_new(body, target=target, lookup=lookup, version=version)
    if _same(existing.document, raw):
        return dict(existing.document)
    return replace_resource(raw, kind=kind, identifier=uri, sandbox=sandbox, actor=actor)


def _same(stored: Raw, imported: Raw) -> bool:
    ignored = {*_LOCAL, "version"}
    first = {key: value for key, value in stored.items() if key not in ignored}
    return first == {key: value for key, value in imported.items() if key not in ignored}


def _swap(value: Any, old: str, new: str) -> Any:
    """The document with one tenant id in place of another, in ids, paths and field names."""
    if isinstance(value, dict):
        return {_swap_text(key, old, new): _swap(child, old, new) for key, child in value.items()}
    if isinstance(value, list):
        return [_swap(child, old, new) for child in value]
    return _swap_text(value, old, new) if isinstance(value, str) else value


def _swap_text(text: str, old: str, new: str) -> str:
    """Only whole names: a title that happens to hold the tenant id stays as it is."""
    text = text.replace(f"{names.NS}{old}/", f"{names.NS}{new}/")
    if text == f"_{old}":
        return f"_{new}"
    if text.startswith(f"_{old}."):
        return f"_{new}." + text.removeprefix(f"_{old}.")
    return text.replace(f"/_{old}/", f"/_{new}/")
