"""Identity graphs as drawings: laid out on the server, the same graph always the same way."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from profiles.identity.namespaces import PERSON_TYPES, NamespaceTable
from profiles.identity.types import Identity

_ROW = 880
_SPACING = 92.0


@dataclass(frozen=True, slots=True)
class Line:
    """A link to draw. `key` names its row in the table beside the drawing."""

    key: str
    a: bytes
    b: bytes
    label: str
    number: str = ""
    removed: bool = False


@dataclass(frozen=True, slots=True)
class DrawnNode:
    """An identity and its place."""

    namespace: str
    value: str
    short: str
    person: bool
    marked: bool
    x: float
    y: float
    label_y: float
    sub_y: float


@dataclass(frozen=True, slots=True)
class DrawnLine:
    """A link and its place; the middle carries its number."""

    line: Line
    x1: float
    y1: float
    x2: float
    y2: float
    middle_x: float
    middle_y: float


@dataclass(frozen=True, slots=True)
class GraphDrawing:
    """What `components` of the page draw."""

    width: int
    height: int
    nodes: tuple[DrawnNode, ...]
    lines: tuple[DrawnLine, ...]


def draw_graphs(
    identities: Iterable[Identity],
    lines: Sequence[Line],
    table: NamespaceTable,
    *,
    marked: bytes = b"",
) -> GraphDrawing:
    """Each connected set on a circle of its own, the largest first; removed links join nothing."""
    ordered = sorted(identities, key=lambda one: _rank(one, table))
    width, height, places = _places(_components(ordered, lines))
    nodes = []
    for one in ordered:
        x, y = places[one.id]
        namespace = table.by_id.get(one.namespace)
        nodes.append(
            DrawnNode(
                namespace=namespace.code if namespace else str(one.namespace),
                value=one.value,
                short=short(one.value),
                person=namespace is not None and namespace.id_type in PERSON_TYPES,
                marked=one.id == marked,
                x=x,
                y=y,
                label_y=y + 34,
                sub_y=y + 49,
            )
        )
    drawn = tuple(
        _line(line, places[line.a], places[line.b])
        for line in lines
        if line.a in places and line.b in places
    )
    return GraphDrawing(width, height, tuple(nodes), drawn)


def short(value: str) -> str:
    """The value, without its middle when it is long."""
    return value if len(value) <= 18 else f"{value[:10]}…{value[-6:]}"


def called(identity: Identity, table: NamespaceTable) -> str:
    """Namespace and value, as in "Email ana@example.com"."""
    namespace = table.by_id.get(identity.namespace)
    return f"{namespace.code if namespace else identity.namespace} {identity.value}"


def _rank(identity: Identity, table: NamespaceTable) -> tuple[bool, int, str]:
    namespace = table.by_id.get(identity.namespace)
    is_person = namespace is not None and namespace.id_type in PERSON_TYPES
    return not is_person, identity.namespace, identity.value


def _components(ordered: Sequence[Identity], lines: Sequence[Line]) -> list[list[bytes]]:
    parent = {one.id: one.id for one in ordered}

    def root(identity: bytes) -> bytes:
        while parent[identity] != identity:
            parent[identity] = identity = parent[parent[identity]]
        return identity

    for line in lines:
        if not line.removed and line.a in parent and line.b in parent:
            parent[root(line.b)] = root(line.a)
    found: dict[bytes, list[bytes]] = {}
    for one in ordered:
        found.setdefault(root(one.id), []).append(one.id)
    return sorted(found.values(), key=lambda ids: -len(ids))


def _places(
    components: Sequence[Sequence[bytes]],
) -> tuple[int, int, dict[bytes, tuple[float, float]]]:
    """Circles side by side in rows, never two identities in one place."""
    places: dict[bytes, tuple[float, float]] = {}
    left = top = tallest = widest = 0.0
    for ids in components:
        circle = _circle(len(ids))
        above, below = -min(y for _, y in circle), max(y for _, y in circle)
        half = max(x for x, _ in circle)
        width, height = 2 * half + 170, above + below + 110
        if left and left + width > _ROW:
            left, top, tallest = 0.0, top + tallest, 0.0
        for identity, (x, y) in zip(ids, circle, strict=True):
            places[identity] = (round(left + width / 2 + x, 1), round(top + 36 + above + y, 1))
        left += width
        tallest, widest = max(tallest, height), max(widest, left)
    return math.ceil(max(widest, 320)), math.ceil(top + tallest), places


def _circle(count: int) -> list[tuple[float, float]]:
    """Places around a middle; no three of them are in one line."""
    if count == 1:
        return [(0.0, 0.0)]
    if count == 2:
        return [(-90.0, 0.0), (90.0, 0.0)]
    radius = max(90.0, count * _SPACING / (2 * math.pi))
    angles = [2 * math.pi * index / count - math.pi / 2 for index in range(count)]
    return [(1.25 * radius * math.cos(angle), radius * math.sin(angle)) for angle in angles]


def _line(line: Line, start: tuple[float, float], end: tuple[float, float]) -> DrawnLine:
    return DrawnLine(
        line,
        *start,
        *end,
        middle_x=round((start[0] + end[0]) / 2, 1),
        middle_y=round((start[1] + end[1]) / 2, 1),
    )
