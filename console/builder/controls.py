"""Controls that several kinds of cards have: choices, inputs, time rules."""

from collections.abc import Iterable
from dataclasses import dataclass

from profiles.segmentation.builder import clock, times
from profiles.segmentation.builder.canvas import Canvas, TimeRule

# What the clock of the canvas shows, and leaves alone, while events have different rules.
DIFFERS = "differs"


@dataclass(frozen=True, slots=True)
class Choice:
    """An option of a select."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class ValueBox:
    """An input for a value; `kind` is text, number, day or period, `key` ends its id."""

    kind: str
    value: str
    label: str
    key: str
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class RuleView:
    """Controls of a time rule; `operators` begins with "any time" where a rule is optional."""

    operators: tuple[Choice, ...]
    boxes: tuple[ValueBox, ...]
    units: tuple[Choice, ...]
    negated: bool
    negatable: bool


def choices(options: Iterable[tuple[str, str]], chosen: str) -> tuple[Choice, ...]:
    """Options of a select, by value and label."""
    return tuple(Choice(value, label, value == chosen) for value, label in options)


def units(unit: str) -> tuple[Choice, ...]:
    """Units of time."""
    return choices(((each, f"{each}s") for each in times.UNITS), unit)


def clock_view(canvas: Canvas) -> RuleView | None:
    """The time rule of all events; None while there are not several of them."""
    if len(clock.steps(canvas)) < clock.LEAST:
        return None
    same = len(clock.rules(canvas)) == 1
    return rule_view(clock.shared(canvas), optional=True, differs=not same)


def rule_view(rule: TimeRule | None, *, optional: bool, differs: bool = False) -> RuleView:
    """Controls of a rule; with `differs` for several that are not the same."""
    names = {
        name: each.label for name, each in times.OPERATORS.items() if each.events or not optional
    }
    options = [*([("", "any time")] if optional else []), *names.items()]
    if differs:
        options.insert(0, (DIFFERS, "differs by event"))
    known = times.OPERATORS.get(rule.operator) if rule else None
    kinds = known.values if known else ()
    values = rule.values if rule else ()
    labels = ("From", "To") if kinds == ("day", "day") else ("Number", "Day")
    return RuleView(
        operators=choices(options, DIFFERS if differs else rule.operator if rule else ""),
        boxes=tuple(
            ValueBox(kind, value, _box_label(kind, labels[index]), str(index + 1))
            for index, (kind, value) in enumerate(zip(kinds, values, strict=False))
        ),
        units=units(rule.unit) if rule and known and known.unit else (),
        negated=bool(rule and rule.negated),
        negatable=rule is not None and rule.operator not in ("exists", "missing"),
    )


def _box_label(kind: str, label: str) -> str:
    if kind == "period":
        return "Month or year"
    return label if kind == "day" and label in ("From", "To") else kind.capitalize()
