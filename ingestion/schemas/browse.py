"""Resources of the registry as people look for them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.db.models.fields.json import KeyTextTransform

from core.keyset import Slice, take, take_by
from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset
from ingestion.schemas.library import standard_of_kind, standard_resources
from ingestion.schemas.lookup import TenantLookup
from ingestion.schemas.models import Descriptor, RegistryResource
from ingestion.schemas.types import Raw
from ingestion.xdm import names, paths
from ingestion.xdm.resolve import extends

_SCHEMAS = RegistryResource.Kind.SCHEMAS
_PRIMARY = {"xdm:isPrimary": True}
_ADHOC = {"meta:extends": [names.ADHOC]}
ORDERS = {"name": "title", "modified": "updated_ms"}


@dataclass(frozen=True, slots=True)
class SchemaFilter:
    """What a list of schemas is narrowed to; those made for one file show on demand (`adhoc`)."""

    text: str = ""
    class_uri: str = ""
    in_profile: bool = False
    has_identity: bool = False
    unused: bool = False
    adhoc: bool = False

    @property
    def narrows(self) -> bool:
        """Whether anything is asked for."""
        return self != SchemaFilter()


def browse_schemas(
    *, sandbox: Sandbox, text: str = "", after: str = "", size: int = 25
) -> tuple[Slice[RegistryResource], int]:
    """One page of schemas, newest change first, and how many there are in all."""
    rows = _filtered(sandbox, SchemaFilter(text))
    return take(rows, newest_by="updated_ms", after=after, size=size), rows.count()


def list_schemas(
    *, sandbox: Sandbox, wanted: SchemaFilter, order: str = "-modified", after: str, size: int
) -> tuple[Slice[RegistryResource], int]:
    """One page of schemas in the order `name`, `-name`, `modified` or `-modified`."""
    rows = _filtered(sandbox, wanted)
    sign = "-" if order.startswith("-") else ""
    column = sign + ORDERS.get(order.lstrip("-"), "updated_ms")
    return take_by(rows, order=column, after=after, size=size), rows.count()


def _filtered(sandbox: Sandbox, wanted: SchemaFilter) -> QuerySet[RegistryResource]:
    rows = RegistryResource.objects.filter(sandbox=sandbox, kind=_SCHEMAS)
    if not wanted.adhoc:
        rows = rows.exclude(document__contains=_ADHOC)
    if wanted.text:
        described = KeyTextTransform("description", "document")
        rows = rows.alias(text=described).filter(
            Q(title__icontains=wanted.text) | Q(text__icontains=wanted.text) | Q(uri=wanted.text)
        )
    if wanted.class_uri:
        rows = rows.filter(class_uri=wanted.class_uri)
    if wanted.in_profile:
        rows = rows.filter(union=True)
    if wanted.has_identity:
        primary = Descriptor.objects.filter(
            sandbox=sandbox,
            schema_uri=OuterRef("uri"),
            type="xdm:descriptorIdentity",
            document__contains=_PRIMARY,
        )
        rows = rows.filter(Exists(primary))
    if wanted.unused:
        used = Dataset.objects.filter(sandbox=sandbox, deleted_ms=None, schema_uri=OuterRef("uri"))
        rows = rows.filter(~Exists(used))
    return rows


def have_schemas(*, sandbox: Sandbox) -> bool:
    """Whether there is any schema, adhoc ones too."""
    return RegistryResource.objects.filter(sandbox=sandbox, kind=_SCHEMAS).exists()


def classes_in_use(*, sandbox: Sandbox) -> list[str]:
    """`$id` of every class that a schema has, adhoc ones left out."""
    rows = RegistryResource.objects.filter(sandbox=sandbox, kind=_SCHEMAS)
    rows = rows.exclude(document__contains=_ADHOC)
    return sorted(rows.values_list("class_uri", flat=True).distinct())


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
        document__contains=_PRIMARY,
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


# --- classes, field groups, data types -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """A class, field group or data type, standard or the tenant's own."""

    uri: str
    alt_id: str
    title: str
    description: str
    custom: bool
    uses: int
    document: Raw


def list_parts(
    *,
    sandbox: Sandbox,
    kind: str,
    text: str = "",
    custom: bool | None = None,
    family: Collection[str] = (),
) -> list[Part]:
    """Parts of one kind: title matches first, then the most used, then by name.

    `text` is looked for in titles, descriptions and names of fields; `family` (see `class_family`)
    keeps the field groups meant for a class.
    """
    rows = RegistryResource.objects.filter(sandbox=sandbox, kind=kind)
    documents: list[Raw] = [] if custom is False else list(rows.values_list("document", flat=True))
    own = {str(document["$id"]) for document in documents}
    if custom is not True:
        documents += standard_of_kind(kind)
    uses = _uses(sandbox)
    found = [_part(each, custom=str(each["$id"]) in own, uses=uses) for each in documents]
    word = text.lower()
    if family:
        found = [p for p in found if set(family) & {*p.document.get("meta:intendedToExtend", ())}]
    if word:
        found = [part for part in found if _mentions(part, word)]
    return sorted(
        found, key=lambda part: (word not in part.title.lower(), -part.uses, part.title.lower())
    )


def class_family(*, sandbox: Sandbox, class_uri: str) -> frozenset[str]:
    """A class and all it builds on: what a field group may be meant for to fit it."""
    parents = extends({"allOf": [{"$ref": class_uri}]}, TenantLookup(sandbox.number))
    return frozenset({class_uri, *parents})


def _part(document: Raw, *, custom: bool, uses: dict[str, int]) -> Part:
    uri = str(document["$id"])
    return Part(
        uri=uri,
        alt_id=str(document["meta:altId"]),
        title=str(document["title"]),
        description=str(document.get("description") or ""),
        custom=custom,
        uses=uses.get(uri, 0),
        document=document,
    )


def _mentions(part: Part, word: str) -> bool:
    if word in part.title.lower() or word in part.description.lower() or word == part.uri:
        return True
    return any(word in name.lower() for name in _field_names(part.document))


def _field_names(document: Raw) -> Iterable[str]:
    for root in (document, *(document.get("definitions") or {}).values()):
        for path, _node in paths.walk(root):
            yield path[-1]


def _uses(sandbox: Sandbox) -> dict[str, int]:
    """How many resources of the sandbox refer to each `$id`."""
    counts: dict[str, int] = {}
    rows = RegistryResource.objects.filter(sandbox=sandbox)
    for refs in rows.values_list("document__refs", flat=True):
        for uri in refs or ():
            counts[uri] = counts.get(uri, 0) + 1
    return counts


def list_users(*, sandbox: Sandbox, uri: str) -> list[RegistryResource]:
    """Resources that refer to this one, schemas first."""
    order = Case(When(kind=_SCHEMAS, then=Value(0)), default=Value(1), output_field=IntegerField())
    rows = RegistryResource.objects.filter(sandbox=sandbox, document__refs__contains=[uri])
    return list(rows.order_by(order, "title"))


def titles_of_parts(*, sandbox: Sandbox, uris: Iterable[str]) -> dict[str, str]:
    """Title by `$id` of resources of any kind, standard ones too."""
    wanted = set(uris)
    standard = standard_resources()
    found = {uri: str(standard[uri]["title"]) for uri in wanted if uri in standard}
    return {**found, **titles_of_schemas(sandbox=sandbox, uris=wanted - set(found))}


def list_datasets_of(*, sandbox: Sandbox, schema_uri: str) -> list[Dataset]:
    """Live datasets of a schema, by name; the first fifty."""
    rows = Dataset.objects.filter(sandbox=sandbox, deleted_ms=None, schema_uri=schema_uri)
    return list(rows.order_by("name")[:50])
