"""Union schema: all fields of all Profile-enabled schemas of one class, and who brings them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from console.pages import in_sandbox, render_page
from console.schemas.words import CLASS_WORDS, PROFILE_CLASS, type_word
from core.errors import AppError
from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset
from ingestion.schemas.models import RegistryResource
from ingestion.schemas.queries import compiled_schema, union_tree
from ingestion.schemas.unions import tagged_schemas
from ingestion.xdm.types import IdentityField, json_type

# Fields are attributed to that many schemas; a union of more is shown without the others' names.
_MOST_SCHEMAS = 25

type Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnionField:
    """A field, the schemas that bring it, and the fields below it."""

    name: str
    title: str
    type_word: str
    sources: tuple[str, ...]
    identity: str
    marked: bool
    open: bool
    children: tuple["UnionField", ...]


@dataclass(frozen=True, slots=True)
class Contributor:
    """A Profile-enabled schema of the class."""

    token: str
    title: str
    href: str
    datasets: tuple[tuple[str, str], ...]
    chosen: bool


@dataclass(frozen=True, slots=True)
class UnionPage:
    """The tree and who contributes to it."""

    class_uri: str
    classes: tuple[tuple[str, str], ...]
    fields: tuple[UnionField, ...]
    trouble: str
    contributors: tuple[Contributor, ...]
    more: int
    identities: tuple[tuple[str, str], ...]
    chosen: str


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of each path."""

    sources: Mapping[Path, tuple[str, ...]]
    identities: Mapping[Path, IdentityField]
    chosen: str


@require_GET
@in_sandbox
def union(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """The union of a class; `schema` marks the fields one schema brings."""
    classes = _classes(sandbox)
    class_uri = request.GET.get("class", PROFILE_CLASS)
    if class_uri not in classes:
        class_uri = PROFILE_CLASS
    found = tagged_schemas(sandbox.number).filter(class_uri=class_uri).order_by("title")
    schemas = list(found[:_MOST_SCHEMAS])
    chosen = next((s for s in schemas if _token(s) == request.GET.get("schema")), None)
    sources, identities = _attribute(sandbox, schemas)
    known = _Known(sources, identities, chosen.title if chosen else "")
    fields: tuple[UnionField, ...] = ()
    trouble = ""
    try:
        fields = tuple(_fields(union_tree(sandbox, class_uri), (), known))
    except AppError as error:
        trouble = error.message
    page = UnionPage(
        class_uri=class_uri,
        classes=tuple(classes.items()),
        fields=fields,
        trouble=trouble,
        contributors=_contributors(sandbox, schemas, chosen),
        more=max(0, found.count() - len(schemas)),
        identities=tuple(
            (".".join(path), f"{one.namespace}, primary" if one.primary else one.namespace)
            for path, one in sorted(identities.items())
        ),
        chosen=known.chosen,
    )
    return render_page(
        request,
        "console/profiles/union.html",
        page,
        sandbox=sandbox,
        section="profiles",
        title="Union schema",
    )


def _classes(sandbox: Sandbox) -> dict[str, str]:
    """Classes with a Profile-enabled schema, and the two that are always there."""
    tagged = tagged_schemas(sandbox.number).values_list("class_uri", flat=True).distinct()
    others = sorted(uri for uri in tagged if uri not in CLASS_WORDS)
    return {**CLASS_WORDS, **{uri: uri.rpartition("/")[2] for uri in others}}


def _token(schema: RegistryResource) -> str:
    return str(schema.uri).rpartition("/")[2]


def _attribute(
    sandbox: Sandbox, schemas: list[RegistryResource]
) -> tuple[dict[Path, tuple[str, ...]], dict[Path, IdentityField]]:
    sources: dict[Path, tuple[str, ...]] = {}
    identities: dict[Path, IdentityField] = {}
    for schema in schemas:
        try:
            compiled = compiled_schema(sandbox.number, schema.uri)
        except AppError:
            continue  # its own page says what is wrong with it
        for path in _paths(compiled.tree, ()):
            sources[path] = (*sources.get(path, ()), schema.title)
        for field in compiled.identity_fields:
            identities.setdefault(tuple(field.path), field)
    return sources, identities


def _inner(node: Mapping[str, Any]) -> Mapping[str, Any]:
    found = node.get("items") if json_type(node) == "array" else node
    return found or {}


def _paths(tree: Mapping[str, Any], path: Path) -> Iterator[Path]:
    for name, child in (tree.get("properties") or {}).items():
        here = (*path, name)
        yield here
        yield from _paths(_inner(child), here)


def _fields(tree: Mapping[str, Any], path: Path, known: _Known) -> Iterator[UnionField]:
    for name, child in sorted((tree.get("properties") or {}).items()):
        here = (*path, name)
        below = tuple(_fields(_inner(child), here, known))
        identity = known.identities.get(here)
        sources = known.sources.get(here, ())
        yield UnionField(
            name=name,
            title=str(child.get("title") or ""),
            type_word=type_word(child),
            sources=sources,
            identity=identity.namespace if identity else "",
            marked=bool(known.chosen) and known.chosen in sources,
            open=any(each.identity or each.open for each in below),
            children=below,
        )


def _contributors(
    sandbox: Sandbox, schemas: list[RegistryResource], chosen: RegistryResource | None
) -> tuple[Contributor, ...]:
    datasets: dict[str, list[tuple[str, str]]] = {}
    rows = Dataset.objects.filter(
        sandbox=sandbox, deleted_ms=None, schema_uri__in=[schema.uri for schema in schemas]
    )
    for uri, pk, name in rows.order_by("name").values_list("schema_uri", "pk", "name"):
        datasets.setdefault(uri, []).append((name, reverse("dataset", args=[sandbox.name, pk])))
    return tuple(
        Contributor(
            token=_token(schema),
            title=schema.title,
            href=reverse("schema", args=[sandbox.name, _token(schema)]),
            datasets=tuple(datasets.get(schema.uri, ())),
            chosen=schema == chosen,
        )
        for schema in schemas
    )
