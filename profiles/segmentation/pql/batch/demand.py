"""Which fields of profiles and events a query reads, so that nothing else need be loaded."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from profiles.segmentation.pql.typed import (
    EVENTS,
    PROFILE,
    Aggregate,
    Call,
    Chain,
    Field,
    Filter,
    GroupBy,
    If,
    Let,
    MapEntries,
    MapItems,
    Ordered,
    Quantified,
    Select,
    Typed,
    Variable,
)
from profiles.segmentation.pql.types import ListType, MapType, ObjectType, Type
from profiles.segmentation.pql.walk import children


@dataclass(eq=False, slots=True)
class Need:
    """What is read of the value at one place: fields of an object, items of a list or map."""

    fields: dict[str, "Need"] = field(default_factory=dict)
    inside: "tuple[Need, ...]" = ()

    def field(self, name: str) -> "Need":
        """The place of a field."""
        return self.fields.setdefault(name, Need())

    def items(self) -> "tuple[Need, ...]":
        """The place of the items; of a list that a query makes, where its items come from."""
        if not self.inside:
            self.inside = (Need(),)
        return self.inside


type Places = tuple[Need, ...]
type Variables = Mapping[str, Places]

TIMESTAMP: Final = "timestamp"

# Calls whose result holds what is in their first argument.
_HANDS_ON = frozenset({"distinct", "intersection"})
_ITEM_OF = frozenset({"head", "get"})


def pruned(profile_type: ObjectType, queries: Iterable[Typed]) -> ObjectType:
    """The type with only the fields that the queries read."""
    root = Need()
    for query in queries:
        _places(query, {PROFILE: (root,)})
    for events in root.fields.get(EVENTS, Need()).items():
        # Their order is part of what a list of them is.
        events.field(TIMESTAMP)
    made = _prune(profile_type, root)
    assert isinstance(made, ObjectType)
    return made


def _prune(type_: Type, need: Need) -> Type:
    match type_:
        case ObjectType(label, fields):
            wanted = {name.lower() for name in need.fields}
            # Names that differ only in case stay together: columns tell them apart by each other.
            return ObjectType(
                label,
                {
                    name: _prune(inner, need.fields.get(name, Need()))
                    for name, inner in fields.items()
                    if name.lower() in wanted
                },
            )
        case ListType(item):
            return ListType(_prune(item, need.items()[0]))
        case MapType(value):
            return MapType(_prune(value, need.items()[0]))
        case _:
            return type_


def _places(node: Typed, variables: Variables) -> Places:
    """Notes what a node reads; answers with where the value it gives comes from."""
    match node:
        case Variable(name):
            return variables.get(name, ())
        case Field(of, name):
            return tuple(place.field(name) for place in _places(of, variables))
        case If():
            _places(node.condition, variables)
            return _places(node.then, variables) + _places(node.otherwise, variables)
        case Let(variable, value, body):
            return _places(body, {**variables, variable: _places(value, variables)})
        case Call():
            return _of_call(node, variables)
        case Select() | Chain():
            return _of_bindings(node, variables)
        case _:
            return _of_list(node, variables)


def _of_call(node: Call, variables: Variables) -> Places:
    given = [_places(argument, variables) for argument in node.arguments]
    if node.function in _HANDS_ON:
        return given[0]
    if node.function in _ITEM_OF:
        return _items(given[0])
    if node.function == "values":
        return _list_of(_items(given[0]))
    if node.function == "list":
        return _list_of(tuple(place for places in given for place in places))
    return ()


def _of_list(node: Typed, variables: Variables) -> Places:
    match node:
        case Filter(variable, source, body):
            return _looped(variable, source, body, variables)[0]
        case Ordered(_, variable, source, key):
            return _looped(variable, source, key, variables)[0]
        case GroupBy(variable, source, key):
            return _list_of(_looped(variable, source, key, variables)[0])
        case MapItems(variable, source, body, flatten):
            made = _looped(variable, source, body, variables)[1]
            return _list_of(_items(made) if flatten else made)
        case Quantified(_, variable, source, body) | Aggregate(_, variable, source, body):
            _looped(variable, source, body, variables)
            return ()
        case MapEntries(key, variable, source, value):
            return _list_of(_looped(variable, source, value, {**variables, key: ()})[1])
        case _:
            for child in children(node):
                _places(child, variables)
            return ()


def _looped(
    variable: str, source: Typed, body: Typed, variables: Variables
) -> tuple[Places, Places]:
    """Places of the source and of the body for each of its items."""
    places = _places(source, variables)
    return places, _places(body, {**variables, variable: _items(places)})


def _of_bindings(node: Select | Chain, variables: Variables) -> Places:
    inside = dict(variables)
    if isinstance(node, Select):
        for binding in node.bindings:
            inside[binding.variable] = _items(_places(binding.source, inside))
            _places(binding.condition, inside)
        return ()
    events = _items(_places(node.source, variables))
    for event in events:
        event.field(node.timestamp)
    inside |= {link.variable: events for link in node.links}
    for link in node.links:
        for part in (link.what, link.when, link.where):
            if part is not None:
                _places(part, inside)
    return ()


def _items(places: Places) -> Places:
    return tuple(item for place in places for item in place.items())


def _list_of(items: Places) -> Places:
    """A list that the query makes, of items from these places."""
    return (Need(inside=items),)
