"""Datasets as people look for them: newest change first, by any part of the name."""

from django.db.models import Q

from core.keyset import Slice, take
from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset

ORDERS = {"updated": "updated_ms", "created": "created_ms"}


def browse_datasets(  # noqa: PLR0913 - a page and the ways to narrow it
    *,
    sandbox: Sandbox,
    text: str = "",
    profile_only: bool = False,
    schema_uri: str = "",
    order: str = "updated",
    after: str = "",
    size: int = 25,
) -> tuple[Slice[Dataset], int]:
    """One page of live datasets, newest by `order` first, and how many there are in all."""
    rows = Dataset.objects.filter(sandbox=sandbox, deleted_ms=None)
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(pk=text))
    if profile_only:
        rows = rows.filter(profile_enabled=True)
    if schema_uri:
        rows = rows.filter(schema_uri=schema_uri)
    return take(
        rows, newest_by=ORDERS.get(order, "updated_ms"), after=after, size=size
    ), rows.count()


def names_of_datasets(*, sandbox: Sandbox, numbers: set[int]) -> dict[int, Dataset]:
    """Datasets, deleted ones too, by their data-plane number."""
    found = Dataset.objects.filter(sandbox=sandbox, number__in=numbers)
    return {dataset.number: dataset for dataset in found}
