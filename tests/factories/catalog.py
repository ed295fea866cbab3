"""Datasets and batches."""

import secrets
from typing import Any

from core import clock
from core.access.types import SYSTEM
from core.sandboxes.models import Sandbox
from ingestion.catalog.actions import create_dataset
from ingestion.catalog.models import Batch, Dataset
from ingestion.catalog.types import DatasetInput
from tests.factories.registry import make_schema

ENABLED = {"unifiedProfile": ["enabled:true"], "unifiedIdentity": ["enabled:true"]}


def make_dataset(
    sandbox: Sandbox,
    *,
    name: str = "Loyalty",
    schema_uri: str = "",
    tags: dict[str, list[str]] | None = None,
) -> Dataset:
    """A dataset of a new schema (or of `schema_uri`), plain unless `tags` say otherwise."""
    given = DatasetInput(name=name, schema_uri=schema_uri or make_schema(sandbox), tags=tags or {})
    return create_dataset(actor=SYSTEM, sandbox=sandbox, given=given)


def make_batch(dataset: Dataset, *, status: str = "success", **fields: Any) -> Batch:
    """A batch of the dataset, younger than those made before."""
    now = clock.now_ms() + Batch.objects.count()
    values = {
        "id": f"01J{secrets.token_hex(12)[:23].upper()}",
        "sandbox": dataset.sandbox,
        "dataset": dataset,
        "status": status,
        "created_ms": now,
        "updated_ms": now,
        "created_by": "test",
        **fields,
    }
    return Batch.objects.create(**values)
