"""Identity Graph: who an identity belongs with, why, and what was cut."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.views.decorators.http import require_GET

from console.forms.identities import GraphForm
from console.graphs import GraphDrawing, Line, called, draw_graphs
from console.pages import Tab, in_sandbox, render_page
from console.views.identities import workspace_tabs
from core.sandboxes.models import Sandbox
from profiles.identity.ids import xid_text
from profiles.identity.links import Removal
from profiles.identity.namespaces import NamespaceTable
from profiles.identity.queries import (
    EndedLink,
    GraphView,
    Link,
    list_ended_links,
    list_links,
    namespace_table,
    read_graphs,
)
from profiles.identity.types import Identity, identify
from profiles.lookup.directory import directory_of
from profiles.lookup.queries import find_identities

MOST_DRAWN = 50
ROWS_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class IdentityRow:
    """A member of the graph."""

    namespace: str
    value: str
    href: str
    links: int
    created_at: int
    current: bool


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link with its data source; removed ones say why."""

    key: str
    a: str
    b: str
    datasets: tuple[tuple[str, str], ...]
    first: int
    last: int
    ended_at: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Hint:
    """A value with suspiciously many links."""

    called: str
    href: str
    links: int
    suspicious: bool


@dataclass(frozen=True, slots=True)
class Found:
    """The graph of the wanted identity."""

    title: str
    profile_href: str
    simulate_href: str
    drawing: GraphDrawing | None
    identities: tuple[IdentityRow, ...]
    total: int
    links: tuple[LinkRow, ...]
    shown_links: int
    removed: tuple[LinkRow, ...]
    hints: tuple[Hint, ...]
    page: int
    pages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several identities the text may mean."""

    called: str
    href: str
    size: int


@dataclass(frozen=True, slots=True)
class GraphPage:
    """The finder, and what it found."""

    tabs: tuple[Tab, ...]
    form: GraphForm
    asked: bool
    text: str
    found: Found | None
    choices: tuple[Choice, ...]


@require_GET
@in_sandbox
def graph(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """The graph of a namespace and value, or of the only identity that has the value."""
    asked = "value" in request.GET
    form = GraphForm(request.GET if asked else None, sandbox=sandbox)
    found, text = None, ""
    choices: tuple[Choice, ...] = ()
    if asked and form.is_valid():
        text = form.cleaned_data["value"].strip()
        wanted, choices = _wanted(sandbox, form.cleaned_data["ns"], text)
        if wanted is not None:
            found = _find(request, sandbox, wanted)
    page = GraphPage(
        workspace_tabs(sandbox, "identity-graph"), form, bool(text), text, found, choices
    )
    return render_page(
        request,
        "console/identities/graph.html",
        page,
        sandbox=sandbox,
        section="identities",
        title="Identity Graph",
        status=422 if asked and not form.is_valid() else 200,
    )


def graph_href(sandbox: Sandbox, identity: Identity, table: NamespaceTable) -> str:
    """Address of an identity's graph."""
    base = reverse("identity-graph", args=[sandbox.name])
    namespace = table.by_id.get(identity.namespace)
    query = QueryDict(mutable=True)
    query.update({"ns": namespace.code if namespace else "", "value": identity.value})
    return f"{base}?{query.urlencode()}"


def _wanted(sandbox: Sandbox, code: str, text: str) -> tuple[Identity | None, tuple[Choice, ...]]:
    table = namespace_table(sandbox=sandbox)
    namespace = table.find(code) if code else None
    if namespace is not None:
        return identify(sandbox.number, namespace.id, text), ()
    hits = find_identities(sandbox=sandbox, text=text)
    exact = [hit for hit in hits if hit.exact]
    if len(exact or hits) == 1:
        only = (exact or hits)[0].identity
        return identify(sandbox.number, only.namespace, only.value), ()
    choices = []
    for hit in hits:
        identity = identify(sandbox.number, hit.identity.namespace, hit.identity.value)
        choices.append(
            Choice(called(identity, table), graph_href(sandbox, identity, table), hit.graph_size)
        )
    return None, tuple(choices)


def _find(request: HttpRequest, sandbox: Sandbox, wanted: Identity) -> Found | None:
    view = read_graphs(sandbox=sandbox, names=[wanted.xid], most=None).get(wanted.xid)
    if view is None:
        return None
    table = namespace_table(sandbox=sandbox)
    links = list_links(sandbox=sandbox, identities=view.members)
    ended = list_ended_links(sandbox=sandbox, identities=view.members)
    degrees = Counter(end.id for link in links for end in (link.a, link.b))
    rows = _link_rows(sandbox, links, table)
    removed = _removed_rows(sandbox, ended, table)
    large = len(view.members) > MOST_DRAWN
    number = int(request.GET.get("page", "1")) if request.GET.get("page", "1").isdigit() else 1
    pages = range(1, -(-len(view.members) // ROWS_A_PAGE) + 1)
    number = min(max(number, 1), len(pages))
    shown = slice((number - 1) * ROWS_A_PAGE, number * ROWS_A_PAGE)
    return Found(
        title=called(wanted, table),
        profile_href=reverse("profile", args=[sandbox.name, xid_text(wanted.xid)]),
        simulate_href=_simulate_href(sandbox, wanted),
        drawing=None if large else _draw(view, links, ended, rows, removed, table, wanted),
        identities=_identity_rows(sandbox, view, degrees, table, wanted)[shown],
        total=len(view.members),
        links=rows[:200],
        shown_links=len(rows),
        removed=removed[:200],
        hints=_hints(sandbox, view, degrees, table) if large else (),
        page=number,
        pages=tuple(pages) if len(pages) > 1 else (),
    )


def _simulate_href(sandbox: Sandbox, identity: Identity) -> str:
    base = reverse("identity-simulation", args=[sandbox.name])
    return f"{base}?from={xid_text(identity.xid)}"


def _draw(  # noqa: PLR0913, PLR0917 - links and their rows go together
    view: GraphView,
    links: Sequence[Link],
    ended: Sequence[EndedLink],
    rows: Sequence[LinkRow],
    removed: Sequence[LinkRow],
    table: NamespaceTable,
    wanted: Identity,
) -> GraphDrawing:
    identities = {one.id: one for one in view.members}
    lines = [
        Line(row.key, link.a.id, link.b.id, f"Link {row.a} to {row.b}")
        for link, row in zip(links, rows, strict=True)
    ]
    linked = {(link.a.id, link.b.id) for link in links}
    for each, row in zip(ended, removed, strict=True):
        pair = (each.link.a.id, each.link.b.id)
        if pair in linked or len(identities) >= MOST_DRAWN:
            continue
        linked.add(pair)
        identities |= {each.link.a.id: each.link.a, each.link.b.id: each.link.b}
        label = f"Removed link {row.a} to {row.b}: {row.reason}"
        lines.append(Line(row.key, *pair, label, removed=True))
    return draw_graphs(identities.values(), lines, table, marked=wanted.id)


def _identity_rows(
    sandbox: Sandbox,
    view: GraphView,
    degrees: Mapping[bytes, int],
    table: NamespaceTable,
    wanted: Identity,
) -> tuple[IdentityRow, ...]:
    ordered = sorted(
        view.vertices, key=lambda v: (-degrees.get(v.identity.id, 0), v.identity.value)
    )
    return tuple(
        IdentityRow(
            namespace=table.by_id[v.identity.namespace].code
            if v.identity.namespace in table.by_id
            else str(v.identity.namespace),
            value=v.identity.value,
            href=graph_href(sandbox, v.identity, table),
            links=degrees.get(v.identity.id, 0),
            created_at=v.created_at,
            current=v.identity.id == wanted.id,
        )
        for v in ordered
    )


def _link_rows(
    sandbox: Sandbox, links: Sequence[Link], table: NamespaceTable
) -> tuple[LinkRow, ...]:
    sources = _sources(sandbox, links)
    return tuple(
        LinkRow(
            key=f"link-{number}",
            a=called(link.a, table),
            b=called(link.b, table),
            datasets=tuple(sources[n] for n in link.datasets if n in sources),
            first=link.first_established,
            last=link.last_established,
        )
        for number, link in enumerate(links, 1)
    )


def _removed_rows(
    sandbox: Sandbox, ended: Sequence[EndedLink], table: NamespaceTable
) -> tuple[LinkRow, ...]:
    sources = _sources(sandbox, [each.link for each in ended])
    known = {end.id: end for each in ended for end in (each.link.a, each.link.b)}
    return tuple(
        LinkRow(
            key=f"removed-{number}",
            a=called(each.link.a, table),
            b=called(each.link.b, table),
            datasets=tuple(sources[n] for n in each.link.datasets if n in sources),
            first=each.link.first_established,
            last=each.link.last_established,
            ended_at=each.ended_at,
            reason=removal_words(each.reason, known, table),
        )
        for number, each in enumerate(ended, 1)
    )


def removal_words(reason: Removal, known: Mapping[bytes, Identity], table: NamespaceTable) -> str:
    """One sentence on why a link went."""
    namespace = table.by_id.get(reason.namespace)
    code = namespace.code if namespace else str(reason.namespace)
    if reason.rule != "unique":
        leaver = known.get(reason.identity)
        who = called(leaver, table) if leaver else f"An identity of {code}"
        return f"The graph was full: {who} was the weakest and left."
    mine, other = known.get(reason.identity), known.get(reason.rival or b"")
    values = f" ({mine.value} and {other.value})" if mine and other else ""
    return f"It would have put two {code} values{values} in one graph, and {code} is unique."


def _sources(sandbox: Sandbox, links: Sequence[Link]) -> dict[int, tuple[str, str]]:
    numbers = {number for link in links for number in link.datasets}
    named = directory_of(sandbox).datasets(numbers)
    return {
        number: (name, reverse("dataset", args=[sandbox.name, pk]))
        for number, (pk, name) in named.items()
        if number in numbers
    }


_PLACEHOLDERS = frozenset(
    {"undefined", "null", "none", "guest", "unknown", "anonymous", "test", "n/a", "nan", "0", "-"}
)


def _hints(
    sandbox: Sandbox, view: GraphView, degrees: Mapping[bytes, int], table: NamespaceTable
) -> tuple[Hint, ...]:
    ordered = sorted(view.members, key=lambda one: (-degrees.get(one.id, 0), one.value))
    return tuple(
        Hint(
            called=called(one, table),
            href=graph_href(sandbox, one, table),
            links=degrees.get(one.id, 0),
            suspicious=one.value.strip().lower() in _PLACEHOLDERS or "noreply" in one.value.lower(),
        )
        for one in ordered[:5]
    )
