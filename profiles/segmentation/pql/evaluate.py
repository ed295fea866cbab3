"""The streaming back end: a typed query as a function of one profile's facts."""

from collections.abc import Mapping
from typing import Any

import msgspec

from profiles.segmentation.pql.closures import (
    chains,
    collections,
    comparisons,
    lists,
    logic,
    paths,
    strings,
    times,
)
from profiles.segmentation.pql.closures.compiler import Closure, Compiler, Handler
from profiles.segmentation.pql.facts import BudgetExceeded, Facts
from profiles.segmentation.pql.typed import (
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
    Let,
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
from profiles.segmentation.pql.windows import END

__all__ = ["BudgetExceeded", "Facts", "Query", "Verdict", "compile_query"]


class Verdict(msgspec.Struct, frozen=True):
    """What a query says: `holds` is a bool for a condition, else the value.

    Instants among values are microseconds since 1970. `due_at` is the earliest moment (ms) after
    `now` at which time alone may change it; None: never.
    """

    holds: Any
    due_at: int | None


class Query:
    """A compiled query. It keeps no state: `Facts` do."""

    __slots__ = ("_closure", "_variables")

    def __init__(self, closure: Closure, variables: int) -> None:
        self._closure = closure
        self._variables = variables

    def evaluate(self, facts: Facts) -> Verdict:
        """What the query says of these facts; raises BudgetExceeded."""
        facts.begin(self._variables)
        holds = self._closure(facts)
        waits = facts.due < END or facts.edges
        return Verdict(holds, facts.due_at() if waits else None)


def new_compiler() -> Compiler:
    """A compiler of all nodes."""
    return Compiler(_HANDLERS)


def compile_query(node: Typed) -> Query:
    """Compile a typed query; raises PqlError where `now` is used as a plain value."""
    compiler = new_compiler()
    closure = compiler.closure(node)
    return Query(closure, compiler.variables)


def _call(compiler: Compiler, node: Call) -> Closure:
    return _FUNCTIONS[node.function](compiler, node)


_FUNCTIONS: Mapping[str, Handler] = {
    "and": logic.all_of,
    "or": logic.any_of,
    "not": logic.negation,
    "isNull": logic.is_null,
    "isNotNull": logic.is_not_null,
    "truth": logic.truth,
    "notEmpty": collections.not_empty,
    **dict.fromkeys(("=", "!=", "<", "<=", ">", ">="), comparisons.comparison),
    **dict.fromkeys(("in", "notIn", "includes"), comparisons.is_in),
    **dict.fromkeys(("+", "-", "*", "/", "%"), comparisons.arithmetic),
    "negate": comparisons.negate,
    **dict.fromkeys(strings.NAMES, strings.string_test),
    "like": strings.like,
    "matches": strings.matches,
    "regexGroup": strings.regex_group,
    "list": collections.list_of,
    **dict.fromkeys(("intersects", "subsetOf", "supersetOf"), collections.set_test),
    "intersection": collections.intersection,
    "distinct": collections.distinct,
    "head": collections.head,
    "size": collections.size,
    "get": paths.get,
    "keys": collections.keys,
    "values": collections.values,
    **dict.fromkeys(("month", "year", "dayOfMonth"), times.calendar_part),
    "object": collections.object_of,
}

_HANDLERS: Mapping[type, Handler] = {
    Constant: paths.constant_value,
    Now: times.now,
    Variable: paths.variable,
    Field: paths.field,
    Call: _call,
    If: logic.choice,
    Let: logic.binding,
    Quantified: lists.quantified,
    Filter: lists.filtered,
    MapItems: lists.mapped,
    Aggregate: lists.aggregate,
    Ordered: lists.ordered,
    GroupBy: lists.grouped,
    MapEntries: lists.entries,
    Select: lists.selected,
    Within: times.within_duration,
    InPeriod: times.in_period,
    InSegment: logic.in_segment,
    Chain: chains.chain,
}
