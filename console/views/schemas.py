"""Schemas: the list."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from console.pages import Tab, in_sandbox, render_page
from console.paging import paging_of, size_of
from console.schemas.words import class_label
from console.schemas.workspace import workspace_tabs
from console.tables import Chip, Column, Table, chips_of, table_of
from console.views.schemas_bulk import schema_selection
from core.sandboxes.models import Sandbox
from ingestion.schemas.browse import (
    SchemaFilter,
    classes_in_use,
    count_datasets_by_schema,
    have_schemas,
    list_schemas,
    primary_namespaces,
    titles_of_parts,
)
from ingestion.schemas.models import RegistryResource

COLUMNS = (
    Column("name", "Name", order="name"),
    Column("class", "Class"),
    Column("profile", "Profile"),
    Column("identity", "Primary identity"),
    Column("datasets", "Datasets", number=True),
    Column("created", "Created", extra=True),
    Column("editor", "Last modified by", extra=True),
    Column("modified", "Last modified", order="modified"),
)


@dataclass(frozen=True, slots=True)
class SchemaRow:
    """A line of the list."""

    schema: RegistryResource
    class_word: str
    identity: str
    datasets: int


@dataclass(frozen=True, slots=True)
class SchemaListPage:
    """Schemas that match the search and the filters."""

    tabs: tuple[Tab, ...]
    table: Table
    rows: tuple[SchemaRow, ...]
    wanted: SchemaFilter
    classes: tuple[tuple[str, str], ...]
    chips: tuple[Chip, ...]
    any_exist: bool


@require_GET
@in_sandbox
def list_(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """The tenant's schemas."""
    wanted = _filter(request)
    order = request.GET.get("sort") or "-modified"
    size = size_of(request)
    found, total = list_schemas(
        sandbox=sandbox,
        wanted=wanted,
        order=order,
        after=request.GET.get("after", ""),
        size=size,
    )
    uris = [row.uri for row in found.rows]
    identities = primary_namespaces(sandbox=sandbox, uris=uris)
    datasets = count_datasets_by_schema(sandbox=sandbox, uris=uris)
    used = classes_in_use(sandbox=sandbox)
    words = {**titles_of_parts(sandbox=sandbox, uris=used)}
    words = {uri: class_label(uri, words) for uri in used}
    page = SchemaListPage(
        tabs=workspace_tabs(sandbox, "browse"),
        table=table_of(
            request,
            "schemas",
            label="Schemas",
            columns=COLUMNS,
            order=order,
            paging=paging_of(found, total=total, size=size),
            selection=schema_selection(request, sandbox),
        ),
        rows=tuple(
            SchemaRow(
                schema=row,
                class_word=words.get(row.class_uri, ""),
                identity=identities.get(row.uri, ""),
                datasets=datasets.get(row.uri, 0),
            )
            for row in found.rows
        ),
        wanted=wanted,
        classes=tuple(sorted(words.items(), key=lambda item: item[1])),
        chips=_chips(wanted, words),
        any_exist=bool(total or wanted.narrows) or have_schemas(sandbox=sandbox),
    )
    return render_page(
        request,
        "console/schemas/list.html",
        page,
        sandbox=sandbox,
        section="schemas",
        title="Schemas",
        fragment="results",
    )


def _filter(request: HttpRequest) -> SchemaFilter:
    return SchemaFilter(
        text=request.GET.get("q", "").strip(),
        class_uri=request.GET.get("class", ""),
        in_profile=request.GET.get("profile") == "on",
        has_identity=request.GET.get("identity") == "on",
        unused=request.GET.get("unused") == "on",
        adhoc=request.GET.get("adhoc") == "on",
    )


def _chips(wanted: SchemaFilter, words: dict[str, str]) -> tuple[Chip, ...]:
    return chips_of(
        (
            (wanted.class_uri, f"Class: {words.get(wanted.class_uri, wanted.class_uri)}", "class"),
            (wanted.in_profile, "Included in Profile", "profile"),
            (wanted.has_identity, "Has primary identity", "identity"),
            (wanted.unused, "Unused", "unused"),
            (wanted.adhoc, "Show adhoc schemas", "adhoc"),
        )
    )
