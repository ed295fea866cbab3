"""Schemas: list, and the tree of fields of one."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from console.components import Paging
from console.pages import Crumb, in_sandbox, render_page
from console.paging import paging_of, size_of
from core.errors import AppError
from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset
from ingestion.schemas.browse import (
    browse_schemas,
    count_datasets_by_schema,
    primary_namespaces,
)
from ingestion.schemas.models import RegistryResource
from ingestion.schemas.queries import compiled_schema
from ingestion.xdm.types import IdentityField, json_type

CLASS_WORDS = {
    "https://ns.adobe.com/xdm/context/profile": "Individual Profile",
    "https://ns.adobe.com/xdm/context/experienceevent": "Experience Event",
}


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
class SchemaListPage:
    """Schemas that match the search."""

    rows: tuple[SchemaRow, ...]
    paging: Paging
    text: str
    any_exist: bool


def class_word(uri: str) -> str:
    """What people call a class."""
    return CLASS_WORDS.get(uri, "Other")


@require_GET
@in_sandbox
def list_(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """The tenant's schemas, newest change first."""
    text = request.GET.get("q", "").strip()
    found, total = browse_schemas(
        sandbox=sandbox, text=text, after=request.GET.get("after", ""), size=size_of(request)
    )
    uris = [row.uri for row in found.rows]
    identities = primary_namespaces(sandbox=sandbox, uris=uris)
    datasets = count_datasets_by_schema(sandbox=sandbox, uris=uris)
    page = SchemaListPage(
        rows=tuple(
            SchemaRow(
                schema=row,
                class_word=class_word(row.class_uri),
                identity=identities.get(row.uri, ""),
                datasets=datasets.get(row.uri, 0),
            )
            for row in found.rows
        ),
        paging=paging_of(found, total=total),
        text=text,
        any_exist=bool(total or text),
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


@dataclass(frozen=True, slots=True)
class FieldNode:
    """A field of the tree with the fields below it."""

    name: str
    title: str
    type_word: str
    required: bool
    identity: str
    primary: bool
    children: tuple["FieldNode", ...]
    open: bool


@dataclass(frozen=True, slots=True)
class SchemaPage:
    """One schema."""

    schema: RegistryResource
    class_word: str
    fields: tuple[FieldNode, ...]
    trouble: str
    datasets: tuple[Dataset, ...]
    text: str


@require_GET
@in_sandbox
def detail(request: HttpRequest, sandbox: Sandbox, token: str) -> HttpResponse:
    """The structure of a schema and who uses it; `token` is the last part of its `$id`."""
    schema = RegistryResource.objects.filter(
        sandbox=sandbox, kind=RegistryResource.Kind.SCHEMAS, uri__endswith=f"/{token}"
    ).first()
    if schema is None:
        raise Http404(f"No schema {token}")
    fields: tuple[FieldNode, ...] = ()
    trouble = ""
    try:
        compiled = compiled_schema(sandbox.number, schema.uri)
        identities = {field.path: field for field in compiled.identity_fields}
        fields = tuple(_nodes(compiled.tree, (), identities))
    except AppError as error:
        trouble = error.message
    datasets = Dataset.objects.filter(
        sandbox=sandbox, schema_uri=schema.uri, deleted_ms=None
    ).order_by("name")
    page = SchemaPage(
        schema=schema,
        class_word=class_word(schema.class_uri),
        fields=fields,
        trouble=trouble,
        datasets=tuple(datasets[:50]),
        text=json.dumps(schema.document, indent=2, ensure_ascii=False),
    )
    return render_page(
        request,
        "console/schemas/detail.html",
        page,
        sandbox=sandbox,
        section="schemas",
        title=schema.title,
        crumbs=(Crumb("Schemas", reverse("schemas", args=[sandbox.name])), Crumb(schema.title)),
    )


def _nodes(
    tree: Mapping[str, Any],
    path: tuple[str, ...],
    identities: Mapping[tuple[str, ...], IdentityField],
) -> Iterator[FieldNode]:
    required = tree.get("required") or ()
    for name, child in sorted((tree.get("properties") or {}).items()):
        here = (*path, name)
        identity = identities.get(here)
        inner = child.get("items") if json_type(child) == "array" else child
        below = tuple(_nodes(inner or {}, here, identities))
        yield FieldNode(
            name=name,
            title=str(child.get("title") or ""),
            type_word=_type_word(child),
            required=name in required,
            identity=identity.namespace if identity else "",
            primary=identity.primary if identity else False,
            children=below,
            open=any(each.identity or each.open for each in below),
        )


def _type_word(node: Mapping[str, Any]) -> str:
    kind = json_type(node)
    if kind == "array":
        return f"{_type_word(node.get('items') or {})}[]"
    if kind == "object" and not node.get("properties") and node.get("additionalProperties"):
        return "Map"
    formats = {"date-time": "DateTime", "date": "Date"}
    word = formats.get(str(node.get("format")), str(kind or "any").capitalize())
    return "Double" if word == "Number" else word
