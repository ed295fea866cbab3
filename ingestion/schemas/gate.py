"""May a resource change like this? Evolution of schemas in use, agreement within unions."""

from collections.abc import Iterable

from core.sandboxes.models import Sandbox
from ingestion.schemas import usage
from ingestion.schemas.lookup import TenantLookup, tenant_of
from ingestion.schemas.models import Descriptor
from ingestion.schemas.types import BreakingChangeRefused, NotReadyForProfile, Raw
from ingestion.schemas.unions import check_unions, is_union_member
from ingestion.xdm import names, paths
from ingestion.xdm.evolution import breaking_changes
from ingestion.xdm.resolve import Lookup, Resolver
from ingestion.xdm.types import BreakingChange
from ingestion.xdm.union import raise_conflicts

__all__ = ["check_change", "check_profile_ready", "is_union_member"]

IDENTITY = "xdm:descriptorIdentity"


def check_change(sandbox: Sandbox, *, old: Raw, new: Raw) -> None:
    """Refuse a change that breaks a schema in use or the agreement of a union."""
    _check_tags(old, new)
    affected = [old, *usage.dependents(sandbox.number, str(old["$id"]))]
    schemas = [row for row in affected if row["meta:resourceType"] == "schemas"]
    if not schemas:
        return
    before = TenantLookup(sandbox.number).prepare([*schemas, old])
    after = TenantLookup(sandbox.number, overlay={str(old["$id"]): new}).prepare([*schemas, new])
    locked = usage.locked_schemas(sandbox.number, [str(schema["$id"]) for schema in schemas])
    tenant = names.tenant_field(tenant_of(sandbox))
    # A resource that only widens cannot break any schema: no need to look at each.
    narrowed = _breaking(old, new, before=before, after=after, tenant=tenant)
    if old["$id"] in locked and old.get("meta:class") != new.get("meta:class"):
        raise BreakingChangeRefused(
            f"The class of the schema {old['title']} cannot change.", path="meta:class"
        )
    for schema in distinct_schemas(schemas):
        changed = new if schema["$id"] == old["$id"] else schema
        _check_agrees(changed, lookup=after, tenant=tenant)
    for schema in distinct_schemas(s for s in schemas if narrowed and s["$id"] in locked):
        changed = new if schema["$id"] == old["$id"] else schema
        _check_evolution(schema, changed, before=before, after=after, tenant=tenant)
    changed_schemas = [new if schema["$id"] == old["$id"] else schema for schema in schemas]
    check_unions(sandbox, changed_schemas, lookup=after)


def distinct_schemas(schemas: Iterable[Raw]) -> list[Raw]:
    """One schema of each composition: those of the same parts have the same fields."""
    found: dict[tuple[str, ...], Raw] = {}
    for schema in schemas:
        inline = any(schema.get(key) for key in ("definitions", "properties"))
        own = (str(schema["$id"]),) if inline else ()
        found.setdefault((*schema.get("refs", ()), *own), schema)
    return list(found.values())


def _breaking(
    old: Raw, new: Raw, *, before: Lookup, after: Lookup, tenant: str
) -> list[BreakingChange]:
    old_tree = Resolver(before, tenant_field=tenant).resolve(old)
    return breaking_changes(old_tree, Resolver(after, tenant_field=tenant).resolve(new))


def _check_agrees(schema: Raw, *, lookup: Lookup, tenant: str) -> None:
    """The parts of a schema must not give one path two types after the change either."""
    resolver = Resolver(lookup, tenant_field=tenant)
    resolver.resolve(schema)
    raise_conflicts(resolver.conflicts)


def _check_tags(old: Raw, new: Raw) -> None:
    lost = set(old.get("meta:immutableTags", ())) - set(new.get("meta:immutableTags", ()))
    if lost:
        raise BreakingChangeRefused(
            f"The immutable tag {min(lost)} cannot be removed.", path="meta:immutableTags"
        )


def _check_evolution(
    schema: Raw, changed: Raw, *, before: Lookup, after: Lookup, tenant: str
) -> None:
    broken = _breaking(schema, changed, before=before, after=after, tenant=tenant)
    if broken:
        path = paths.dotted(broken[0].path) or "#"
        raise BreakingChangeRefused(
            f"The schema {schema['title']} is in use and cannot change so: "
            f"at {path} {broken[0].detail}.",
            path=path,
            rule=broken[0].rule,
            changes=[f"{paths.dotted(change.path)}: {change.detail}" for change in broken[:10]],
        )


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
