"""Classes, field groups and data types: lists and previews."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from console.pages import Crumb, Tab, in_sandbox, render_page
from console.paging import page_of
from console.schemas.tree import FieldRow, Marks, read_view, rows_of
from console.schemas.words import PART_KINDS
from console.schemas.workspace import workspace_tabs
from console.tables import Column, Table, table_of
from core.errors import NotFound
from core.sandboxes.models import Sandbox
from ingestion.schemas.browse import Part, list_parts, list_users, titles_of_parts
from ingestion.schemas.queries import get_resource, resolved
from ingestion.schemas.types import Raw

COLUMNS = (
    Column("name", "Name"),
    Column("origin", "Origin"),
    Column("id", "$id", extra=True),
    Column("uses", "Used by", number=True),
)


@dataclass(frozen=True, slots=True)
class PartListPage:
    """Parts of one kind that match."""

    tabs: tuple[Tab, ...]
    word: str
    noun: str
    table: Table
    rows: tuple[Part, ...]
    text: str
    origin: str


@require_GET
@in_sandbox
def list_(request: HttpRequest, sandbox: Sandbox, word: str) -> HttpResponse:
    """Standard and custom parts of one kind."""
    kind, title, noun = _kind(word)
    text = request.GET.get("q", "").strip()
    origin = request.GET.get("origin", "")
    custom = {"custom": True, "standard": False}.get(origin)
    found = list_parts(sandbox=sandbox, kind=kind, text=text, custom=custom)
    # The order (title matches, then use) is no column.
    shown, paging = page_of(found, request)
    page = PartListPage(
        tabs=workspace_tabs(sandbox, word),
        word=word,
        noun=noun,
        table=table_of(request, word, label=title, columns=COLUMNS, paging=paging),
        rows=shown,
        text=text,
        origin=origin,
    )
    return render_page(
        request,
        "console/schemas/part/list.html",
        page,
        sandbox=sandbox,
        section="schemas",
        title=title,
        crumbs=(Crumb("Schemas", reverse("schemas", args=[sandbox.name])), Crumb(title)),
        fragment="results",
    )


def _kind(word: str) -> tuple[str, str, str]:
    if word not in PART_KINDS:
        raise Http404(f"No kind of parts is called {word}")
    return PART_KINDS[word]


@dataclass(frozen=True, slots=True)
class PartUser:
    """A resource that refers to a part; `token` names a schema in addresses."""

    title: str
    token: str
    kind: str


@dataclass(frozen=True, slots=True)
class PartPage:
    """What a part holds and who uses it."""

    document: Raw
    uri: str
    noun: str
    custom: bool
    fields: tuple[FieldRow, ...]
    users: tuple[PartUser, ...]
    intended: tuple[str, ...]


@require_GET
@in_sandbox
def preview(request: HttpRequest, sandbox: Sandbox, word: str, alt_id: str) -> HttpResponse:
    """The fields of a part."""
    kind, title, noun = _kind(word)
    document, custom = _find(sandbox, kind, alt_id)
    intended = [str(uri) for uri in document.get("meta:intendedToExtend", ())]
    titles = titles_of_parts(sandbox=sandbox, uris=intended)
    page = PartPage(
        document=document,
        uri=str(document["$id"]),
        noun=noun,
        custom=custom,
        fields=rows_of(resolved(sandbox, document), read_view(request.GET), Marks()),
        users=tuple(
            PartUser(row.title, row.uri.rpartition("/")[2], row.kind)
            for row in list_users(sandbox=sandbox, uri=str(document["$id"]))
        ),
        intended=tuple(titles[uri] for uri in intended if uri in titles),
    )
    listed = reverse("schema-parts", args=[sandbox.name, word])
    return render_page(
        request,
        "console/schemas/part/detail.html",
        page,
        sandbox=sandbox,
        section="schemas",
        title=str(document["title"]),
        crumbs=(
            Crumb("Schemas", reverse("schemas", args=[sandbox.name])),
            Crumb(title, listed),
            Crumb(str(document["title"])),
        ),
        fragment="structure",
    )


def _find(sandbox: Sandbox, kind: str, alt_id: str) -> tuple[Raw, bool]:
    try:
        return get_resource(sandbox, container="tenant", kind=kind, identifier=alt_id), True
    except NotFound:
        pass
    try:
        return get_resource(sandbox, container="global", kind=kind, identifier=alt_id), False
    except NotFound as error:
        raise Http404(error.message) from error
