"""The tenant's schemas as people look for them."""

from collections.abc import Iterable

from django.db.models import Count, Q

from core.keyset import Slice, take
from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset
from ingestion.schemas.models import Descriptor, RegistryResource

_SCHEMAS = RegistryResource.Kind.SCHEMAS


def browse_schemas(
    *, sandbox: Sandbox, text: str = "", after: str = "", size: int = 25
) -> tuple[Slice[RegistryResource], int]:
    """One page of schemas, and how many there are in all."""
    rows = RegistryResource.objects.filter(sandbox=sandbox, kind=_SCHEMAS)
    if text:
        rows = rows.filter(Q(title__icontains=text) | Q(uri=text))
    return take(rows, newest_by="updated_ms", after=after, size=size), rows.count()


def titles_of_schemas(*, sandbox: Sandbox, uris: Iterable[str]) -> dict[str, str]:
    """Title by `$id`."""
    rows = RegistryResource.objects.filter(sandbox=sandbox, uri__in=set(uris))
    return dict(rows.values_list("uri", "title"))


def primary_namespaces(*, sandbox: Sandbox, uris: Iterable[str]) -> dict[str, str]:
    """Namespace of the primary identity descriptor by schema `$id`."""
    rows = Descriptor.objects.filter(
        sandbox=sandbox,
        schema_uri__in=set(uris),
        type="xdm:descriptorIdentity",
        document__contains={"xdm:isPrimary": True},
    )
    return {row.schema_uri: str(row.document.get("xdm:namespace", "")) for row in rows}


def count_datasets_by_schema(*, sandbox: Sandbox, uris: Iterable[str]) -> dict[str, int]:
    """How many live datasets use each schema."""
    rows = (
        Dataset.objects.filter(sandbox=sandbox, deleted_ms=None, schema_uri__in=set(uris))
        .values("schema_uri")
        .annotate(many=Count("pk"))
    )
    return {row["schema_uri"]: row["many"] for row in rows}
