"""The rule of an audience in words. What has no words yet stands there as PQL."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from profiles.segmentation.pql.typed import (
    EVENTS,
    PROFILE,
    Aggregate,
    Call,
    Chain,
    Constant,
    Field,
    Filter,
    Gap,
    InPeriod,
    InSegment,
    Link,
    Now,
    Quantified,
    Span,
    Typed,
    Variable,
    Within,
)

ALL, ANY, NONE = "All of these hold", "At least one of these holds", "This does not hold"
_COMPARED: Final = {
    "=": "is {}",
    "!=": "is not {}",
    "<": "is less than {}",
    "<=": "is at most {}",
    ">": "is more than {}",
    ">=": "is at least {}",
    "in": "is one of {}",
    "notIn": "is none of {}",
    "includes": "has {} among its values",
    "equals": "is {}",
    "notEqualTo": "is not {}",
    "contains": "contains {}",
    "doesNotContain": "does not contain {}",
    "startsWith": "starts with {}",
    "doesNotStartWith": "does not start with {}",
    "endsWith": "ends with {}",
    "doesNotEndWith": "does not end with {}",
}
_DATED: Final = {
    "<": "is before {}",
    "<=": "is {} or before",
    ">": "is after {}",
    ">=": "is {} or later",
}
_COUNTED: Final = {
    "=": "Exactly {}",
    ">=": "At least {}",
    "<=": "At most {}",
    ">": "More than {}",
    "<": "Fewer than {}",
}


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence, and the parts it announces; `ordered`: they come one after the other."""

    text: str
    parts: tuple["Phrase", ...] = ()
    ordered: bool = False


def rule_in_words(node: Typed, text: str, names: Mapping[str, str]) -> Phrase:
    """The rule made from `text`; `names` of audiences by id."""
    return _Words(text, names).phrase(node)


class _Words:
    def __init__(self, text: str, names: Mapping[str, str]) -> None:
        self._text = text
        self._names = names

    def phrase(self, node: Typed) -> Phrase:
        match node:
            case Call("and", parts):
                return Phrase(ALL, tuple(map(self.phrase, parts)))
            case Call("or", parts):
                return Phrase(ANY, tuple(map(self.phrase, parts)))
            case Call("not", (inner,)):
                return self._negated(self.phrase(inner))
            case Chain():
                return self._chain(node)
            case InSegment(key):
                name = self._names.get(key.lower(), key)
                return Phrase(f"Is in the audience “{name}”")
            case _:
                return self._items(node) or Phrase(self._condition(node))

    @staticmethod
    def _negated(inner: Phrase) -> Phrase:
        for some in ("At least one ", "At least 1 "):
            if inner.text.startswith(some):
                return replace(inner, text=f"No {inner.text.removeprefix(some)}")
        return Phrase(NONE, (inner,))

    def _items(self, node: Typed) -> Phrase | None:
        """Conditions on a list, such as the events."""
        match node:
            case Call("notEmpty", (Filter(_, source, body),)):
                return self._some("At least one", source, body)
            case Quantified("exists", _, source, body):
                return self._some("At least one", source, body)
            case Quantified("forall", _, source, body):
                said = self._some("Every", source, body)
                return replace(said, text=said.text.replace(" where ", " fulfils: ", 1))
            case Call(operator, (Aggregate("count", _, Filter(_, source, body)), Constant(count))):
                if operator in _COUNTED:
                    many = _COUNTED[operator].format(_shown(count))
                    return self._some(many, source, body, several=count != 1)
                return None
            case _:
                return None

    def _some(self, many: str, source: Typed, body: Typed, *, several: bool = False) -> Phrase:
        noun = _noun(source, self._slice(source.at), several=several)
        return self._announced(f"{many} {noun} where", body)

    def _announced(self, words: str, body: Typed) -> Phrase:
        """`At least one event where eventType is "purchase"`, or with its conditions below."""
        match body:
            case Call("and", parts) if not any(map(_is_group, parts)):
                joined = " and ".join(self._condition(part) for part in parts)
                return Phrase(f"{words} {joined}")
            case _ if _is_group(body):
                inner = self.phrase(body)
                return replace(inner, text=f"{words} {inner.text[0].lower()}{inner.text[1:]}")
            case _:
                return Phrase(f"{words} {self._condition(body)}")

    def _chain(self, node: Chain) -> Phrase:
        steps = tuple(self._link(link) for link in node.links)
        if len(steps) == 1:
            return steps[0]
        return Phrase("These events in this order", steps, ordered=True)

    def _link(self, link: Link) -> Phrase:
        many = _COUNTED.get(link.count_operator, "{}").format(link.count)
        noun = "event" if link.count == 1 else "events"
        parts = [part for part in (link.what, link.when, link.where) if part and not _always(part)]
        if not parts:
            said = Phrase(f"{many} {noun}")
        else:
            both = Call("and", tuple(parts), link.what.type, link.what.at)
            said = self._announced(f"{many} {noun} where", parts[0] if len(parts) == 1 else both)
        return said if link.gap is None else replace(said, text=f"{said.text}, {_gap(link.gap)}")

    def _condition(self, node: Typed) -> str:
        match node:
            case Call("isNull", (value,)):
                return f"{self._operand(value)} has no value"
            case Call("isNotNull", (value,)):
                return f"{self._operand(value)} has a value"
            case Call("truth", (Field() | Variable() as value,)):
                return f"{self._operand(value)} is true"
            case Call(function, (left, right, *rest)) if function in _COMPARED:
                words = _comparison(function, right).format(self._operand(right))
                same = any(isinstance(each, Constant) and each.value is False for each in rest)
                return f"{self._operand(left)} {words}{' in any case' if same else ''}"
            case Within() | InPeriod():
                return self._time(node)
            case _:
                return self._slice(node.at)

    def _time(self, node: Within | InPeriod) -> str:
        match node:
            case Within(moment, "<" | "<=", duration, "before", Now(None, 0)):
                plural = "" if duration.count == 1 else "s"
                span = f"{duration.count} {duration.unit}{plural}"
                return f"{self._operand(moment)} lies in the last {span}"
            case Within(Field(_, "timestamp")) | InPeriod(Field(_, "timestamp")):
                said = self._slice(node.at)
                return said if said.startswith("timestamp") else f"timestamp occurs {said}"
            case _:
                return self._slice(node.at)

    def _operand(self, node: Typed) -> str:
        match node:
            case Constant(value):
                return _shown(value)
            case Field(Variable(), "timestamp"):
                return "timestamp"
            case _:
                return self._slice(node.at)

    def _slice(self, at: Span) -> str:
        return self._text[at[0] : at[1]]


def _comparison(function: str, right: Typed) -> str:
    if isinstance(right, Constant):
        table = _DATED if isinstance(right.value, datetime) else _COMPARED
        return table.get(function, _COMPARED[function])
    return "is among {}" if function == "in" else _COMPARED[function]


def _gap(gap: Gap) -> str:
    count, unit = gap.duration.count, gap.duration.unit
    span = f"{count} {unit}{'' if count == 1 else 's'}"
    within = "within" if gap.operator in {"<", "<="} else f"{gap.operator}"
    return f"{within} {span} {gap.direction} step {gap.label + 1}"


def _is_group(node: Typed) -> bool:
    match node:
        case Call("and" | "or" | "not") | Chain() | Quantified() | InSegment():
            return True
        case Call("notEmpty", (Filter(),)):
            return True
        case _:
            return False


def _always(node: Typed) -> bool:
    return isinstance(node, Constant) and node.value is True


def _noun(source: Typed, text: str, *, several: bool) -> str:
    ending = "s" if several else ""
    match source:
        case Field(Variable(owner), field) if (owner, field) == (PROFILE, EVENTS):
            return f"event{ending}"
        case _:
            return f"item{ending} of {text}"


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_shown, value))
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=False)
