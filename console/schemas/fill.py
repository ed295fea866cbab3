"""How many of the latest records have each field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from console.schemas.tree import Path, inner
from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset
from ingestion.journal.dataset_records import list_dataset_records
from ingestion.xdm import paths
from ingestion.xdm.types import Tree


@dataclass(frozen=True, slots=True)
class FillRates:
    """Counts by path without array steps; `newest` in epoch microseconds."""

    records: int
    counts: Mapping[Path, int]
    newest: int | None = None


def fill_rates(
    sandbox: Sandbox, datasets: Sequence[Dataset], tree: Tree, *, limit: int
) -> FillRates:
    """Of the newest accepted records that name one of the datasets."""
    if not datasets:
        return FillRates(0, {})
    ids = {dataset.id for dataset in datasets}
    found = list_dataset_records(sandbox.number, words=sorted(ids), limit=limit)
    counts: dict[Path, int] = {}
    records = 0
    for record in found:
        for entity in _entities(record.payload, ids):
            records += 1
            for path in _present(entity, tree, ()):
                counts[path] = counts.get(path, 0) + 1
    newest = found[0].received_at if found else None
    return FillRates(records, counts, newest)


def _entities(payload: bytes, ids: set[str]) -> list[Mapping[str, Any]]:
    try:
        message = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return []
    if paths.value_at(message, ("header", "datasetId")) not in ids:
        return []
    entity = paths.value_at(message, ("body", "xdmEntity"))
    return [entity] if isinstance(entity, dict) else []


def _present(value: Any, node: Mapping[str, Any], at: Path) -> set[Path]:
    """Paths of known fields that hold something."""
    found: set[Path] = set()
    objects = value if isinstance(value, list) else [value]
    properties = inner(node).get("properties") or {}
    for each in objects:
        if not isinstance(each, dict):
            continue
        for name, child in each.items():
            if child is not None and name in properties:
                path = (*at, name)
                found.add(path)
                found |= _present(child, properties[name], path)
    return found
