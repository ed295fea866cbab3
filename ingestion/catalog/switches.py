"""Describe a dataset and turn its feeding of profiles on and off, as people do it."""

from collections.abc import Mapping
from dataclasses import replace

from core.access.types import Actor
from core.sandboxes.models import Sandbox
from ingestion.catalog import tags as tag_rules
from ingestion.catalog.actions import patch_dataset
from ingestion.catalog.models import Dataset
from ingestion.catalog.queries import input_of
from ingestion.catalog.types import DatasetInput
from ingestion.schemas.gate import check_profile_ready, is_union_member
from ingestion.schemas.queries import find_resource
from ingestion.schemas.types import NotReadyForProfile

# Tags that switch something or belong to the system: people see them as settings, not as tags.
SYSTEM_TAGS = frozenset(
    {tag_rules.PROFILE, tag_rules.IDENTITY, tag_rules.VALIDATION, tag_rules.TABLE}
)


def obstacle_to_profile(*, sandbox: Sandbox, schema_uri: str) -> str:
    """Why a dataset of this schema cannot feed profiles; empty when it can."""
    schema = find_resource(sandbox, schema_uri)
    if schema is None:
        return "Its schema does not exist any more."
    if not is_union_member(schema):
        return f"Its schema {schema['title']} is not enabled for Profile."
    try:
        check_profile_ready(sandbox, schema)
    except NotReadyForProfile as refusal:
        return refusal.message
    return ""


def describe_dataset(
    *,
    actor: Actor,
    sandbox: Sandbox,
    dataset_id: str,
    name: str,
    description: str,
    tags: Mapping[str, list[str]],
) -> Dataset:
    """Change what people call a dataset; its switches stay."""

    def edit(row: Dataset) -> DatasetInput:
        kept = {key: value for key, value in row.tags.items() if key in SYSTEM_TAGS}
        given = input_of(row)
        return replace(given, name=name, description=description, tags={**tags, **kept})

    return patch_dataset(actor=actor, sandbox=sandbox, dataset_id=dataset_id, edit=edit)


def switch_dataset(
    *, actor: Actor, sandbox: Sandbox, dataset_id: str, tag: str, enabled: bool
) -> Dataset:
    """Turn the dataset's part in profiles (or in the identity graph) on or off."""

    def edit(row: Dataset) -> DatasetInput:
        others = [v for v in row.tags.get(tag, []) if not str(v).startswith("enabled:")]
        values = [*others, f"enabled:{str(enabled).lower()}"]
        return replace(input_of(row), tags={**row.tags, tag: values})

    return patch_dataset(actor=actor, sandbox=sandbox, dataset_id=dataset_id, edit=edit)
