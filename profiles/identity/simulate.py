"""Graph Simulation: fold events somebody typed, under rules somebody considers; stores nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from profiles.identity.graph import fold
from profiles.identity.links import Edge, Graph, Observation, Outcome, Removal
from profiles.identity.namespaces import LINKLESS_TYPES, NamespaceTable
from profiles.identity.rules import Rules
from profiles.identity.types import Identity, identify

MOST_EVENTS = 100
# Simulated identities belong to no sandbox.
_NOWHERE = 0

type Event = tuple[Identity, ...]


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line of the text that is no event, and why."""

    number: int
    message: str


@dataclass(frozen=True, slots=True)
class SimulatedLink:
    """A link; events count from 1. `removed_by` and `reason` are None while it stands."""

    number: int
    a: Identity
    b: Identity
    made_by: int
    removed_by: int | None = None
    reason: Removal | None = None


@dataclass(frozen=True, slots=True)
class Simulation:
    """The graphs after the last event. `refused`: event -> namespace number it names twice."""

    identities: tuple[Identity, ...]
    links: tuple[SimulatedLink, ...]
    graphs: tuple[frozenset[bytes], ...]
    refused: dict[int, int]


def parse_events(text: str, table: NamespaceTable) -> tuple[list[Event], list[BadLine]]:
    """Read one event a line, as in `Email:tom@example.com, ECID:1`."""
    events: list[Event] = []
    bad: list[BadLine] = []
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    for number, line in lines[:MOST_EVENTS]:
        identities, problem = _parse_line(line, table)
        if problem:
            bad.append(BadLine(number, problem))
        else:
            events.append(identities)
    if len(lines) > MOST_EVENTS:
        bad.append(BadLine(lines[MOST_EVENTS][0], f"At most {MOST_EVENTS} events are simulated."))
    return events, bad


def _parse_line(line: str, table: NamespaceTable) -> tuple[Event, str]:
    found: dict[bytes, Identity] = {}
    for part in (piece.strip() for piece in line.split(",")):
        code, colon, value = part.partition(":")
        namespace = table.find(code.strip())
        if not colon or not value.strip():
            return (), f"“{part}” is no identity: write a namespace, a colon and a value."
        if namespace is None:
            return (), f"There is no namespace {code.strip()}."
        if namespace.id_type in LINKLESS_TYPES:
            return (), f"{namespace.code} does not identify people: it builds no graph."
        identity = identify(_NOWHERE, namespace.id, value.strip())
        found[identity.id] = identity
    if len(found) < 2:
        return (), "An event needs at least two identities to make a link."
    return tuple(found.values()), ""


def simulate(events: Sequence[Event], *, rules: Rules) -> Simulation:
    """Fold the events one after the other."""
    refused = {
        number: namespace
        for number, event in enumerate(events, 1)
        if (namespace := _repeated_unique(event, rules)) is not None
    }
    observations = [
        Observation((number, 0), number, 0, event)
        for number, event in enumerate(events, 1)
        if number not in refused
    ]
    outcome = fold(Graph(), observations, rules=rules)
    assert isinstance(outcome, Outcome)  # the events come in order
    known = {identity.id: identity for event in events for identity in event}
    return Simulation(
        identities=tuple(known.values()),
        links=_links(outcome, known),
        graphs=tuple(outcome.groups.values()),
        refused=refused,
    )


def _repeated_unique(event: Event, rules: Rules) -> int | None:
    """The unique namespace of which the event has two values: it is refused, as on ingestion."""
    counts = Counter(identity.namespace for identity in event)
    return next((one for one, many in counts.items() if many > 1 and one in rules.unique), None)


def _links(outcome: Outcome, known: dict[bytes, Identity]) -> tuple[SimulatedLink, ...]:
    """Each pair once, in the order of creation: as it stands, else as it last went."""
    last: dict[tuple[bytes, bytes], Edge] = {}
    for edge in (*outcome.ended, *outcome.edges):
        last[edge.a, edge.b] = edge
    ordered = sorted(last.values(), key=lambda edge: (edge.started, edge.a, edge.b))
    return tuple(
        SimulatedLink(
            number=number,
            a=known[edge.a],
            b=known[edge.b],
            made_by=edge.started[0],
            removed_by=edge.ended[0] if edge.ended else None,
            reason=edge.reason,
        )
        for number, edge in enumerate(ordered, 1)
    )
