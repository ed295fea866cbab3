"""Copy a sandbox's schemas and descriptors into another one."""

from core import clock
from core.sandboxes.models import Sandbox
from ingestion.schemas.actions import announce_change, lock_registry
from ingestion.schemas.models import Descriptor, RegistryResource


def copy_registry(source: Sandbox, target: Sandbox) -> dict[str, int]:
    """Resources keep their ids; one with an id or title the target has already stays out."""
    lock_registry(target)
    resources = list(RegistryResource.objects.filter(sandbox=source).order_by("pk"))
    present = RegistryResource.objects.filter(sandbox=target)
    uris = set(present.values_list("uri", flat=True))
    titles = set(present.values_list("title", flat=True))
    fresh = [r for r in resources if r.uri not in uris and r.title not in titles]
    for number, row in enumerate(fresh):
        row.pk, row.sandbox, row.updated_ms = None, target, clock.now_ms() + number
    RegistryResource.objects.bulk_create(fresh)
    known = set(Descriptor.objects.filter(sandbox=target).values_list("uri", flat=True))
    copied = {row.uri for row in fresh}
    descriptors = [
        row
        for row in Descriptor.objects.filter(sandbox=source).order_by("pk")
        if row.uri not in known and row.schema_uri in copied
    ]
    for descriptor in descriptors:
        descriptor.pk, descriptor.sandbox = None, target
    Descriptor.objects.bulk_create(descriptors)
    announce_change()
    return {
        "schemas": sum(row.kind == RegistryResource.Kind.SCHEMAS for row in fresh),
        "classes, field groups and data types": sum(
            row.kind != RegistryResource.Kind.SCHEMAS for row in fresh
        ),
        "descriptors": len(descriptors),
    }
