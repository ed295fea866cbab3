"""The left rail of the builder: attributes as folders, events, audiences; search over all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.urls import reverse

from console.audiences import ORIGINS
from console.builder.catalog import Catalog, EventType, Leaf
from console.pages import Tab
from core.sandboxes.models import Sandbox
from profiles.segmentation.builder.canvas import ATTRIBUTES, EVENTS
from profiles.segmentation.builder.scopes import Element
from profiles.segmentation.models import SegmentDefinition
from profiles.segmentation.queries import live

TABS = (("attributes", "Attributes"), ("events", "Events"), ("audiences", "Audiences"))
_MOST_FOUND, _MOST_AUDIENCES, _MOST_OPEN = 60, 100, 40


@dataclass(frozen=True, slots=True)
class Row:
    """A folder or field of the tree. `toggle` is the query string that opens or closes a folder."""

    key: str
    title: str
    level: int
    position: int
    siblings: int
    leaf: Leaf | None
    expandable: bool
    expanded: bool
    toggle: str
    children: tuple["Row", ...]


@dataclass(frozen=True, slots=True)
class AudienceChoice:
    """An audience that rules can mention."""

    id: str
    name: str
    origin: str


@dataclass(frozen=True, slots=True)
class Rail:
    """What the rail shows. `target` is the container that additions go to."""

    tabs: tuple[Tab, ...]
    tab: str
    text: str
    everything: bool
    switch: str
    rows: tuple[Row, ...]
    found: tuple[Leaf, ...]
    more_found: bool
    types: tuple[EventType, ...]
    audiences: tuple[AudienceChoice, ...]
    kept: tuple[tuple[str, str], ...]
    sampled: int


def read_rail(request: HttpRequest, sandbox: Sandbox, catalog: Catalog, *, own: str) -> Rail:
    """The rail an address asks for; `own` is the id of the audience being edited, if it has one."""
    given = request.GET
    tab = given.get("tab", "") if given.get("tab") in dict(TABS) else TABS[0][0]
    text = given.get("q", "").strip()
    everything = given.get("all") == "on"
    element: Element = "event" if tab == "events" else "profile"
    leaves: list[Leaf] = []
    if tab != "audiences":
        leaves = (
            catalog.search(element, text, everything=everything)
            if text
            else list(catalog.leaves(element, everything=everything))
        )
    return Rail(
        tabs=tuple(
            Tab(label, _query(given, tab=name, open=None, q=text or None), current=name == tab)
            for name, label in TABS
        ),
        tab=tab,
        text=text,
        everything=everything,
        switch=_query(given, all=None if everything else "on", open=None),
        rows=() if text else rows_of(leaves, given),
        found=tuple(leaves[:_MOST_FOUND]) if text else (),
        more_found=bool(text) and len(leaves) > _MOST_FOUND,
        types=tuple(catalog.event_types(text, everything=everything)) if tab == "events" else (),
        audiences=tuple(_audiences(sandbox, text, own)) if tab == "audiences" else (),
        kept=tuple((name, given[name]) for name in ("tab", "all", "into") if given.get(name)),
        sampled=catalog.sampled(element),
    )


def _query(given: QueryDict, **changes: str | None) -> str:
    kept = {name: given[name] for name in ("tab", "q", "all", "into", "open") if given.get(name)}
    made = {name: value for name, value in {**kept, **changes}.items() if value}
    return f"?{urlencode(made)}" if made else "?"


def rows_of(leaves: Sequence[Leaf], given: QueryDict) -> tuple[Row, ...]:
    """Leaves as a tree; few of them are all in sight."""
    opened = frozenset(given.get("open", "").split(",")[:200])
    if "open" not in given and len(leaves) <= _MOST_OPEN:
        folders = {leaf.path.rsplit(".", depth)[0] for leaf in leaves for depth in range(1, 12)}
        opened = frozenset(folders)
    by_path = {leaf.path: leaf for leaf in leaves}
    return tuple(_rows(by_path, "", 1, opened, given))


def _rows(
    leaves: dict[str, Leaf], prefix: str, level: int, opened: frozenset[str], given: QueryDict
) -> Iterable[Row]:
    names: dict[str, list[Leaf]] = {}
    for path, leaf in leaves.items():
        if path.startswith(prefix):
            names.setdefault(path[len(prefix) :].partition(".")[0], []).append(leaf)
    for position, (name, below) in enumerate(names.items(), start=1):
        key = f"{prefix}{name}"
        inside = {leaf.path: leaf for leaf in below if leaf.path != key}
        expanded = bool(inside) and key in opened
        title = leaves[key].title if key in leaves else below[0].trail[level - 1]
        yield Row(
            key=key,
            title=title,
            level=level,
            position=position,
            siblings=len(names),
            leaf=leaves.get(key),
            expandable=bool(inside),
            expanded=expanded,
            toggle=_query(given, open=",".join(sorted(opened ^ {key})) or "-") if inside else "",
            children=tuple(_rows(inside, f"{key}.", level + 1, opened, given)) if expanded else (),
        )


def _audiences(sandbox: Sandbox, text: str, own: str) -> Iterable[AudienceChoice]:
    rows = live(sandbox).exclude(state=SegmentDefinition.State.ARCHIVED).order_by("name")
    if own:
        rows = rows.exclude(pk=own)
    for word in text.split():
        rows = rows.filter(name__icontains=word)
    for pk, name, origin in rows.values_list("pk", "name", "origin")[:_MOST_AUDIENCES]:
        yield AudienceChoice(str(pk), name, ORIGINS.get(origin, origin))


def area_of(tab: str) -> str:
    """The area that additions of a tab go to."""
    return EVENTS if tab == "events" else ATTRIBUTES


def builder_href(sandbox: Sandbox, draft_id: str) -> str:
    """Address of a draft's builder."""
    return reverse("audience-build", args=[sandbox.name, draft_id])
