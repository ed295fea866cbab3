"""What the journal holds of one dataset: its latest records and what was ever counted."""

from collections.abc import Collection, Mapping, Sequence

from core import sql
from ingestion.journal.types import JournalRecord

_SLICE = "ingestion.journal"


def list_dataset_records(
    stream: int, *, words: Sequence[str], limit: int = 100
) -> list[JournalRecord]:
    """The newest records whose text holds one of these words, newest first; no refused ones."""
    params = {"stream": stream, "words": list(words), "limit": limit}
    return [JournalRecord(*row) for row in sql.fetch(_SLICE, "list_dataset_records", params)]


def sum_dataset_counts(
    stream: int, *, datasets: Collection[int], names: Sequence[str]
) -> Mapping[int, Mapping[str, tuple[int, int]]]:
    """Counter -> (sum, last minute) of each dataset that has any."""
    params = {"sandbox": stream, "datasets": sorted(datasets), "names": list(names)}
    found: dict[int, dict[str, tuple[int, int]]] = {}
    for dataset, name, value, minute in sql.fetch(_SLICE, "sum_dataset_counts", params):
        found.setdefault(dataset, {})[name] = (value, minute)
    return found
