"""One profile: attributes with their reasons, events, identities, JSON."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from console.computed import FUNCTIONS, attribute_href, full_path, look_back, shown_value
from console.pages import actor_of
from console.people import (
    Drawing,
    LostLink,
    draw,
    lost_links,
    why_it_lost,
    why_it_won,
)
from console.profile_frame import Head, profile_head, profile_tab, render_profile
from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset
from profiles.identity.queries import list_ended_links, list_links
from profiles.identity.types import identify
from profiles.lookup.directory import directory_of
from profiles.lookup.events import list_events
from profiles.lookup.queries import (
    explain_profile,
    get_profile,
)
from profiles.lookup.types import Candidate, EventFilter, EventView, Leaf
from profiles.segmentation.computed.shown import values_of_profile
from profiles.store.models import MergePolicy

EVENTS_A_PAGE = 25


@dataclass(frozen=True, slots=True)
class Loser:
    """A value that did not make it into the profile."""

    value: str
    dataset: str
    at: Any
    reason: str


@dataclass(frozen=True, slots=True)
class AttributeRow:
    """A field of the profile and where its value comes from."""

    path: str
    value: str
    dataset: str
    dataset_href: str
    at: Any
    reason: str
    losers: tuple[Loser, ...]


@dataclass(frozen=True, slots=True)
class ComputedRow:
    """A computed attribute of the profile; `moment` (ms) is that of the value."""

    name: str
    path: str
    value: str
    of: str
    moment: int
    href: str


@dataclass(frozen=True, slots=True)
class AttributesPage:
    """Merged attributes, each with its reason, and computed ones."""

    head: Head
    policy: str
    sources: int
    rows: tuple[AttributeRow, ...]
    computed: tuple[ComputedRow, ...]


@profile_tab
def attributes(request: HttpRequest, sandbox: Sandbox, xid: str, name: bytes) -> HttpResponse:
    """What is known about the person, and why."""
    explained = explain_profile(sandbox=sandbox, name=name)
    policy = MergePolicy.objects.get(sandbox=sandbox, pk=explained.view.policy_id)
    by_order = policy.attribute_merge == MergePolicy.AttributeMerge.DATASETS
    page = AttributesPage(
        head=profile_head(request, sandbox, xid, explained.view, tab="attributes"),
        policy=policy.name,
        sources=len(explained.view.sources),
        rows=tuple(_attribute(sandbox, leaf, by_order) for leaf in explained.leaves),
        computed=tuple(_computed(request, sandbox, name)),
    )
    return render_profile(request, sandbox, page.head, "attributes", page)


def _computed(request: HttpRequest, sandbox: Sandbox, name: bytes) -> Iterator[ComputedRow]:
    opens = actor_of(request).may("view-segments", sandbox.pk)
    for attribute, value, moment in values_of_profile(sandbox=sandbox, name=name):
        yield ComputedRow(
            name=attribute.display_name,
            path=full_path(sandbox, attribute),
            value=shown_value(value),
            of=f"{FUNCTIONS[attribute.function]}, last {look_back(attribute)}",
            moment=moment,
            href=attribute_href(sandbox, attribute) if opens else "",
        )


def _attribute(sandbox: Sandbox, leaf: Leaf, by_order: bool) -> AttributeRow:  # noqa: FBT001
    winner = leaf.winner
    return AttributeRow(
        path=leaf.path,
        value=_shown(leaf.value),
        dataset=winner.dataset_name or winner.dataset_id,
        dataset_href=reverse("dataset", args=[sandbox.name, winner.dataset_id])
        if winner.dataset_name
        else "",
        at=winner.effective_at,
        reason=why_it_won(leaf, by_dataset_order=by_order),
        losers=tuple(_loser(leaf, each, by_order) for each in leaf.losers),
    )


def _loser(leaf: Leaf, loser: Candidate, by_order: bool) -> Loser:  # noqa: FBT001
    return Loser(
        value=_shown(loser.value),
        dataset=loser.dataset_name or loser.dataset_id,
        at=loser.effective_at,
        reason=why_it_lost(leaf, loser, by_dataset_order=by_order),
    )


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 400 else f"{text[:399]}…"


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event of the timeline."""

    type: str
    summary: str
    timestamp: int
    dataset: str
    namespace: str
    value: str
    record_id: str
    record_href: str
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class EventsPage:
    """A stretch of the timeline, newest first."""

    head: Head
    events: tuple[EventRow, ...]
    event_type: str
    next_href: str


@profile_tab
def events(request: HttpRequest, sandbox: Sandbox, xid: str, name: bytes) -> HttpResponse:
    """What the person did, in pages that load while reading."""
    event_type = request.GET.get("type", "").strip()
    view = get_profile(sandbox=sandbox, name=name)
    found = list_events(
        sandbox=sandbox,
        name=name,
        wanted=EventFilter(event_type=event_type or None),
        newest_first=True,
        start=request.GET.get("start", ""),
        limit=EVENTS_A_PAGE,
    )
    ids = {event.dataset_id for event in found.events}
    names = dict(Dataset.objects.filter(sandbox=sandbox, pk__in=ids).values_list("pk", "name"))
    wanted = f"&type={event_type}" if event_type else ""
    page = EventsPage(
        head=profile_head(request, sandbox, xid, view, tab="events"),
        events=tuple(_event(sandbox, event, names) for event in found.events),
        event_type=event_type,
        next_href=f"?start={found.next}{wanted}" if found.next else "",
    )
    return render_profile(request, sandbox, page.head, "events", page, fragment="more")


def _event(sandbox: Sandbox, event: EventView, names: dict[str, str]) -> EventRow:
    document: dict[str, Any] = orjson.loads(event.document)
    return EventRow(
        type=str(document.get("eventType") or "Event"),
        summary=_summary(document),
        timestamp=event.timestamp,
        dataset=names.get(event.dataset_id, event.dataset_id),
        namespace=directory_of(sandbox).code_of(event.identity.namespace),
        value=event.identity.value,
        record_id=event.record_id,
        record_href=reverse("record", args=[sandbox.name, event.record_id]),
        document=document,
    )


def _summary(document: dict[str, Any]) -> str:
    """The few words that tell one event from the next."""
    parts = []
    items = document.get("productListItems")
    if isinstance(items, list) and items:
        names = [str(i.get("name") or i.get("SKU")) for i in items if isinstance(i, dict)]
        parts.append(", ".join(names[:3]) + (f" +{len(names) - 3}" if len(names) > 3 else ""))
    order = document.get("commerce", {})
    order = order.get("order", {}) if isinstance(order, dict) else {}
    if isinstance(order, dict) and "priceTotal" in order:
        parts.append(f"{order['priceTotal']} {order.get('currencyCode', '')}".strip())
    web = document.get("web", {})
    page = web.get("webPageDetails", {}) if isinstance(web, dict) else {}
    if isinstance(page, dict) and (page.get("name") or page.get("URL")):
        parts.append(str(page.get("name") or page.get("URL")))
    return " · ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class IdentitiesPage:
    """The graph, drawn and listed."""

    head: Head
    graph: Drawing
    lost: tuple[LostLink, ...]


@profile_tab
def identities(request: HttpRequest, sandbox: Sandbox, xid: str, name: bytes) -> HttpResponse:
    """Which identities belong together, and since when."""
    view = get_profile(sandbox=sandbox, name=name)
    members = [identify(sandbox.number, m.namespace, m.value) for m in view.members]
    links = list_links(sandbox=sandbox, identities=members)
    lost = list_ended_links(sandbox=sandbox, identities=members)
    hrefs = {m.xid: reverse("profile", args=[sandbox.name, m.xid]) for m in view.members}
    page = IdentitiesPage(
        head=profile_head(request, sandbox, xid, view, tab="identities"),
        graph=draw(view.members, links, directory_of(sandbox), hrefs),
        lost=lost_links(lost, directory_of(sandbox)),
    )
    return render_profile(request, sandbox, page.head, "identities", page)


@dataclass(frozen=True, slots=True)
class JsonPage:
    """The merged profile as it is stored."""

    head: Head
    document: dict[str, Any]
    text: str


@profile_tab
def as_json(request: HttpRequest, sandbox: Sandbox, xid: str, name: bytes) -> HttpResponse:
    """The merged document."""
    view = get_profile(sandbox=sandbox, name=name)
    document = orjson.loads(view.document)
    page = JsonPage(
        profile_head(request, sandbox, xid, view, tab=""),
        document,
        json.dumps(document, indent=2, ensure_ascii=False),
    )
    return render_profile(request, sandbox, page.head, "json", page)
