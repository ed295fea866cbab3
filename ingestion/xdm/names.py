"""The two spellings of XDM names: native (`repo:createDate`) and compatibility (`_repo.createDate`).

Data always uses the compatibility form; the native one is only shown in the registry's `xdm` views.
"""

ADOBE_NS = "https://ns.adobe.com/"
XDM_NS = f"{ADOBE_NS}xdm/"

_KEYWORDS = {"@id": "_id", "@type": "_type"}
# First part of a compatibility name -> what replaces "<part>." in the native name.
_PREFIXES = {
    "_repo": "repo:",
    "_schema": "schema:",
    "_dc": "dc:",
    "_channels": f"{XDM_NS}channels/",
    "_experience": f"{ADOBE_NS}experience/",
}


def alt_id(uri: str) -> str:
    """The dotted id of a resource: `https://ns.adobe.com/xdm/data/record` -> `_xdm.data.record`."""
    bare = uri.removeprefix(ADOBE_NS)
    return "_" + bare.removeprefix("https://").removeprefix("http://").replace("/", ".")


def is_prefix(name: str) -> bool:
    """Whether `name` only carries a namespace (`_repo`): the native form has no such object."""
    return name in _PREFIXES


def native_name(name: str) -> str:
    """Native name of one field, given its compatibility name with any prefix: `_dc.language`.

    A tenant's own object (`_acmeco`) and what lies in it have one spelling only.
    """
    for native, compat in _KEYWORDS.items():
        if name == compat:
            return native
    first, _, rest = name.partition(".")
    if first in _PREFIXES:
        return _PREFIXES[first] + rest.replace(".", "/") if rest else name
    return name if name.startswith("_") else f"xdm:{name}"


def compat_name(native: str) -> str:
    """Compatibility name of a native field name, dotted when its namespace becomes an object."""
    if native in _KEYWORDS:
        return _KEYWORDS[native]
    for prefix, text in _PREFIXES.items():
        if native.startswith(text):
            return f"{prefix}.{native.removeprefix(text).replace('/', '.')}"
    if native.startswith(ADOBE_NS):
        return "_" + native.removeprefix(ADOBE_NS).replace("/", ".")
    return native.removeprefix("xdm:")
