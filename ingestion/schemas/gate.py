"""May a resource change like this? Evolution of schemas in use, agreement within unions."""

from collections.abc import Iterable

from core.sandboxes.models import Sandbox
from ingestion.schemas import usage
from ingestion.schemas.lookup import TenantLookup, tenant_of
from ingestion.schemas.models import Descriptor, RegistryResource
from ingestion.schemas.types import BreakingChangeRefused, NotReadyForProfile, Raw
from ingestion.xdm import names, paths
from ingestion.xdm.evolution import breaking_changes
from ingestion.xdm.resolve import Lookup, Resolver
from ingestion.xdm.types import Tree
from ingestion.xdm.union import merge_trees

IDENTITY = "xdm:descriptorIdentity"


def check_change(sandbox: Sandbox, *, old: Raw, new: Raw) -> None:
    """Refuse a change that breaks a schema in use or the agreement of a union."""
    _check_tags(old, new)
    affected = [old, *usage.dependents(sandbox.number, str(old["$id"]))]
    schemas = [row for row in affected if row["meta:resourceType"] == "schemas"]
    if not schemas:
        return
    before = TenantLookup(sandbox.number).prepare(schemas)
    after = TenantLookup(sandbox.number, overlay={str(old["$id"]): new}).prepare([*schemas, new])
    uris = [str(schema["$id"]) for schema in schemas]
    locked = usage.locked_schemas(sandbox.number, uris)
    tenant = names.tenant_field(tenant_of(sandbox))
    for schema in schemas:
        changed = new if schema["$id"] == old["$id"] else schema
        if schema["$id"] in locked:
            _check_evolution(schema, changed, before=before, after=after, tenant=tenant)
    changed_schemas = [new if schema["$id"] == old["$id"] else schema for schema in schemas]
    check_unions(sandbox, changed_schemas, lookup=after)


def _check_tags(old: Raw, new: Raw) -> None:
    lost = set(old.get("meta:immutableTags", ())) - set(new.get("meta:immutableTags", ()))
    if lost:
        raise BreakingChangeRefused(
            f"The immutable tag {min(lost)} cannot be removed.", path="meta:immutableTags"
        )


def _check_evolution(
    schema: Raw, changed: Raw, *, before: Lookup, after: Lookup, tenant: str
) -> None:
    if schema.get("meta:class") != changed.get("meta:class"):
        raise BreakingChangeRefused(
            f"The class of the schema {schema['title']} cannot change.", path="meta:class"
        )
    old_tree = Resolver(before, tenant_field=tenant).resolve(schema)
    new_tree = Resolver(after, tenant_field=tenant).resolve(changed)
    broken = breaking_changes(old_tree, new_tree)
    if broken:
        path = paths.dotted(broken[0].path) or "#"
        raise BreakingChangeRefused(
            f"The schema {schema['title']} is in use and cannot change so: "
            f"at {path} {broken[0].detail}.",
            path=path,
            rule=broken[0].rule,
            changes=[f"{paths.dotted(change.path)}: {change.detail}" for change in broken[:10]],
        )


def check_unions(sandbox: Sandbox, schemas: Iterable[Raw], *, lookup: TenantLookup) -> None:
    """All tagged schemas of the classes of these must agree on the types of shared paths."""
    tagged = {str(s["$id"]): s for s in schemas if is_union_member(s)}
    classes = {str(schema["meta:class"]) for schema in tagged.values()}
    for class_uri in sorted(classes):
        rows = RegistryResource.objects.filter(
            sandbox=sandbox.number, class_uri=class_uri, union=True
        )
        members = dict(rows.order_by("created_ms").values_list("uri", "document"))
        members.update({u: s for u, s in tagged.items() if s["meta:class"] == class_uri})
        lookup.prepare(members.values())
        merge_trees(_trees(members.values(), lookup, names.tenant_field(tenant_of(sandbox))))


def _trees(schemas: Iterable[Raw], lookup: Lookup, tenant: str) -> list[Tree]:
    return [Resolver(lookup, tenant_field=tenant).resolve(schema) for schema in schemas]


def is_union_member(schema: Raw) -> bool:
    """Whether the schema carries the union tag."""
    return names.UNION_TAG in schema.get("meta:immutableTags", ())


def check_profile_ready(sandbox: Sandbox, schema: Raw) -> None:
    """Refuse a schema without identities or with broken relationships.

    Asked when a schema is tagged later and when a dataset is enabled, never when it is created:
    clients tag first and describe identities afterwards.
    """
    rows = Descriptor.objects.filter(sandbox=sandbox.number, schema_uri=schema["$id"])
    descriptors = list(rows.values_list("document", flat=True))
    lookup = TenantLookup(sandbox.number).prepare([schema])
    tree = Resolver(lookup).resolve(schema)
    primary = any(d["@type"] == IDENTITY and d.get("xdm:isPrimary") for d in descriptors)
    if not primary and "identityMap" not in tree.get("properties", {}):
        raise NotReadyForProfile(
            f"The schema {schema['title']} has neither an identityMap nor a primary identity.",
            code="XDM-1528-400",
        )
    for descriptor in descriptors:
        if descriptor["@type"] == "xdm:descriptorOneToOne":
            _check_relation(sandbox, descriptor, descriptors)


def _check_relation(sandbox: Sandbox, relation: Raw, descriptors: list[Raw]) -> None:
    path = relation.get("xdm:sourceProperty")
    reference = next(
        (
            d
            for d in descriptors
            if d["@type"] == "xdm:descriptorReferenceIdentity" and d["xdm:sourceProperty"] == path
        ),
        None,
    )
    if reference is None:
        raise NotReadyForProfile(
            f"The relationship at {path} needs a reference identity descriptor.",
            code="XDM-1526-400",
            path=path,
        )
    target = relation.get("xdm:destinationSchema")
    identities = Descriptor.objects.filter(
        sandbox=sandbox.number, schema_uri=target, type=IDENTITY
    ).values_list("document", flat=True)
    spaces = {str(i.get("xdm:namespace", "")).lower() for i in identities if i.get("xdm:isPrimary")}
    if str(reference.get("xdm:identityNamespace", "")).lower() not in spaces:
        raise NotReadyForProfile(
            f"The reference identity at {path} has another namespace than the primary identity "
            f"of {target}.",
            code="XDM-1527-400",
            path=path,
        )
