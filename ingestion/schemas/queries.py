"""Read the registry: resources, lists, unions, descriptors, compiled schemas."""

from collections.abc import Iterable
from urllib.parse import unquote

from django.db.models import Count, Min, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform

from core.sandboxes.models import Organization, Sandbox
from ingestion.namespaces.models import IdentityNamespace
from ingestion.namespaces.queries import find_namespace
from ingestion.schemas import cache, filters
from ingestion.schemas.library import standard_by_alt_id, standard_of_kind, standard_resources
from ingestion.schemas.lookup import TenantLookup, tenant_of
from ingestion.schemas.models import Descriptor, RegistryResource, RegistryRevision
from ingestion.schemas.types import Container, ListQuery, Page, Raw, not_found
from ingestion.schemas.unions import tagged_schemas, union_parts
from ingestion.xdm import names, paths
from ingestion.xdm.compile import compile_schema
from ingestion.xdm.resolve import Resolver, behavior_of
from ingestion.xdm.types import IdentityField, Tree
from ingestion.xdm.union import resolve_union, union_resource
from ingestion.xdm.validator import CompiledSchema

IDENTITY = "xdm:descriptorIdentity"


def clean_identifier(identifier: str) -> str:
    """A path parameter as `$id` or altId: decoded once more if a client encoded it twice."""
    text = identifier.strip("/")
    return unquote(text) if "://" not in text and "%" in text else text


def _by_identifier(rows: QuerySet[RegistryResource], identifier: str) -> QuerySet[RegistryResource]:
    text = clean_identifier(identifier)
    return rows.filter(Q(alt_id=text) | Q(uri=names.uri_of(text)))


def find_row(sandbox_number: int, *, kind: str, identifier: str) -> RegistryResource | None:
    """The tenant resource a path parameter means, or None."""
    rows = RegistryResource.objects.filter(sandbox=sandbox_number, kind=kind)
    return _by_identifier(rows, identifier).first()


def get_resource(sandbox: Sandbox, *, container: Container, kind: str, identifier: str) -> Raw:
    """The raw document; raises ResourceNotFound."""
    text = clean_identifier(identifier)
    class_uri = names.class_of_union(names.uri_of(text))
    if container == "tenant" and class_uri and kind in ("unions", "schemas"):
        return get_union(sandbox, class_uri)
    if container == "global":
        found = standard_resources().get(names.uri_of(text)) or standard_by_alt_id().get(text)
        if found is not None and found["meta:resourceType"] == kind:
            return found
    else:
        row = find_row(sandbox.number, kind=kind, identifier=text)
        if row is not None:
            document: Raw = row.document
            return document
    raise not_found(kind, text, names.KIND_NAMES.get(kind, kind))


def find_resource(sandbox: Sandbox, uri: str) -> Raw | None:
    """The raw document of a `$id`, standard or the tenant's, or None."""
    return TenantLookup(sandbox.number)(uri)


def list_resources(sandbox: Sandbox, *, container: Container, kind: str, query: ListQuery) -> Page:
    """One page of raw documents."""
    if container == "global":
        return filters.page_of(standard_of_kind(kind), query)
    if kind == "unions":
        return filters.page_of(list_unions(sandbox), query)
    rows = RegistryResource.objects.filter(sandbox=sandbox.number, kind=kind)
    return filters.page_of_rows(rows, query)


def lookup_for(sandbox: Sandbox, resources: Iterable[Raw] = ()) -> TenantLookup:
    """Look-up of a sandbox that already holds what the resources need."""
    return TenantLookup(sandbox.number).prepare(resources)


def resolved(sandbox: Sandbox, resource: Raw) -> Tree:
    """One tree of the fields of any resource."""
    tenant = names.tenant_field(tenant_of(sandbox))
    return Resolver(lookup_for(sandbox, [resource]), tenant_field=tenant).resolve(resource)


# --- unions --------------------------------------------------------------------------------------


def list_unions(sandbox: Sandbox) -> list[Raw]:
    """Raw unions of all classes that have a tagged schema."""
    tagged = tagged_schemas(sandbox.number)
    classes = tagged.values("class_uri").annotate(first=Min("created_ms")).order_by("first")
    return [_union(sandbox, row["class_uri"]) for row in classes]


def get_union(sandbox: Sandbox, class_uri: str) -> Raw:
    """Raw union of a class; raises ResourceNotFound when no tagged schema has the class."""
    if not tagged_schemas(sandbox.number).filter(class_uri=class_uri).exists():
        raise not_found("unions", names.union_uri(class_uri), "union")
    return _union(sandbox, class_uri)


def _union(sandbox: Sandbox, class_uri: str) -> Raw:
    parts = union_parts(sandbox.number, class_uri)
    lookup = TenantLookup(sandbox.number)
    class_resource = lookup(class_uri)
    if class_resource is None:
        raise not_found("classes", class_uri, "class")
    return union_resource(class_resource, parts, lookup=lookup)


def union_tree(sandbox: Sandbox, class_uri: str) -> Tree:
    """Resolved union of a class; the class and the system's fields while no schema is tagged."""
    union = _union(sandbox, class_uri)
    tenant = names.tenant_field(tenant_of(sandbox))
    return resolve_union(union, lookup=lookup_for(sandbox, [union]), tenant_field=tenant)


# --- descriptors ---------------------------------------------------------------------------------


def descriptors_of(sandbox_number: int, schema_uri: str) -> list[Raw]:
    """Documents of a schema's descriptors, oldest first."""
    rows = Descriptor.objects.filter(sandbox=sandbox_number, schema_uri=schema_uri)
    return list(rows.order_by("created_ms", "pk").values_list("document", flat=True))


def descriptors_by_schema(sandbox: Sandbox, uris: Iterable[str]) -> dict[str, list[Raw]]:
    """Descriptors of many schemas at once."""
    rows = Descriptor.objects.filter(sandbox=sandbox.number, schema_uri__in=list(uris))
    found: dict[str, list[Raw]] = {}
    for uri, document in rows.order_by("created_ms", "pk").values_list("schema_uri", "document"):
        found.setdefault(uri, []).append(document)
    return found


def list_descriptors(sandbox: Sandbox, query: ListQuery) -> Page:
    """One page of descriptor documents."""
    rows = filters.apply_filters(
        Descriptor.objects.filter(sandbox=sandbox.number), query.filters
    ).order_by("created_ms", "uri")
    documents = list(rows.values_list("document", flat=True))
    start = query.start or ""
    if start:
        ids = [document["@id"] for document in documents]
        documents = documents[ids.index(start) + 1 :] if start in ids else []
    shown = documents[: query.limit]
    more = shown[-1]["@id"] if len(documents) > len(shown) else None
    return Page(shown, query.orderby, more)


def get_descriptor(sandbox: Sandbox, identifier: str) -> Descriptor:
    """The descriptor; raises ResourceNotFound."""
    found = Descriptor.objects.filter(sandbox=sandbox.number, uri=identifier).first()
    if found is None:
        raise not_found("descriptors", identifier, "descriptor")
    return found


# --- compiled schemas ----------------------------------------------------------------------------


def compiled_schema(sandbox_number: int, schema_uri: str) -> CompiledSchema:
    """The validator of a schema, from this process's memory when it is known there."""
    key = (sandbox_number, schema_uri)
    known = cache.find(key)
    if known is not None:
        return known
    generation = cache.generation()
    compiled = _compile(sandbox_number, schema_uri)
    cache.keep(key, compiled, generation=generation)
    return compiled


def _compile(sandbox_number: int, schema_uri: str) -> CompiledSchema:
    sandbox = Sandbox.objects.select_related("organization").get(number=sandbox_number)
    row = RegistryResource.objects.filter(sandbox=sandbox_number, uri=schema_uri).first()
    schema = row.document if row is not None else standard_resources().get(schema_uri)
    if schema is None:
        raise not_found("schemas", schema_uri, "schema")
    lookup = lookup_for(sandbox, [schema])
    tree = Resolver(lookup, tenant_field=names.tenant_field(tenant_of(sandbox))).resolve(schema)
    return compile_schema(
        tree,
        uri=schema_uri,
        version=str(schema.get("version", "1.0")),
        behavior=behavior_of(schema, lookup),
        identity_fields=_identity_fields(sandbox, schema_uri),
    )


def _identity_fields(sandbox: Sandbox, schema_uri: str) -> list[IdentityField]:
    return [
        IdentityField(
            path=paths.split_descriptor_path(document["xdm:sourceProperty"]),
            namespace=namespace_code(sandbox.organization, document),
            primary=bool(document.get("xdm:isPrimary")),
        )
        for document in descriptors_of(sandbox.number, schema_uri)
        if document["@type"] == IDENTITY
    ]


def namespace_code(organization: Organization, descriptor: Raw) -> str:
    """Code of the namespace an identity descriptor names by code or by number."""
    given = str(descriptor.get("xdm:namespace", ""))
    if descriptor.get("xdm:property") == "xdm:id" and given.isdigit():
        rows = IdentityNamespace.objects.filter(organization=organization, id=int(given))
        found = rows.first()
    else:
        found = find_namespace(organization=organization, code=given)
    return found.code if found is not None else given


# --- statistics and history ----------------------------------------------------------------------


def count_by_kind(sandbox: Sandbox) -> dict[str, int]:
    """Number of tenant resources of each kind, and of unions."""
    rows = RegistryResource.objects.filter(sandbox=sandbox.number)
    found = dict(rows.values_list("kind").annotate(number=Count("pk")))
    counts = {kind: found.get(kind, 0) for kind in names.RESOURCE_TYPES}
    classes = tagged_schemas(sandbox.number).values_list("class_uri", flat=True).distinct()
    return {**counts, "unions": len(classes)}


def recent_resources(sandbox: Sandbox, *, order: str, limit: int = 10) -> list[Raw]:
    """Newest first by `created_ms` or `updated_ms`."""
    rows = RegistryResource.objects.filter(sandbox=sandbox.number).order_by(f"-{order}")
    return list(rows.values_list("document", flat=True)[:limit])


def class_usage(sandbox: Sandbox) -> dict[str, list[Raw]]:
    """Schemas of each class, as `$id`, title and description."""
    rows = RegistryResource.objects.filter(sandbox=sandbox.number, kind="schemas")
    usage: dict[str, list[Raw]] = {}
    described = rows.annotate(text=KeyTextTransform("description", "document")).order_by("title")
    for class_uri, uri, title, text in described.values_list("class_uri", "uri", "title", "text"):
        shown = {"$id": uri, "title": title, "description": text or ""}
        usage.setdefault(class_uri, []).append(shown)
    return usage


def list_revisions(sandbox: Sandbox, identifier: str) -> list[RegistryRevision]:
    """What was written to a resource, newest first; raises ResourceNotFound when nothing was."""
    uri = names.uri_of(clean_identifier(identifier))
    rows = RegistryRevision.objects.filter(sandbox=sandbox.number)
    found = list(rows.filter(uri=uri).order_by("-at_ms", "-pk"))
    if not found:
        alt = RegistryResource.objects.filter(sandbox=sandbox.number, alt_id=identifier).first()
        found = list(rows.filter(uri=alt.uri).order_by("-at_ms", "-pk")) if alt else []
    if not found:
        raise not_found("", identifier, "resource")
    return found
