"""Typed nodes to DuckDB SQL, as sqlglot expressions over the relations of `snapshot_types`.

What a node means is said in `typed`; the SQL means the same. `$now` is the moment of evaluation in
milliseconds, a parameter of every statement.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from profiles.segmentation.pql import (
    demand,
    sql_chain,
    sql_events,
    sql_items,
    sql_lists,
    sql_scalars,
    sql_times,
)
from profiles.segmentation.pql.columns import column_name
from profiles.segmentation.pql.inline import without_lets
from profiles.segmentation.pql.sql_scope import MEMBERSHIPS, PROFILES, EventRow, Plan, Scope
from profiles.segmentation.pql.sql_terms import (
    Sql,
    call,
    choose,
    column,
    holds,
    member,
    text,
    true,
)
from profiles.segmentation.pql.typed import (
    EVENTS,
    PROFILE,
    Aggregate,
    Call,
    Chain,
    Constant,
    Field,
    Filter,
    GroupBy,
    If,
    InPeriod,
    InSegment,
    MapEntries,
    MapItems,
    Now,
    Ordered,
    Quantified,
    Select,
    Typed,
    Variable,
    Within,
)
from profiles.segmentation.pql.types import ListType, ObjectType
from profiles.segmentation.pql.walk import walk


def condition(query: Typed, plan: Plan) -> Sql:
    """The SQL of a condition, never null; what it needs of events and memberships goes to the plan.

    Raises PqlError at what has no exact translation.
    """
    flat = without_lets(query)
    return Scope(plan, _compile, _events_of(flat)).value(flat)


def _events_of(query: Typed) -> ObjectType:
    """The type of events, as far as the query reads them."""
    for node in walk(query):
        if sql_events.is_events(node):
            assert isinstance(node, Field)
            assert isinstance(node.object.type, ObjectType)
            events = demand.pruned(node.object.type, [query]).fields[EVENTS]
            assert isinstance(events, ListType)
            assert isinstance(events.item, ObjectType)
            return events.item
    return ObjectType(EVENTS, {})


def _compile(node: Typed, scope: Scope) -> Sql:
    match node:
        case Call(function):
            return _CALLS[function](node, scope)
        case Filter() | MapItems() | Field() if (
            stream := sql_events.stream_of(node, scope)
        ) is not None:
            return sql_events.as_list(stream, scope)
        case Select():
            # Only tested for items and counted, and those look at its bindings.
            return true()
        case _:
            return _NODES[type(node)](node, scope)


def _variable(node: Variable, scope: Scope) -> Sql:
    value = scope.values[node.name]
    return sql_events.row_struct(scope) if isinstance(value, EventRow) else value


def _field(node: Field, scope: Scope) -> Sql:
    type_ = node.object.type
    assert isinstance(type_, ObjectType)
    match node.object:
        case Variable(name) if name == PROFILE:
            fields = [one for one in type_.fields if one != EVENTS]
            return member(column(PROFILES, "doc"), column_name(node.name, fields))
        case Variable(name) if isinstance(scope.values[name], EventRow):
            return sql_events.row_field(node.name, type_)
        case _:
            return member(scope.value(node.object), column_name(node.name, type_.fields))


def _choice(node: If, scope: Scope) -> Sql:
    parts = (node.condition, node.then, node.otherwise)
    return choose(*[scope.value(part) for part in parts])


def _in_segment(node: InSegment, scope: Scope) -> Sql:
    scope.plan.with_memberships = True
    found = call(
        "list_contains", column(MEMBERSHIPS, "audiences"), text(node.segment_id, at=node.at)
    )
    return holds(found)


def _object(_node: Call, _scope: Scope) -> Sql:
    # An object written out is only tested for null, and is not.
    return true()


_NODES: Final[Mapping[type, Callable[[Any, Scope], Sql]]] = {
    Constant: lambda node, _scope: sql_scalars.constant(node),
    Now: lambda node, _scope: sql_times.now(node),
    Variable: _variable,
    Field: _field,
    If: _choice,
    Quantified: sql_items.quantified,
    Filter: sql_lists.filtered,
    MapItems: sql_lists.mapped,
    Aggregate: sql_items.aggregate,
    Ordered: sql_lists.ordered,
    GroupBy: sql_lists.grouped,
    MapEntries: sql_lists.entries,
    Within: sql_times.within_duration,
    InPeriod: sql_times.in_period,
    InSegment: _in_segment,
    Chain: sql_chain.chain,
}
_LOGIC: Final = ("and", "or", "not", "truth", "isNull", "isNotNull")
_CALLS: Final[Mapping[str, Callable[[Call, Scope], Sql]]] = {
    **dict.fromkeys(_LOGIC, sql_scalars.logic),
    **dict.fromkeys(("=", "!=", "<", "<=", ">", ">="), sql_scalars.comparison),
    **dict.fromkeys(("in", "notIn", "includes"), sql_scalars.is_in),
    **dict.fromkeys((*sql_scalars.ARITHMETIC, "negate"), sql_scalars.arithmetic),
    **dict.fromkeys(sql_scalars.STRING_TESTS, sql_scalars.string_test),
    "like": sql_scalars.like,
    "matches": sql_scalars.matches,
    "regexGroup": sql_scalars.regex_group,
    **dict.fromkeys(("month", "year", "dayOfMonth"), sql_scalars.part_of_date),
    "notEmpty": sql_items.not_empty,
    "size": sql_items.size,
    "list": sql_lists.list_of,
    **dict.fromkeys(("intersects", "subsetOf", "supersetOf"), sql_lists.set_test),
    "intersection": sql_lists.intersection,
    "distinct": sql_lists.distinct,
    "head": sql_lists.head,
    "get": sql_lists.get,
    "keys": sql_lists.keys,
    "values": sql_lists.values,
    "object": _object,
}
