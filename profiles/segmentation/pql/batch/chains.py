"""CHAIN as SQL. Each link has its candidates: what can match it, in the order of time.

Of events they are gathered by one aggregate per link. Where a link looks no further back than at
the link before it, the instants at which links can be reached are found link by link; else the
candidates are tried inside one another.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Literal

from profiles.segmentation.pql.batch import events
from profiles.segmentation.pql.batch.events import Stream, is_about_row, stream_of
from profiles.segmentation.pql.batch.scope import EventRow, Scope
from profiles.segmentation.pql.batch.terms import (
    Sql,
    all_of,
    bound,
    call,
    compare,
    default,
    first,
    function_of,
    function_with_index,
    holds,
    is_known,
    member,
    struct,
    text,
    whole,
)
from profiles.segmentation.pql.batch.times import within
from profiles.segmentation.pql.typed import Chain, Field, Link, Typed, Variable
from profiles.segmentation.pql.types import DATE_TIME, ListType
from profiles.segmentation.pql.walk import walk

type _Wanted = Literal["instants", "items", "min", "max"]

_AT_LEAST: Final = ">="
_ALL: Final = whole(2**31)


def chain(node: Chain, scope: Scope) -> Sql:
    """Are there items, each later than the one before, that match the links in turn?"""
    if any(_looks_far(node, number) for number in range(len(node.links))):
        return _follow(node, 0, scope, ())
    number = len(node.links) - 1
    last = node.links[number]
    if last.count_operator != _AT_LEAST:
        return _counted(node, scope)
    if number > 0 and last.count == 1 and last.gap is None:
        start = _earliest(node, number - 1, scope)
        return holds(compare(">", _candidates(node, number, scope, "max"), start))
    return holds(compare(">", call("len", _reached(node, number, scope)), whole(0)))


def _looks_far(node: Chain, number: int) -> bool:
    """Does a link look at others than the one before it, or at more than its instant?"""
    link = node.links[number]
    return _looks_back(node, number) or (link.gap is not None and link.gap.label != number - 1)


def _looks_back(node: Chain, number: int) -> bool:
    """Does `where` of a link look at earlier links?"""
    where = node.links[number].where
    return any(_reads(where, link.variable) for link in node.links[:number])


def _reads(part: Typed | None, variable: str) -> bool:
    return part is not None and any(
        isinstance(node, Variable) and node.name == variable for node in walk(part)
    )


def _is_looked_at(node: Chain, number: int) -> bool:
    """Does it matter to later links at which of its candidates this one is reached?"""
    variable = node.links[number].variable
    for later, link in enumerate(node.links[number + 1 :], start=number + 1):
        if link.gap is not None and link.gap.label == number:
            return True
        if _reads(link.where, variable):
            return True
        if later == number + 1 and link.count_operator != _AT_LEAST:
            return True
    return False


# Instants, link by link


def _earliest(node: Chain, number: int, scope: Scope) -> Sql:
    """The first instant at which a link can be reached."""
    if number == 0 and node.links[0].count == 1:
        return _candidates(node, 0, scope, "min")
    return first(_reached(node, number, scope))


def _reached(node: Chain, number: int, scope: Scope) -> Sql:
    """The instants at which a link can be reached, ascending."""
    link = node.links[number]
    instants = _instants(node, number, scope)
    if number == 0:
        return _from(instants, link.count)
    name = f"{scope.deeper()[0]}c{number}"
    if link.gap is None:
        return bound(
            _earliest(node, number - 1, scope),
            f"{name}p",
            lambda earliest: _from(_later(link, instants, earliest, f"{name}u"), link.count),
        )
    before = _reached(node, number - 1, scope)
    return bound(
        instants,
        f"{name}a",
        lambda all_: bound(before, f"{name}b", lambda starts: _after_gap(link, all_, starts, name)),
    )


def _from(instants: Sql, count: int) -> Sql:
    """The count-th and all later ones."""
    return instants if count == 1 else call("list_slice", instants, whole(count), _ALL)


def _later(link: Link, instants: Sql, start: Sql, name: str) -> Sql:
    """The instants that follow a start, in the distance that the link asks for."""
    return call("list_filter", instants, function_of(name, lambda one: _follows(link, one, start)))


def _follows(link: Link, instant: Sql, start: Sql) -> Sql:
    conditions = [holds(compare(">", instant, start))]
    if link.gap is not None:
        gap = link.gap
        conditions.append(within(gap.operator, gap.duration, gap.direction, instant, start))
    return all_of(conditions)


def _after_gap(link: Link, instants: Sql, starts: Sql, name: str) -> Sql:
    """The instants that a link with a gap is reached at, from any of the starts."""

    def from_start(start: Sql, instant: Sql) -> Sql:
        conditions = [_follows(link, instant, start)]
        if link.count > 1:
            until = function_of(
                f"{name}u",
                lambda one: all_of([compare("<=", one, instant), _follows(link, one, start)]),
            )
            counted = call("len", call("list_filter", instants, until))
            conditions.append(compare(">=", counted, whole(link.count)))
        return all_of(conditions)

    def is_reached(instant: Sql) -> Sql:
        return _some(starts, f"{name}s", lambda start: from_start(start, instant))

    return call("list_filter", instants, function_of(f"{name}t", is_reached))


def _counted(node: Chain, scope: Scope) -> Sql:
    """The last link asks for a number of matches other than from below."""
    number = len(node.links) - 1
    link, instants = node.links[number], _instants(node, number, scope)
    if number == 0:
        return _compared(link, instants)
    name = f"{scope.deeper()[0]}c{number}"
    before = _reached(node, number - 1, scope)

    def from_start(start: Sql, all_: Sql) -> Sql:
        return _compared(link, _later(link, all_, start, f"{name}u"))

    return bound(
        default(instants, call("list_value")),
        f"{name}a",
        lambda all_: _some(before, f"{name}s", lambda start: from_start(start, all_)),
    )


def _compared(link: Link, matches: Sql) -> Sql:
    return compare(link.count_operator, default(call("len", matches), whole(0)), whole(link.count))


def _some(items: Sql, name: str, test: Callable[[Sql], Sql]) -> Sql:
    kept = call("list_filter", items, function_of(name, test))
    return holds(compare(">", call("len", kept), whole(0)))


def _instants(node: Chain, number: int, scope: Scope) -> Sql:
    return _candidates(node, number, scope, "instants")


# Candidates, one inside the other


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The candidate that a link was reached at."""

    instant: Sql
    item: Sql


def _follow(node: Chain, number: int, scope: Scope, chosen: tuple[_Chosen, ...]) -> Sql:
    """Can this link and all after it be reached from the candidates chosen?"""
    link = node.links[number]
    parameter, inner = scope.deeper()
    candidates = _candidates(node, number, scope, "items")

    def matches(candidate: Sql) -> Sql:
        return _matches(node, number, inner, chosen, candidate)

    kept = (
        call("list_filter", candidates, function_of(parameter, matches)) if chosen else candidates
    )
    if number == len(node.links) - 1:
        return _compared(link, kept)
    reached = _from(kept, link.count)

    def go_on(candidate: Sql) -> Sql:
        here = _Chosen(member(candidate, "t"), member(candidate, "x"))
        return _follow(node, number + 1, inner.bind(link.variable, here.item), (*chosen, here))

    if not _is_looked_at(node, number):
        reached = call("list_slice", reached, whole(1), whole(1))
    return _some(reached, parameter, go_on)


def _matches(
    node: Chain, number: int, scope: Scope, chosen: tuple[_Chosen, ...], candidate: Sql
) -> Sql:
    """Does a candidate go with those chosen for the links before?"""
    link = node.links[number]
    instant = member(candidate, "t")
    conditions = [compare(">", instant, chosen[-1].instant)]
    if link.gap is not None:
        gap = link.gap
        start = chosen[gap.label].instant
        conditions.append(within(gap.operator, gap.duration, gap.direction, instant, start))
    if link.where is not None and _looks_back(node, number):
        here = scope.bind(link.variable, member(candidate, "x"))
        conditions.append(here.value(link.where))
    return all_of(conditions)


# What can match a link


def _candidates(node: Chain, number: int, scope: Scope, wanted: _Wanted) -> Sql:
    """What can match a link; null if there is nothing.

    `instants`: all of them, ascending; `items`: structs of instant `t` and item `x`, by time;
    `min` and `max`: one instant.
    """
    link = node.links[number]
    conditions = [link.what, link.when]
    if link.where is not None and not _looks_back(node, number):
        conditions.append(link.where)
    assert isinstance(node.source.type, ListType)
    item = Variable(link.variable, node.source.type.item, node.at)
    moment = Field(item, node.timestamp, DATE_TIME, node.at)
    stream = stream_of(node.source, scope)
    if (
        stream is not None
        and isinstance(stream.item, EventRow)
        and all(is_about_row(condition, scope) for condition in conditions)
    ):
        for condition in conditions:
            stream = events.narrowed(stream, link.variable, condition, scope)
        return _of_rows(stream, moment, scope, wanted)
    return _of_list(node.source, conditions, moment, scope, wanted)


def _of_rows(stream: Stream, moment: Field, scope: Scope, wanted: _Wanted) -> Sql:
    assert isinstance(moment.object, Variable)
    instant = events.row_scope(stream, moment.object.name, scope).value(moment)
    known = replace(stream, conditions=(*stream.conditions, is_known(instant)))
    match wanted:
        case "items":
            point = struct([("t", instant), ("x", events.row_struct(scope))])
            return events.gathered(known, point, scope, by=instant)
        case "instants":
            return events.instants(known, instant, scope)
        case _:
            return events.total(call(wanted, instant), known, scope)


def _of_list(
    source: Typed, conditions: list[Typed], moment: Field, scope: Scope, wanted: _Wanted
) -> Sql:
    assert isinstance(moment.object, Variable)
    variable = moment.object.name
    parameter, inner = scope.deeper()

    def matches(here: Scope) -> Sql:
        return all_of(
            [is_known(here.value(moment)), *(here.value(condition) for condition in conditions)]
        )

    def point(item: Sql, index: Sql) -> Sql:
        instant = inner.bind(variable, item).value(moment)
        return struct([("t", instant), ("i", index), ("x", item)])

    kept = call("list_filter", scope.value(source), scope.lambda_of(variable, matches))
    if wanted == "items":
        positions = function_with_index(parameter, f"{parameter}i", point)
        return call("list_sort", call("list_transform", kept, positions), text("ASC"))
    instants = call(
        "list_transform", kept, scope.lambda_of(variable, lambda here: here.value(moment))
    )
    if wanted == "instants":
        return call("list_sort", instants, text("ASC"))
    return call(f"list_{wanted}", instants)
