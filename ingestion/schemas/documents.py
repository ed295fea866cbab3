"""What a tenant resource must look like, and the parts of it the registry itself writes."""

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any

import orjson

from core.sandboxes.models import Sandbox
from ingestion.schemas.lookup import tenant_of
from ingestion.schemas.types import OutsideTenantNamespace, Raw, ResourceInvalid, Target
from ingestion.xdm import names, paths
from ingestion.xdm.compile import check_compiles
from ingestion.xdm.library import LIBRARY_VERSION
from ingestion.xdm.resolve import Lookup, Resolver, extends, references
from ingestion.xdm.types import JSON_TYPES, Tree
from ingestion.xdm.union import raise_conflicts

_SERVER_OWNED = frozenset(
    {
        *("$id", "meta:altId", "meta:resourceType", "version", "imsOrg", "refs"),
        *("meta:containerId", "meta:sandboxId", "meta:sandboxType", "meta:tenantNamespace"),
        *("meta:registryMetadata", "meta:extensible", "meta:abstract", "meta:extends"),
        *("meta:class", "meta:xdmType", "meta:createdDate", "meta:descriptors"),
    }
)
_BEHAVIORS = frozenset({names.RECORD, names.TIME_SERIES, names.ADHOC})
_OPEN_REFERENCE = {"type": "object", "meta:xdmType": "object"}


def new_uri(sandbox: Sandbox, kind: str) -> str:
    """A fresh `$id`."""
    return names.resource_uri(tenant_of(sandbox), kind, secrets.token_hex(24))


def checked_body(given: Any, *, kind: str, tenant_id: str, lookup: Lookup) -> Raw:
    """The client's part of a resource with derived keys; refuses what breaks a rule.

    Keys the registry writes itself are dropped silently: clients send back what they read.
    """
    if not isinstance(given, dict):
        raise ResourceInvalid("The body is not a resource: an object is expected.")
    body = {key: value for key, value in given.items() if key not in _SERVER_OWNED}
    _check_shape(body)
    body.setdefault("type", "object")
    body.setdefault("description", "")
    body["allOf"] = [_with_type(part) for part in body.get("allOf") or ()]
    _RULES[kind](body, lookup)
    body["meta:extends"] = extends(body, lookup)
    _check_fields(body, kind=kind, tenant_id=tenant_id)
    _check_resolves(body, lookup=lookup, tenant_id=tenant_id)
    return body


def _check_shape(body: Raw) -> None:
    title = body.get("title")
    if not isinstance(title, str) or not title.strip():
        raise ResourceInvalid("A resource needs a title.", path="title")
    if len(title) > 300:
        raise ResourceInvalid("A title has at most 300 characters.", path="title")
    if body.get("type", "object") != "object":
        raise ResourceInvalid("The type of a resource is object.", path="type")
    _check_containers(body)


def _check_containers(body: Raw) -> None:
    for key, kind in (("definitions", dict), ("properties", dict), ("allOf", list)):
        if not isinstance(body.get(key, kind()), kind):
            raise ResourceInvalid(f"{key} has the wrong type.", path=key)
    if not all(isinstance(part, dict) for part in body.get("allOf", ())):
        raise ResourceInvalid("allOf holds objects.", path="allOf")
    for key in ("meta:immutableTags", "meta:intendedToExtend"):
        value = body.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise ResourceInvalid(f"{key} is an array of strings.", path=key)


def _with_type(part: Raw) -> Raw:
    return {**part, **_OPEN_REFERENCE} if "$ref" in part else part


def _referred(body: Raw) -> list[str]:
    parts = [str(part.get("$ref", "")).partition("#")[0] for part in body["allOf"]]
    return [uri for uri in parts if uri]


def _check_class(body: Raw, lookup: Lookup) -> None:
    behaviors = _BEHAVIORS.intersection(extends(body, lookup))
    if len(behaviors) != 1:
        raise ResourceInvalid(
            "A class refers to exactly one behavior (record, time-series or adhoc) in allOf.",
            path="allOf",
        )


def _check_field_group(body: Raw, _lookup: Lookup) -> None:
    if not body.get("meta:intendedToExtend"):
        raise ResourceInvalid(
            "A field group names the classes it is for in meta:intendedToExtend.",
            path="meta:intendedToExtend",
        )


def _check_schema(body: Raw, lookup: Lookup) -> None:
    referred = {uri: lookup(uri) for uri in _referred(body)}
    missing = next((uri for uri, resource in referred.items() if resource is None), None)
    if missing:
        raise ResourceInvalid(f"Cannot resolve the reference {missing}.", path="allOf")
    classes = [uri for uri, found in referred.items() if _kind(found) == "classes"]
    if len(classes) != 1:
        raise ResourceInvalid("A schema refers to exactly one class in allOf.", path="allOf")
    class_uri = classes[0]
    family = {class_uri, *extends({"allOf": [{"$ref": class_uri}]}, lookup)}
    for uri, found in referred.items():
        if _kind(found) == "mixins" and not family.intersection(_intended(found)):
            raise ResourceInvalid(
                f"The field group {uri} is not intended for the class {class_uri}.", path="allOf"
            )
        if _kind(found) not in ("mixins", "classes"):
            raise ResourceInvalid(f"{uri} is neither a class nor a field group.", path="allOf")
    body["meta:class"] = class_uri


def _kind(resource: Mapping[str, Any] | None) -> str:
    return str((resource or {}).get("meta:resourceType", ""))


def _intended(resource: Mapping[str, Any] | None) -> list[str]:
    return list((resource or {}).get("meta:intendedToExtend", ()))


def _check_data_type(_body: Raw, _lookup: Lookup) -> None:
    """A data type may hold fields of any name: it is only ever used below a field."""


_RULES = {
    "classes": _check_class,
    "mixins": _check_field_group,
    "schemas": _check_schema,
    "datatypes": _check_data_type,
}


def _check_fields(body: Raw, *, kind: str, tenant_id: str) -> None:
    """Own fields lie in the tenant's object and are named so that nothing else can clash."""
    tree = Resolver(lambda _: {}).resolve(body)
    tenant = names.tenant_field(tenant_id)
    for path, node in paths.walk(tree):
        own = kind == "datatypes" or tenant in path[:-1]
        leaf = not node.get("properties")
        if leaf and not own and path[-1] != tenant:
            raise OutsideTenantNamespace(
                f"The field {paths.dotted(path)} must be inside the tenant namespace {tenant}.",
                path=paths.dotted(path),
            )
        if own and path[-1] not in (paths.ITEM, paths.MAP_KEY):
            _check_name(path, tenant, kind=kind)
        _check_node(path, node)


def _check_name(path: paths.Path, tenant: str, *, kind: str) -> None:
    name = path[-1].lstrip("_") if kind == "datatypes" else path[-1]
    if not names.is_custom_name(name) and path[-1] != tenant:
        raise OutsideTenantNamespace(
            f"The field name {path[-1]} may only hold letters, digits, - and _, "
            "and may not begin with _.",
            code="XDM-1021-400",
            path=paths.dotted(path),
        )


def _check_node(path: paths.Path, node: Mapping[str, Any]) -> None:
    declared = node.get("type")
    if declared is not None and declared not in JSON_TYPES and not isinstance(declared, list):
        raise ResourceInvalid(
            f"The field {paths.dotted(path)} has the unknown type {declared}.",
            path=paths.dotted(path),
        )


def _check_resolves(body: Raw, *, lookup: Lookup, tenant_id: str) -> None:
    resolver = Resolver(lookup, tenant_field=names.tenant_field(tenant_id))
    tree: Tree = resolver.resolve(body)
    raise_conflicts(resolver.conflicts)
    check_compiles(tree)


def stamped(
    body: Raw,
    *,
    target: Target,
    moment: int,
    previous: Raw | None = None,
    version: str | None = None,
) -> Raw:
    """The whole document as stored: the body plus all the registry writes itself."""
    sandbox, final = target.sandbox, target.kind == "schemas"
    document = {
        "$id": target.uri,
        "meta:altId": names.alt_id(target.uri),
        "meta:resourceType": target.kind,
        "version": version or _next_version(previous),
        **body,
        "refs": references(body),
        "imsOrg": sandbox.organization.ims_org_id,
        "meta:extensible": not final,
        "meta:abstract": not final,
        "meta:xdmType": "object",
        "meta:containerId": "tenant",
        "meta:sandboxId": str(sandbox.uuid),
        "meta:sandboxType": sandbox.type,
        "meta:tenantNamespace": names.tenant_field(tenant_of(sandbox)),
    }
    document["meta:registryMetadata"] = _metadata(document, target, moment, previous)
    return document


def _metadata(document: Raw, target: Target, moment: int, previous: Raw | None) -> Raw:
    before = (previous or {}).get("meta:registryMetadata", {})
    content = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
    return {
        "repo:createdDate": before.get("repo:createdDate", moment),
        "repo:lastModifiedDate": moment,
        "xdm:createdClientId": before.get("xdm:createdClientId", target.client_id),
        "xdm:lastModifiedClientId": target.client_id,
        "xdm:createdUserId": before.get("xdm:createdUserId", target.actor.id),
        "xdm:lastModifiedUserId": target.actor.id,
        "eTag": hashlib.sha256(content).hexdigest(),
        "meta:globalLibVersion": LIBRARY_VERSION,
    }


def _next_version(previous: Raw | None) -> str:
    return "1.0" if previous is None else f"1.{minor_version(previous) + 1}"


def minor_version(document: Raw) -> int:
    """7 of version `1.7`."""
    minor = str(document.get("version", "1.0")).partition(".")[2]
    return int(minor) if minor.isascii() and minor.isdigit() and len(minor) < 9 else 0


def etag_of(document: Raw) -> str:
    """The eTag of a stored document."""
    return str(document.get("meta:registryMetadata", {}).get("eTag", ""))
