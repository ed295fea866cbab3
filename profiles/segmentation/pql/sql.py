"""Typed nodes to DuckDB SQL, as sqlglot expressions over the relations of `snapshot_types`.

What a node means is said in `typed`; the SQL means the same. `$now` is the moment of evaluation in
milliseconds, a parameter of every statement.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from profiles.segmentation.pql.batch import (
    chains,
    demand,
    events,
    items,
    lists,
    scalars,
    times,
)
from profiles.segmentation.pql.batch.bounds import bounded
from profiles.segmentation.pql.batch.columns import column_name
from profiles.segmentation.pql.batch.inline import without_lets
from profiles.segmentation.pql.batch.scope import MEMBERSHIPS, PROFILES, EventRow, Plan, Scope
from profiles.segmentation.pql.batch.terms import (
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
        if events.is_events(node):
            assert isinstance(node, Field)
            assert isinstance(node.object.type, ObjectType)
            needed = demand.pruned(node.object.type, [query]).fields[EVENTS]
            assert isinstance(needed, ListType)
            assert isinstance(needed.item, ObjectType)
            return needed.item
    return ObjectType(EVENTS, {})


def _compile(node: Typed, scope: Scope) -> Sql:
    return bounded(node, _translated(node, scope), scope)


def _translated(node: Typed, scope: Scope) -> Sql:
    match node:
        case Call(function):
            return _CALLS[function](node, scope)
        case Filter() | MapItems() | Field() if (
            stream := events.stream_of(node, scope)
        ) is not None:
            return events.as_list(stream, scope)
        case Select():
            # Only tested for items and counted, and those look at its bindings.
            return true()
        case _:
            return _NODES[type(node)](node, scope)


def _variable(node: Variable, scope: Scope) -> Sql:
    value = scope.values[node.name]
    return events.row_struct(scope) if isinstance(value, EventRow) else value


def _field(node: Field, scope: Scope) -> Sql:
    type_ = node.object.type
    assert isinstance(type_, ObjectType)
    match node.object:
        case Variable(name) if name == PROFILE:
            fields = [one for one in type_.fields if one != EVENTS]
            return member(column(PROFILES, "doc"), column_name(node.name, fields))
        case Variable(name) if isinstance(scope.values[name], EventRow):
            return events.row_field(node.name, type_)
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
    Constant: lambda node, _scope: scalars.constant(node),
    Now: lambda node, _scope: times.now(node),
    Variable: _variable,
    Field: _field,
    If: _choice,
    Quantified: items.quantified,
    Filter: lists.filtered,
    MapItems: lists.mapped,
    Aggregate: items.aggregate,
    Ordered: lists.ordered,
    GroupBy: lists.grouped,
    MapEntries: lists.entries,
    Within: times.within_duration,
    InPeriod: times.in_period,
    InSegment: _in_segment,
    Chain: chains.chain,
}
_LOGIC: Final = ("and", "or", "not", "truth", "isNull", "isNotNull")
_CALLS: Final[Mapping[str, Callable[[Call, Scope], Sql]]] = {
    **dict.fromkeys(_LOGIC, scalars.logic),
    **dict.fromkeys(("=", "!=", "<", "<=", ">", ">="), scalars.comparison),
    **dict.fromkeys(("in", "notIn", "includes"), scalars.is_in),
    **dict.fromkeys((*scalars.ARITHMETIC, "negate"), scalars.arithmetic),
    **dict.fromkeys(scalars.STRING_TESTS, scalars.string_test),
    "like": scalars.like,
    "matches": scalars.matches,
    "regexGroup": scalars.regex_group,
    **dict.fromkeys(("month", "year", "dayOfMonth"), scalars.part_of_date),
    "notEmpty": items.not_empty,
    "size": items.size,
    "list": lists.list_of,
    **dict.fromkeys(("intersects", "subsetOf", "supersetOf"), lists.set_test),
    "intersection": lists.intersection,
    "distinct": lists.distinct,
    "head": lists.head,
    "get": lists.get,
    "keys": lists.keys,
    "values": lists.values,
    "object": _object,
}
