"""Makes documents that keep a schema: one sample to read, or any number of random ones.

Both take a resolved schema (one tree of `properties`) and trust that it can be met.
"""

import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from ingestion.xdm import names, paths
from ingestion.xdm.sample_values import random_value, typical_value
from ingestion.xdm.types import Node, json_type

_EMAIL = "pat@example.test"
# Typical keys of maps by the name of the field; namespaces are codes every sandbox has.
_MAP_KEYS = {
    "identityMap": "Email",
    "idSpecific": "Email",
    "segmentMembership": "ups",
    "subscribers": _EMAIL,
    "subscriptions": "newsletter",
}
_INNER_MAP_KEYS = {
    "idSpecific": _EMAIL,
    "segmentMembership": "4f638819-f4d2-4d5b-8c1f-1d6b2f8a9e01",
}


@dataclass(frozen=True, slots=True)
class _Plan:
    """What to put into a document: which optional fields, how many of a thing, which values."""

    wants: Callable[[paths.Path, Node], bool]
    count: Callable[[], int]
    scalar: Callable[[Node, paths.Path], Any]
    map_key: Callable[[paths.Path], str]
    identities: Callable[[], dict[str, Any]]
    given: Mapping[paths.Path, Any]


def sample_document(
    resolved_schema: Node,
    *,
    native_names: bool = False,
    only_required: bool = False,
    include: Iterable[paths.Path] = (),
    values: Mapping[paths.Path, Any] | None = None,
) -> dict[str, Any]:
    """The same valid document for the same schema, with every field that is not deprecated.

    `only_required` leaves out all but required fields and those of `include`; a path of an object,
    array or map brings all below it. `values` go into the document as they are.
    """
    given = dict(values or {})
    included = {*include, *given}

    def wants(path: paths.Path, node: Node) -> bool:
        if any(_related(path, other) for other in included):
            return True
        return not only_required and node.get("meta:status") != "deprecated"

    plan = _Plan(
        wants=wants,
        count=lambda: 1,
        scalar=_typical,
        map_key=_typical_map_key,
        identities=lambda: {"Email": [{"id": _EMAIL, "primary": True}]},
        given=given,
    )
    document: dict[str, Any] = _object(resolved_schema, (), plan)
    return in_native_names(document, resolved_schema) if native_names else document


def generate_document(
    resolved_schema: Node,
    *,
    random: Random,
    density: float = 0.5,
    values: Mapping[paths.Path, Any] | None = None,
) -> dict[str, Any]:
    """A random valid document; an optional field is in it with the probability `density`."""
    given = dict(values or {})

    def wants(path: paths.Path, _node: Node) -> bool:
        return any(_related(path, other) for other in given) or random.random() < density

    return _object(
        resolved_schema,
        (),
        _Plan(
            wants=wants,
            count=lambda: random.randint(1, 3),
            scalar=lambda node, _path: random_value(node, random=random),
            map_key=lambda path: _random_map_key(path, random=random),
            identities=lambda: _random_identities(random),
            given=given,
        ),
    )


def in_native_names(document: Mapping[str, Any], node: Node) -> dict[str, Any]:
    """The document with native names (`repo:createDate`) in place of `_repo.createDate`."""
    renamed: dict[str, Any] = {}
    for name, value in document.items():
        child = node.get("properties", {}).get(name, {})
        converted = _native_value(value, child)
        if names.is_prefix(name) and _is_prefix_object(child):
            renamed |= converted
        else:
            renamed[child.get("meta:xdmField", name)] = converted
    return renamed


def _native_value(value: Any, node: Node) -> Any:
    if isinstance(value, list):
        return [_native_value(item, node.get("items") or {}) for item in value]
    if not isinstance(value, dict):
        return value
    entries = node.get("additionalProperties")
    if not node.get("properties") and isinstance(entries, Mapping):
        return {key: _native_value(item, entries) for key, item in value.items()}
    return in_native_names(value, node)


def _is_prefix_object(node: Node) -> bool:
    """`_repo` stands for a prefix, `_acmeco` does not: its fields have no other name."""
    children = node.get("properties", {})
    return any(":" in child.get("meta:xdmField", "") for child in children.values()) and all(
        child.get("meta:xdmField") != f"xdm:{name}" for name, child in children.items()
    )


def _related(path: paths.Path, wanted: paths.Path) -> bool:
    """Whether a field lies on the way to a wanted one, is it, or lies below it."""
    shorter = min(len(path), len(wanted))
    return path[:shorter] == wanted[:shorter]


def _value(node: Node, path: paths.Path, plan: _Plan) -> Any:
    if path in plan.given:
        return plan.given[path]
    match json_type(node):
        case "object":
            return _identity_map(node, path, plan) or _object(node, path, plan)
        case "array":
            return _array(node, path, plan)
        case _:
            return plan.scalar(node, path)


def _object(node: Node, path: paths.Path, plan: _Plan) -> dict[str, Any]:
    properties: Mapping[str, Node] = node.get("properties") or {}
    if not properties:
        return _map(node, path, plan)
    required = node.get("required") or ()
    wanted = [
        name
        for name, child in properties.items()
        if name in required or plan.wants((*path, name), child)
    ]
    if path and not wanted:  # an empty object is no value
        wanted = [next(iter(properties))]
    return {name: _value(properties[name], (*path, name), plan) for name in wanted}


def _map(node: Node, path: paths.Path, plan: _Plan) -> dict[str, Any]:
    entries = node.get("additionalProperties")
    entry: Node = entries if isinstance(entries, Mapping) else {"type": "string"}
    inner = (*path, paths.MAP_KEY)
    keys = dict.fromkeys(plan.map_key(path) for _ in range(plan.count()))
    return {key: _value(entry, inner, plan) for key in keys}


def _array(node: Node, path: paths.Path, plan: _Plan) -> list[Any]:
    items = node.get("items")
    item: Node = items if isinstance(items, Mapping) else {"type": "string"}
    count = max(plan.count(), node.get("minItems", 0))
    values = [
        _value(item, (*path, paths.ITEM), plan)
        for _ in range(min(count, node.get("maxItems", count)))
    ]
    if node.get("uniqueItems"):
        return [value for place, value in enumerate(values) if value not in values[:place]]
    return values


def _identity_map(node: Node, path: paths.Path, plan: _Plan) -> dict[str, Any] | None:
    """Identities that make sense together: any others would keep the schema but help nobody."""
    item = paths.find_field(node, (paths.MAP_KEY, paths.ITEM, "id"))
    return plan.identities() if path == ("identityMap",) and item else None


def _name(path: paths.Path) -> str:
    """Name of the field a value belongs to, whatever arrays and maps stand between."""
    return next((step for step in reversed(path) if step not in (paths.ITEM, paths.MAP_KEY)), "")


def _typical(node: Node, path: paths.Path) -> Any:
    # Seeded by place, so that a new field leaves the values of the others as they were.
    return typical_value(node, name=_name(path), random=Random(zlib.crc32("/".join(path).encode())))  # noqa: S311 - repeatable sample values


def _typical_map_key(path: paths.Path) -> str:
    known = _INNER_MAP_KEYS if path[-1:] == (paths.MAP_KEY,) else _MAP_KEYS
    return known.get(_name(path), "key")


def _random_map_key(path: paths.Path, *, random: Random) -> str:
    known = _MAP_KEYS.get(_name(path))
    if known and path[-1:] != (paths.MAP_KEY,) and random.random() < 0.5:
        return known
    return f"key{random.randrange(100)}"


def _random_identities(random: Random) -> dict[str, Any]:
    """An address, a cookie's identity, or both; exactly one is primary."""
    person = random.randrange(10**9)
    email = {"id": f"person{person}@example.test", "primary": True}
    cookie: dict[str, Any] = {
        "id": "".join(random.choices("0123456789", k=38)),
        "authenticatedState": random.choice(("ambiguous", "authenticated", "loggedOut")),
    }
    choice = random.random()
    if choice < 0.4:
        return {"Email": [email]}
    if choice < 0.7:
        return {"ECID": [{**cookie, "primary": True}]}
    return {"Email": [email], "ECID": [cookie]}
