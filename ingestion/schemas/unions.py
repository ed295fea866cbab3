"""Which resources make up the union of a class in a sandbox.

A union may have thousands of schemas but few field groups: everything here works on the distinct
resources they refer to, never on one schema after the other.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import F, Func, QuerySet, TextField

from core.sandboxes.models import Sandbox
from ingestion.schemas.lookup import TenantLookup, tenant_of
from ingestion.schemas.models import RegistryResource
from ingestion.schemas.types import Raw
from ingestion.xdm import names
from ingestion.xdm.resolve import Resolver, references
from ingestion.xdm.union import merge_trees

_INLINE = ("definitions", "properties")


class _References(Func):
    """Each entry of a document's `refs` as a row of its own."""

    template = "jsonb_array_elements_text(%(expressions)s -> 'refs')"
    output_field = TextField()
    set_returning = True


def is_union_member(schema: Raw) -> bool:
    """Whether the schema carries the union tag."""
    return names.UNION_TAG in schema.get("meta:immutableTags", ())


def tagged_schemas(sandbox_number: int) -> QuerySet[RegistryResource]:
    """Rows of all schemas that take part in a union."""
    return RegistryResource.objects.filter(sandbox=sandbox_number, kind="schemas", union=True)


def union_parts(sandbox_number: int, class_uri: str, *, besides: Iterable[Raw] = ()) -> list[str]:
    """`$id`s of what the tagged schemas of a class consist of, without the class, in a fixed order.

    `besides` are schemas about to be stored: they count instead of what is stored under their ids.
    """
    changed = {str(schema["$id"]): schema for schema in besides}
    rows = tagged_schemas(sandbox_number).filter(class_uri=class_uri).exclude(uri__in=changed)
    referred = rows.annotate(part=_References(F("document"))).values_list("part", flat=True)
    inline = rows.filter(document__has_any_keys=_INLINE).values_list("uri", flat=True)
    parts: set[str] = {*referred.distinct(), *inline}
    for uri, schema in changed.items():
        parts.update(references(schema))
        if any(schema.get(key) for key in _INLINE):
            parts.add(uri)
    return sorted(parts - {class_uri})


def check_unions(sandbox: Sandbox, schemas: Iterable[Raw], *, lookup: TenantLookup) -> None:
    """Refuse schemas whose fields disagree with the other schemas of their classes' unions."""
    tagged = [schema for schema in schemas if is_union_member(schema)]
    for class_uri in sorted({str(schema["meta:class"]) for schema in tagged}):
        changed = [schema for schema in tagged if schema["meta:class"] == class_uri]
        parts = union_parts(sandbox.number, class_uri, besides=changed)
        own = {str(schema["$id"]): schema for schema in changed}
        resources = [own.get(uri) or lookup(uri) for uri in (class_uri, *parts)]
        found: list[Any] = [resource for resource in resources if resource is not None]
        lookup.prepare(found)
        resolver = Resolver(lookup, tenant_field=names.tenant_field(tenant_of(sandbox)))
        merge_trees(resolver.resolve(resource) for resource in found)
