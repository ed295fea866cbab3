"""Writes of datasets. Each is one transaction with its audit event and announcement.

Locks: creation takes the sandbox row (FOR NO KEY UPDATE), so that two creations never choose the
same table name; changes take the dataset row. Both then take the schema row, so that a schema
cannot be deleted while a dataset comes to use it.
"""

import secrets
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction

from core import clock
from core.access.permissions import require
from core.access.types import Actor
from core.audit.actions import record
from core.errors import Invalid, NotFound, PreconditionFailed
from core.notify import config_changed
from core.sandboxes.models import Sandbox
from ingestion.catalog import tags as tag_rules
from ingestion.catalog.models import Dataset
from ingestion.catalog.queries import dataset_not_found, list_datasets
from ingestion.catalog.types import DatasetInput
from ingestion.schemas.gate import check_profile_ready, is_union_member
from ingestion.schemas.models import RegistryResource
from ingestion.schemas.queries import find_resource, get_union, lookup_for
from ingestion.schemas.types import NotReadyForProfile, Raw
from ingestion.xdm.names import class_of_union
from ingestion.xdm.resolve import behavior_of

NOT_VALID_FOR_PROFILE = "To enable profile datasets the schema should be valid"
_LONGEST_NAME = 300


def create_dataset(
    *,
    actor: Actor,
    sandbox: Sandbox,
    given: DatasetInput,
    client_id: str = "",
    validate_only: bool = False,
) -> Dataset:
    """A new dataset; with `validate_only` all checks run and nothing is kept."""
    require(actor, "manage-datasets", sandbox)
    with transaction.atomic():
        Sandbox.objects.select_for_update(no_key=True).get(pk=sandbox.pk)
        now = clock.now_ms()
        dataset = Dataset(
            id=f"{now // 1000:08x}{secrets.token_hex(8)}",
            sandbox=sandbox,
            created_ms=now,
            updated_ms=now,
            created_by=actor.id,
            updated_by=actor.id,
            created_client=client_id,
            document={"viewId": f"{now // 1000:08x}{secrets.token_hex(8)}"},
        )
        _assign(dataset, given, sandbox=sandbox)
        _name_table(dataset)
        if validate_only:
            return dataset
        dataset.number = _next_number()
        dataset.save(force_insert=True)
        _written(dataset, actor=actor, action="Create")
    return dataset


def patch_dataset(
    *,
    actor: Actor,
    sandbox: Sandbox,
    dataset_id: str,
    edit: Callable[[Dataset], DatasetInput],
    if_match: str | None = None,
    validate_only: bool = False,
) -> Dataset:
    """Change a dataset: `edit` sees the locked row, so that no concurrent change is lost."""
    require(actor, "manage-datasets", sandbox)
    with transaction.atomic():
        dataset = _lock(sandbox, dataset_id, if_match=if_match)
        _assign(dataset, edit(dataset), sandbox=sandbox)
        if validate_only:
            return dataset
        dataset.patch_version += 1
        dataset.updated_ms = max(clock.now_ms(), dataset.updated_ms)
        dataset.updated_by = actor.id
        dataset.save()
        _written(dataset, actor=actor, action="Update")
    return dataset


def replace_dataset(
    *,
    actor: Actor,
    sandbox: Sandbox,
    dataset_id: str,
    given: DatasetInput,
    if_match: str | None = None,
    validate_only: bool = False,
) -> Dataset:
    """Put another description in the place of the stored one; its table keeps its name."""
    require(actor, "manage-datasets", sandbox)
    return patch_dataset(
        actor=actor,
        sandbox=sandbox,
        dataset_id=dataset_id,
        edit=lambda _: given,
        if_match=if_match,
        validate_only=validate_only,
    )


def delete_dataset(
    *,
    actor: Actor,
    sandbox: Sandbox,
    dataset_id: str,
    if_match: str | None = None,
    validate_only: bool = False,
) -> None:
    """Take the dataset out of use. Its row stays, for old records still name it."""
    require(actor, "manage-datasets", sandbox)
    with transaction.atomic():
        dataset = _lock(sandbox, dataset_id, if_match=if_match)
        if validate_only:
            return
        dataset.deleted_ms = dataset.updated_ms = clock.now_ms()
        dataset.updated_by = actor.id
        dataset.save(update_fields=["deleted_ms", "updated_ms", "updated_by"])
        _written(dataset, actor=actor, action="Delete")


def version_of(dataset: Dataset) -> str:
    """The version clients compare: its last part rises with each write."""
    return f"1.0.{dataset.patch_version}"


def _lock(sandbox: Sandbox, dataset_id: str, *, if_match: str | None) -> Dataset:
    rows = list_datasets(sandbox=sandbox).filter(pk=dataset_id)
    dataset = rows.select_for_update().first()
    if dataset is None:
        raise dataset_not_found(dataset_id)
    if if_match not in {None, "*", version_of(dataset)}:
        raise PreconditionFailed(
            f"Version {if_match} of dataset {dataset_id} is not the current one",
            code="1003",
            received=if_match,
            expected=version_of(dataset),
        )
    return dataset


def _assign(dataset: Dataset, given: DatasetInput, *, sandbox: Sandbox) -> None:
    """Check what was said and write it into the (unsaved) row."""
    name = given.name.strip()
    if not 0 < len(name) <= _LONGEST_NAME:
        raise Invalid("name needs 1 to 300 characters", code="1004", path="name", received=name)
    kept = {k: v for k, v in dataset.tags.items() if k == tag_rules.TABLE}
    tags = {**kept, **tag_rules.normalise(given.tags)}
    enabled = tag_rules.switches(tags)
    _check_schema_change(dataset, given)
    if dataset.profile_enabled and enabled.profile_enabled and not dataset.is_upsert:
        _refuse_upsert_of_enabled(enabled)
    schema = _schema(sandbox, given.schema_uri)
    if enabled.profile_enabled and not (dataset.profile_enabled and _same_schema(dataset, given)):
        _check_profile_ready(sandbox, schema)
    dataset.name, dataset.description = name, given.description
    dataset.schema_uri = given.schema_uri
    dataset.schema_content_type = given.schema_content_type
    dataset.tags = tags
    dataset.profile_enabled = enabled.profile_enabled
    dataset.identity_enabled = enabled.identity_enabled
    dataset.is_upsert = enabled.is_upsert
    dataset.validation_disabled = enabled.validation_disabled
    behavior = behavior_of(schema, lookup_for(sandbox, [schema]))
    dataset.document = {**dataset.document, "behavior": behavior, "extra": dict(given.extra)}


def _same_schema(dataset: Dataset, given: DatasetInput) -> bool:
    return dataset.schema_uri == given.schema_uri


def _check_schema_change(dataset: Dataset, given: DatasetInput) -> None:
    if dataset.schema_uri and not _same_schema(dataset, given) and dataset.first_record_ms:
        raise Invalid(
            "The schema of a dataset that holds data cannot change",
            code="1005",
            path="schemaRef.id",
            received=given.schema_uri,
            expected=dataset.schema_uri,
        )


def _refuse_upsert_of_enabled(enabled: tag_rules.Switches) -> None:
    if enabled.is_upsert:
        raise Invalid(
            "Disable the dataset for profile and identity before turning it to upsert",
            code="1006",
            path=f"tags.{tag_rules.PROFILE}",
            received="isUpsert:true",
        )


def _schema(sandbox: Sandbox, uri: str) -> Raw:
    # The lock holds off a deletion; a standard schema has no row and needs none.
    rows = RegistryResource.objects.filter(sandbox=sandbox, uri=uri, kind="schemas")
    rows.select_for_update(no_key=True).first()
    schema = _find_schema(sandbox, uri)
    if schema is None:
        raise Invalid(
            f"Schema {uri} does not exist in this sandbox",
            code="1007",
            path="schemaRef.id",
            received=uri,
        )
    return schema


def _find_schema(sandbox: Sandbox, uri: str) -> Raw | None:
    """A schema; or a union, for exports of profiles go into datasets of one."""
    class_uri = class_of_union(uri)
    if class_uri is None:
        found = find_resource(sandbox, uri)
        return found if found and found.get("meta:resourceType") == "schemas" else None
    try:
        return get_union(sandbox, class_uri)
    except NotFound:
        return None


def _check_profile_ready(sandbox: Sandbox, schema: Raw) -> None:
    reason = ""
    if not is_union_member(schema):
        reason = f"the schema {schema['title']} is not enabled for profile (tag union)"
    try:
        check_profile_ready(sandbox, schema)
    except NotReadyForProfile as refusal:
        reason = reason or refusal.message
    if reason:
        raise Invalid(
            f"{NOT_VALID_FOR_PROFILE}: {reason}", code="1008", path=f"tags.{tag_rules.PROFILE}"
        )


def _name_table(dataset: Dataset) -> None:
    """Give the dataset its query table: the client's choice, else one after its name."""
    if dataset.tags.get(tag_rules.TABLE):
        return
    base = name = tag_rules.table_name(dataset.name)
    suffix = 0
    same_sandbox = Dataset.objects.filter(sandbox=dataset.sandbox)
    while same_sandbox.filter(tags__contains={tag_rules.TABLE: [name]}).exists():
        suffix += 1
        name = f"{base}_{suffix}"
    dataset.tags = {**dataset.tags, tag_rules.TABLE: [name]}


def _next_number() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('dataset_number')")
        row: Any = cursor.fetchone()
        return int(row[0])


def _written(dataset: Dataset, *, actor: Actor, action: str) -> None:
    record(
        actor=actor,
        action=action,
        asset=("Dataset", dataset.id, dataset.name),
        sandbox=dataset.sandbox,
        details={
            "version": version_of(dataset),
            "profileEnabled": dataset.profile_enabled,
            "identityEnabled": dataset.identity_enabled,
        },
    )
    config_changed("dataset")
