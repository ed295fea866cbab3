"""Values out of documents: constants, variables, fields and keys of maps."""

from collections.abc import Mapping
from typing import Any

from profiles.segmentation.pql.closures.compiler import Closure, Compiler, constant
from profiles.segmentation.pql.closures.kinds import checked
from profiles.segmentation.pql.facts import Facts
from profiles.segmentation.pql.typed import (
    EVENTS,
    PROFILE,
    Call,
    Constant,
    Field,
    Typed,
    Variable,
)

_NOTHING: Mapping[str, Any] = {}


def constant_value(_compiler: Compiler, node: Constant) -> Closure:
    value = constant(node)
    return lambda _facts: value


def variable(compiler: Compiler, node: Variable) -> Closure:
    if node.name == PROFILE:
        return _profile
    slot = compiler.slot(node.name)
    return lambda facts: facts.values[slot]


def field(compiler: Compiler, node: Field) -> Closure:
    """A field; null where it is missing or of another type than the schema says."""
    return _events if is_events(node) else checked(raw(compiler, node), node.type)


def get(compiler: Compiler, node: Call) -> Closure:
    """The value under a key of a map."""
    source, key = node.arguments
    if names_of(node) is not None:
        return checked(raw(compiler, node), node.type)
    read, key_of = compiler.closure(source), compiler.closure(key)

    def value(facts: Facts) -> Any:
        entries = read(facts)
        return None if entries is None else entries.get(key_of(facts))

    return value


def raw(compiler: Compiler, node: Typed) -> Closure:
    """As `closure`, but what a document holds is given as it is, of whatever type."""
    path = names_of(node)
    if path is None:
        return compiler.closure(node)
    root, names = path
    if isinstance(root, Variable) and root.name == PROFILE:
        return _in_profile(names)
    if isinstance(root, Variable):
        return _in_variable(compiler.slot(root.name), names)
    return _below(compiler.closure(root), names)


def in_any_order(compiler: Compiler, node: Typed) -> Closure:
    """As `closure`, for a list whose order does not matter: events need not be sorted for it."""
    return _unordered_events if is_events(node) else compiler.closure(node)


def is_events(node: Typed) -> bool:
    """Is the node the list of the profile's events?"""
    return (
        isinstance(node, Field)
        and node.name == EVENTS
        and isinstance(node.object, Variable)
        and node.object.name == PROFILE
    )


def names_of(node: Typed) -> tuple[Typed, tuple[str, ...]] | None:
    """The names that lead to a value in a document, and the object they start from.

    Keys of maps are names as well. None: the node is no value in a document.
    """
    names: list[str] = []
    found: tuple[Typed, tuple[str, ...]] | None = None
    while True:
        match node:
            case Field(of, name):
                names.append(name)
                found = of, tuple(reversed(names))
                node = of
            case Call("get", (of, Constant(str() as key))):
                names.append(key)
                node = of
            case _:
                return found


def _profile(facts: Facts) -> Any:
    return facts.profile


def _events(facts: Facts) -> Any:
    return facts.events


def _unordered_events(facts: Facts) -> Any:
    return facts.unordered_events


def _in_profile(names: tuple[str, ...]) -> Closure:
    if len(names) == 1:
        name = names[0]
        return lambda facts: facts.profile.get(name)
    if len(names) > 2:
        return _below(_profile, names)
    first, second = names

    def value(facts: Facts) -> Any:
        try:
            return facts.profile.get(first, _NOTHING).get(second)
        except AttributeError:
            return None

    return value


def _in_variable(slot: int, names: tuple[str, ...]) -> Closure:
    if len(names) > 1:
        return _below(lambda facts: facts.values[slot], names)
    name = names[0]

    def value(facts: Facts) -> Any:
        try:
            return facts.values[slot].get(name)
        except AttributeError:
            return None

    return value


def _below(root: Closure, names: tuple[str, ...]) -> Closure:
    *inner, last = names

    def value(facts: Facts) -> Any:
        found = root(facts)
        try:
            for name in inner:
                found = found.get(name, _NOTHING)
            return found.get(last)
        except AttributeError:
            # Null, or no object: it has no fields.
            return None

    return value
