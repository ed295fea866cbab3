"""What is asked of the items of a list, or of the events of a profile."""

from typing import Final

from profiles.segmentation.pql.batch import events
from profiles.segmentation.pql.batch.events import Stream, is_about_row, stream_of
from profiles.segmentation.pql.batch.scalars import finite
from profiles.segmentation.pql.batch.scope import Scope
from profiles.segmentation.pql.batch.terms import (
    Sql,
    as_double,
    call,
    compare,
    default,
    double,
    holds,
    negated,
    whole,
)
from profiles.segmentation.pql.typed import (
    Aggregate,
    Binding,
    Call,
    MapItems,
    Quantified,
    Select,
    Typed,
    Variable,
)
from profiles.segmentation.pql.types import BOOLEAN, ListType, MapType

_LIST_AGGREGATES: Final = {
    "count": "list_count",
    "sum": "list_sum",
    "average": "list_avg",
    "min": "list_min",
    "max": "list_max",
}


def quantified(node: Quantified, scope: Scope) -> Sql:
    """`exists`; `forall` as there being no item for which the body does not hold."""
    if node.quantifier == "forall":
        fails = Call("not", (node.body,), BOOLEAN, node.body.at)
        return negated(_exists(node.source, node.variable, fails, scope))
    return _exists(node.source, node.variable, node.body, scope)


def _exists(source: Typed, variable: str, body: Typed, scope: Scope) -> Sql:
    stream = stream_of(source, scope) if is_about_row(body, scope) else None
    if stream is not None:
        return events.exists(events.narrowed(stream, variable, body, scope), scope)
    test = scope.lambda_of(variable, lambda inner: inner.value(body))
    return _has_items(call("list_filter", scope.value(source), test))


def _has_items(items: Sql) -> Sql:
    return holds(compare(">", call("len", items), whole(0)))


def aggregate(node: Aggregate, scope: Scope) -> Sql:
    """`count`, `sum`, `average`, `min`, `max`."""
    of_item = isinstance(node.body, Variable) and node.body.name == node.variable
    source: Typed = node.source
    if not of_item:
        kind = ListType(node.body.type)
        source = MapItems(node.variable, source, node.body, flatten=False, type=kind, at=node.at)
    stream = stream_of(source, scope)
    if stream is not None:
        return events.aggregate(node.function, stream, scope)
    items = scope.value(node.source)
    if not of_item:
        body = scope.lambda_of(node.variable, lambda inner: inner.value(node.body))
        items = call("list_transform", items, body)
    made = call(_LIST_AGGREGATES[node.function], items)
    match node.function:
        case "count":
            return as_double(default(made, whole(0)))
        case "sum":
            return finite(default(made, double(0)))
        case "average":
            return finite(made)
        case _:
            return made


def not_empty(node: Call, scope: Scope) -> Sql:
    """Has a list, a map or a select items?"""
    items = node.arguments[0]
    if isinstance(items, Select):
        return compare(">", _count(items.bindings, scope), whole(0))
    if isinstance(items.type, MapType):
        return holds(compare(">", call("cardinality", scope.value(items)), whole(0)))
    stream = stream_of(items, scope)
    return _has_items(scope.value(items)) if stream is None else events.exists(stream, scope)


def size(node: Call, scope: Scope) -> Sql:
    """How many items has a list, a map or a select?"""
    items = node.arguments[0]
    if isinstance(items, Select):
        return as_double(_count(items.bindings, scope))
    stream = None if isinstance(items.type, MapType) else stream_of(items, scope)
    if stream is not None:
        return events.size(stream, scope)
    function = "cardinality" if isinstance(items.type, MapType) else "len"
    return as_double(default(call(function, scope.value(items)), whole(0)))


def _count(bindings: tuple[Binding, ...], scope: Scope) -> Sql:
    """How many tuples satisfy the conditions?"""
    first, *rest = bindings
    stream = stream_of(first.source, scope)
    parts = [first.condition, *(part for one in rest for part in (one.source, one.condition))]
    if stream is not None and all(is_about_row(part, scope) for part in parts):
        return _count_rows(stream, first, tuple(rest), scope)
    test = scope.lambda_of(first.variable, lambda inner: inner.value(first.condition))
    kept = call("list_filter", scope.value(first.source), test)
    if not rest:
        return default(call("len", kept), whole(0))
    return _sum_of_counts(kept, first.variable, tuple(rest), scope)


def _sum_of_counts(items: Sql, variable: str, rest: tuple[Binding, ...], scope: Scope) -> Sql:
    counts = scope.lambda_of(variable, lambda inner: _count(rest, inner))
    return default(call("list_sum", call("list_transform", items, counts)), whole(0))


def _count_rows(stream: Stream, first: Binding, rest: tuple[Binding, ...], scope: Scope) -> Sql:
    kept = events.narrowed(stream, first.variable, first.condition, scope)
    if not rest:
        return events.size(kept, scope)
    if stream.many:
        counts = _sum_of_counts(events.items_of(kept), first.variable, rest, scope.of_events())
    else:
        counts = _count(rest, events.row_scope(kept, first.variable, scope))
    made = events.total(call("sum", counts), kept, scope)
    return as_double(default(made, whole(0)))
