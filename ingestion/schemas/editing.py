"""Edits of a schema before they are saved: a list of operations, applied to raw documents.

People edit "the schema", but fields belong to field groups: an edit says which resources it
changes, so that the impact on others can be shown before anything is stored.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.sandboxes.models import Sandbox
from ingestion.schemas import usage
from ingestion.schemas.lookup import TenantLookup, tenant_of
from ingestion.schemas.queries import IDENTITY, descriptors_of, find_row
from ingestion.schemas.relationships import Relationship, relationships_in, targets_among
from ingestion.schemas.types import Raw, ResourceInvalid
from ingestion.xdm import edit, names, paths
from ingestion.xdm.resolve import Resolver
from ingestion.xdm.types import Tree, json_type, xdm_type
from ingestion.xdm.union import raise_conflicts

NEW = "new:"
Operation = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class IdentityMark:
    """An identity of the edited schema; `stored` is the id of its descriptor, "" while new."""

    path: paths.Path
    namespace: str
    primary: bool
    stored: str = ""


@dataclass(frozen=True, slots=True)
class Edited:
    """A schema with all operations applied. `groups` holds new and changed field groups.

    `dropped` are the descriptors to remove: of identities and of relationships.
    """

    schema: Raw
    groups: Mapping[str, Raw]
    identities: tuple[IdentityMark, ...]
    relations: tuple[Relationship, ...]
    dropped: tuple[str, ...]
    changed: frozenset[paths.Path]


@dataclass(slots=True)
class _Work:
    """What the operations change, one after the other."""

    sandbox: Sandbox
    lookup: TenantLookup
    schema: Raw
    groups: dict[str, Raw] = field(default_factory=dict)
    identities: list[IdentityMark] = field(default_factory=list)
    relations: list[Relationship] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    changed: set[paths.Path] = field(default_factory=set)

    def parts(self) -> list[str]:
        return [str(p["$ref"]) for p in self.schema.get("allOf") or () if "$ref" in p]

    def tree(self) -> Tree:
        lookup = TenantLookup(self.sandbox.number, overlay=dict(self.groups))
        return Resolver(lookup.prepare([self.schema, *self.groups.values()])).resolve(self.schema)

    def own_group(self, uri: str) -> Raw | None:
        """A field group that may be changed here: the tenant's or a new one."""
        if uri in self.groups:
            return self.groups[uri]
        found = self.lookup(uri)
        if found is None or not names.is_tenant_uri(uri, tenant_of(self.sandbox)):
            return None
        return found if found["meta:resourceType"] == "mixins" else None

    def owner_of(self, path: paths.Path) -> str:
        """The changeable group that defines a field; raises when it is not ours to change."""
        for uri in self.parts():
            group = self.own_group(uri)
            if group is not None and edit.find_field(group, path) is not None:
                return uri
        raise ResourceInvalid(
            f"{paths.dotted(path)} belongs to a standard part and cannot be changed.",
            path=paths.dotted(path),
        )


def apply_edits(sandbox: Sandbox, schema: Raw, operations: Iterable[Operation]) -> Edited:
    """The schema as it would be saved; raises for an operation that cannot be applied."""
    work = _Work(sandbox, TenantLookup(sandbox.number).prepare([schema]), schema)
    descriptors = descriptors_of(sandbox.number, str(schema["$id"]))
    work.relations = relationships_in(sandbox, descriptors)
    work.identities = [
        IdentityMark(
            path=paths.split_descriptor_path(document["xdm:sourceProperty"]),
            namespace=str(document.get("xdm:namespace", "")),
            primary=bool(document.get("xdm:isPrimary")),
            stored=str(document["@id"]),
        )
        for document in descriptors
        if document["@type"] == IDENTITY
    ]
    for operation in operations:
        _OPERATIONS[operation["op"]](work, operation)
    return Edited(
        schema=work.schema,
        groups=work.groups,
        identities=tuple(work.identities),
        relations=tuple(work.relations),
        dropped=tuple(work.dropped),
        changed=frozenset(work.changed),
    )


def edited_tree(sandbox: Sandbox, edited: Edited) -> Tree:
    """The fields as they would be; raises when parts disagree."""
    resolver = Resolver(
        overlay(sandbox, edited), tenant_field=names.tenant_field(tenant_of(sandbox))
    )
    tree = resolver.resolve(edited.schema)
    raise_conflicts(resolver.conflicts)
    return tree


def overlay(sandbox: Sandbox, edited: Edited) -> TenantLookup:
    """Look-up that prefers what the edit changed."""
    lookup = TenantLookup(sandbox.number, overlay=dict(edited.groups))
    return lookup.prepare([edited.schema, *edited.groups.values()])


def affected_schemas(sandbox: Sandbox, edited: Edited) -> list[Raw]:
    """Other schemas that change along, because they share a changed field group."""
    found: dict[str, Raw] = {}
    for uri in edited.groups:
        if not uri.startswith(NEW):
            for document in usage.dependents(sandbox.number, uri):
                if document["meta:resourceType"] == "schemas":
                    found[str(document["$id"])] = document
    found.pop(str(edited.schema["$id"]), None)
    return sorted(found.values(), key=lambda document: str(document["title"]))


def _path(operation: Operation) -> paths.Path:
    return tuple(str(operation["path"]).split("."))


def _add_field(work: _Work, operation: Operation) -> None:
    path, uri = _path(operation), str(operation["group"])
    if uri.startswith(NEW) and uri not in work.groups:
        work.groups[uri] = {
            "$id": uri,
            "meta:resourceType": "mixins",
            "title": uri.removeprefix(NEW),
            "type": "object",
            "meta:intendedToExtend": [work.schema["meta:class"]],
        }
        _refer(work, uri)
    group = work.own_group(uri)
    if group is None:
        raise ResourceInvalid("Fields can only be added to field groups of your own.", path="group")
    work.groups[uri] = edit.add_field(
        group, path, operation["node"], required=bool(operation.get("required"))
    )
    work.changed.add(path)


def _refer(work: _Work, uri: str) -> None:
    part = {"$ref": uri, "type": "object", "meta:xdmType": "object"}
    work.schema = {**work.schema, "allOf": [*(work.schema.get("allOf") or ()), part]}


def _set_field(work: _Work, operation: Operation) -> None:
    path = _path(operation)
    uri = work.owner_of(path)
    node = operation["node"]

    def change(old: Tree) -> Tree:
        merged = {**old, **node}
        return {key: value for key, value in merged.items() if value is not None}

    group = work.own_group(uri) or {}
    work.groups[uri] = edit.change_field(group, path, change, required=operation.get("required"))
    work.changed.add(path)


def _remove_field(work: _Work, operation: Operation) -> None:
    path = _path(operation)
    uri = work.owner_of(path)
    work.groups[uri] = edit.remove_field(work.own_group(uri) or {}, path)
    _drop_marks(work, lambda marked: marked[: len(path)] == path)
    work.changed.add(path[:-1])


def _add_group(work: _Work, operation: Operation) -> None:
    if operation["group"] not in work.parts():
        _refer(work, str(operation["group"]))


def _remove_group(work: _Work, operation: Operation) -> None:
    uri = operation["group"]
    kept = [p for p in work.schema.get("allOf") or () if p.get("$ref") != uri]
    work.schema = {**work.schema, "allOf": kept}
    work.groups.pop(uri, None)
    tree = work.tree()
    _drop_marks(work, lambda marked: paths.find_field(tree, marked) is None)


def _describe(work: _Work, operation: Operation) -> None:
    work.schema = {
        **work.schema,
        "title": operation["title"],
        "description": operation["description"],
    }


def _mark_identity(work: _Work, operation: Operation) -> None:
    path = _path(operation)
    primary = bool(operation.get("primary"))
    if primary and any(mark.primary and mark.path != path for mark in work.identities):
        raise ResourceInvalid("The schema has a primary identity already.", path=".".join(path))
    _drop_identities(work, lambda mark: mark.path == path)
    work.identities.append(IdentityMark(path, str(operation["namespace"]), primary))
    if operation.get("require"):
        uri = work.owner_of(path)
        work.groups[uri] = edit.require_path(work.own_group(uri) or {}, path)
    work.changed.add(path)


def _drop_identity(work: _Work, operation: Operation) -> None:
    path = _path(operation)
    _drop_identities(work, lambda mark: mark.path == path)
    work.changed.add(path)


def _relate(work: _Work, operation: Operation) -> None:
    path, target = _path(operation), str(operation["schema"])
    node = paths.find_field(work.tree(), path) or {}
    if xdm_type(node.get("items") or {} if json_type(node) == "array" else node) != "string":
        raise ResourceInvalid(
            f"{paths.dotted(path)} is no text, so it cannot hold an identity of another schema.",
            path=paths.dotted(path),
        )
    row = find_row(work.sandbox.number, kind="schemas", identifier=target)
    titles = {target: row.title} if row is not None else {}
    found = targets_among(sandbox=work.sandbox, titles=titles).get(target)
    if found is None:
        called = row.title if row is not None else target
        raise ResourceInvalid(
            f"{called} has no primary identity, so nothing can refer to it.",
            path=paths.dotted(path),
        )
    _drop_relations(work, lambda marked: marked == path)
    work.relations.append(
        Relationship(
            source=str(work.schema["$id"]),
            path=path,
            target=target,
            namespace=found.namespace,
            cardinality="One-to-one",
            ours=True,
        )
    )
    work.changed.add(path)


def _drop_relation(work: _Work, operation: Operation) -> None:
    path = _path(operation)
    _drop_relations(work, lambda marked: marked == path)
    work.changed.add(path)


def _drop_relations(work: _Work, gone: Callable[[paths.Path], bool]) -> None:
    work.dropped += [uri for each in work.relations if gone(each.path) for uri in each.stored]
    work.relations = [each for each in work.relations if not gone(each.path)]


def _drop_marks(work: _Work, gone: Callable[[paths.Path], bool]) -> None:
    """Identities and relationships of fields that go."""
    _drop_identities(work, lambda mark: gone(mark.path))
    _drop_relations(work, gone)


def _drop_identities(work: _Work, gone: Callable[[IdentityMark], bool]) -> None:
    work.dropped += [mark.stored for mark in work.identities if gone(mark) and mark.stored]
    work.identities = [mark for mark in work.identities if not gone(mark)]


_OPERATIONS: Mapping[str, Callable[[_Work, Operation], None]] = {
    "add_field": _add_field,
    "set_field": _set_field,
    "remove_field": _remove_field,
    "add_group": _add_group,
    "remove_group": _remove_group,
    "describe": _describe,
    "identity": _mark_identity,
    "drop_identity": _drop_identity,
    "relate": _relate,
    "drop_relation": _drop_relation,
}
