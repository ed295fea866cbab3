"""Render a raw resource in the form an Accept header asks for."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ingestion.xdm import names, paths
from ingestion.xdm.accept import AcceptForm
from ingestion.xdm.resolve import Lookup, Resolver
from ingestion.xdm.types import Tree

_TEXTS = ("title", "description")


def summary(resource: Mapping[str, Any]) -> Tree:
    """The `-id` form."""
    keys = ("$id", "meta:altId", "version", "title")
    return {key: resource[key] for key in keys if key in resource}


def render(
    resource: Mapping[str, Any],
    form: AcceptForm,
    *,
    lookup: Lookup,
    tenant_field: str,
    descriptors: Iterable[Mapping[str, Any]] = (),
) -> Tree:
    """The resource in the asked form; `descriptors` are those of the schema, if it is one."""
    if form.id_only:
        return summary(resource)
    if form.full:
        descriptors = list(descriptors)
        document = Resolver(lookup, tenant_field=tenant_field).resolve(resource)
        document = _without_structure(document)
        document = mark_deprecated(document, descriptors)
        if "deprecatefield" not in form.flags:
            document = transform(document, _hide_deprecated)
        if "desc" in form.flags:
            document["meta:descriptors"] = descriptors
    else:
        document = dict(resource)
    return _in_style(document, form)


def _in_style(document: Tree, form: AcceptForm) -> Tree:
    if "notext" in form.flags:
        document = transform(document, _without_texts)
    if form.naming == "xdm":
        document = transform(document, _in_native_names)
    if "flat" in form.flags:
        document = {**document, "properties": flatten(document)}
    return document


def _without_structure(document: Tree) -> Tree:
    structure = ("allOf", "definitions", "refs")
    return {key: value for key, value in document.items() if key not in structure}


def transform(node: Mapping[str, Any], change: Callable[[Tree], Tree]) -> Tree:
    """A copy of a schema node with `change` applied to every node, children first."""
    copy: Tree = {}
    for key, value in node.items():
        if key in ("properties", "definitions") and isinstance(value, Mapping):
            copy[key] = {
                name: transform(child, change) if isinstance(child, Mapping) else child
                for name, child in value.items()
            }
        elif key in ("items", "additionalProperties") and isinstance(value, Mapping):
            copy[key] = transform(value, change)
        elif key == "allOf" and isinstance(value, list):
            copy[key] = [transform(p, change) if isinstance(p, Mapping) else p for p in value]
        else:
            copy[key] = value
    return change(copy)


def _without_texts(node: Tree) -> Tree:
    return {key: value for key, value in node.items() if key not in _TEXTS}


def _hide_deprecated(node: Tree) -> Tree:
    shown = {
        name: child
        for name, child in node.get("properties", {}).items()
        if child.get("meta:status") != "deprecated"
    }
    return {**node, "properties": shown} if "properties" in node else node


def mark_deprecated(tree: Tree, descriptors: Iterable[Mapping[str, Any]]) -> Tree:
    """The tree with the fields named by deprecation descriptors marked so."""
    targets = {
        paths.split_descriptor_path(source)
        for descriptor in descriptors
        if descriptor.get("@type") == "xdm:descriptorDeprecated"
        for source in _sources(descriptor)
    }
    return _marked(tree, (), targets) if targets else tree


def _sources(descriptor: Mapping[str, Any]) -> list[str]:
    source = descriptor.get("xdm:sourceProperty", [])
    return [source] if isinstance(source, str) else list(source)


def _marked(node: Tree, path: paths.Path, targets: set[paths.Path]) -> Tree:
    copy = {**node, "meta:status": "deprecated"} if path in targets else dict(node)
    if "properties" in copy:
        copy["properties"] = {
            name: _marked(child, (*path, name), targets)
            for name, child in copy["properties"].items()
        }
    return copy


def _in_native_names(node: Tree) -> Tree:
    """Properties under their native names; objects that stand for a prefix dissolve."""
    if "properties" not in node:
        return node
    properties: Tree = {}
    required = list(node.get("required", ()))
    for name, child in node["properties"].items():
        dissolves = names.is_prefix(name) and "properties" in child
        if dissolves:
            properties.update(child["properties"])
            inner = child.get("required", []) if name in required else []
            required = [other for other in required if other != name] + inner
        else:
            native = child.get("meta:xdmField", name)
            properties[native] = child
            required = [native if other == name else other for other in required]
    renamed = {**node, "properties": properties}
    return {**renamed, "required": required} if required else _without(renamed, "required")


def _without(node: Tree, key: str) -> Tree:
    return {name: value for name, value in node.items() if name != key}


def flatten(tree: Mapping[str, Any]) -> Tree:
    """Leaf fields keyed by their "/"-joined path; `[*]` is an array step, `{}` any map key."""
    flat: Tree = {}
    for path, node in paths.walk(tree):
        if not _has_children(node):
            flat["/".join(path)] = dict(node)
    return flat


def _has_children(node: Mapping[str, Any]) -> bool:
    nested = (node.get("items"), node.get("additionalProperties"))
    return bool(node.get("properties")) or any(isinstance(child, Mapping) for child in nested)
