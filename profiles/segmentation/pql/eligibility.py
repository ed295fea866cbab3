"""How an audience can be evaluated: by streaming, on the edge, in batch. Reasons where not.

The rules are those of 20 May 2025. Conditions on profile attributes never stand in the way.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from profiles.segmentation.pql.events import EventAtom, event_atoms
from profiles.segmentation.pql.references import audiences, computed_attributes
from profiles.segmentation.pql.typed import Call, Span, Typed
from profiles.segmentation.pql.walk import walk

type Method = Literal["batch", "streaming", "edge"]

_HOUR: Final = 3_600_000
_UNITS: Final = (("day", 24 * _HOUR), ("hour", _HOUR), ("minute", 60_000), ("second", 1_000))
# Parts of a date that say nothing about the year.
_WITHOUT_YEAR: Final = frozenset({"month", "dayOfMonth"})


@dataclass(frozen=True, slots=True)
class Referenced:
    """An audience that a query refers to.

    `method` is how it is evaluated, `profile_only` that it needs no events. `imported`: it comes
    from elsewhere as a list of people and cannot be followed as it changes.
    """

    name: str
    method: Method
    profile_only: bool
    imported: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a method is out of the question, and which part of the query is to blame, if one is."""

    sentence: str
    at: Span | None = None


@dataclass(frozen=True, slots=True)
class Eligibility:
    """For each method the reasons against it: none means that the query qualifies."""

    batch: tuple[Reason, ...] = ()
    streaming: tuple[Reason, ...] = ()
    edge: tuple[Reason, ...] = ()

    def reasons(self, method: Method) -> tuple[Reason, ...]:
        """The reasons against one method."""
        against: tuple[Reason, ...] = getattr(self, method)
        return against

    def qualifies(self, method: Method) -> bool:
        """Can the audience be evaluated so?"""
        return not self.reasons(method)

    @property
    def methods(self) -> tuple[Method, ...]:
        """The methods the query qualifies for."""
        every: tuple[Method, ...] = ("batch", "streaming", "edge")
        return tuple(method for method in every if self.qualifies(method))


@dataclass(frozen=True, slots=True)
class _Query:
    """What the rules look at."""

    events: tuple[EventAtom, ...]
    audiences: tuple[tuple[Span, Referenced], ...]
    without_year: tuple[Call, ...]
    computed: tuple[tuple[Span, str], ...]
    edge_active: bool
    lookback_hours: int


def eligibility(
    root: Typed,
    *,
    edge_active: bool,
    referenced: Callable[[str], Referenced | None],
    lookback_hours: int = 24,
) -> Eligibility:
    """Which methods a query qualifies for.

    `edge_active`: its merge policy is the one active on edge. `referenced` tells about an audience
    by its id, None where there is none; such a reference is left to whoever saves the query.
    """
    found = [(at, referenced(segment_id)) for at, segment_id in audiences(root)]
    query = _Query(
        events=event_atoms(root),
        audiences=tuple((at, audience) for at, audience in found if audience is not None),
        without_year=tuple(
            node for node in walk(root) if isinstance(node, Call) and node.function in _WITHOUT_YEAR
        ),
        computed=tuple(computed_attributes(root)),
        edge_active=edge_active,
        lookback_hours=lookback_hours,
    )
    streaming = tuple(_against_streaming(query, "Streaming"))
    edge = (*_against_streaming(query, "Edge"), *_against_edge(query))
    return Eligibility(streaming=streaming, edge=edge)


def _against_streaming(query: _Query, method: str) -> Iterator[Reason]:
    """The reasons against streaming; all of them count on the edge as well."""
    if not query.edge_active:
        yield Reason(f"{method} needs the merge policy that is active on edge.")
    yield from _windows(query, method)
    yield from _negations(query, method)
    for call in query.without_year:
        yield Reason(
            f"Comparing the month or day of a date whatever its year needs batch; {method.lower()} "
            "compares whole dates.",
            call.at,
        )
    for at, name in query.computed:
        yield Reason(
            f"Computed attributes are evaluated in batch; {method.lower()} does not see {name}"
            " change.",
            at,
        )
    for at, audience in query.audiences:
        if audience.imported:
            yield Reason(
                f"The audience {audience.name} is imported; {method.lower()} follows only "
                "audiences that are evaluated here.",
                at,
            )
        elif query.events and not audience.profile_only:
            yield Reason(
                f"The audience {audience.name} itself depends on events; together with a condition "
                f"on events, {method.lower()} accepts only audiences on profile attributes.",
                at,
            )


def _windows(query: _Query, method: str) -> Iterator[Reason]:
    limit = query.lookback_hours * _HOUR
    most = f"{method.lower()} looks back at most {_period(limit)}."
    for atom in query.events:
        if atom.look_back is None:
            yield Reason(f"The condition on {_events(atom)} has no time window; {most}", atom.at)
        elif atom.look_back > limit:
            period = _period(atom.look_back)
            yield Reason(f"The condition on {_events(atom)} looks back {period}; {most}", atom.at)


def _negations(query: _Query, method: str) -> Iterator[Reason]:
    if len(query.events) > 1 and all(atom.negated for atom in query.events):
        yield Reason(
            f"All conditions on events are negated; {method.lower()} needs one event that happens.",
            query.events[0].at,
        )


def _against_edge(query: _Query) -> Iterator[Reason]:
    """The reasons that count on the edge alone."""
    if len(query.events) > 1:
        names = " and ".join(dict.fromkeys(_events(atom) for atom in query.events))
        yield Reason(
            f"There are {len(query.events)} conditions on events ({names}); edge takes one.",
            query.events[1].at,
        )
    if query.events:
        return
    for at, audience in query.audiences:
        if audience.method == "streaming":
            yield Reason(
                f"The audience {audience.name} is evaluated by streaming; edge follows only batch "
                "and edge audiences.",
                at,
            )


def _events(atom: EventAtom) -> str:
    """The events of a condition, as a person would name them."""
    if atom.types is None:
        return "events of any type"
    return " or ".join(sorted(atom.types)) or "events of no type"


def _period(milliseconds: int) -> str:
    if milliseconds == 24 * _HOUR:
        return "24 hours"
    for unit, size in _UNITS:
        if milliseconds % size == 0 or (unit == "day" and milliseconds > 7 * size):
            count = round(milliseconds / size)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{milliseconds} milliseconds"
