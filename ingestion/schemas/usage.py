"""Who uses a schema: datasets above this slice, resources within it."""

from typing import Any

from django.apps import apps
from django.db.models import Q, QuerySet

from ingestion.schemas.models import RegistryResource
from ingestion.schemas.types import Raw


def _datasets(sandbox_number: int) -> QuerySet[Any]:
    # Datasets build on schemas, so their slice cannot be imported here; the gate of evolution
    # still has to see which schemas hold data.
    model = apps.get_model("ingestion", "Dataset")
    rows: QuerySet[Any] = QuerySet(model)
    return rows.filter(sandbox=sandbox_number, deleted_ms__isnull=True)


def dataset_names(sandbox_number: int, schema_uri: str) -> list[str]:
    """Names of the datasets of a schema."""
    rows = _datasets(sandbox_number).filter(schema_uri=schema_uri)
    return list(rows.order_by("created_ms").values_list("name", flat=True)[:10])


def schemas_with_data(sandbox_number: int, uris: list[str]) -> set[str]:
    """Those of the schemas that a dataset with received data uses."""
    rows = _datasets(sandbox_number).filter(schema_uri__in=uris, first_record_ms__isnull=False)
    return set(rows.values_list("schema_uri", flat=True))


def locked_schemas(sandbox_number: int, uris: list[str]) -> set[str]:
    """Those of the schemas that may only change compatibly: with data, or enabled for profile."""
    rows = _datasets(sandbox_number).filter(schema_uri__in=uris)
    used = rows.filter(Q(first_record_ms__isnull=False) | Q(profile_enabled=True))
    tagged = RegistryResource.objects.filter(sandbox=sandbox_number, uri__in=uris, union=True)
    return {
        *used.values_list("schema_uri", flat=True),
        *tagged.values_list("uri", flat=True),
    }


def dependents(sandbox_number: int, uri: str) -> list[Raw]:
    """Documents of all resources that refer to this one, directly or through others."""
    found: dict[str, Raw] = {}
    frontier = [uri]
    while frontier:
        rows = RegistryResource.objects.filter(
            sandbox=sandbox_number, document__refs__has_any_keys=frontier
        )
        level = [row for row in rows.values_list("document", flat=True) if row["$id"] not in found]
        found.update({row["$id"]: row for row in level})
        # Nothing refers to a schema.
        frontier = [row["$id"] for row in level if row["meta:resourceType"] != "schemas"]
    found.pop(uri, None)
    return list(found.values())
