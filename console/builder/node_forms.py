"""What the controls of a card say, as the card."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from django.http import QueryDict

from profiles.segmentation.builder.canvas import (
    AudienceCard,
    Card,
    Count,
    DateCard,
    Events,
    Group,
    ListCard,
    Match,
    Node,
    Period,
    Step,
    TimeRule,
)
from profiles.segmentation.builder.fields import AGGREGATES, COUNTS, MEASURES, OPERATORS
from profiles.segmentation.builder.times import OPERATORS as TIMES
from profiles.segmentation.builder.times import UNITS

MOST_VALUES = 250
_SEPARATORS = re.compile(r"[\n\t]+|,(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)")
_MATCHES: Mapping[str, Match] = {"any": "any", "all": "all", "none": "none"}
_FIRST_VALUES = {"number": "7", "day": "", "period": ""}


def changed(node: Node, given: QueryDict) -> Node:
    """The node as its form has it; what the form does not mention stays."""
    match node:
        case Card():
            return _card(node, given)
        case DateCard():
            return replace(node, rule=time_rule(given, node.rule) or node.rule)
        case AudienceCard():
            return replace(node, member=given.get("member") != "no")
        case ListCard():
            return replace(node, match=_MATCHES.get(given.get("match", ""), node.match))
        case Events():
            return replace(node, exclude=given.get("exclude") == "yes")
        case Step():
            return _step(node, given)
        case Group():
            return _group(node, given)


def _group(group: Group, given: QueryDict) -> Group:
    if "exclude" in given:
        group = replace(group, exclude=given["exclude"] == "yes")
    if "joining" in given:
        group = replace(group, joining="or" if given["joining"] == "or" else "and")
    return group


def _card(card: Card, given: QueryDict) -> Card:
    operators = OPERATORS[card.kind]
    operator = given.get("operator", card.operator)
    if operator not in operators:
        operator = card.operator
    wanted = operators[operator].values
    values = [_clean(value) for value in given.getlist("value")]
    if wanted is None:
        values += _in_bulk(given.get("bulk", ""))
        values = list(dict.fromkeys(value for value in values if value))[:MOST_VALUES]
    else:
        values = values[:wanted]
    exact = "ignore-case" not in given if "has-case" in given else card.exact
    return replace(card, operator=operator, values=tuple(values), exact=exact or operator == "like")


def _clean(value: str) -> str:
    return value.replace("\x00", "").strip()


def _in_bulk(text: str) -> Sequence[str]:
    """Values of a list: one a line or cell, or between commas; quotes hold a comma together."""
    return [_clean(part).strip('"').strip() for part in _SEPARATORS.split(text)]


def time_rule(given: QueryDict, before: TimeRule | None) -> TimeRule | None:
    """The time rule of a form; None: any time."""
    operator = given.get("when", before.operator if before else "")
    if operator not in TIMES:
        return None
    wanted = TIMES[operator]
    values = [_clean(value) for value in given.getlist("when-value")]
    same = before is not None and TIMES[before.operator].values == wanted.values
    if not same or len(values) != len(wanted.values):
        values = [_FIRST_VALUES[kind] for kind in wanted.values]
    unit = given.get("when-unit", "day")
    return TimeRule(
        operator,
        tuple(values),
        (unit if unit in UNITS else "day") if wanted.unit else "",
        given.get("when-not") == "on" and operator not in ("exists", "missing"),
    )


def _step(step: Step, given: QueryDict) -> Step:
    return replace(
        step,
        type=_clean(given.get("type", step.type)),
        count=_count(step.count, given),
        when=time_rule(given, step.when),
        after=_period(given, "after"),
        within=_period(given, "within"),
    )


def _count(count: Count, given: QueryDict) -> Count:
    measure = given.get("measure", count.measure)
    measure = measure if measure in MEASURES else "count"
    operators = COUNTS if measure == "count" else AGGREGATES
    operator = given.get("count-operator", count.operator)
    operator = operator if operator in operators else "atLeast"
    values = [_clean(value) for value in given.getlist("count-value")] or list(count.values)
    wanted = operators[operator].values or 1
    values = (values + [""] * wanted)[:wanted]
    path = "" if measure == "count" else given.get("measure-path", count.path)
    return Count(measure, path, operator, tuple(values))


def _period(given: QueryDict, name: str) -> Period | None:
    """A clock of a sequence; without a number there is none."""
    count = _clean(given.get(name, ""))
    unit = given.get(f"{name}-unit", "day")
    return Period(count, unit if unit in UNITS else "day") if count else None
