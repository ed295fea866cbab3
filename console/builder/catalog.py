"""What rules can be built from: fields of profiles and events, event types, audiences."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from console.schemas.tree import Path, find_node, inner
from console.schemas.words import EVENT_CLASS, PROFILE_CLASS
from core import clock, notify
from core.sandboxes.models import Sandbox
from ingestion.schemas.lookup import tenant_of
from ingestion.schemas.queries import union_tree
from ingestion.xdm.names import tenant_field
from ingestion.xdm.types import Tree
from profiles.segmentation.builder.canvas import FieldKind
from profiles.segmentation.builder.fields import FieldType, field_at
from profiles.segmentation.builder.scopes import Element, Scope
from profiles.segmentation.computed.queries import IN_USE
from profiles.segmentation.computed_models import ComputedAttribute
from profiles.segmentation.pql.typed import COMPUTED
from profiles.segmentation.pql.types import ListType, ObjectType
from profiles.segmentation.profile_types import profile_type
from profiles.segmentation.sampling import Seen, Values, seen_in

# Other ways to the same things, which rules have cards for.
_HIDDEN: Mapping[Element, frozenset[str]] = {
    "profile": frozenset({"timeSeriesEvents", "segmentMembership"}),
    "event": frozenset(),
}
KIND_WORDS: Mapping[FieldKind | None, str] = {
    "text": "Text",
    "number": "Number",
    "flag": "True or false",
    "date": "Date",
    None: "List",
}
_NO_TYPE = ObjectType("nothing", {})
WAY = " › "  # noqa: RUF001 - as in a breadcrumb
_KNOWN_FOR_MS = 1000
# Trees of unions by sandbox: the change they were read after, when, and the trees.
_trees: dict[int, tuple[int, int, Mapping[Element, Tree]]] = {}


@dataclass(frozen=True, slots=True)
class Leaf:
    """A field that a card can be made of. `trail` are the titles on the way to it."""

    element: Element
    path: str
    title: str
    trail: tuple[str, ...]
    kind: FieldKind | None
    documents: int

    @property
    def where(self) -> str:
        """The way to it in words."""
        return WAY.join(self.trail)

    @property
    def kind_word(self) -> str:
        """Its type as people read it."""
        return KIND_WORDS[self.kind]


@dataclass(frozen=True, slots=True)
class EventType:
    """A type of events; `seen` is how many of the sampled events have it."""

    value: str
    title: str
    seen: int


@dataclass(frozen=True)
class Catalog:
    """The fields of one sandbox. Paths are dotted, through objects and lists."""

    sandbox: Sandbox
    trees: Mapping[Element, Tree]
    types: Mapping[Element, ObjectType]
    seen: Seen

    def field(self, scope: Scope, path: str) -> FieldType | None:
        """What stands at a path of a scope."""
        return field_at(self.types[scope.element], _full(scope, path))

    def title(self, scope: Scope, path: str) -> str:
        """What a field is called; the names of its parents where the title alone is vague."""
        node = self._node(scope.element, _full(scope, path))
        return _title(path.rpartition(".")[2], node)

    def trail(self, scope: Scope, path: str) -> str:
        """The titles of the objects around a field."""
        return WAY.join(self._titles(scope.element, _full(scope, path).split(".")[:-1]))

    def name(self, scope: Scope, path: str) -> str:
        """Title for sentences: with its parent, for there are many fields called Name."""
        titles = self._titles(scope.element, _full(scope, path).split("."))
        skipped = [title for title in titles[-2:] if not title.startswith("_")]
        return WAY.join(skipped) or path

    def values(self, scope: Scope, path: str) -> tuple[tuple[str, str], ...]:
        """Values to suggest, each with a note: those of the schema, then those seen in data."""
        full = _full(scope, path)
        node = self._node(scope.element, full) or {}
        labels = inner(node).get("meta:enum") or {}
        known = {
            str(value): str(labels.get(value, "")) for value in inner(node).get("enum") or labels
        }
        what = "profiles" if scope.element == "profile" else "events"
        for value, many in self.spread(scope.element, full).values:
            note = f"{many:,} {what} of the sample"
            known[value] = f"{known[value]}, {note}" if known.get(value) else note
        return tuple(known.items())

    def spread(self, element: Element, path: str) -> Values:
        """How many documents of the sample hold a field, and what."""
        return self._filled(element).get(path, Values(0))

    def sampled(self, element: Element) -> int:
        """How many profiles or events the sample has."""
        return self.seen.profiles if element == "profile" else self.seen.events

    def leaves(self, element: Element, *, everything: bool, below: str = "") -> Iterator[Leaf]:
        """Fields in the order of the tree; unless `everything`, those some document holds.

        `below` is the path of a list: the fields of its items, by their path there.
        """
        root: Any = self.trees[element]
        if below:
            root = find_node(root, tuple(below.split("."))) or {}
        for path, node in self._walk(root, (), element):
            full = f"{below}.{'.'.join(path)}" if below else ".".join(path)
            documents = self.spread(element, full).documents
            found = field_at(self.types[element], full)
            # Samples are of documents, which computed attributes are no part of.
            shown = documents or everything or path[1:2] == (COMPUTED,)
            if found is None or not shown:
                continue
            if found.kind is None and found.item is None:
                continue
            yield Leaf(
                element=element,
                path=".".join(path),
                title=_title(path[-1], node),
                trail=tuple(self._titles(element, full.split(".")[:-1])),
                kind=found.kind,
                documents=documents,
            )

    def search(self, element: Element, text: str, *, everything: bool) -> list[Leaf]:
        """Fields whose name, title or path holds all words of the text, anywhere inside."""
        words = text.lower().split()
        return [
            leaf
            for leaf in self.leaves(element, everything=everything)
            if all(word in f"{leaf.title} {leaf.where} {leaf.path}".lower() for word in words)
        ]

    def event_types(self, text: str = "", *, everything: bool) -> list[EventType]:
        """Types of events: those seen first, by how often, then those of the schema."""
        node = (self.trees["event"].get("properties") or {}).get("eventType") or {}
        labels = {str(value): str(label) for value, label in (node.get("meta:enum") or {}).items()}
        seen = self.seen.event_types
        found = [EventType(value, labels.get(value, value), many) for value, many in seen.items()]
        if everything:
            rest = sorted((label, value) for value, label in labels.items() if value not in seen)
            found += [EventType(value, label, 0) for label, value in rest]
        words = text.lower().split()
        return [
            each
            for each in found
            if all(word in f"{each.title} {each.value}".lower() for word in words)
        ]

    def event_title(self, value: str) -> str:
        """What people call a type of events."""
        node = (self.trees["event"].get("properties") or {}).get("eventType") or {}
        return str((node.get("meta:enum") or {}).get(value) or value)

    def event_field_title(self, path: str) -> str:
        """What people call a field of events, with where it is."""
        return WAY.join(self._titles("event", path.split(".")))

    @cached_property
    def is_empty(self) -> bool:
        """Whether no profile holds anything yet."""
        return not self.seen.attributes

    def _filled(self, element: Element) -> Mapping[str, Values]:
        return self.seen.attributes if element == "profile" else self.seen.event_fields

    def _node(self, element: Element, full: str) -> Mapping[str, Any] | None:
        return find_node(self.trees[element], tuple(full.split(".")))

    def _titles(self, element: Element, steps: list[str]) -> list[str]:
        return [
            _title(step, self._node(element, ".".join(steps[: end + 1])))
            for end, step in enumerate(steps)
        ]

    def _walk(
        self, node: Mapping[str, Any], at: Path, element: Element
    ) -> Iterator[tuple[Path, Mapping[str, Any]]]:
        for name, child in sorted((inner(node).get("properties") or {}).items()):
            path = (*at, name)
            if not at and name in _HIDDEN[element]:
                continue
            yield path, child
            yield from self._walk(child, path, element)


def read_catalog(sandbox: Sandbox) -> Catalog:
    """What rules of a sandbox can be built from now."""
    profile = profile_type(sandbox)
    events = profile.fields.get("xEvent")
    event = events.item if isinstance(events, ListType) else _NO_TYPE
    assert isinstance(event, ObjectType), "events are objects"
    types: Mapping[Element, ObjectType] = {"profile": profile, "event": event}
    return Catalog(sandbox, _read_trees(sandbox), types, seen_in(sandbox))


def _read_trees(sandbox: Sandbox) -> Mapping[Element, Tree]:
    change, now = notify.last_change(), clock.now_ms()
    known = _trees.get(sandbox.number)
    if known is not None and known[0] == change and now - known[1] < _KNOWN_FOR_MS:
        return known[2]
    made: Mapping[Element, Tree] = {
        "profile": _with_computed(union_tree(sandbox, PROFILE_CLASS), sandbox),
        "event": union_tree(sandbox, EVENT_CLASS),
    }
    _trees[sandbox.number] = (change, now, made)
    return made


def _with_computed(tree: Tree, sandbox: Sandbox) -> Tree:
    """The tree with computed attributes below the field of the tenant."""
    rows = ComputedAttribute.objects.filter(sandbox=sandbox, status__in=IN_USE)
    fields = {name: {"title": title} for name, title in rows.values_list("name", "display_name")}
    if not fields:
        return tree
    properties = tree.get("properties") or {}
    owner = tenant_field(tenant_of(sandbox))
    own = properties.get(owner) or {"title": owner, "type": "object"}
    container = {"title": "Computed attributes", "type": "object", "properties": fields}
    own = {**own, "properties": {**(own.get("properties") or {}), COMPUTED: container}}
    return {**tree, "properties": {**properties, owner: own}}


def _full(scope: Scope, path: str) -> str:
    return f"{scope.path}.{path}" if scope.path else path


def _title(name: str, node: Mapping[str, Any] | None) -> str:
    return str((node or {}).get("title") or name)
