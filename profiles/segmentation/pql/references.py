"""What a query depends on: attributes, event fields and types, audiences, time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from profiles.segmentation.pql.checking.membership import MEMBERSHIP, audience_of, is_memberships
from profiles.segmentation.pql.events import event_atoms
from profiles.segmentation.pql.typed import (
    COMPUTED,
    EVENTS,
    PROFILE,
    Aggregate,
    Binding,
    Call,
    Chain,
    Field,
    Filter,
    GroupBy,
    If,
    InSegment,
    Let,
    MapEntries,
    MapItems,
    Now,
    Ordered,
    Quantified,
    Select,
    Span,
    Typed,
    Variable,
)
from profiles.segmentation.pql.walk import walk

type Path = tuple[str, ...]
type Origins = dict[str, list[Typed]]

_BINDERS = (Quantified, Filter, MapItems, Aggregate, Ordered, GroupBy)


@dataclass(frozen=True, slots=True)
class References:
    """What a query depends on.

    `attributes` and `event_fields` are dotted paths, through lists and maps as well, an object or
    list among them where it is used as a whole. `event_types` are the types of events that can
    change the result: none without events, None for any. `audiences` are those of `inSegment` and
    of `segmentMembership.get("ups").get(id)`; `any_audience`: memberships are read in other ways as
    well. `over_time`: the result can change while nothing happens.
    """

    attributes: frozenset[str]
    event_fields: frozenset[str]
    event_types: frozenset[str] | None
    audiences: frozenset[str]
    any_audience: bool
    over_time: bool


def references(root: Typed) -> References:
    """What a query depends on."""
    nodes = list(walk(root))
    places = _Places(_origins(nodes))
    paths = {path for node in _fields(nodes) for path in places.of(node)}
    attributes = {path for path in paths if path and path[0] not in (EVENTS, MEMBERSHIP)}
    events = {path[1:] for path in paths if path[:1] == (EVENTS,) and len(path) > 1}
    return References(
        attributes=_dotted(attributes),
        event_fields=_dotted(events | _chain_fields(nodes)),
        event_types=_event_types(root),
        audiences=frozenset(segment_id for _, segment_id in audiences(root)),
        any_audience=_reads_memberships(nodes),
        over_time=any(isinstance(node, Now) for node in nodes),
    )


def audiences(root: Typed) -> Iterator[tuple[Span, str]]:
    """The audiences a query names by their ids, and where."""
    for node in walk(root):
        if isinstance(node, InSegment):
            yield node.at, node.segment_id
        elif (segment_id := audience_of(node)) is not None:
            yield node.at, segment_id


def computed_attributes(root: Typed) -> Iterator[tuple[Span, str]]:
    """The computed attributes a query reads, by name, and where."""
    for node in walk(root):
        if isinstance(node, Field) and _is_container(node.object):
            yield node.at, node.name


def _is_container(node: Typed) -> bool:
    """Is it the object that holds the computed attributes?"""
    match node:
        case Field(Field(Variable(owner), _), name):
            return (owner, name) == (PROFILE, COMPUTED)
        case _:
            return False


def _reads_memberships(nodes: list[Typed]) -> bool:
    """Are memberships read otherwise than by the id of an audience?"""
    whole = sum(is_memberships(node) for node in nodes)
    return whole > sum(audience_of(node) is not None for node in nodes)


def _dotted(paths: set[Path]) -> frozenset[str]:
    return frozenset(".".join(path) for path in paths)


def _event_types(root: Typed) -> frozenset[str] | None:
    found: frozenset[str] = frozenset()
    for atom in event_atoms(root):
        if atom.types is None:
            return None
        found |= atom.types
    return found


def _chain_fields(nodes: list[Typed]) -> set[Path]:
    chains = any(isinstance(node, Chain) for node in nodes)
    return {("timestamp",)} if chains else set()


def _origins(nodes: list[Typed]) -> Origins:
    """What each variable is taken from."""
    origins: Origins = {}
    for node in nodes:
        for variable, source in _bound(node):
            origins.setdefault(variable, []).append(source)
    return origins


def _bound(node: Typed) -> Iterator[tuple[str, Typed]]:
    match node:
        case Let(variable, value):
            yield variable, value
        case Select(bindings):
            for binding in bindings:
                yield _pair(binding)
        case Chain(source, _, links):
            for link in links:
                yield link.variable, source
        case MapEntries(_, value_variable, source):
            yield value_variable, source
        case _:
            if isinstance(node, _BINDERS):
                yield node.variable, node.source


def _pair(binding: Binding) -> tuple[str, Typed]:
    return binding.variable, binding.source


def _fields(nodes: list[Typed]) -> Iterator[Field]:
    """The fields that are read, not those on the way to another one."""
    found = [node for node in nodes if isinstance(node, Field)]
    passed = {id(node.object) for node in found}
    return (node for node in found if id(node) not in passed)


class _Places:
    """The places in the profile that values may come from; each variable is looked up once."""

    def __init__(self, origins: Origins) -> None:
        self._origins = origins
        self._of_variables: dict[str, frozenset[Path]] = {PROFILE: frozenset({()})}

    def of(self, node: Typed) -> frozenset[Path]:
        if isinstance(node, Field):
            return frozenset((*path, node.name) for path in self.of(node.object))
        if isinstance(node, Variable):
            return self._of_variable(node.name)
        return frozenset().union(*(self.of(source) for source in _sources(node)))

    def _of_variable(self, name: str) -> frozenset[Path]:
        if name not in self._of_variables:
            sources = self._origins.get(name, [])
            self._of_variables[name] = frozenset().union(*map(self.of, sources))
        return self._of_variables[name]


def _sources(node: Typed) -> Sequence[Typed]:
    """The nodes a value is handed on by."""
    match node:
        case Filter(_, source) | Ordered(_, _, source) | GroupBy(_, source):
            return [source]
        case MapItems(_, _, body) | MapEntries(_, _, _, body) | Let(_, _, body):
            return [body]
        case Call(_, arguments):
            return arguments[:1]
        case If(_, then, otherwise):
            return [then, otherwise]
        case _:
            return []
