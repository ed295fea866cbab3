"""What the profile store holds of one dataset."""

from dataclasses import dataclass

from core import sql


@dataclass(frozen=True, slots=True)
class Contents:
    """Events, and records: what a dataset says about one identity."""

    events: int
    records: int


def count_contents(dataset: int) -> Contents:
    """Rows that came from the dataset of this number."""
    return Contents(*sql.fetch("profiles.store", "count_dataset_rows", {"dataset": dataset})[0])
