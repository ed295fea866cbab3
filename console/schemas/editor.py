"""The state of the schema editor: what is stored, the person's unsaved edits, and what is shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest
from django.urls import reverse

from console.pages import Tab, actor_of
from console.schemas.tree import FieldRow, Mark, Marks, Path, View, find_node, read_view, rows_of
from console.schemas.words import type_word
from core.drafts.actions import State, change_draft_of
from core.drafts.queries import find_draft_of
from core.errors import AppError
from core.sandboxes.models import Sandbox
from ingestion.schemas.browse import titles_of_schemas
from ingestion.schemas.editing import (
    NEW,
    Edited,
    IdentityMark,
    affected_schemas,
    apply_edits,
    edited_tree,
    overlay,
)
from ingestion.schemas.lookup import TenantLookup, tenant_of
from ingestion.schemas.models import RegistryResource
from ingestion.schemas.types import Raw
from ingestion.schemas.usage import locked_schemas
from ingestion.xdm import edit, names
from ingestion.xdm.paths import find_field
from ingestion.xdm.resolve import Resolver
from ingestion.xdm.types import Tree

KIND = "schema-edit"
_WORDS = {
    "add_field": "Add field",
    "set_field": "Change field",
    "remove_field": "Remove field",
    "add_group": "Add a field group",
    "remove_group": "Remove a field group",
    "describe": "Rename to",
    "identity": "Mark as identity",
    "drop_identity": "No identity any more",
    "relate": "Add relationship",
    "drop_relation": "Delete relationship",
}


@dataclass(frozen=True, slots=True)
class Group:
    """A class or field group of the schema, with the identities it holds."""

    uri: str
    title: str
    word: str
    alt_id: str
    own: bool
    custom: bool
    new: bool
    changed: bool
    identities: tuple[tuple[str, Mark], ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """A relationship of the schema; `token` names the target in addresses, "" when it is gone."""

    path: Path
    title: str
    token: str
    namespace: str
    cardinality: str
    ours: bool

    @property
    def dotted(self) -> str:
        """The path as it stands in addresses."""
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class SelectedField:
    """The field the right rail is about."""

    path: Path
    node: Mapping[str, Any]
    type_word: str
    group: Group | None
    own: bool
    required: bool
    identity: IdentityMark | None
    relation: Relation | None
    deprecated: bool
    is_text: bool
    can_relate: bool
    is_object: bool

    @property
    def dotted(self) -> str:
        """The path as it stands in addresses."""
        return ".".join(self.path)

    @property
    def values(self) -> tuple[tuple[str, str], ...]:
        """Values the field may have, or suggestions, with their labels."""
        labels = self.node.get("meta:enum") or {}
        known = self.node.get("enum") or labels
        return tuple((str(value), str(labels.get(value, ""))) for value in known)


@dataclass(frozen=True, slots=True)
class Editor:
    """One schema being edited by one person."""

    row: RegistryResource
    token: str
    operations: tuple[Mapping[str, Any], ...]
    edited: Edited
    tree: Tree
    trouble: str
    locked: bool
    affected: tuple[str, ...]
    groups: tuple[Group, ...]
    relations: tuple[Relation, ...]
    tenant: str

    @property
    def unsaved(self) -> int:
        """How many edits wait to be saved."""
        return len(self.operations)

    @property
    def changes(self) -> tuple[tuple[str, str], ...]:
        """The edits in words, with what each is about."""
        return tuple(
            (_WORDS[str(each["op"])], str(each.get("path") or each.get("title") or ""))
            for each in self.operations
        )

    @property
    def title(self) -> str:
        """The title, as edited."""
        return str(self.edited.schema["title"])

    @property
    def description(self) -> str:
        """The description, as edited."""
        return str(self.edited.schema.get("description") or "")

    @property
    def primary(self) -> IdentityMark | None:
        """The primary identity, as edited."""
        return next((mark for mark in self.edited.identities if mark.primary), None)

    @property
    def own_groups(self) -> tuple[Group, ...]:
        """Groups that fields can be added to."""
        return tuple(group for group in self.groups if group.own)


def find_schema(sandbox: Sandbox, token: str) -> RegistryResource:
    """The schema whose `$id` ends so, or a 404."""
    rows = RegistryResource.objects.filter(sandbox=sandbox, kind=RegistryResource.Kind.SCHEMAS)
    found = rows.filter(uri__endswith=f"/{token}").first()
    if found is None:
        raise Http404(f"No schema {token}")
    return found


def load_editor(request: HttpRequest, sandbox: Sandbox, token: str) -> Editor:
    """The schema with this person's unsaved edits."""
    row = find_schema(sandbox, token)
    draft = find_draft_of(row.uri, kind=KIND, actor=actor_of(request), sandbox=sandbox)
    operations = tuple(draft.state.get("operations", ())) if draft else ()
    trouble = ""
    try:
        edited = apply_edits(sandbox, row.document, operations)
        tree = edited_tree(sandbox, edited)
    except AppError as error:
        # Someone else's save may have taken away what the edits build on.
        trouble = error.message
        edited, tree = _stored(sandbox, row)
    return Editor(
        row=row,
        token=token,
        operations=operations,
        edited=edited,
        tree=tree,
        trouble=trouble,
        locked=row.uri in locked_schemas(sandbox.number, [row.uri]),
        affected=tuple(str(doc["title"]) for doc in affected_schemas(sandbox, edited)),
        groups=_groups(sandbox, edited),
        relations=_relations(sandbox, edited),
        tenant=names.tenant_field(tenant_of(sandbox)),
    )


def _relations(sandbox: Sandbox, edited: Edited) -> tuple[Relation, ...]:
    targets = {relation.target for relation in edited.relations}
    titles = titles_of_schemas(sandbox=sandbox, uris=targets) if targets else {}
    return tuple(
        Relation(
            path=each.path,
            title=titles.get(each.target, "a schema that is deleted"),
            token=each.target.rpartition("/")[2] if each.target in titles else "",
            namespace=each.namespace,
            cardinality=each.cardinality,
            ours=each.ours,
        )
        for each in edited.relations
    )


def _stored(sandbox: Sandbox, row: RegistryResource) -> tuple[Edited, Tree]:
    edited = apply_edits(sandbox, row.document, ())
    try:
        return edited, edited_tree(sandbox, edited)
    except AppError:
        return edited, {"type": "object", "properties": {}}


def add_operation(
    request: HttpRequest, sandbox: Sandbox, row: RegistryResource, operation: State
) -> None:
    """Keep one more edit; raises, and keeps nothing, when it cannot be applied."""

    def change(state: State) -> State:
        operations = [*state.get("operations", ()), operation]
        edited = apply_edits(sandbox, row.document, operations)
        edited_tree(sandbox, edited)
        etags = {row.uri: row.etag, **_etags(sandbox, edited), **state.get("etags", {})}
        return {"operations": operations, "etags": etags}

    change_draft_of(row.uri, kind=KIND, actor=actor_of(request), sandbox=sandbox, change=change)


def _etags(sandbox: Sandbox, edited: Edited) -> dict[str, str]:
    uris = [uri for uri in edited.groups if not uri.startswith(NEW)]
    rows = RegistryResource.objects.filter(sandbox=sandbox, uri__in=uris)
    return dict(rows.values_list("uri", "etag"))


def _groups(sandbox: Sandbox, edited: Edited) -> tuple[Group, ...]:
    lookup = overlay(sandbox, edited)
    tenant = tenant_of(sandbox)
    found = []
    for part in edited.schema.get("allOf") or ():
        uri = str(part.get("$ref", ""))
        document = lookup(uri)
        if document is None:
            continue
        kind = str(document.get("meta:resourceType"))
        own = kind == "mixins" and (uri.startswith(NEW) or names.is_tenant_uri(uri, tenant))
        found.append(
            Group(
                uri=uri,
                title=str(document["title"]),
                word="classes" if kind == "classes" else "field-groups",
                alt_id=str(document.get("meta:altId", "")),
                own=own,
                custom=own or names.is_tenant_uri(uri, tenant),
                new=uri.startswith(NEW),
                changed=uri in edited.groups,
                identities=tuple(
                    (".".join(mark.path), Mark(mark.namespace, mark.primary))
                    for mark in edited.identities
                    if _holds(document, mark.path, lookup)
                ),
            )
        )
    return tuple(found)


def _holds(document: Raw, path: Path, lookup: TenantLookup) -> bool:
    """Whether a part brings the field, itself or through a data type."""
    return find_node(Resolver(lookup).resolve(document), path) is not None


def view_of(request: HttpRequest, editor: Editor) -> View:
    """What of the tree is open; at first the way to each identity."""
    return read_view(request.GET, always=(mark.path for mark in editor.edited.identities))


def rows_for(
    sandbox: Sandbox, editor: Editor, view: View, *, fill: Mapping[Path, float] | None = None
) -> tuple[FieldRow, ...]:
    """The rows of the structure tree."""
    lookup = overlay(sandbox, editor.edited)
    own = [doc for g in editor.groups if g.custom and (doc := lookup(g.uri)) is not None]
    marks = Marks(
        identities={
            mark.path: Mark(mark.namespace, mark.primary) for mark in editor.edited.identities
        },
        relations={relation.path: relation.title for relation in editor.relations},
        standard=lambda path: not any(edit.find_field(doc, path) for doc in own),
        changed=editor.edited.changed,
        fill=fill or {},
    )
    return rows_of(editor.tree, view, marks)


def selected_field(sandbox: Sandbox, editor: Editor, path: Path) -> SelectedField | None:
    """What the right rail shows of a field; None when nothing, or nothing known, is selected."""
    node = find_node(editor.tree, path) if path else None
    if node is None:
        return None
    lookup = overlay(sandbox, editor.edited)
    groups = [
        group
        for group in editor.groups
        if (doc := lookup(group.uri)) is not None and _holds(doc, path, lookup)
    ]
    group = next((each for each in groups if each.own), next(iter(groups), None))
    own = group is not None and group.own
    if own and group is not None:
        own = edit.find_field(lookup(group.uri) or {}, path) is not None
    holder = find_node(editor.tree, path[:-1]) or {}
    word = type_word(node)
    return SelectedField(
        path=path,
        node=node,
        type_word=word,
        group=group,
        own=own,
        required=path[-1] in (holder.get("required") or ()),
        identity=next((m for m in editor.edited.identities if m.path == path), None),
        relation=next((each for each in editor.relations if each.path == path), None),
        deprecated=node.get("meta:status") == "deprecated",
        is_text=word == "String",
        # Descriptors have no step for the items of an array of objects.
        can_relate=word in ("String", "String[]") and find_field(editor.tree, path) is not None,
        is_object=word in ("Object", "Object[]"),
    )


def tabs_of(sandbox: Sandbox, editor: Editor, current: str) -> tuple[Tab, ...]:
    """Structure, fill rates, versions."""
    pages = (("schema", "Structure"), ("schema-fill", "Fill rates"), ("schema-history", "Versions"))
    return tuple(
        Tab(label, reverse(name, args=[sandbox.name, editor.token]), current=name == current)
        for name, label in pages
    )


def editor_href(sandbox: Sandbox, token: str, *, field: Path = (), **more: str) -> str:
    """Address of the editor with a field selected."""
    query = {**({"field": ".".join(field)} if field else {}), **more}
    address = reverse("schema", args=[sandbox.name, token])
    return f"{address}?{urlencode(query)}" if query else address
