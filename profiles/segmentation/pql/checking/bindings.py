"""`exists`, `forall`, `select` and folds: items bound to names."""

from dataclasses import replace

from profiles.segmentation.pql import nodes
from profiles.segmentation.pql.checking import list_functions
from profiles.segmentation.pql.checking.calls import Invocation
from profiles.segmentation.pql.checking.conditions import as_condition
from profiles.segmentation.pql.checking.context import Context
from profiles.segmentation.pql.checking.lift import mapped
from profiles.segmentation.pql.checking.scope import Bound, Scope
from profiles.segmentation.pql.checking.wording import in_words
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.nodes import Node
from profiles.segmentation.pql.typed import (
    Binding,
    Call,
    Constant,
    Filter,
    Quantified,
    Select,
    Typed,
)
from profiles.segmentation.pql.types import BOOLEAN, ListType, TupleType


def _source(context: Context, binding: nodes.Binding, scope: Scope) -> tuple[Typed, Bound, Scope]:
    """The list, a variable for its items, and the scope that knows it by name."""
    source = context.typed(binding.source, scope)
    if not isinstance(source.type, ListType):
        shown = context.quote(source.at)
        raise PqlError(
            f"{binding.name} is taken from a list, but {shown} is {in_words(source.type)}.",
            at=source.at,
            expected="a list",
            found=in_words(source.type),
        )
    item = context.bind(binding.name, source.type.item)
    return source, item, scope.binding(binding.name, item)


def _condition(context: Context, node: Node | None, scope: Scope) -> Typed | None:
    return None if node is None else as_condition(context, context.typed(node, scope))


def quantifier(context: Context, node: nodes.Quantifier, scope: Scope) -> Typed:
    """`exists` and `forall` over one or more lists."""
    if node.kind == "forall" and node.claim is None and node.bindings[-1].condition is None:
        raise PqlError(
            "forall needs a condition.",
            at=node.at,
            suggestion="Write forall O from list where condition.",
        )
    return _quantified(context, node, node.bindings, scope)


def _quantified(
    context: Context,
    node: nodes.Quantifier,
    bindings: tuple[nodes.Binding, ...],
    scope: Scope,
) -> Typed:
    first, *rest = bindings
    source, item, inside = _source(context, first, scope)
    restriction = first.condition
    body: Typed
    if rest:
        condition = _condition(context, restriction, inside)
        body = _quantified(context, node, tuple(rest), inside)
    elif node.claim is None:
        condition = None
        body = _condition(context, restriction, inside) or _always(node)
    else:
        condition = _condition(context, restriction, inside)
        body = as_condition(context, context.typed(node.claim, inside))
    if condition is not None:
        body = _restricted(node, condition, body)
    return Quantified(node.kind, item.variable, source, body, BOOLEAN, node.at)


def _always(node: nodes.Quantifier) -> Typed:
    return Constant(True, BOOLEAN, node.at)  # noqa: FBT003 - a value, not a switch


def _restricted(node: nodes.Quantifier, condition: Typed, body: Typed) -> Typed:
    """The claim about the items the condition holds for."""
    if node.kind == "exists":
        return Call("and", (condition, body), BOOLEAN, body.at)
    return Call("or", (Call("not", (condition,), BOOLEAN, condition.at), body), BOOLEAN, body.at)


def select(context: Context, node: nodes.Select, scope: Scope) -> Typed:
    """`select` over one or more lists."""
    bindings: list[Binding] = []
    types = []
    for binding in node.bindings:
        source, item, scope = _source(context, binding, scope)
        condition = _condition(context, binding.condition, scope)
        always = Constant(True, BOOLEAN, binding.at)  # noqa: FBT003 - a value, not a switch
        bindings.append(Binding(item.variable, source, condition or always))
        types.append(item.type)
    return Select(tuple(bindings), TupleType(tuple(types)), node.at)


def fold(context: Context, node: nodes.Fold, scope: Scope) -> Typed:
    """`sum body over V from list where condition`."""
    source, item, inside = _source(context, node.binding, scope)
    condition = _condition(context, node.binding.condition, inside)
    if condition is not None:
        source = Filter(item.variable, source, condition, source.type, node.binding.at)
        # Each construct binds a variable of its own.
        item = context.bind(node.binding.name, item.type)
        inside = replace(scope).binding(node.binding.name, item)
    body = context.typed(node.body, inside)
    call = Invocation(node.function, source, (), scope, node.at, node.at)
    if node.function == "count" or isinstance(body.type, ListType):
        call = call.on(mapped(item.variable, source, body, at=node.at))
        if node.function == "count":
            return list_functions.count(context, call)
        return list_functions.aggregate(context, call)
    return list_functions.fold(context, call, item, body)
