"""An expression in the parts that a form has, and back. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from profiles.segmentation.computed.expression import MOST_RECENT, computation_of
from profiles.segmentation.pql.check import check_expression
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.typed import Aggregate, Call, Constant, Field, Filter, Typed
from profiles.segmentation.pql.types import ObjectType

_AGGREGATES: Final = {"SUM": "sum", "MIN": "min", "MAX": "max"}


@dataclass(frozen=True, slots=True)
class Parts:
    """A function of `field` (COUNT: of none), of events of one type (empty: of all).

    `condition` is PQL about an event; empty: none.
    """

    function: str
    field: str = ""
    event_type: str = ""
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """The expression, and where in it the condition begins."""

    text: str
    condition_at: int

    def in_condition(self, error: PqlError, condition: str) -> PqlError | None:
        """An error about the condition with its place there; None: it is about something else."""
        start = error.start - self.condition_at
        if not condition or not 0 <= start <= len(condition):
            return None
        end = max(start, min(error.end - self.condition_at, len(condition)))
        moved = PqlError(
            error.reason, at=(start, end), found=error.found, suggestion=error.suggestion
        )
        return moved.within(condition)


def write_parts(parts: Parts) -> Written:
    """The expression of the parts. Of the most recent, events without the field do not count."""
    source = "xEvent"
    if parts.event_type:
        source += f"[eventType = {_quoted(parts.event_type)}]"
    at = len(source) + 1
    if parts.condition:
        source += f"[{parts.condition}]"
    match parts.function:
        case "COUNT":
            return Written(f"{source}.count()", at)
        case function if function in _AGGREGATES:
            return Written(f"{source}.{_AGGREGATES[function]}({parts.field})", at)
        case _:
            known = f"{source}[{parts.field}.isNotNull()]"
            return Written(f"{known}.topN(timestamp, 1).head().{parts.field}", at)


def read_parts(text: str, profile_type: ObjectType) -> Parts | None:
    """The parts of an expression; None: it has others, or no schema allows it any more."""
    try:
        found = computation_of(check_expression(text, profile_type))
        tree = found.tree
        value = tree.body if isinstance(tree, Aggregate) else tree
        path = ".".join(reversed(list(_steps(value))))
        event_type, conditions = "", []
        for each in _conditions(found.events):
            if not event_type and (name := _event_type(each)):
                event_type = name
            elif not (found.function == MOST_RECENT and _tests(each, path)):
                conditions.append(text[slice(*each.at)])
        joined = conditions[0] if len(conditions) == 1 else _all_of(conditions)
        made = Parts(found.function, path, event_type, joined)
        # A condition cut out of brackets may not stand alone.
        again = computation_of(check_expression(write_parts(made).text, profile_type))
    except PqlError:
        return None
    return made if again.function == found.function else None


def _all_of(conditions: list[str]) -> str:
    return " and ".join(f"({each})" for each in conditions)


def _conditions(node: Typed) -> Iterator[Typed]:
    """What has to hold, in the order of the text."""
    if isinstance(node, Filter):
        yield from _conditions(node.source)
        body = node.body
        is_all = isinstance(body, Call) and body.function == "and"
        yield from body.arguments if isinstance(body, Call) and is_all else (body,)


def _steps(node: Typed) -> Iterator[str]:
    """Names of a path from its end."""
    while isinstance(node, Field):
        yield node.name
        node = node.object


def _event_type(node: Typed) -> str:
    match node:
        case Call("=", (Field(_, "eventType"), Constant(str() as value))):
            return value
        case _:
            return ""


def _tests(node: Typed, path: str) -> bool:
    """Does it ask whether the field is there?"""
    is_test = isinstance(node, Call) and node.function == "isNotNull"
    if not (isinstance(node, Call) and is_test):
        return False
    return ".".join(reversed(list(_steps(node.arguments[0])))) == path


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
