"""Rules to begin with, for people who have none yet."""

from dataclasses import dataclass

from console.builder.draft import Properties, Rule
from profiles.segmentation.builder.canvas import (
    Canvas,
    Count,
    Events,
    Group,
    Step,
    TimeRule,
    canvas_of,
)

_PURCHASE, _VIEW = "commerce.purchases", "web.webpagedetails.pageViews"


@dataclass(frozen=True, slots=True)
class Template:
    """A rule that works once its blanks are filled."""

    key: str
    name: str
    text: str
    canvas: Canvas


def _in_last(count: str, unit: str = "day") -> TimeRule:
    return TimeRule("inLast", (count,), unit)


def _event(type_: str, when: TimeRule, *, times: str = "1", exclude: bool = False) -> Events:
    return Events((Step(type_, count=Count(values=(times,)), when=when),), exclude)


def _rule(*events: Events) -> Canvas:
    return canvas_of(Group(), Group(events))


TEMPLATES = (
    Template(
        "repeat-buyers",
        "Repeat buyers",
        "Bought at least twice in the last 30 days.",
        _rule(_event(_PURCHASE, _in_last("30"), times="2")),
    ),
    Template(
        "lapsed-buyers",
        "Lapsed buyers",
        "Bought in the last year, but not in the last 90 days.",
        _rule(
            _event(_PURCHASE, _in_last("365")),
            _event(_PURCHASE, _in_last("90"), exclude=True),
        ),
    ),
    Template(
        "browsed-not-bought",
        "Browsed, did not buy",
        "Viewed three pages in the last 24 hours and bought nothing: streams as people click.",
        _rule(
            _event(_VIEW, _in_last("24", "hour"), times="3"),
            _event(_PURCHASE, _in_last("24", "hour"), exclude=True),
        ),
    ),
)


def rule_for(key: str) -> tuple[Rule, Properties]:
    """The rule and name a template begins with; nothing for an unknown one."""
    found = next((each for each in TEMPLATES if each.key == key), None)
    if found is None:
        return Rule(Canvas()), Properties()
    return Rule(found.canvas), Properties(name=found.name, description=found.text)
