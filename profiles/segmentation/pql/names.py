"""Names: of variables, of fields of the current element, `^`, `$1`."""

from profiles.segmentation.pql import nodes
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.scope import Scope
from profiles.segmentation.pql.typed import Field, Typed
from profiles.segmentation.pql.types import ObjectType
from profiles.segmentation.pql.wording import in_words, nearest, path_to


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
    inside = len(scope.elements) > 1
    type_ = scope.current.type
    if not isinstance(type_, ObjectType):
        reason = f"The current item is {in_words(type_)}, it has no field {node.name}."
    elif inside:
        reason = f"The current item, {type_.label}, has no field {node.name}."
    else:
        reason = f"The profile has no field {node.name}."
    meant = _meant(node.name, scope)
    if meant is None and not isinstance(type_, ObjectType):
        meant = "this"
    suggestion = f"Did you mean {meant}?" if meant else None
    return PqlError(reason, at=node.at, found=node.name, suggestion=suggestion)


def _meant(wanted: str, scope: Scope) -> str | None:
    """What a name that is not known probably stands for."""
    for levels, element in enumerate(reversed(scope.elements)):
        if levels and isinstance(element.type, ObjectType) and wanted in element.type.fields:
            return f"{'^' * levels}.{wanted}"
    type_ = scope.current.type
    options = list(scope.names)
    if isinstance(type_, ObjectType):
        options += type_.fields
    near = nearest(wanted, options)
    if near is None and isinstance(type_, ObjectType):
        return path_to(wanted, type_)
    return near


def up(node: nodes.Up, scope: Scope) -> Typed:
    """`^`: the element so many levels out."""
    outer = len(scope.elements) - 1
    if node.levels > outer:
        levels = f"{outer} level{'' if outer == 1 else 's'}" if outer else "no level"
        raise PqlError(
            f"There is {levels} outside of this place, {'^' * min(node.levels, 10)} leads nowhere.",
            at=node.at,
            suggestion="^ is the element around a list's items." if not outer else None,
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
