"""Profiles: find a person by any identity."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET

from console.pages import in_sandbox, render_page
from console.people import (
    Chip,
    chips,
    display_name,
)
from console.tables import Column, Table, table_of
from core import clock
from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset
from ingestion.journal.queries import list_rejects
from profiles.lookup.directory import directory_of
from profiles.lookup.queries import (
    count_profiles,
    find_identities,
    profiles_by_namespace,
    sample_profiles,
)

COLUMNS = (
    Column("name", "Profile"),
    Column("identities", "Linked identities"),
    Column("count", "Number of identities", number=True, extra=True),
    Column("event", "Last event", wide=True),
    Column("updated", "Updated"),
)


@dataclass(frozen=True, slots=True)
class Hit:
    """An identity that matches the search."""

    namespace: str
    value: str
    exact: bool
    graph_size: int
    href: str


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """A profile of the list."""

    name: str
    href: str
    chips: tuple[Chip, ...]
    identities: int
    more: int
    last_event_at: int | None
    updated_at: int


@dataclass(frozen=True, slots=True)
class NamespaceBar:
    """In how many profiles a namespace occurs."""

    code: str
    count: int


@dataclass(frozen=True, slots=True)
class Nothing:
    """What to say, and to offer, when there is nothing to show."""

    title: str
    text: str
    label: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class FindPage:
    """The search and, before a search, what the sandbox holds."""

    table: Table
    text: str
    found: tuple[Hit, ...]
    profiles: tuple[ProfileRow, ...]
    total: int
    namespaces: tuple[NamespaceBar, ...]
    largest: int
    nothing: Nothing
    as_of: int


@require_GET
@in_sandbox
def find(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """One box for every identity; a single exact match opens its profile at once."""
    text = request.GET.get("q", "").strip()
    hits = _hits(sandbox, text) if text else ()
    exact = {hit.href for hit in hits if hit.exact}
    if len(exact) == 1 and len(hits) == 1:
        return redirect(hits[0].href)
    bars = () if text else _bars(sandbox)
    page = FindPage(
        table=table_of(request, "profiles", label="A sample of profiles", columns=COLUMNS),
        text=text,
        found=hits,
        profiles=() if text else _rows(sandbox),
        total=0 if text else count_profiles(sandbox=sandbox),
        namespaces=bars,
        largest=max((bar.count for bar in bars), default=1),
        nothing=_no_match(sandbox, text) if text else _no_profiles(sandbox),
        as_of=clock.now_us(),
    )
    return render_page(
        request,
        "console/profiles/find.html",
        page,
        sandbox=sandbox,
        section="profiles",
        title="Profiles",
    )


def _hits(sandbox: Sandbox, text: str) -> tuple[Hit, ...]:
    directory = directory_of(sandbox)
    return tuple(
        Hit(
            namespace=directory.code_of(found.identity.namespace),
            value=found.identity.value,
            exact=found.exact,
            graph_size=found.graph_size,
            href=reverse("profile", args=[sandbox.name, found.identity.xid]),
        )
        for found in find_identities(sandbox=sandbox, text=text)
    )


def _rows(sandbox: Sandbox) -> tuple[ProfileRow, ...]:
    directory = directory_of(sandbox)
    rows = []
    for summary in sample_profiles(sandbox=sandbox):
        if not summary.members:
            continue
        all_chips = chips(summary.members, directory)
        name = display_name(summary.attributes, all_chips)
        rows.append(
            ProfileRow(
                name=name,
                href=reverse("profile", args=[sandbox.name, summary.members[0].xid]),
                chips=all_chips[:2],
                identities=len(all_chips),
                more=max(0, len(all_chips) - 2),
                last_event_at=summary.last_event_at,
                updated_at=summary.updated_at,
            )
        )
    return tuple(rows)


def _bars(sandbox: Sandbox) -> tuple[NamespaceBar, ...]:
    counts = sorted(profiles_by_namespace(sandbox=sandbox).items(), key=lambda item: -item[1])
    return tuple(NamespaceBar(code, count) for code, count in counts)


def _no_match(sandbox: Sandbox, text: str) -> Nothing:
    failed = list_rejects(sandbox.number, limit=100, word=text)
    if not failed:
        return Nothing(
            f"No profile has the identity “{text}”",
            "Identities are compared as they were sent, e-mail addresses without regard to case. "
            "No failed record contains it either.",
        )
    count = "100 or more" if len(failed) == 100 else str(len(failed))
    return Nothing(
        f"No profile has the identity “{text}”",
        f"{count} failed record{'s' if len(failed) != 1 else ''} contain it: the person may be "
        "missing because of them.",
        "Show failed records",
        f"{reverse('monitoring', args=[sandbox.name])}?word={text}",
    )


def _no_profiles(sandbox: Sandbox) -> Nothing:
    """Names the missing link: no enabled dataset, no data, or no identity in it."""
    live = Dataset.objects.filter(sandbox=sandbox, deleted_ms=None)
    if not live.filter(profile_enabled=True).exists():
        return Nothing(
            "No dataset feeds profiles yet",
            "Profiles are made from datasets that are enabled for Profile. None is.",
            "Open datasets",
            reverse("datasets", args=[sandbox.name]),
        )
    if not live.filter(profile_enabled=True, first_record_ms__isnull=False).exists():
        return Nothing(
            "No record has arrived yet",
            "A dataset is ready. Send a first record to see a profile here within a second.",
            "Open sources",
            reverse("sources", args=[sandbox.name]),
        )
    return Nothing(
        "Records arrived, but none carries an identity",
        "A profile needs a primary identity: mark a field in the schema or send identityMap.",
        "Open schemas",
        reverse("schemas", args=[sandbox.name]),
    )
