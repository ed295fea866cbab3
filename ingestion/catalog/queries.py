"""Reads of datasets and batches, always within one sandbox (the directory: of all)."""

from collections.abc import Iterable, Mapping

from django.db.models import QuerySet

from core.errors import NotFound
from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Batch, Dataset
from ingestion.catalog.types import DatasetInfo, DatasetInput

_DIRECTORY_FIELDS = (
    "id",
    "number",
    "sandbox_id",
    "name",
    "schema_uri",
    "profile_enabled",
    "identity_enabled",
    "is_upsert",
    "validation_disabled",
    "deleted_ms",
)


def dataset_directory() -> Mapping[str, DatasetInfo]:
    """Every dataset of every sandbox by id, deleted ones too: old records still name them."""
    rows = Dataset.objects.values_list(*_DIRECTORY_FIELDS)
    return {
        row[0]: DatasetInfo(*row[:-1], row[-1] is not None)  # type: ignore[call-arg] # as listed
        for row in rows.iterator()
    }


def list_datasets(*, sandbox: Sandbox) -> QuerySet[Dataset]:
    """Live datasets of the sandbox, oldest first."""
    return Dataset.objects.filter(sandbox=sandbox, deleted_ms=None).order_by("created_ms", "number")


def find_datasets(*, sandbox: Sandbox, ids: Iterable[str]) -> list[Dataset]:
    """Those of these datasets that exist, oldest first."""
    return list(list_datasets(sandbox=sandbox).filter(pk__in=list(ids)))


def get_dataset(*, sandbox: Sandbox, dataset_id: str) -> Dataset:
    """The live dataset of this id; raises NotFound."""
    found = list_datasets(sandbox=sandbox).filter(pk=dataset_id).first()
    if found is None:
        raise dataset_not_found(dataset_id)
    return found


def dataset_not_found(dataset_id: str) -> NotFound:
    """The refusal of an unknown dataset id."""
    return NotFound(f"Dataset {dataset_id} does not exist", code="1001", id=dataset_id)


def input_of(dataset: Dataset) -> DatasetInput:
    """What was last said about the dataset: the start of an edit."""
    return DatasetInput(
        name=dataset.name,
        schema_uri=dataset.schema_uri,
        schema_content_type=dataset.schema_content_type,
        description=dataset.description,
        tags=dataset.tags,
        extra=dataset.document.get("extra", {}),
    )


def list_batches(*, sandbox: Sandbox) -> QuerySet[Batch]:
    """Batches of the sandbox, newest first."""
    return Batch.objects.filter(sandbox=sandbox).order_by("-created_ms", "-pk")


def get_batch(*, sandbox: Sandbox, batch_id: str) -> Batch:
    """The batch of this id; raises NotFound."""
    found = list_batches(sandbox=sandbox).filter(pk=batch_id).first()
    if found is None:
        raise NotFound(f"Batch {batch_id} does not exist", code="1002", id=batch_id)
    return found


def newest_batches(
    *, sandbox: Sandbox, dataset_ids: Iterable[str], status: str | None = None
) -> dict[str, Batch]:
    """The newest batch (in this status) of each dataset that has one."""
    rows = Batch.objects.filter(sandbox=sandbox, dataset__in=list(dataset_ids))
    if status is not None:
        rows = rows.filter(status=status)
    newest = rows.order_by("dataset_id", "-created_ms", "-pk").distinct("dataset_id")
    return {batch.dataset_id: batch for batch in newest}
