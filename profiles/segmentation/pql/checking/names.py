"""Names: of variables, of fields of the current element, `^`, `$1`."""

from profiles.segmentation.pql import nodes
from profiles.segmentation.pql.checking.scope import Scope
from profiles.segmentation.pql.checking.wording import in_words, nearest, path_to
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.typed import Field, Typed
from profiles.segmentation.pql.types import ObjectType


def name(node: nodes.Name, scope: Scope) -> Typed:
    """A bound variable, else a field of the current element."""
    bound = scope.names.get(node.name)
    if bound is not None:
        return bound.at(node.at)
    current = scope.current
    if isinstance(current.type, ObjectType) and node.name in current.type.fields:
        return Field(current.at(node.at), node.name, current.type.fields[node.name], node.at)
    raise _unknown(node, scope)


def _unknown(node: nodes.Name, scope: Scope) -> PqlError:
    type_ = scope.current.type
    if not isinstance(type_, ObjectType):
        reason = f"The current item is {in_words(type_)}, it has no field {node.name}."
    elif len(scope.elements) > 1:
        reason = f"Inside {type_.label}, there is no field {node.name}."
    else:
        reason = f"The profile has no field {node.name}."
    meant = _meant(node.name, scope)
    suggestion = f"Did you mean {meant}?" if meant else None
    return PqlError(reason, at=node.at, found=node.name, suggestion=suggestion)


def _meant(wanted: str, scope: Scope) -> str | None:
    """What a name that is not known probably stands for, seen from the current element outwards."""
    types = [element.type for element in reversed(scope.elements)]
    prefixes = [f"{'^' * levels}." if levels else "" for levels in range(len(types))]
    objects = [
        (prefix, type_)
        for prefix, type_ in zip(prefixes, types, strict=True)
        if isinstance(type_, ObjectType)
    ]
    for prefix, type_ in objects:
        if wanted in type_.fields:
            return prefix + wanted
    near = nearest(wanted, [*scope.names, *(objects[0][1].fields if objects else ())])
    if near is not None:
        return near
    for prefix, type_ in objects:
        path = path_to(wanted, type_)
        if path is not None:
            return prefix + path
    return None if isinstance(types[0], ObjectType) else "this"


def up(node: nodes.Up, scope: Scope) -> Typed:
    """`^`: the element so many levels out."""
    outer = len(scope.elements) - 1
    if node.levels > outer:
        raise PqlError(
            "^ leads from an item of a list to the element around it; there is none here.",
            at=node.at,
            found="^" * min(node.levels, 10),
        )
    return scope.elements[outer - node.levels].at(node.at)


def parameter(node: nodes.Parameter, scope: Scope) -> Typed:
    """`$1`: the profile."""
    if node.position != 1:
        raise PqlError(
            f"There is no ${node.position}: a query is about one profile.",
            at=node.at,
            suggestion="Write $1, or leave it out.",
        )
    return scope.profile.at(node.at)
