"""Turn a raw resource (`$ref`, `allOf`, `definitions`) into one tree of `properties`."""

from collections.abc import Callable, Mapping
from typing import Any

from ingestion.xdm import names, paths
from ingestion.xdm.merge import merge_nodes
from ingestion.xdm.types import Behavior, SchemaError, Tree, TypeConflict, xdm_type

Lookup = Callable[[str], Mapping[str, Any] | None]

Stack = tuple[str, ...]

MAX_DEPTH = 48
_TREE_KEYS = ("properties", "required", "additionalProperties")
_TEXTS = ("title", "description")
_STRUCTURE = frozenset({"$ref", "allOf", "definitions", "properties", "required", "items"})
# What a field takes over from the data type it refers to.
_FIELD_KEYS = frozenset(
    {
        *("type", "format", "pattern", "minLength", "maxLength", "enum", "multipleOf"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
        *("properties", "required", "additionalProperties"),
        *("items", "minItems", "maxItems", "uniqueItems"),
        *("title", "description", "default", "examples"),
        *("meta:xdmType", "meta:xdmField", "meta:enum", "meta:status"),
    }
)
_BEHAVIORS: dict[str, Behavior] = {
    names.RECORD: "record",
    names.TIME_SERIES: "time-series",
    names.ADHOC: "adhoc",
}


class Resolver:
    """Resolves resources found by a look-up; holds no state between calls but its conflicts."""

    def __init__(self, lookup: Lookup, *, tenant_field: str | None = None) -> None:
        self._lookup = lookup
        self._tenant_field = tenant_field
        self.conflicts: list[TypeConflict] = []

    def resolve(self, resource: Mapping[str, Any]) -> Tree:
        """The resource's own keywords plus the merged `properties` of all it refers to."""
        uri = str(resource.get("$id", ""))
        merged = self._node(resource, root=resource, stack=(uri,))
        # Titles and the like of classes and field groups are not the schema's own.
        tree = {key: merged[key] for key in merged if key in resource or key in _TREE_KEYS}
        tree.setdefault("type", "object")
        _annotate(tree, (), self._tenant_field)
        return tree

    def _node(self, node: Mapping[str, Any], *, root: Mapping[str, Any], stack: Stack) -> Tree:
        if len(stack) > MAX_DEPTH:
            raise SchemaError("The schema is nested too deeply.", path=stack[-1])
        own = {key: value for key, value in node.items() if key not in _STRUCTURE}
        self._own_structure(own, node, root=root, stack=stack)
        for part in _parts(node):
            own = merge_nodes(
                own, self._part(part, root=root, stack=stack), conflicts=self.conflicts
            )
        return own

    def _own_structure(
        self,
        own: Tree,
        node: Mapping[str, Any],
        *,
        root: Mapping[str, Any],
        stack: Stack,
    ) -> None:
        if isinstance(node.get("properties"), Mapping):
            own["properties"] = self._properties(node, root=root, stack=stack)
        if isinstance(node.get("required"), list):
            own["required"] = [names.compat_path(str(name))[0] for name in node["required"]]
        if isinstance(node.get("items"), Mapping):
            own["items"] = self._node(node["items"], root=root, stack=(*stack, "items"))
        values = node.get("additionalProperties")
        if isinstance(values, Mapping):
            own["additionalProperties"] = self._node(values, root=root, stack=(*stack, "{}"))

    def _properties(
        self, node: Mapping[str, Any], *, root: Mapping[str, Any], stack: Stack
    ) -> Tree:
        holder: Tree = {"type": "object", "properties": {}}
        for name, child in node["properties"].items():
            if not isinstance(child, Mapping):
                raise SchemaError(f"The field {name} is not an object.", path=name)
            resolved = self._node(child, root=root, stack=(*stack, name))
            wrapped = _wrap(names.compat_path(name), resolved)
            if ":" in name:
                resolved.setdefault("meta:xdmField", name)
            holder = merge_nodes(holder, wrapped, conflicts=self.conflicts)
        properties: Tree = holder["properties"]
        return properties

    def _part(self, part: Mapping[str, Any], *, root: Mapping[str, Any], stack: Stack) -> Tree:
        ref = part.get("$ref")
        if ref is None:
            return self._node(part, root=root, stack=(*stack, "allOf"))
        uri, _, fragment = str(ref).partition("#")
        if not uri or uri == root.get("$id"):
            return self._local(str(ref), fragment, root=root, stack=stack)
        return self._external(uri, fragment, stack=stack)

    def _local(self, ref: str, fragment: str, *, root: Mapping[str, Any], stack: Stack) -> Tree:
        marker = f"{root.get('$id', '')}#{fragment}"
        if marker in stack:
            return {"type": "object"}  # a cycle ends as an open object
        target = _at_fragment(root, fragment)
        if target is None:
            raise SchemaError(f"Cannot resolve the reference {ref}.", path=ref)
        return self._node(target, root=root, stack=(*stack, marker))

    def _external(self, uri: str, fragment: str, *, stack: Stack) -> Tree:
        cut: Tree = {"type": "object", "meta:referencedFrom": uri}
        marker = f"{uri}#{fragment}" if fragment else uri
        if marker in stack:
            return cut
        target = self._lookup(uri)
        if target is None:
            raise SchemaError(f"Cannot resolve the reference {uri}.", path=uri)
        place = _at_fragment(target, fragment) if fragment else target
        if place is None:
            raise SchemaError(f"Cannot resolve the reference {uri}#{fragment}.", path=uri)
        resolved = self._node(place, root=target, stack=(*stack, marker))
        kept = {
            key: value
            for key, value in resolved.items()
            if key in _FIELD_KEYS and (key in place or key not in _TEXTS)
        }
        return {**kept, "meta:referencedFrom": uri}


def _parts(node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    parts: list[Mapping[str, Any]] = []
    if "$ref" in node:
        parts.append({"$ref": node["$ref"]})
    listed = node.get("allOf")
    if isinstance(listed, list):
        parts.extend(part for part in listed if isinstance(part, Mapping))
    return parts


def _wrap(path: tuple[str, ...], node: Tree) -> Tree:
    for step in reversed(path):
        node = {"type": "object", "properties": {step: node}}
    return node


def _at_fragment(root: Mapping[str, Any], fragment: str) -> Mapping[str, Any] | None:
    place: Any = root
    for step in fragment.strip("/").split("/") if fragment.strip("/") else ():
        place = place.get(paths.unescape(step)) if isinstance(place, Mapping) else None
    return place if isinstance(place, Mapping) else None


def _annotate(tree: Tree, path: tuple[str, ...], tenant: str | None) -> None:
    """Give each field its XDM type and native name; runs on our own copies only."""
    for key, child in list(tree.get("properties", {}).items()):
        tree["properties"][key] = _annotated(child, (*path, key), tenant)
    for key in ("items", "additionalProperties"):
        if isinstance(tree.get(key), dict):
            tree[key] = _annotated(tree[key], path, tenant, named=False)


def _annotated(
    node: Tree, path: tuple[str, ...], tenant: str | None, *, named: bool = True
) -> Tree:
    kind = xdm_type(node)
    copy = {**node}
    if "properties" in copy:
        copy["properties"] = dict(copy["properties"])
    if kind != "any":
        copy.setdefault("meta:xdmType", kind)
    if named:
        copy.setdefault("meta:xdmField", names.native_name(".".join(path), tenant=tenant))
    _annotate(copy, path, tenant)
    return copy


def references(resource: Mapping[str, Any]) -> list[str]:
    """External `$id`s a raw resource refers to anywhere, in order of appearance."""
    found: dict[str, None] = {}
    _collect_references(resource, found)
    found.pop(str(resource.get("$id", "")), None)
    return list(found)


def _collect_references(value: Any, found: dict[str, None]) -> None:
    if isinstance(value, Mapping):
        ref = value.get("$ref")
        if isinstance(ref, str) and not ref.startswith("#"):
            found[ref.partition("#")[0]] = None
        for child in value.values():
            _collect_references(child, found)
    elif isinstance(value, list):
        for child in value:
            _collect_references(child, found)


def extends(resource: Mapping[str, Any], lookup: Lookup) -> list[str]:
    """All `$id`s a resource builds on by `allOf` and `meta:extends`, nearest first."""
    found: dict[str, None] = {}
    pending = _direct_extends(resource)
    while pending:
        uri = pending.pop(0)
        if uri in found:
            continue
        found[uri] = None
        target = lookup(uri)
        if target is not None:
            pending.extend(_direct_extends(target))
    return list(found)


def _direct_extends(resource: Mapping[str, Any]) -> list[str]:
    parts = [part.get("$ref", "") for part in resource.get("allOf") or () if isinstance(part, dict)]
    own = [str(ref).partition("#")[0] for ref in parts]
    return [uri for uri in [*own, *(resource.get("meta:extends") or ())] if uri]


def behavior_of(resource: Mapping[str, Any], lookup: Lookup) -> Behavior:
    """Behaviour of a class or schema; a resource that names none counts as a record."""
    for uri in (resource.get("$id"), *extends(resource, lookup)):
        if uri in _BEHAVIORS:
            return _BEHAVIORS[str(uri)]
    return "record"
