"""Search across people, records and definitions."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET

from console.pages import actor_of, in_sandbox, render_page
from console.records import is_record_id
from core.access.types import Actor
from core.sandboxes.models import Sandbox
from ingestion.catalog.browse import DatasetFilter, browse_datasets
from ingestion.connections.browse import browse_inlets
from ingestion.schemas.browse import browse_schemas
from profiles.lookup.directory import directory_of
from profiles.lookup.queries import find_identities

OF_EACH_KIND = 6


@dataclass(frozen=True, slots=True)
class Found:
    """A result: what it is called, a word about it, and where it lives."""

    label: str
    note: str
    href: str


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Results by kind; kinds without any are left out."""

    text: str
    kinds: tuple[tuple[str, tuple[Found, ...]], ...]


@require_GET
@in_sandbox
def search(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """What matches `q`, by kind; a record id opens its record."""
    text = request.GET.get("q", "").strip()
    if is_record_id(text, sandbox):
        return redirect("record", sandbox.name, text)
    return render_page(
        request,
        "console/search/results.html",
        SearchPage(text, _kinds(sandbox, text, actor_of(request)) if text else ()),
        sandbox=sandbox,
        section="",
        title="Search",
    )


def _kinds(sandbox: Sandbox, text: str, actor: Actor) -> tuple[tuple[str, tuple[Found, ...]], ...]:
    """Results of the kinds this person may look at: a name alone tells something."""
    finders = (
        ("People", "view-profiles", _people),
        ("Sources", "view-sources", _sources),
        ("Schemas", "view-schemas", _schemas),
        ("Datasets", "view-datasets", _datasets),
    )
    kinds = (
        (name, find(sandbox, text))
        for name, permission, find in finders
        if actor.may(permission, sandbox.pk)
    )
    return tuple(kind for kind in kinds if kind[1])


def _people(sandbox: Sandbox, text: str) -> tuple[Found, ...]:
    directory = directory_of(sandbox)
    return tuple(
        Found(
            hit.identity.value,
            directory.code_of(hit.identity.namespace),
            reverse("profile", args=[sandbox.name, hit.identity.xid]),
        )
        for hit in find_identities(sandbox=sandbox, text=text, limit=OF_EACH_KIND)
    )


def _sources(sandbox: Sandbox, text: str) -> tuple[Found, ...]:
    found, _ = browse_inlets(sandbox=sandbox, text=text, size=OF_EACH_KIND)
    return tuple(
        Found(row.name, "HTTP API", reverse("source", args=[sandbox.name, row.inlet_id]))
        for row in found.rows
    )


def _schemas(sandbox: Sandbox, text: str) -> tuple[Found, ...]:
    found, _ = browse_schemas(sandbox=sandbox, text=text, size=OF_EACH_KIND)
    return tuple(
        Found(
            row.title,
            f"Version 1.{row.minor_version}",
            reverse("schema", args=[sandbox.name, row.uri.rpartition("/")[2]]),
        )
        for row in found.rows
    )


def _datasets(sandbox: Sandbox, text: str) -> tuple[Found, ...]:
    found, _ = browse_datasets(sandbox=sandbox, wanted=DatasetFilter(text=text), size=OF_EACH_KIND)
    return tuple(
        Found(row.name, row.pk, reverse("dataset", args=[sandbox.name, row.pk]))
        for row in found.rows
    )
