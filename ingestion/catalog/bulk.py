"""The same changes to several datasets: all of them, or none."""

from collections.abc import Collection
from dataclasses import replace

from django.db import transaction

from core.access.permissions import require
from core.access.types import Actor
from core.errors import Invalid
from core.sandboxes.models import Sandbox
from ingestion.catalog.actions import delete_dataset, patch_dataset
from ingestion.catalog.browse import live_datasets
from ingestion.catalog.models import Dataset
from ingestion.catalog.queries import input_of
from ingestion.catalog.switches import SYSTEM_TAGS
from ingestion.catalog.types import DatasetInput


@transaction.atomic
def tag_datasets(
    *, actor: Actor, sandbox: Sandbox, datasets: Collection[str], name: str, value: str
) -> int:
    """Give datasets a tag, beside what they have; answers how many did not have it yet."""
    require(actor, "manage-datasets", sandbox)
    if not name or name in SYSTEM_TAGS:
        raise Invalid(f"“{name}” cannot be a tag of yours.", path="name", received=name)

    def edit(row: Dataset) -> DatasetInput:
        kept = [each for each in row.tags.get(name, []) if each != value]
        values = [*kept, value] if value else kept
        return replace(input_of(row), tags={**row.tags, name: values})

    changed = [row for row in _locked(sandbox, datasets) if not has_tag(row, name, value)]
    # Each change locks its schema, too: in one order, as the datasets before.
    for row in sorted(changed, key=lambda each: each.schema_uri):
        patch_dataset(actor=actor, sandbox=sandbox, dataset_id=row.pk, edit=edit)
    return len(changed)


def has_tag(dataset: Dataset, name: str, value: str) -> bool:
    """Whether the dataset has this value of the tag; with an empty value, the tag at all."""
    return name in dataset.tags and (not value or value in dataset.tags[name])


@transaction.atomic
def delete_datasets(*, actor: Actor, sandbox: Sandbox, datasets: Collection[str]) -> int:
    """Take datasets out of use; answers how many were still there."""
    require(actor, "manage-datasets", sandbox)
    found = _locked(sandbox, datasets)
    for row in found:
        delete_dataset(actor=actor, sandbox=sandbox, dataset_id=row.pk)
    return len(found)


def _locked(sandbox: Sandbox, datasets: Collection[str]) -> list[Dataset]:
    """Those still there, locked by key: two bulk changes cannot wait for each other."""
    rows = live_datasets(sandbox=sandbox).filter(pk__in=set(datasets))
    return list(rows.select_for_update().order_by("pk"))
