"""Profiles for people: names, chips, why a value won, and a drawn identity graph."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.sandboxes.models import Sandbox
from profiles.identity.ids import xid, xid_text
from profiles.identity.namespaces import PERSON_TYPES
from profiles.identity.queries import EndedLink, Link
from profiles.lookup.directory import Directory, directory_of
from profiles.lookup.types import Candidate, Leaf, Member

MOST_DRAWN = 50
_MAIL_PATHS = (("personalEmail", "address"), ("workEmail", "address"))


@dataclass(frozen=True, slots=True)
class Chip:
    """An identity beside its namespace."""

    namespace: str
    value: str


def xid_of_pair(*, sandbox: Sandbox, namespace: str, value: str) -> str:
    """XID of a value in a namespace code; empty when there is no such namespace."""
    found = directory_of(sandbox).namespaces.find(namespace) if namespace and value else None
    return xid_text(xid(found.id, value)) if found else ""


def chips(members: Sequence[Member], directory: Directory) -> tuple[Chip, ...]:
    """Chips of identities, people before devices, then by namespace and value."""

    def rank(member: Member) -> tuple[bool, str, str]:
        namespace = directory.namespaces.by_id.get(member.namespace)
        is_person = namespace is not None and namespace.id_type in PERSON_TYPES
        return not is_person, directory.code_of(member.namespace), member.value

    return tuple(Chip(directory.code_of(m.namespace), m.value) for m in sorted(members, key=rank))


def display_name(attributes: Mapping[str, Any], members: Sequence[Chip]) -> str:
    """What to call a person: the name, an e-mail address, else an identity."""
    name = attributes.get("person", {})
    name = name.get("name", {}) if isinstance(name, Mapping) else {}
    if isinstance(name, Mapping):
        parts = (name.get("firstName"), name.get("lastName"))
        full = name.get("fullName") or " ".join(str(part) for part in parts if part)
        if full:
            return str(full)
    for path in _MAIL_PATHS:
        value = _at(attributes, path)
        if isinstance(value, str) and value:
            return value
    return members[0].value if members else "Unnamed profile"


def _at(document: Any, path: Sequence[str]) -> Any:
    for step in path:
        if not isinstance(document, Mapping):
            return None
        document = document.get(step)
    return document


def why_it_won(leaf: Leaf, *, by_dataset_order: bool) -> str:
    """One sentence on why the value is in the profile."""
    if not leaf.losers:
        return "The only value"
    if by_dataset_order and leaf.winner.dataset_id != leaf.losers[0].dataset_id:
        return "Its dataset comes first in the merge policy"
    if leaf.winner.effective_at == leaf.losers[0].effective_at:
        return f"Same time; record {leaf.winner.record_id} came last"
    return "The most recent value"


def why_it_lost(leaf: Leaf, loser: Candidate, *, by_dataset_order: bool) -> str:
    """One sentence on why another value is not."""
    if loser.value == leaf.winner.value:
        return "Same value"
    if by_dataset_order and loser.dataset_id != leaf.winner.dataset_id:
        return "Weaker dataset"
    return "Older" if loser.effective_at < leaf.winner.effective_at else "Same time, earlier record"


@dataclass(frozen=True, slots=True)
class GraphNode:
    """An identity with its place in the drawing."""

    namespace: str
    value: str
    short: str
    person: bool
    href: str
    x: float
    y: float
    label_y: float
    sub_y: float


@dataclass(frozen=True, slots=True)
class GraphLink:
    """A line between two identities; times in epoch ms."""

    a: str
    b: str
    datasets: str
    first: int
    last: int
    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """A graph laid out on a circle: the same graph always looks the same."""

    width: int
    height: int
    nodes: tuple[GraphNode, ...]
    links: tuple[GraphLink, ...]
    too_large: bool


@dataclass(frozen=True, slots=True)
class LostLink:
    """A link a rule cut, with the rule in plain words."""

    a: str
    b: str
    ended_at: int
    reason: str


def lost_links(ended: Sequence[EndedLink], directory: Directory) -> tuple[LostLink, ...]:
    """Links that are no more, and why."""
    return tuple(
        LostLink(
            a=_called(each.link.a.namespace, each.link.a.value, directory),
            b=_called(each.link.b.namespace, each.link.b.value, directory),
            ended_at=each.ended_at,
            reason=(
                f"One person may have only one {directory.code_of(each.reason.namespace)}"
                if each.reason.rule == "unique"
                else "The graph was full; its oldest identity left"
            ),
        )
        for each in ended
    )


def _called(namespace: int, value: str, directory: Directory) -> str:
    return f"{directory.code_of(namespace)} {_short(value)}"


def draw(
    members: Sequence[Member], links: Sequence[Link], directory: Directory, hrefs: Mapping[str, str]
) -> Drawing:
    """Nodes on a circle, people first; links as straight lines."""
    numbers = {number for link in links for number in link.datasets}
    names = directory.datasets(numbers)
    order = {chip: index for index, chip in enumerate(chips(members, directory))}
    ranked = sorted(members, key=lambda m: order[Chip(directory.code_of(m.namespace), m.value)])
    width, height, places = _places(ranked, links)
    nodes = tuple(
        _node(member, directory, hrefs, place) for member, place in zip(ranked, places, strict=True)
    )
    at = {
        (member.namespace, member.value): place
        for member, place in zip(ranked, places, strict=True)
    }
    drawn = []
    for link in links:
        start = at.get((link.a.namespace, link.a.value))
        end = at.get((link.b.namespace, link.b.value))
        if start is None or end is None:
            continue
        drawn.append(
            GraphLink(
                a=_called(link.a.namespace, link.a.value, directory),
                b=_called(link.b.namespace, link.b.value, directory),
                datasets=", ".join(names[n][1] for n in link.datasets if n in names),
                first=link.first_established,
                last=link.last_established,
                x1=start[0],
                y1=start[1],
                x2=end[0],
                y2=end[1],
            )
        )
    return Drawing(width, height, nodes, tuple(drawn), too_large=len(nodes) > MOST_DRAWN)


def _places(
    members: Sequence[Member], links: Sequence[Link]
) -> tuple[int, int, list[tuple[float, float]]]:
    """The best linked identity in the middle, the others around it, in the given order."""
    degrees = Counter((end.namespace, end.value) for link in links for end in (link.a, link.b))
    count = len(members)
    if count <= 2:
        return 560, 150, [(280.0 + 150 * (2 * i - count + 1), 50.0) for i in range(count)]
    hub = max(range(count), key=lambda i: degrees[members[i].namespace, members[i].value])
    ring = count - 1
    height = 160 if ring == 2 else 400
    middle = (280.0, height / 2 - 20)
    start = math.pi if ring == 2 else -math.pi / 2
    places = []
    for place in range(ring):
        angle = start + 2 * math.pi * place / ring
        x = middle[0] + 200 * math.cos(angle)
        places.append((round(x, 1), round(middle[1] + (height / 2 - 62) * math.sin(angle), 1)))
    places.insert(hub, middle)
    return 560, height, places


def _node(
    member: Member, directory: Directory, hrefs: Mapping[str, str], place: tuple[float, float]
) -> GraphNode:
    namespace = directory.namespaces.by_id.get(member.namespace)
    return GraphNode(
        namespace=directory.code_of(member.namespace),
        value=member.value,
        short=_short(member.value),
        person=namespace is not None and namespace.id_type in PERSON_TYPES,
        href=hrefs.get(member.xid, ""),
        x=place[0],
        y=place[1],
        label_y=place[1] + 34,
        sub_y=place[1] + 49,
    )


def _short(value: str) -> str:
    return value if len(value) <= 22 else f"{value[:13]}…{value[-6:]}"
