"""CHAIN: events one after the other."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from profiles.segmentation.pql import nodes
from profiles.segmentation.pql.checking.coerce import is_temporal
from profiles.segmentation.pql.checking.conditions import as_condition
from profiles.segmentation.pql.checking.context import Context
from profiles.segmentation.pql.checking.lift import field_of
from profiles.segmentation.pql.checking.scope import Bound, Scope
from profiles.segmentation.pql.checking.temporal import duration, time_test
from profiles.segmentation.pql.checking.wording import in_words
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.typed import (
    Call,
    Chain,
    Constant,
    Gap,
    Link,
    Span,
    Typed,
    Variable,
)
from profiles.segmentation.pql.types import BOOLEAN, ListType, ObjectType
from profiles.segmentation.pql.walk import walk

type Labels = Mapping[str, tuple[int, Bound]]

_AT_LEAST: Final = ">="


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a link stands: its event, that event's instant, and the links before it."""

    scope: Scope
    event: Bound
    moment: Typed
    earlier: Labels


def chain(context: Context, node: nodes.Chain, scope: Scope) -> Typed:
    """The typed node of a CHAIN."""
    source = context.typed(node.source, scope)
    if not (isinstance(source.type, ListType) and isinstance(source.type.item, ObjectType)):
        raise PqlError(
            f"CHAIN follows a list of events, but {context.quote(source.at)} is "
            f"{in_words(source.type)}.",
            at=source.at,
            suggestion="Write CHAIN(xEvent, timestamp, […]).",
        )
    labels: dict[str, tuple[int, Bound]] = {}
    links: list[Link] = []
    for index, link in enumerate(node.links):
        if link.label in labels:
            raise PqlError(f"Two events are called {link.label}.", at=link.at, found=link.label)
        event = context.bind(link.label, source.type.item)
        moment = _moment(context, node, event.at(source.at))
        links.append(_link(context, link, _Place(scope, event, moment, dict(labels))))
        labels[link.label] = (index, event)
    _check_counts(node)
    return Chain(source, node.timestamp, tuple(links), BOOLEAN, node.at)


def _moment(context: Context, node: nodes.Chain, event: Typed) -> Typed:
    at = node.timestamp_at
    moment = field_of(context, event, node.timestamp, at=at, name_at=at)
    if not is_temporal(moment.type):
        raise PqlError(
            f"CHAIN orders events by a date with time, but {node.timestamp} is "
            f"{in_words(moment.type)}.",
            at=at,
            suggestion="Write CHAIN(xEvent, timestamp, […]).",
        )
    return moment


def _link(context: Context, link: nodes.Link, place: _Place) -> Link:
    inside = place.scope.inside(place.event)
    for label, (_, event) in place.earlier.items():
        inside = inside.binding(label, event)
    inside = inside.binding(link.label, place.event)
    gap = _gap(link, place.earlier)
    when = None
    if gap is None and link.when is not None:
        when = time_test(context, place.moment, link.when, inside, at=link.when.at)
    what = _condition(context, link.what, inside)
    later = [_condition(context, link.where, inside)]
    # What names earlier events can only be known once they are chosen.
    if what is not None and _names_earlier(what, place):
        later, what = [what, *later], None
    if when is not None and _names_earlier(when, place):
        later, when = [when, *later], None
    operator, count = _count(link)
    return Link(
        label=link.label,
        variable=place.event.variable,
        what=what or _always(link.at),
        when=when or _always(link.at),
        where=_all([part for part in later if part is not None]),
        gap=gap,
        count_operator=operator,
        count=count,
        at=link.at,
    )


def _names_earlier(condition: Typed, place: _Place) -> bool:
    earlier = {event.variable for _, event in place.earlier.values()}
    return any(isinstance(node, Variable) and node.name in earlier for node in walk(condition))


def _all(parts: list[Typed]) -> Typed | None:
    if len(parts) < 2:
        return parts[0] if parts else None
    return Call("and", tuple(parts), BOOLEAN, parts[0].at)


def _always(at: Span) -> Typed:
    return Constant(True, BOOLEAN, at)  # noqa: FBT003 - a value, not a switch


def _condition(context: Context, node: nodes.Node | None, scope: Scope) -> Typed | None:
    return None if node is None else as_condition(context, context.typed(node, scope))


def _gap(link: nodes.Link, earlier: Labels) -> Gap | None:
    """`<= 2 days after A`, where A is the label of an earlier link."""
    match link.when:
        case nodes.Distance(operator, count, unit, direction, nodes.Name(name), at) if (
            name in earlier
        ):
            if direction != "after":
                raise PqlError(
                    f"{link.label} always comes after {name}.",
                    at=at,
                    found=direction,
                    suggestion=f"Write after {name}.",
                )
            length = duration(count, unit, at=at)
            return Gap(earlier[name][0], operator or "=", length, "after")
        case _:
            return None


def _count(link: nodes.Link) -> tuple[nodes.Operator, int]:
    operator, count = link.count or (None, 1)
    match operator:
        case None:
            return _AT_LEAST, count
        case ">":
            return _AT_LEAST, count + 1
        case _:
            return operator, count


def _check_counts(node: nodes.Chain) -> None:
    for link in node.links:
        operator, count = _count(link)
        if operator != _AT_LEAST and link is not node.links[-1]:
            raise PqlError(
                f"Only the last element of a CHAIN can limit its COUNT from above, not "
                f"{link.label}.",
                at=link.at,
                found=operator,
                suggestion=f"Write COUNT({count}) for at least {count}.",
            )
        if operator == _AT_LEAST and count < 1:
            raise PqlError("COUNT is at least 1.", at=link.at, found=str(count))
