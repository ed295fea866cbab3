"""Schemas: the list."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from console.components import Paging
from console.pages import Tab, in_sandbox, render_page
from console.paging import paging_of, size_of
from console.schemas.words import class_word
from console.schemas.workspace import workspace_tabs
from core.sandboxes.models import Sandbox
from ingestion.schemas.browse import (
    SchemaFilter,
    classes_in_use,
    count_datasets_by_schema,
    list_schemas,
    primary_namespaces,
    titles_of_parts,
)
from ingestion.schemas.models import RegistryResource


@dataclass(frozen=True, slots=True)
class SchemaRow:
    """A line of the list."""

    schema: RegistryResource
    class_word: str
    identity: str
    datasets: int

    @property
    def token(self) -> str:
        """Last part of the schema's `$id`: its name in addresses."""
        return self.schema.uri.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Header:
    """A column that sorts: `sorted` is the value of aria-sort, `order` what a click asks for."""

    label: str
    order: str
    sorted: str


@dataclass(frozen=True, slots=True)
class Chip:
    """An active filter and the parameter that holds it."""

    label: str
    parameter: str


@dataclass(frozen=True, slots=True)
class SchemaListPage:
    """Schemas that match the search and the filters."""

    tabs: tuple[Tab, ...]
    rows: tuple[SchemaRow, ...]
    paging: Paging
    wanted: SchemaFilter
    order: str
    by_name: Header
    by_change: Header
    classes: tuple[tuple[str, str], ...]
    chips: tuple[Chip, ...]
    any_exist: bool


@require_GET
@in_sandbox
def list_(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """The tenant's schemas."""
    wanted = _filter(request)
    order = request.GET.get("sort", "-modified")
    found, total = list_schemas(
        sandbox=sandbox,
        wanted=wanted,
        order=order,
        after=request.GET.get("after", ""),
        size=size_of(request),
    )
    uris = [row.uri for row in found.rows]
    identities = primary_namespaces(sandbox=sandbox, uris=uris)
    datasets = count_datasets_by_schema(sandbox=sandbox, uris=uris)
    used = classes_in_use(sandbox=sandbox)
    words = {**titles_of_parts(sandbox=sandbox, uris=used)}
    words = {uri: _class_label(uri, words) for uri in used}
    page = SchemaListPage(
        tabs=workspace_tabs(sandbox, "browse"),
        rows=tuple(
            SchemaRow(
                schema=row,
                class_word=words.get(row.class_uri, ""),
                identity=identities.get(row.uri, ""),
                datasets=datasets.get(row.uri, 0),
            )
            for row in found.rows
        ),
        paging=paging_of(found, total=total),
        wanted=wanted,
        order=order,
        by_name=_header("Name", "name", order),
        by_change=_header("Last modified", "modified", order),
        classes=tuple(sorted(words.items(), key=lambda item: item[1])),
        chips=_chips(wanted, words),
        any_exist=bool(total or wanted.narrows),
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
    )


def _class_label(uri: str, titles: dict[str, str]) -> str:
    word = class_word(uri)
    return titles.get(uri, word) if word == "Other" else word


def _header(label: str, column: str, order: str) -> Header:
    if order == column:
        return Header(label, f"-{column}", "ascending")
    if order == f"-{column}":
        return Header(label, column, "descending")
    return Header(label, column, "")


def _chips(wanted: SchemaFilter, words: dict[str, str]) -> tuple[Chip, ...]:
    chips = [
        (wanted.class_uri, f"Class: {words.get(wanted.class_uri, wanted.class_uri)}", "class"),
        (wanted.in_profile, "Included in Profile", "profile"),
        (wanted.has_identity, "Has primary identity", "identity"),
        (wanted.unused, "Unused", "unused"),
    ]
    return tuple(Chip(label, parameter) for active, label, parameter in chips if active)
