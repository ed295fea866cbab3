"""What became of a schema: its versions with their differences, and how full its fields are."""

import difflib
import json
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from console.pages import Crumb, Tab, in_sandbox, render_page
from console.schemas.editor import Editor, editor_href, load_editor, tabs_of
from console.schemas.fill import fill_rates
from console.schemas.tree import Path
from console.schemas.words import type_word
from core.errors import NotFound
from core.sandboxes.models import Sandbox
from ingestion.schemas.browse import list_datasets_of
from ingestion.schemas.models import RegistryRevision
from ingestion.schemas.queries import list_revisions
from ingestion.xdm import paths

FILL_RECORDS = 500
_SILENT = ("meta:registryMetadata", "refs", "meta:extends", "version")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a difference: "added", "removed" or "" for one that stayed."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Version:
    """One write of the schema or of one of its own field groups."""

    revision: RegistryRevision
    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Versions, newest first."""

    editor: Editor
    tabs: tuple[Tab, ...]
    json: str
    versions: tuple[Version, ...]


@require_GET
@in_sandbox
def history(request: HttpRequest, sandbox: Sandbox, token: str) -> HttpResponse:
    """Versions of the schema and of the field groups it shares, each with what it changed."""
    editor = load_editor(request, sandbox, token)
    uris = [editor.row.uri, *(group.uri for group in editor.own_groups if not group.new)]
    found = [version for uri in uris for version in _versions(sandbox, uri)]
    found.sort(key=lambda version: version.revision.at_ms, reverse=True)
    page = HistoryPage(
        editor=editor,
        tabs=tabs_of(sandbox, editor, "schema-history"),
        json=as_json(editor.tree),
        versions=tuple(found[:50]),
    )
    return _render(request, sandbox, "history", page)


def _versions(sandbox: Sandbox, uri: str) -> list[Version]:
    try:
        revisions = list_revisions(sandbox, uri)
    except NotFound:
        return []
    older: list[dict[str, Any]] = [*(each.document for each in revisions[1:]), {}]
    return [
        Version(new, str(new.document.get("title", "")), _difference(old, new.document))
        for new, old in zip(revisions, older, strict=True)
    ]


def _difference(old: dict[str, Any], new: dict[str, Any]) -> tuple[Line, ...]:
    kinds = {"+": "added", "-": "removed"}
    before, after = (as_json(_shown(each)).splitlines() if each else [] for each in (old, new))
    lines = list(difflib.unified_diff(before, after, n=2, lineterm=""))[2:]
    return tuple(Line(line, kinds.get(line[:1], "")) for line in lines if not line.startswith("@@"))


def _shown(document: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key not in _SILENT}


def as_json(value: Any) -> str:
    """Readable JSON."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def _render(
    request: HttpRequest, sandbox: Sandbox, template: str, page: "HistoryPage | FillPage"
) -> HttpResponse:
    editor = page.editor
    return render_page(
        request,
        f"console/schemas/schema/{template}.html",
        page,
        sandbox=sandbox,
        section="schemas",
        title=editor.title,
        crumbs=(
            Crumb("Schemas", reverse("schemas", args=[sandbox.name])),
            Crumb(editor.title, editor_href(sandbox, editor.token)),
            Crumb("Versions" if template == "history" else "Fill rates"),
        ),
    )


@dataclass(frozen=True, slots=True)
class FillRow:
    """A field and how many records have it."""

    path: Path
    type_word: str
    count: int
    percent: int

    @property
    def dotted(self) -> str:
        """The path as it stands in addresses."""
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class FillPage:
    """Fields by how full they are."""

    editor: Editor
    tabs: tuple[Tab, ...]
    json: str
    rows: tuple[FillRow, ...]
    records: int
    newest: int | None
    datasets: int
    empty: int


@require_GET
@in_sandbox
def fill(request: HttpRequest, sandbox: Sandbox, token: str) -> HttpResponse:
    """How many of the latest records have each field, filled fields first."""
    editor = load_editor(request, sandbox, token)
    datasets = list_datasets_of(sandbox=sandbox, schema_uri=editor.row.uri)
    rates = fill_rates(sandbox, datasets, editor.tree, limit=FILL_RECORDS)
    nodes = {
        tuple(step for step in path if step not in (paths.ITEM, paths.MAP_KEY)): node
        for path, node in paths.walk(editor.tree)
        if paths.MAP_KEY not in path and path[-1] != paths.ITEM
    }
    leaves = {path: node for path, node in nodes.items() if not _has_fields(node)}
    rows = [
        FillRow(path, type_word(node), many, round(100 * many / rates.records))
        for path, node in leaves.items()
        if (many := rates.counts.get(path, 0))
    ]
    rows.sort(key=lambda row: (-row.count, row.path))
    page = FillPage(
        editor=editor,
        tabs=tabs_of(sandbox, editor, "schema-fill"),
        json=as_json(editor.tree),
        rows=tuple(rows),
        records=rates.records,
        newest=rates.newest,
        datasets=len(datasets),
        empty=len(leaves) - len(rows),
    )
    return _render(request, sandbox, "fill", page)


def _has_fields(node: Any) -> bool:
    return bool(node.get("properties") or (node.get("items") or {}).get("properties"))
