"""Relationships: a field of one schema holds the primary identity of another schema's records."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform

from core.keyset import Slice, take
from core.sandboxes.models import Sandbox
from ingestion.namespaces.queries import list_namespaces
from ingestion.schemas import queries
from ingestion.schemas.models import Descriptor, RegistryResource
from ingestion.schemas.types import Raw
from ingestion.xdm import paths

ONE_TO_ONE = "xdm:descriptorOneToOne"
REFERENCE = "xdm:descriptorReferenceIdentity"
CARDINAL = "xdm:descriptorRelationship"
_TARGET = "xdm:destinationSchema"
_WORDS = {"M:1": "Many-to-one", "1:1": "One-to-one", "1:0": "One-to-none", "M:0": "Many-to-none"}


@dataclass(frozen=True, slots=True)
class Relationship:
    """`source` and `target` are `$id`s; `stored` holds the ids of its descriptors.

    `ours` tells those this product writes from those of kinds only programs make.
    """

    source: str
    path: paths.Path
    target: str
    namespace: str
    cardinality: str
    ours: bool
    stored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RelationshipFilter:
    """`$id`s of schemas and classes; the default keeps all."""

    source: str = ""
    target: str = ""
    source_class: str = ""
    target_class: str = ""

    @property
    def narrows(self) -> bool:
        """Whether anything is asked for."""
        return self != RelationshipFilter()


@dataclass(frozen=True, slots=True)
class Target:
    """A schema others can refer to: its primary identity is what their fields hold."""

    uri: str
    title: str
    path: paths.Path
    namespace: str


def relationships_in(sandbox: Sandbox, descriptors: Iterable[Raw]) -> list[Relationship]:
    """The relationships among descriptors of one schema, each with its reference identity."""
    documents = list(descriptors)
    references = {d["xdm:sourceProperty"]: d for d in documents if d["@type"] == REFERENCE}
    if not any(d["@type"] in (ONE_TO_ONE, CARDINAL) for d in documents):
        return []
    codes = _Codes(sandbox)
    return [
        _relationship(codes, document, references.get(document["xdm:sourceProperty"]))
        for document in documents
        if document["@type"] in (ONE_TO_ONE, CARDINAL)
    ]


class _Codes:
    """Namespaces by what descriptors call them: a code in any case, or a number."""

    def __init__(self, sandbox: Sandbox) -> None:
        known = list_namespaces(organization=sandbox.organization)
        self._by_number = {str(each.id): each.code for each in known}
        self._by_code = {each.code.lower(): each.code for each in known}

    def code_of(self, space: object, kind: object) -> str:
        """The code; what is unknown stays as it was written."""
        text = str(space or "")
        if kind == "xdm:id":
            return self._by_number.get(text, text)
        return self._by_code.get(text.lower(), text)


def _relationship(codes: _Codes, document: Raw, reference: Raw | None) -> Relationship:
    ours = document["@type"] == ONE_TO_ONE
    named = (reference or {}) if ours else document
    key = "xdm:identityNamespace" if ours else "xdm:destinationNamespace"
    code = codes.code_of(named.get(key), named.get("xdm:property"))
    stored = [document["@id"], *([reference["@id"]] if ours and reference else [])]
    cardinality = "1:1" if ours else str(document.get("xdm:cardinality", "M:1"))
    return Relationship(
        source=document["xdm:sourceSchema"],
        path=paths.split_descriptor_path(document["xdm:sourceProperty"]),
        target=str(document.get(_TARGET, "")),
        namespace=code,
        cardinality=_WORDS.get(cardinality, cardinality),
        ours=ours,
        stored=tuple(stored),
    )


def browse_relationships(
    *, sandbox: Sandbox, wanted: RelationshipFilter, after: str = "", size: int = 25
) -> tuple[Slice[Descriptor], int]:
    """One page of the descriptors that say so, newest change first, and how many there are."""
    rows = _all(sandbox)
    if wanted.source:
        rows = rows.filter(schema_uri=wanted.source)
    if wanted.target:
        rows = rows.filter(document__contains={_TARGET: wanted.target})
    if wanted.source_class:
        rows = rows.filter(_of_class(sandbox, OuterRef("schema_uri"), wanted.source_class))
    if wanted.target_class:
        rows = rows.alias(target=KeyTextTransform(_TARGET, "document"))
        rows = rows.filter(_of_class(sandbox, OuterRef("target"), wanted.target_class))
    return take(rows, newest_by="updated_ms", after=after, size=size), rows.count()


def _all(sandbox: Sandbox) -> QuerySet[Descriptor]:
    return Descriptor.objects.filter(sandbox=sandbox, type__in=(ONE_TO_ONE, CARDINAL))


def _of_class(sandbox: Sandbox, uri: OuterRef, class_uri: str) -> Exists:
    schemas = RegistryResource.objects.filter(sandbox=sandbox, class_uri=class_uri, uri=uri)
    return Exists(schemas)


def describe_relationships(
    rows: Iterable[Descriptor], *, sandbox: Sandbox
) -> dict[str, Relationship]:
    """What descriptors of a page say, by their ids."""
    documents = {row.uri: row.document for row in rows}
    beside = Descriptor.objects.filter(
        sandbox=sandbox,
        type=REFERENCE,
        schema_uri__in={document["xdm:sourceSchema"] for document in documents.values()},
    )
    references = {
        (document["xdm:sourceSchema"], document["xdm:sourceProperty"]): document
        for document in beside.values_list("document", flat=True)
    }
    codes = _Codes(sandbox)
    return {
        uri: _relationship(
            codes,
            document,
            references.get((document["xdm:sourceSchema"], document["xdm:sourceProperty"])),
        )
        for uri, document in documents.items()
    }


def related_schemas(*, sandbox: Sandbox, limit: int) -> tuple[set[str], set[str]]:
    """`$id`s of some schemas with a relationship, and of some that relationships lead to."""
    rows = _all(sandbox).order_by()
    sources = rows.values_list("schema_uri", flat=True).distinct()[:limit]
    targets = rows.values_list(KeyTextTransform(_TARGET, "document"), flat=True).distinct()[:limit]
    return set(sources), set(targets)


def related_classes(*, sandbox: Sandbox) -> tuple[set[str], set[str]]:
    """`$id`s of the classes of all these schemas, at either end."""
    rows = _all(sandbox).order_by()
    schemas = RegistryResource.objects.filter(sandbox=sandbox)
    ends = (rows.values("schema_uri"), rows.values(target=KeyTextTransform(_TARGET, "document")))
    source, target = (
        set(schemas.filter(uri__in=end).values_list("class_uri", flat=True).distinct())
        for end in ends
    )
    return source, target


def count_relationships_to(*, sandbox: Sandbox, uris: Collection[str]) -> int:
    """How many relationships of other schemas lead to any of these."""
    rows = _all(sandbox).alias(target=KeyTextTransform(_TARGET, "document"))
    return rows.filter(target__in=list(uris)).exclude(schema_uri__in=list(uris)).count()


def list_targets(
    *, sandbox: Sandbox, text: str = "", without: str = "", limit: int = 25
) -> list[Target]:
    """Schemas with a primary identity, by title: those a relationship may lead to."""
    primary = _primaries(sandbox).filter(schema_uri=OuterRef("uri"))
    rows = RegistryResource.objects.filter(sandbox=sandbox, kind=RegistryResource.Kind.SCHEMAS)
    rows = rows.filter(Exists(primary)).exclude(uri=without)
    if text:
        rows = rows.filter(Q(title__icontains=text) | Q(uri=text))
    titles = dict(rows.order_by("title", "pk").values_list("uri", "title")[:limit])
    found = targets_among(sandbox=sandbox, titles=titles)
    return [found[uri] for uri in titles if uri in found]


def targets_among(*, sandbox: Sandbox, titles: Mapping[str, str]) -> dict[str, Target]:
    """Those of some schemas (title by `$id`) that have a primary identity."""
    rows = _primaries(sandbox).filter(schema_uri__in=list(titles))
    codes = _Codes(sandbox)
    return {
        row.schema_uri: Target(
            uri=row.schema_uri,
            title=titles[row.schema_uri],
            path=paths.split_descriptor_path(row.path),
            namespace=codes.code_of(
                row.document.get("xdm:namespace"), row.document.get("xdm:property")
            ),
        )
        for row in rows
    }


def _primaries(sandbox: Sandbox) -> QuerySet[Descriptor]:
    return Descriptor.objects.filter(
        sandbox=sandbox, type=queries.IDENTITY, document__contains={"xdm:isPrimary": True}
    )
