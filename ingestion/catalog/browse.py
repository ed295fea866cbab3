"""Datasets as people look for them: newest change first, by any part of the name."""

from django.db.models import Q

from core.keyset import Slice, take
from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset


def browse_datasets(
    *, sandbox: Sandbox, text: str = "", profile_only: bool = False, after: str = "", size: int = 25
) -> tuple[Slice[Dataset], int]:
    """One page of live datasets, and how many there are in all."""
    rows = Dataset.objects.filter(sandbox=sandbox, deleted_ms=None)
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(pk=text))
    if profile_only:
        rows = rows.filter(profile_enabled=True)
    return take(rows, newest_by="updated_ms", after=after, size=size), rows.count()


def names_of_datasets(*, sandbox: Sandbox, numbers: set[int]) -> dict[int, Dataset]:
    """Datasets, deleted ones too, by their data-plane number."""
    found = Dataset.objects.filter(sandbox=sandbox, number__in=numbers)
    return {dataset.number: dataset for dataset in found}
