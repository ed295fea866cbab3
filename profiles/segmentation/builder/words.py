"""Rules in words, for lists, labels and comparisons."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as default
from typing import assert_never

from profiles.segmentation.builder import times
from profiles.segmentation.builder.canvas import (
    AudienceCard,
    Canvas,
    Card,
    Count,
    DateCard,
    Events,
    Group,
    Item,
    ListCard,
    Period,
    Step,
    TimeRule,
)
from profiles.segmentation.builder.fields import AGGREGATES, COUNTS, MEASURES, OPERATORS
from profiles.segmentation.builder.scopes import Scope
from profiles.segmentation.pql.checking.coerce import number

_MATCHES = {"any": "any of", "all": "all of", "none": "none of"}


@dataclass(frozen=True, slots=True)
class Wording:
    """Names of what rules mention: fields by scope and path, event types, audiences by id."""

    field: Callable[[Scope, str], str] = lambda _scope, path: path
    event: Callable[[str], str] = lambda type_: type_
    audiences: Mapping[str, str] = default(default_factory=dict)

    def canvas(self, canvas: Canvas) -> str:
        """The whole rule as one sentence without a full stop."""
        areas = [area for area in canvas.areas if area.items]
        texts = [self.group(area, Scope()) for area in areas]
        nested = [len(area.items) > 1 and area.joining != canvas.joining for area in areas]
        joined = f" {canvas.joining} ".join(
            f"({text})" if inside and len(areas) > 1 else text
            for text, inside in zip(texts, nested, strict=True)
        )
        return joined[:1].upper() + joined[1:]

    def group(self, group: Group, scope: Scope) -> str:
        """The conditions of a container, joined."""
        return f" {group.joining} ".join(self.item(item, scope) for item in group.items)

    def item(self, item: Item, scope: Scope) -> str:
        """One condition."""
        match item:
            case Card():
                return _card(item, self.field(scope, item.path))
            case DateCard(path, rule):
                return f"{self.field(scope, path)} {when(rule)}"
            case AudienceCard(audience, member):
                name = self.audiences.get(audience.lower(), audience)
                return f"is {'' if member else 'no '}member of {name}"
            case ListCard(path, rules, match):
                inner = Scope(scope.element, f"{scope.path}.{path}" if scope.path else path)
                what = self.group(rules, inner) or "…"
                return f"{_MATCHES[match]} {self.field(scope, path)}: {what}"
            case Events():
                return self.events(item)
            case Group():
                inside = self.group(item, scope) or "…"
                return f"not ({inside})" if item.exclude else f"({inside})"
            case _ as unreachable:
                assert_never(unreachable)

    def events(self, events: Events) -> str:
        """An event card or a sequence."""
        steps = ", then ".join(self.step(step, index) for index, step in enumerate(events.steps))
        return f"not: {steps}" if events.exclude else steps

    def step(self, step: Step, index: int = 0) -> str:
        """Events of a sequence, or of a card."""
        parts = [self.event_name(step)]
        if (how := self._how_often(step.count)) != "at least 1":
            parts.append(how)
        if step.rules.items:
            parts.append(f"where {self.group(step.rules, Scope('event'))}")
        if step.when is not None:
            parts.append(when(step.when))
        if index and step.after is not None:
            parts.append(f"at least {_period(step.after)} later")
        if index and step.within is not None:
            parts.append(f"within {_period(step.within)}")
        return ", ".join(parts)

    def event_name(self, step: Step) -> str:
        """What the events are called."""
        return self.event(step.type) if step.type else "any event"

    def _how_often(self, count: Count) -> str:
        if count.measure == "count":
            return _asked(COUNTS[count.operator].label, count.values)
        number_ = self.field(Scope("event"), count.path) if count.path else "…"
        asked = _asked(AGGREGATES[count.operator].label, count.values)
        return f"{MEASURES[count.measure].lower()} of {number_} {asked}"


def _card(card: Card, name: str) -> str:
    label = OPERATORS[card.kind][card.operator].label.partition(" (")[0]
    if card.operator in ("exists", "missing", "isTrue", "isFalse"):
        return f"{name} {label}"
    values = card.values
    if card.operator == "equals" and len(values) > 1:
        return f"{name} is one of {_listed(values)}"
    if card.operator == "notEquals" and len(values) > 1:
        return f"{name} is none of {_listed(values)}"
    return f"{name} {_asked(label, values)}"


def _asked(label: str, values: Sequence[str]) -> str:
    return f"{label} {' and '.join(_shown(value) for value in values) or '…'}"


def _listed(values: Sequence[str]) -> str:
    return f"{', '.join(_shown(value) for value in values[:-1])} or {_shown(values[-1])}"


def _shown(value: str) -> str:
    found = number(value)
    return f"{found:,}" if isinstance(found, int) else value or "…"


def when(rule: TimeRule) -> str:
    """A rule about time."""
    label = times.OPERATORS[rule.operator].label
    negated = "not " if rule.negated else ""
    values = [value or "…" for value in rule.values]
    match rule.operator, values:
        case "fromTo" | "fromUntil", [first, last]:
            joint = "to" if rule.operator == "fromTo" else "until the start of"
            return f"{negated}from {first} {joint} {last}"
        case "within", [count, day]:
            return f"{negated}within {_period(Period(count, rule.unit))} of {day}"
        case _, [count] if rule.unit:
            return f"{negated}{label} {_period(Period(count, rule.unit))}"
        case _:
            return " ".join([f"{negated}{label}", *values])


def _period(period: Period) -> str:
    return f"{period.count or '…'} {period.unit}{'' if period.count == '1' else 's'}"
