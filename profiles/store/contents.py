"""What the profile store holds of datasets."""

from dataclasses import dataclass

from core import sql


@dataclass(frozen=True, slots=True)
class Contents:
    """Events, and records: what a dataset says about one identity."""

    events: int
    records: int


def count_contents(*datasets: int) -> Contents:
    """Rows that came from the datasets of these numbers."""
    params = {"datasets": list(datasets)}
    return Contents(*sql.fetch("profiles.store", "count_dataset_rows", params)[0])
