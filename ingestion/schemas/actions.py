"""Write the registry. Every action holds the sandbox's registry lock until it commits."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from core import clock, notify
from core.access.permissions import require
from core.access.types import Actor
from core.audit import actions as audit
from core.http.request_id import current_request_id
from core.json_patch import apply_patch
from core.sandboxes.models import Sandbox
from ingestion.schemas import cache, documents, gate, queries, unions, usage
from ingestion.schemas.lookup import TenantLookup, tenant_of
from ingestion.schemas.models import Descriptor, RegistryResource, RegistryRevision
from ingestion.schemas.types import (
    Raw,
    ResourceInUse,
    ResourceInvalid,
    StaleVersion,
    Target,
    TitleTaken,
    not_found,
)
from ingestion.xdm import names

_ASSETS = {"classes": "Class", "mixins": "FieldGroup", "datatypes": "DataType", "schemas": "Schema"}


def lock_registry(sandbox: Sandbox) -> None:
    """One writer per sandbox: titles, unions and evolution are checked against what stays true.

    The weak form of the row lock leaves foreign keys to the sandbox free for everybody else.
    """
    Sandbox.objects.select_for_update(no_key=True).get(pk=sandbox.pk)


@transaction.atomic
def create_resource(given: Any, *, kind: str, sandbox: Sandbox, actor: Actor) -> Raw:
    """Store a new tenant resource; answers the whole document."""
    require(actor, "manage-schemas", sandbox)
    lock_registry(sandbox)
    lookup = TenantLookup(sandbox.number)
    body = documents.checked_body(given, kind=kind, tenant_id=tenant_of(sandbox), lookup=lookup)
    target = Target(sandbox, kind, documents.new_uri(sandbox, kind), actor)
    return store_new(body, target=target, lookup=lookup)


def store_new(
    body: Raw, *, target: Target, lookup: TenantLookup, version: str | None = None
) -> Raw:
    """Insert a checked body under a given `$id`; the caller holds the lock."""
    _check_title(body["title"], sandbox=target.sandbox)
    moment = _next_moment(target.sandbox)
    document = documents.stamped(body, target=target, moment=moment, version=version)
    if target.kind == "schemas":
        unions.check_unions(target.sandbox, [document], lookup=lookup)
    row = RegistryResource(
        sandbox=target.sandbox,
        uri=target.uri,
        kind=target.kind,
        created_ms=moment,
        created_by=target.actor.name,
    )
    _save(row, document, target=target, moment=moment)
    _announce(row, "Create", [{"action": "add", "path": "/", "value": body}], actor=target.actor)
    return document


def _check_title(title: str, *, sandbox: Sandbox, uri: str = "") -> None:
    rows = RegistryResource.objects.filter(sandbox=sandbox, title=title).exclude(uri=uri)
    if rows.exists():
        raise TitleTaken(f"The title {title} is already used by another resource.", path="title")


def _next_moment(sandbox: Sandbox) -> int:
    """Now, or just after the last write: paging by `updated` needs every moment only once."""
    rows = RegistryResource.objects.filter(sandbox=sandbox)
    newest = rows.order_by("-updated_ms").values_list("updated_ms", flat=True).first()
    return max(clock.now_ms(), (newest or 0) + 1)


def _save(row: RegistryResource, document: Raw, *, target: Target, moment: int) -> None:
    row.alt_id = document["meta:altId"]
    row.title = document["title"]
    row.minor_version = documents.minor_version(document)
    row.class_uri = document.get("meta:class", "") if row.kind == "schemas" else ""
    row.union = row.kind == "schemas" and unions.is_union_member(document)
    row.document = document
    row.etag = documents.etag_of(document)
    row.updated_ms = moment
    row.updated_by = target.actor.name
    row.client_id = target.client_id
    row.save()


@transaction.atomic
def replace_resource(
    given: Any,
    *,
    kind: str,
    identifier: str,
    sandbox: Sandbox,
    actor: Actor,
    if_match: str | None = None,
) -> Raw:
    """PUT: the whole client part anew. Immutable tags stay when the body does not mention them."""
    require(actor, "manage-schemas", sandbox)
    row = _locked_row(kind, identifier, sandbox=sandbox, if_match=if_match)
    if isinstance(given, dict) and "meta:immutableTags" in row.document:
        given = {"meta:immutableTags": row.document["meta:immutableTags"], **given}
    return _rewrite(row, given, None, sandbox=sandbox, actor=actor)


@transaction.atomic
def patch_resource(
    operations: Any,
    *,
    kind: str,
    identifier: str,
    sandbox: Sandbox,
    actor: Actor,
    if_match: str | None = None,
) -> Raw:
    """PATCH: JSON Patch on the stored document."""
    require(actor, "manage-schemas", sandbox)
    row = _locked_row(kind, identifier, sandbox=sandbox, if_match=if_match)
    patched = apply_patch(row.document, operations)
    updates = [
        {"action": op["op"], "path": op["path"], "value": op.get("value", op.get("from"))}
        for op in operations
    ]
    return _rewrite(row, patched, updates, sandbox=sandbox, actor=actor)


def _locked_row(
    kind: str, identifier: str, *, sandbox: Sandbox, if_match: str | None
) -> RegistryResource:
    """The stored row under the registry lock: two patches apply one after the other."""
    lock_registry(sandbox)
    row = queries.find_row(sandbox.number, kind=kind, identifier=identifier)
    if row is None:
        raise not_found(kind, identifier, names.KIND_NAMES[kind])
    if if_match and if_match != "*" and if_match.strip().removeprefix("W/").strip('"') != row.etag:
        raise StaleVersion(f"{row.title} was changed by someone else.", etag=row.etag)
    return row


def _rewrite(
    row: RegistryResource,
    given: Any,
    updates: list[Raw] | None,
    *,
    sandbox: Sandbox,
    actor: Actor,
) -> Raw:
    old: Raw = row.document
    lookup = TenantLookup(sandbox.number)
    body = documents.checked_body(given, kind=row.kind, tenant_id=tenant_of(sandbox), lookup=lookup)
    _check_title(body["title"], sandbox=sandbox, uri=row.uri)
    moment = _next_moment(sandbox)
    target = Target(sandbox, row.kind, row.uri, actor)
    document = documents.stamped(body, target=target, moment=moment, previous=old)
    gate.check_change(sandbox, old=old, new=document)
    if row.kind == "schemas" and unions.is_union_member(document) and not row.union:
        gate.check_profile_ready(sandbox, document)
    _save(row, document, target=target, moment=moment)
    _announce(row, "Update", updates or _differences(old, document), actor=actor)
    return document


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Raw]:
    """Changed top-level keys, as the audit log lists them."""
    silent = ("version", "meta:registryMetadata", "refs", "meta:extends")
    changed = [key for key in {**old, **new} if old.get(key) != new.get(key) and key not in silent]
    return [
        {
            "action": "replace" if key in old and key in new else "add" if key in new else "remove",
            "path": f"/{key}",
            "value": new.get(key),
        }
        for key in changed
    ]


@transaction.atomic
def delete_resource(
    *,
    kind: str,
    identifier: str,
    sandbox: Sandbox,
    actor: Actor,
    if_match: str | None = None,
) -> None:
    """Remove a resource nobody uses; a schema takes its descriptors along."""
    require(actor, "manage-schemas", sandbox)
    row = _locked_row(kind, identifier, sandbox=sandbox, if_match=if_match)
    users = [str(doc["title"]) for doc in usage.dependents(sandbox.number, row.uri)]
    if users:
        raise ResourceInUse(
            f"{row.title} is used by {', '.join(users[:5])} and cannot be deleted.", used_by=users
        )
    datasets = usage.dataset_names(sandbox.number, row.uri)
    if datasets:
        raise ResourceInUse(
            f"The schema {row.title} is used by the datasets {', '.join(datasets)}.",
            used_by=datasets,
        )
    Descriptor.objects.filter(sandbox=sandbox, schema_uri=row.uri).delete()
    _announce(row, "Delete", [{"action": "remove", "path": "/", "value": None}], actor=actor)
    row.delete()


def _announce(row: RegistryResource, action: str, updates: list[Raw], *, actor: Actor) -> None:
    """Keep the revision, the audit event, and tell every process that schemas changed."""
    entries = [{"id": row.uri, "xdmType": row.kind, **update} for update in updates]
    RegistryRevision.objects.create(
        sandbox=row.sandbox,
        uri=row.uri,
        kind=row.kind,
        minor_version=row.minor_version,
        at_ms=clock.now_ms(),
        actor=actor.name,
        client_id=row.client_id,
        request_id=current_request_id(),
        updates=entries,
        document=row.document,
    )
    audit.record(
        actor=actor,
        action=action,
        asset=(_ASSETS[row.kind], row.uri, row.title),
        sandbox=row.sandbox,
        details={"version": f"1.{row.minor_version}"},
    )
    announce_change()


def announce_change() -> None:
    """Compiled schemas are stale: for this transaction now, for all others once it commits."""
    notify.config_changed("schema")
    cache.invalidate()
    transaction.on_commit(cache.invalidate)


def tag_for_profile(*, schema_uri: str, sandbox: Sandbox, actor: Actor) -> Raw:
    """Put a schema into its class's union, if it is not there yet."""
    row = queries.find_row(sandbox.number, kind="schemas", identifier=schema_uri)
    if row is None:
        raise ResourceInvalid(f"{schema_uri} is no schema of this sandbox.", path="schemaRef")
    if row.union:
        return dict(row.document)
    tags = [*row.document.get("meta:immutableTags", ()), names.UNION_TAG]
    operation = {"op": "add", "path": "/meta:immutableTags", "value": tags}
    return patch_resource(
        [operation], kind="schemas", identifier=schema_uri, sandbox=sandbox, actor=actor
    )
