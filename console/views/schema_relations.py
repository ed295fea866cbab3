"""Relationships between schemas: the list of all, and the dialog of the editor that makes one."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from console.pages import Crumb, Tab, in_sandbox, render_page
from console.paging import paging_of, size_of
from console.schemas.editor import (
    Editor,
    SelectedField,
    add_operation,
    editor_href,
    load_editor,
    selected_field,
)
from console.schemas.tree import split
from console.schemas.words import class_label
from console.schemas.workspace import workspace_tabs
from console.tables import Chip, Column, Table, chips_of, table_of
from core.errors import AppError
from core.sandboxes.models import Sandbox
from ingestion.schemas.browse import titles_of_parts
from ingestion.schemas.models import RegistryResource
from ingestion.schemas.relationships import (
    Relationship,
    RelationshipFilter,
    Target,
    browse_relationships,
    describe_relationships,
    list_targets,
    related_classes,
    related_schemas,
)

MOST_CHOICES = 200
COLUMNS = (
    Column("source", "Source schema"),
    Column("source_class", "Source class"),
    Column("field", "Source field"),
    Column("target", "Destination schema"),
    Column("target_class", "Destination class"),
    Column("namespace", "Reference identity namespace"),
    Column("type", "Relationship type", extra=True),
    Column("modified", "Last modified", wide=True),
)


@dataclass(frozen=True, slots=True)
class SchemaLink:
    """A schema of the list; an empty `token` says that it is deleted."""

    title: str
    token: str
    class_word: str


@dataclass(frozen=True, slots=True)
class RelationRow:
    """A line of the list."""

    relation: Relationship
    source: SchemaLink
    target: SchemaLink
    modified_ms: int

    @property
    def dotted(self) -> str:
        """The field as it stands in addresses."""
        return ".".join(self.relation.path)


@dataclass(frozen=True, slots=True)
class RelationListPage:
    """Relationships that match the filters."""

    tabs: tuple[Tab, ...]
    table: Table
    rows: tuple[RelationRow, ...]
    wanted: RelationshipFilter
    chips: tuple[Chip, ...]
    sources: tuple[tuple[str, str], ...]
    targets: tuple[tuple[str, str], ...]
    source_classes: tuple[tuple[str, str], ...]
    target_classes: tuple[tuple[str, str], ...]
    any_exist: bool


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of schemas in relationships: links and titles of their classes by `$id`."""

    links: Mapping[str, SchemaLink]
    titles: Mapping[str, str]

    def link(self, uri: str) -> SchemaLink:
        return self.links.get(uri, SchemaLink("Deleted schema", "", ""))

    def schemas(self, uris: set[str]) -> tuple[tuple[str, str], ...]:
        """Choices of a filter."""
        pairs = [(uri, self.links[uri].title) for uri in uris if uri in self.links]
        return tuple(sorted(pairs, key=lambda pair: pair[1].lower()))

    def classes(self, uris: set[str]) -> tuple[tuple[str, str], ...]:
        """Choices of a filter."""
        pairs = [(uri, class_label(uri, self.titles)) for uri in uris]
        return tuple(sorted(pairs, key=lambda pair: pair[1].lower()))


@require_GET
@in_sandbox
def list_(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """All relationships, the newest change first."""
    given = {
        name: request.GET.get(name, "")
        for name in ("source", "target", "source_class", "target_class")
    }
    wanted = RelationshipFilter(**given)
    size = size_of(request)
    found, total = browse_relationships(
        sandbox=sandbox, wanted=wanted, after=request.GET.get("after", ""), size=size
    )
    described = describe_relationships(found.rows, sandbox=sandbox)
    sources, targets = related_schemas(sandbox=sandbox, limit=MOST_CHOICES)
    source_classes, target_classes = related_classes(sandbox=sandbox)
    ends = {uri for each in described.values() for uri in (each.source, each.target)}
    known = _known(
        sandbox,
        {wanted.source, wanted.target, *ends, *sources, *targets},
        source_classes | target_classes,
    )
    page = RelationListPage(
        tabs=workspace_tabs(sandbox, "relationships"),
        table=table_of(
            request,
            "relationships",
            label="Relationships",
            columns=COLUMNS,
            paging=paging_of(found, total=total, size=size),
        ),
        rows=tuple(
            RelationRow(
                relation=described[row.uri],
                source=known.link(described[row.uri].source),
                target=known.link(described[row.uri].target),
                modified_ms=row.updated_ms,
            )
            for row in found.rows
        ),
        wanted=wanted,
        chips=_chips(wanted, known),
        sources=known.schemas(sources),
        targets=known.schemas(targets),
        source_classes=known.classes(source_classes),
        target_classes=known.classes(target_classes),
        any_exist=bool(total or sources),
    )
    return render_page(
        request,
        "console/schemas/relationships.html",
        page,
        sandbox=sandbox,
        section="schemas",
        title="Relationships",
        crumbs=(
            Crumb("Schemas", reverse("schemas", args=[sandbox.name])),
            Crumb("Relationships"),
        ),
        fragment="results",
    )


def _known(sandbox: Sandbox, uris: set[str], classes: set[str]) -> _Known:
    rows = RegistryResource.objects.filter(sandbox=sandbox, uri__in=uris)
    found = list(rows.values_list("uri", "title", "class_uri"))
    titles = titles_of_parts(sandbox=sandbox, uris=classes)
    links = {
        uri: SchemaLink(title, uri.rpartition("/")[2], class_label(class_uri, titles))
        for uri, title, class_uri in found
    }
    return _Known(links, titles)


def _chips(wanted: RelationshipFilter, known: _Known) -> tuple[Chip, ...]:
    return chips_of(
        (
            (wanted.source, f"Source schema: {known.link(wanted.source).title}", "source"),
            (wanted.target, f"Destination schema: {known.link(wanted.target).title}", "target"),
            (
                wanted.source_class,
                f"Source class: {class_label(wanted.source_class, known.titles)}",
                "source_class",
            ),
            (
                wanted.target_class,
                f"Destination class: {class_label(wanted.target_class, known.titles)}",
                "target_class",
            ),
        )
    )


@dataclass(frozen=True, slots=True)
class RelatePage:
    """The dialog: which schema the field refers to."""

    editor: Editor
    field: SelectedField
    targets: tuple[Target, ...]
    chosen: str
    text: str
    trouble: str


@require_http_methods(["GET", "POST"])
@in_sandbox
def relate(request: HttpRequest, sandbox: Sandbox, token: str) -> HttpResponse:
    """Choose the reference schema of a field; the relationship waits with the other edits."""
    editor = load_editor(request, sandbox, token)
    source = request.GET if request.method == "GET" else request.POST
    field = selected_field(sandbox, editor, split(source.get("field", "")))
    if field is None or not field.can_relate:
        messages.warning(request, "Select a text field first.")
        return redirect(editor_href(sandbox, token))
    trouble = ""
    if request.method == "POST":
        trouble = _relate(request, sandbox, editor, field)
        if not trouble:
            return redirect(editor_href(sandbox, token, field=field.path))
    return _ask(request, sandbox, editor, field, trouble=trouble)


def _relate(request: HttpRequest, sandbox: Sandbox, editor: Editor, field: SelectedField) -> str:
    """Why the relationship was not added; empty when it was."""
    target = request.POST.get("schema", "")
    if not target:
        return "Choose the reference schema."
    operation = {"op": "relate", "path": field.dotted, "schema": target}
    try:
        add_operation(request, sandbox, editor.row, operation)
    except AppError as error:
        return error.message
    return ""


def _ask(
    request: HttpRequest, sandbox: Sandbox, editor: Editor, field: SelectedField, *, trouble: str
) -> HttpResponse:
    text = request.GET.get("q", "").strip()
    now = next((each for each in editor.edited.relations if each.path == field.path), None)
    page = RelatePage(
        editor=editor,
        field=field,
        targets=tuple(list_targets(sandbox=sandbox, text=text, without=editor.row.uri)),
        chosen=now.target if now is not None else "",
        text=text,
        trouble=trouble,
    )
    searching = request.headers.get("HX-Target") == "reference-schemas"
    return render_page(
        request,
        "console/schemas/schema/relate.html",
        page,
        sandbox=sandbox,
        section="schemas",
        title="Relationship",
        crumbs=(
            Crumb("Schemas", reverse("schemas", args=[sandbox.name])),
            Crumb(editor.title, editor_href(sandbox, editor.token, field=field.path)),
            Crumb("Relationship"),
        ),
        fragment="choices" if searching else "ask",
        status=422 if trouble else 200,
    )
