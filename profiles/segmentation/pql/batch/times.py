"""SQL of time conditions: instants are TIMESTAMP in UTC, `$now` is in milliseconds."""

from typing import Final, Literal

from sqlglot import exp

from profiles.segmentation.pql.batch.scope import Scope
from profiles.segmentation.pql.batch.terms import (
    Sql,
    all_of,
    any_of,
    call,
    compare,
    holds,
    in_parentheses,
    is_known,
    negated,
    text,
    whole,
)
from profiles.segmentation.pql.typed import Duration, InPeriod, Now, Typed, Within

NOW: Final = "now"

_FIXED: Final = {
    "millisecond": 1_000,
    "second": 1_000_000,
    "minute": 60_000_000,
    "hour": 3_600_000_000,
    "day": 86_400_000_000,
    "week": 604_800_000_000,
}
_MONTHS: Final = {
    "month": 1,
    "quarter": 3,
    "year": 12,
    "decade": 120,
    "century": 1_200,
    "millennium": 12_000,
}
_MIRRORED: Final[dict[str, Literal["before", "after", "from"]]] = {
    "before": "after",
    "after": "before",
    "from": "from",
}


def _timestamp(value: str) -> Sql:
    return exp.cast(exp.Literal.string(value), "timestamp", dialect="duckdb")


def first_instant() -> Sql:
    """Where the calendar begins."""
    return _timestamp("0001-01-01 00:00:00")


def last_instant() -> Sql:
    """Where the calendar ends."""
    return _timestamp("9999-12-31 23:59:59.999999")


def now(node: Now) -> Sql:
    """The clock, moved as the word says."""
    clock = call(
        "make_timestamp_ms", exp.cast(exp.Placeholder(this=NOW), "bigint", dialect="duckdb")
    )
    if node.unit is None:
        return clock
    return shifted(floor(clock, node.unit), node.add, node.unit)


def floor(moment: Sql, unit: str) -> Sql:
    """Start of the unit that holds the instant."""
    return call("greatest", call("date_trunc", text(unit), moment), first_instant())


def shifted(moment: Sql, count: int, unit: str) -> Sql:
    """The instant so many units later; what would leave the calendar stops at its edge.

    Of null the edge as well: who compares with it asks for null first.
    """
    if count == 0:
        return moment
    moved = _moved(moment, count, unit)
    if count > 0:
        return call("least", moved, last_instant())
    return call("greatest", moved, first_instant())


def _moved(moment: Sql, count: int, unit: str) -> Sql:
    """The instant so many units later; DuckDB's calendar goes further than that of PQL."""
    if unit in _FIXED:
        length = call("to_microseconds", whole(count * _FIXED[unit]))
    else:
        length = call("to_months", whole(count * _MONTHS[unit]))
    return exp.Add(this=in_parentheses(moment), expression=length)


def in_period(node: InPeriod, scope: Scope) -> Sql:
    """From start on, before end or at the end at the latest."""
    moment, start, end = (scope.value(part) for part in (node.moment, node.start, node.end))
    upper = "<=" if node.inclusive else "<"
    return holds(all_of([compare(">=", moment, start), compare(upper, moment, end)]))


def within_duration(node: Within, scope: Scope) -> Sql:
    """`occurs`, counted from the side that stands still."""
    moment, reference, direction = node.moment, node.reference, node.direction
    if _moves(moment, reference):
        moment, reference = reference, moment
        direction = _MIRRORED[direction]
    return within(
        node.operator, node.duration, direction, scope.value(moment), scope.value(reference)
    )


def _moves(moment: Typed, reference: Typed) -> bool:
    """Is the moment the clock and the reference not, or one that moves in larger steps?"""
    if not isinstance(moment, Now):
        return False
    if not isinstance(reference, Now):
        return True
    return moment.unit is None and reference.unit is not None


def within(operator: str, duration: Duration, direction: str, moment: Sql, reference: Sql) -> Sql:
    """The condition of `Within` about two instants; false if one of them is null."""
    if operator in {"=", "!="}:
        test = _in_unit(duration, direction, moment, reference)
        if operator == "!=":
            test = all_of([*_on_side(direction, moment, reference), negated(exp.paren(test))])
    else:
        # A length that does not depend on the calendar is a distance, wherever it leads.
        move = _moved if duration.unit in _FIXED else shifted
        earlier = move(moment, -duration.count, duration.unit)
        later = move(moment, duration.count, duration.unit)
        test = _DISTANCES[direction](operator, moment, (earlier, later), reference)
    return holds(all_of([is_known(moment), test]))


def _on_side(direction: str, moment: Sql, reference: Sql) -> list[Sql]:
    if direction == "from":
        return []
    return [compare(">=" if direction == "before" else "<=", reference, moment)]


def _before(operator: str, moment: Sql, edges: tuple[Sql, Sql], reference: Sql) -> Sql:
    if operator in {"<", "<="}:
        return all_of([compare(">=", reference, moment), compare(operator, reference, edges[1])])
    return compare(operator, reference, edges[1])


def _after(operator: str, moment: Sql, edges: tuple[Sql, Sql], reference: Sql) -> Sql:
    if operator in {"<", "<="}:
        near = compare(_TURNED[operator], reference, edges[0])
        return all_of([near, compare("<=", reference, moment)])
    return compare(_TURNED[operator], reference, edges[0])


def _around(operator: str, _moment: Sql, edges: tuple[Sql, Sql], reference: Sql) -> Sql:
    ends = [
        compare(_TURNED[operator], reference, edges[0]),
        compare(operator, reference, edges[1]),
    ]
    return all_of(ends) if operator in {"<", "<="} else any_of(ends)


_TURNED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_DISTANCES: Final = {"before": _before, "after": _after, "from": _around}


def _in_unit(duration: Duration, direction: str, moment: Sql, reference: Sql) -> Sql:
    """Does the reference lie in the unit so many units from that of the moment?"""
    unit, start = duration.unit, floor(moment, duration.unit)
    found: list[Sql] = []
    for sign in {"before": (1,), "after": (-1,), "from": (-1, 1)}[direction]:
        there = shifted(start, sign * duration.count, unit)
        inside = [compare(">=", reference, there), compare("<", reference, shifted(there, 1, unit))]
        found.append(all_of(inside))
    return any_of(found)
