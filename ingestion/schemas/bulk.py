"""The same to several schemas."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction

from core.access.permissions import require
from core.access.types import Actor
from core.sandboxes.models import Sandbox
from ingestion.schemas.actions import delete_resource, lock_registry
from ingestion.schemas.browse import count_datasets_by_schema
from ingestion.schemas.models import Descriptor, RegistryResource
from ingestion.schemas.relationships import count_relationships_to


@dataclass(frozen=True, slots=True)
class Deletion:
    """What deleting some schemas means: those that go, and those in use with the reason."""

    going: tuple[RegistryResource, ...]
    staying: tuple[tuple[RegistryResource, str], ...]
    descriptors: int
    referring: int


def plan_deletion(rows: Sequence[RegistryResource], *, sandbox: Sandbox) -> Deletion:
    """Schemas that are in Profile or have datasets stay."""
    datasets = count_datasets_by_schema(sandbox=sandbox, uris=[row.uri for row in rows])
    staying = tuple((row, _reason(row, datasets.get(row.uri, 0))) for row in rows)
    staying = tuple((row, reason) for row, reason in staying if reason)
    kept = {row.pk for row, _ in staying}
    going = tuple(row for row in rows if row.pk not in kept)
    uris = [row.uri for row in going]
    return Deletion(
        going=going,
        staying=staying,
        descriptors=Descriptor.objects.filter(sandbox=sandbox, schema_uri__in=uris).count(),
        referring=count_relationships_to(sandbox=sandbox, uris=uris),
    )


def _reason(row: RegistryResource, datasets: int) -> str:
    if row.union:
        return "It is included in Profile, which is for good."
    if datasets:
        return f"{datasets} dataset{' uses' if datasets == 1 else 's use'} it."
    return ""


@transaction.atomic
def delete_schemas(*, uris: Collection[str], sandbox: Sandbox, actor: Actor) -> int:
    """Remove those that are still there and that nobody uses; answers how many."""
    require(actor, "manage-schemas", sandbox)
    lock_registry(sandbox)
    rows = RegistryResource.objects.filter(sandbox=sandbox, kind="schemas", uri__in=list(uris))
    going = plan_deletion(list(rows.order_by("pk")), sandbox=sandbox).going
    for row in going:
        delete_resource(kind="schemas", identifier=row.uri, sandbox=sandbox, actor=actor)
    return len(going)
