"""What every page of a dataset shows: its name, switches, tabs and lifetime counts."""

from dataclasses import dataclass

from django.http import Http404
from django.urls import reverse

from console.pages import Crumb, Tab
from core.errors import NotFound
from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset
from ingestion.catalog.queries import get_dataset
from ingestion.journal.dataset_records import sum_dataset_counts
from ingestion.schemas.browse import titles_of_schemas
from profiles.metrics import DUPLICATE, INGESTED, REJECTED

_MINUTE_MS = 60_000
TABS = (
    ("dataset", "Activity"),
    ("dataset-preview", "Preview"),
    ("dataset-failed", "Failed records"),
    ("dataset-used-by", "Used by"),
    ("dataset-settings", "Settings"),
)


@dataclass(frozen=True, slots=True)
class Held:
    """All that was ever counted for a dataset; `last_ms` is the minute of its last record."""

    records: int = 0
    failed: int = 0
    last_ms: int | None = None


@dataclass(frozen=True, slots=True)
class DatasetHead:
    """What all pages of one dataset share."""

    dataset: Dataset
    schema_title: str
    schema_token: str
    held: Held
    tabs: tuple[Tab, ...]


def held_by(sandbox: Sandbox, numbers: list[int]) -> dict[int, Held]:
    """Lifetime counts by dataset number."""
    names = (INGESTED, REJECTED, DUPLICATE)
    counts = sum_dataset_counts(sandbox.number, datasets=numbers, names=names)
    found = {}
    for number, by_name in counts.items():
        records, minute = by_name.get(INGESTED, (0, None))
        failed, _ = by_name.get(REJECTED, (0, 0))
        known, _ = by_name.get(DUPLICATE, (0, 0))
        last_ms = None if minute is None else minute * _MINUTE_MS
        found[number] = Held(records - known, failed, last_ms)
    return found


def dataset_head(sandbox: Sandbox, dataset_id: str, *, tab: str) -> DatasetHead:
    """The head of a page of this dataset; raises Http404."""
    try:
        dataset = get_dataset(sandbox=sandbox, dataset_id=dataset_id)
    except NotFound as error:
        raise Http404(error.message) from error
    titles = titles_of_schemas(sandbox=sandbox, uris=[dataset.schema_uri])
    held = held_by(sandbox, [dataset.number]).get(dataset.number, Held())
    return DatasetHead(
        dataset=dataset,
        schema_title=titles.get(dataset.schema_uri, "Standard schema"),
        schema_token=dataset.schema_uri.rpartition("/")[2],
        held=held,
        tabs=tuple(
            Tab(label, reverse(name, args=[sandbox.name, dataset.pk]), current=name == tab)
            for name, label in TABS
        ),
    )


def dataset_crumbs(sandbox: Sandbox, *names: str) -> tuple[Crumb, ...]:
    """The way to a page of the Datasets area."""
    return (Crumb("Datasets", reverse("datasets", args=[sandbox.name])), *map(Crumb, names))
