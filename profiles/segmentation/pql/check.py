"""Nodes and the type of the profile to typed nodes: what a query means."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from profiles.segmentation.pql import nodes
from profiles.segmentation.pql.checking import list_functions
from profiles.segmentation.pql.checking.bindings import fold, quantifier, select
from profiles.segmentation.pql.checking.calls import Invocation
from profiles.segmentation.pql.checking.chains import chain
from profiles.segmentation.pql.checking.coerce import constant_type
from profiles.segmentation.pql.checking.compare import (
    arithmetic,
    comparison,
    like,
    membership,
    negation,
    united,
)
from profiles.segmentation.pql.checking.conditions import as_condition
from profiles.segmentation.pql.checking.context import Context
from profiles.segmentation.pql.checking.functions import invoke
from profiles.segmentation.pql.checking.lift import field_of
from profiles.segmentation.pql.checking.names import name, parameter, up
from profiles.segmentation.pql.checking.rules import check_now, check_objects
from profiles.segmentation.pql.checking.scope import Scope, outermost
from profiles.segmentation.pql.checking.temporal import occurs, time_word
from profiles.segmentation.pql.checking.wording import in_words
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.nodes import Node
from profiles.segmentation.pql.parser import parse
from profiles.segmentation.pql.syntax.measure import too_deep
from profiles.segmentation.pql.syntax.stream import COMPARISONS
from profiles.segmentation.pql.typed import Call, Constant, If, Let, Typed
from profiles.segmentation.pql.types import BOOLEAN, ListType, ObjectType, Scalar


def check_segment(query: str | nodes.Query, profile: ObjectType) -> Typed:
    """The condition that makes somebody a member; raises PqlError."""
    return _checked(query, profile, segment=True)


def check_expression(query: str | nodes.Query, profile: ObjectType) -> Typed:
    """A query of any type, as computed attributes use them; raises PqlError."""
    return _checked(query, profile, segment=False)


def _checked(query: str | nodes.Query, profile: ObjectType, *, segment: bool) -> Typed:
    parsed = parse(query) if isinstance(query, str) else query
    context = Context(parsed.text, _node)
    try:
        typed = context.typed(parsed.body, _outermost(parsed, profile))
        result = as_condition(context, typed) if segment else typed
        check_now(result)
        check_objects(result)
        return result
    except PqlError as error:
        raise error.within(parsed.text) from None
    except RecursionError:  # the caller's own stack was nearly full
        raise too_deep((0, len(parsed.text))).within(parsed.text) from None


def _outermost(query: nodes.Query, profile: ObjectType) -> Scope:
    names = query.parameters or ()
    if len(names) > 1:
        raise PqlError(
            f"A query is about one profile, not about {len(names)} things.",
            at=(0, query.body.at[0]),
            suggestion=f"Write ({names[0]}) => ….",
        )
    return outermost(profile, names)


def _node(context: Context, node: Node, scope: Scope) -> Typed:
    return _CHECKS[type(node)](context, node, scope)


def _literal(_context: Context, node: nodes.Literal, _scope: Scope) -> Typed:
    return Constant(node.value, constant_type(node.value), node.at)


def _access(context: Context, node: nodes.Access, scope: Scope) -> Typed:
    owner = context.typed(node.object, scope)
    return field_of(context, owner, node.name, at=node.at, name_at=node.name_at)


def _pick(context: Context, node: nodes.Pick, scope: Scope) -> Typed:
    source = context.typed(node.source, scope)
    call = Invocation("[…]", source, (node.condition,), scope, node.at, node.at)
    return list_functions.pick(context, call)


def _logical(context: Context, node: nodes.Logical, scope: Scope) -> Typed:
    operands = [as_condition(context, context.typed(each, scope)) for each in node.operands]
    return Call(node.operator, tuple(operands), BOOLEAN, node.at)


def _unary(context: Context, node: nodes.Unary, scope: Scope) -> Typed:
    operand = context.typed(node.operand, scope)
    if node.operator == "-":
        return negation(context, operand, at=node.at)
    return Call("not", (as_condition(context, operand),), BOOLEAN, node.at)


def _binary(context: Context, node: nodes.Binary, scope: Scope) -> Typed:
    left, right = context.typed(node.left, scope), context.typed(node.right, scope)
    if node.operator in COMPARISONS:
        return comparison(context, node.operator, left, right, at=node.at)
    if node.operator in ("in", "notIn"):
        return membership(context, node.operator, left, right, at=node.at)
    if node.operator == "like":
        return like(context, left, right, at=node.at)
    return arithmetic(context, node.operator, left, right, at=node.at)


def _conditional(context: Context, node: nodes.Conditional, scope: Scope) -> Typed:
    condition = as_condition(context, context.typed(node.condition, scope))
    then, otherwise = context.typed(node.then, scope), context.typed(node.otherwise, scope)
    type_, values = united(context, (then, otherwise))
    return If(condition, values[0], values[1], type_, node.at)


def _let(context: Context, node: nodes.Let, scope: Scope) -> Typed:
    value = context.typed(node.value, scope)
    bound = context.bind(node.name, value.type)
    body = context.typed(node.body, scope.binding(node.name, bound))
    return Let(bound.variable, value, body, body.type, node.at)


def _list(context: Context, node: nodes.ListLiteral, scope: Scope) -> Typed:
    items = [context.typed(item, scope) for item in node.items]
    for item in items:
        if not isinstance(item.type, Scalar):
            raise PqlError(
                f"A list holds single values, but {context.quote(item.at)} is "
                f"{in_words(item.type)}.",
                at=item.at,
            )
    type_, values = united(context, items)
    constants = [value.value for value in values if isinstance(value, Constant)]
    if len(constants) == len(values):
        return Constant(tuple(constants), ListType(type_), node.at)
    return Call("list", tuple(values), ListType(type_), node.at)


def _object(context: Context, node: nodes.ObjectLiteral, scope: Scope) -> Typed:
    values = {name: context.typed(value, scope) for name, value in node.fields}
    type_ = ObjectType("object", {name: value.type for name, value in values.items()})
    return Call("object", tuple(values.values()), type_, node.at)


_CHECKS: Final[Mapping[type, Callable[[Context, Any, Scope], Typed]]] = {
    nodes.Literal: _literal,
    nodes.TimeWord: lambda _context, node, _scope: time_word(node),
    nodes.Name: lambda _context, node, scope: name(node, scope),
    nodes.Parameter: lambda _context, node, scope: parameter(node, scope),
    nodes.This: lambda _context, node, scope: scope.current.at(node.at),
    nodes.Up: lambda _context, node, scope: up(node, scope),
    nodes.Access: _access,
    nodes.Invoke: invoke,
    nodes.Pick: _pick,
    nodes.Logical: _logical,
    nodes.Unary: _unary,
    nodes.Binary: _binary,
    nodes.Conditional: _conditional,
    nodes.Let: _let,
    nodes.Quantifier: quantifier,
    nodes.Select: select,
    nodes.Fold: fold,
    nodes.ListLiteral: _list,
    nodes.ObjectLiteral: _object,
    nodes.Occurs: occurs,
    nodes.Chain: chain,
}
