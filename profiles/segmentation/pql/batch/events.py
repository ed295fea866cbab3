"""Events of a profile as aggregates over the rows of their relation.

A list that a query makes of `xEvent` by conditions and fields is a stream: which rows, and what of
each. What is asked of it becomes one aggregate per profile, and the aggregates of all queries of a
statement one pass over the events. Only where this cannot be are the items gathered in a list.
"""

from dataclasses import dataclass, replace
from typing import Final

from sqlglot import exp

from profiles.segmentation.pql.batch.columns import column_name
from profiles.segmentation.pql.batch.demand import TIMESTAMP
from profiles.segmentation.pql.batch.scalars import finite
from profiles.segmentation.pql.batch.scope import EVENT_COLUMNS, EVENTS, EventRow, Scope, Value
from profiles.segmentation.pql.batch.terms import (
    Sql,
    all_of,
    as_double,
    call,
    column,
    compare,
    default,
    double,
    empty_list,
    function_of,
    holds,
    is_known,
    is_null,
    member,
    null,
    struct,
    text,
    whole,
)
from profiles.segmentation.pql.typed import EVENTS as EVENT_FIELD
from profiles.segmentation.pql.typed import PROFILE, Field, Filter, MapItems, Typed, Variable
from profiles.segmentation.pql.types import ObjectType
from profiles.segmentation.pql.walk import walk

# What the list aggregates and the aggregates over rows are called, by function and list or row.
_IN_LISTS: Final = {
    "count": "list_count",
    "sum": "list_sum",
    "min": "list_min",
    "max": "list_max",
}
_OVER_ROWS: Final = {"count": "sum", "sum": "sum", "min": "min", "max": "max"}


@dataclass(frozen=True, slots=True)
class Stream:
    """Rows that meet the conditions; `item` of each, or with `many` the items of that list."""

    conditions: tuple[Sql, ...]
    item: Value
    many: bool


def is_events(node: Typed) -> bool:
    """Is the node the list of all events?"""
    match node:
        case Field(Variable(owner), name):
            return owner == PROFILE and name == EVENT_FIELD
        case _:
            return False


def is_about_row(part: Typed, scope: Scope) -> bool:
    """Can it be told from one row of events, and its profile, alone?"""
    return not any(
        is_events(node) or (isinstance(node, Variable) and node.name in scope.values)
        for node in walk(part)
    )


def stream_of(node: Typed, scope: Scope) -> Stream | None:
    """The node as a stream of events; None if it is another list."""
    if is_events(node):
        return Stream((), EventRow(), many=False)
    if not isinstance(node, Filter | MapItems) or not is_about_row(node.body, scope):
        return None
    source = stream_of(node.source, scope)
    if source is None:
        return None
    if isinstance(node, Filter):
        return narrowed(source, node.variable, node.body, scope)
    if source.many:
        return replace(source, item=_mapped(source.item, node, scope))
    item = row_scope(source, node.variable, scope).value(node.body)
    known = (*source.conditions, is_known(item))
    return Stream(known, without_nulls(item) if node.flatten else item, many=node.flatten)


def _mapped(items: Value, node: MapItems, scope: Scope) -> Sql:
    """The list of a row with each item mapped."""
    assert not isinstance(items, EventRow)
    body = scope.of_events().lambda_of(node.variable, lambda inner: inner.value(node.body))
    made = call("list_transform", items, body)
    return without_nulls(call("flatten", made) if node.flatten else made)


def without_nulls(items: Sql) -> Sql:
    """A list less the items that are null."""
    return call("list_filter", items, function_of("x", is_known))


def narrowed(stream: Stream, variable: str, body: Typed, scope: Scope) -> Stream:
    """The items for which the body holds."""
    if not stream.many:
        condition = row_scope(stream, variable, scope).value(body)
        return replace(stream, conditions=(*stream.conditions, condition))
    assert not isinstance(stream.item, EventRow)
    test = scope.of_events().lambda_of(variable, lambda inner: inner.value(body))
    return replace(stream, item=call("list_filter", stream.item, test))


def row_scope(stream: Stream, variable: str, scope: Scope) -> Scope:
    """The scope of a part about one item of a stream."""
    return scope.of_events().bind(variable, stream.item)


def exists(stream: Stream, scope: Scope) -> Sql:
    """Has the stream items?"""
    conditions = list(stream.conditions)
    if stream.many:
        conditions.append(holds(compare(">", call("len", items_of(stream)), whole(0))))
    return holds(scope.plan.total(call("bool_or", all_of(conditions))))


def size(stream: Stream, scope: Scope) -> Sql:
    """How many items has the stream?"""
    counted = call("sum", call("len", items_of(stream))) if stream.many else _count_rows()
    return as_double(default(total(counted, stream, scope), whole(0)))


def aggregate(function: str, stream: Stream, scope: Scope) -> Sql:
    """An aggregate of the items that are not null."""
    if function == "average":
        return _average(stream, scope)
    if stream.many:
        inner = call(_IN_LISTS[function], items_of(stream))
        made = call(_OVER_ROWS[function], inner)
    elif isinstance(stream.item, EventRow):
        made = _count_rows()
    else:
        made = call(function, stream.item)
    value = total(made, stream, scope)
    match function:
        case "count":
            return as_double(default(value, whole(0)))
        case "sum":
            return finite(default(value, double(0)))
        case _:
            return value


def _average(stream: Stream, scope: Scope) -> Sql:
    if not stream.many:
        assert not isinstance(stream.item, EventRow)
        return finite(total(call("avg", stream.item), stream, scope))
    added = total(call("sum", call("list_sum", items_of(stream))), stream, scope)
    count = total(call("sum", call("list_count", items_of(stream))), stream, scope)
    return finite(exp.Div(this=added, expression=call("nullif", count, whole(0))))


def as_list(stream: Stream, scope: Scope) -> Sql:
    """All items in the order of the events; never null."""
    item = row_struct(scope) if isinstance(stream.item, EventRow) else stream.item
    type_ = scope.event
    moment = row_field(TIMESTAMP, type_) if TIMESTAMP in type_.fields else null()
    items = gathered(stream, item, scope, by=moment)
    return default(call("flatten", items) if stream.many else items, empty_list())


def gathered(stream: Stream, made: Sql, scope: Scope, *, by: Sql) -> Sql:
    """What is made of each row as a list in an order, ties by id; null of no rows.

    Sorted afterwards: an aggregate that sorts its input is many times slower.
    """
    pair = struct(
        [
            ("n", is_null(by)),
            ("k", by),
            ("i", default(column(EVENTS, "event_id"), text(""))),
            ("x", made),
        ]
    )
    in_order = call("list_sort", total(call("list", pair), stream, scope), text("ASC"))
    return call("list_transform", in_order, function_of("x", lambda one: member(one, "x")))


def instants(stream: Stream, made: Sql, scope: Scope) -> Sql:
    """An instant of each row, ascending; null of no rows."""
    return call("list_sort", total(call("list", made), stream, scope), text("ASC"))


def total(made: Sql, stream: Stream, scope: Scope) -> Sql:
    """An aggregate over the rows of a stream."""
    if stream.conditions:
        where = exp.Where(this=all_of(stream.conditions))
        made = exp.Filter(this=made, expression=where)
    return scope.plan.total(made)


def row_struct(scope: Scope) -> Sql:
    """An event as a value: its fields as far as the query reads them."""
    type_ = scope.event
    fields = [(column_name(name, type_.fields), row_field(name, type_)) for name in type_.fields]
    return struct(fields or [("$", null())])


def row_field(name: str, type_: ObjectType) -> Sql:
    """A field of the event that a row is."""
    if name in EVENT_COLUMNS:
        return column(EVENTS, EVENT_COLUMNS[name])
    inside = [one for one in type_.fields if one not in EVENT_COLUMNS]
    return member(column(EVENTS, "doc"), column_name(name, inside))


def items_of(stream: Stream) -> Sql:
    assert not isinstance(stream.item, EventRow)
    return stream.item


def _count_rows() -> Sql:
    return exp.Count(this=exp.Star())
