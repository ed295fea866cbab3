"""Names of the registry: `$id`, `meta:altId`, tenant ids, native and compatibility field names."""

import re

NS = "https://ns.adobe.com/"
XDM_NS = f"{NS}xdm/"
RECORD = f"{XDM_NS}data/record"
TIME_SERIES = f"{XDM_NS}data/time-series"
ADHOC = f"{XDM_NS}data/adhoc"
UNION_SUFFIX = "__union"
UNION_TAG = "union"

# "mixins" is the older name of field groups; ids and `meta:resourceType` keep it.
TYPE_ALIASES = {"fieldgroups": "mixins"}
RESOURCE_TYPES = ("classes", "mixins", "datatypes", "schemas")
KIND_NAMES = {
    "classes": "class",
    "mixins": "field group",
    "datatypes": "data type",
    "schemas": "schema",
    "behaviors": "behavior",
    "unions": "union",
    "descriptors": "descriptor",
}

_CUSTOM_NAME = re.compile(r"[A-Za-z0-9-][A-Za-z0-9_-]*")
_AT_NAMES = {"@id": "_id", "@type": "_type"}
# Objects of the compatibility form that only stand for a name prefix such as `repo:`.
_PREFIXES = frozenset({"_repo", "_schema", "_dc", "_channels", "_experience", "_xmp", "_xmpMM"})
_COMPAT_AT = {compat: native for native, compat in _AT_NAMES.items()}


def canonical_type(name: str) -> str:
    """`mixins` for both spellings of field groups, other names unchanged."""
    return TYPE_ALIASES.get(name, name)


def alt_id(uri: str) -> str:
    """`_acmeco.schemas.6f1d` of `https://ns.adobe.com/acmeco/schemas/6f1d`."""
    bare = uri.split("://", 1)[-1]
    return "_" + bare.removeprefix("ns.adobe.com/").replace("/", ".")


def uri_of(identifier: str) -> str:
    """The `$id` a path parameter means, given as `$id` or as `meta:altId`."""
    if "://" in identifier:
        return identifier
    # A proxy may have merged the two slashes of a decoded `$id`.
    merged = re.match(r"(https?):/+(.+)", identifier)
    if merged:
        return f"{merged[1]}://{merged[2]}"
    bare = identifier.removeprefix("_")
    if bare.startswith("schema.org."):
        return f"http://schema.org/{bare.removeprefix('schema.org.')}"
    return NS + bare.replace(".", "/")


def tenant_field(tenant_id: str) -> str:
    """Name of the object that holds all custom fields of a tenant."""
    return f"_{tenant_id}"


def resource_uri(tenant_id: str, kind: str, token: str) -> str:
    """`$id` of a tenant resource."""
    return f"{NS}{tenant_id}/{canonical_type(kind)}/{token}"


def is_tenant_uri(uri: str, tenant_id: str) -> bool:
    """Whether the resource belongs to the tenant and not to the standard library."""
    return uri.startswith(f"{NS}{tenant_id}/")


def union_uri(class_uri: str) -> str:
    """`$id` of the union of a class."""
    return class_uri + UNION_SUFFIX


def class_of_union(uri: str) -> str | None:
    """Class of a union's `$id`, or None when the id names no union."""
    return uri.removesuffix(UNION_SUFFIX) if uri.endswith(UNION_SUFFIX) else None


def is_custom_name(name: str) -> bool:
    """Whether a tenant may call a field so: letters, digits, `-`, `_`, not beginning with `_`."""
    return _CUSTOM_NAME.fullmatch(name) is not None


def compat_path(name: str) -> tuple[str, ...]:
    """Compatibility path of a property as written: `repo:createDate` is `_repo.createDate`."""
    if name in _AT_NAMES:
        return (_AT_NAMES[name],)
    if name.startswith(f"{XDM_NS}channels/"):
        return ("_channels", name.rpartition("/")[2])
    if name.startswith(NS):
        first, *rest = name.removeprefix(NS).strip("/").split("/")
        return (f"_{first}", *rest)
    prefix, colon, local = name.partition(":")
    if not colon:
        return (name,)
    return (local,) if prefix == "xdm" else (f"_{prefix}", local)


def native_name(path: str, *, tenant: str | None = None) -> str:
    """Native name of a field by its dotted compatibility path; tenant fields keep theirs."""
    steps = path.split(".")
    name = steps[-1]
    if tenant and tenant in steps:
        return name
    if name in _COMPAT_AT:
        return _COMPAT_AT[name]
    if "_experience" in steps[:-1]:
        start = steps.index("_experience")
        return NS + "/".join(("experience", *steps[start + 1 :]))
    container = steps[-2] if len(steps) > 1 else ""
    if container == "_channels":
        return f"{XDM_NS}channels/{name}"
    if is_prefix(container):
        return f"{container[1:]}:{name}"
    return name if name.startswith("_") else f"xdm:{name}"


def is_prefix(name: str) -> bool:
    """Whether a compatibility name is an object that stands for a name prefix such as `repo:`."""
    return name in _PREFIXES
