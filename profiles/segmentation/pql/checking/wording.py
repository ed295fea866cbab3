"""Types in words, and the nearest name to a misspelt one."""

from collections import deque
from collections.abc import Iterable
from difflib import get_close_matches

from profiles.segmentation.pql.types import Kind, ListType, MapType, ObjectType, Scalar, Type

_SCALARS = {
    Kind.STRING: "text",
    Kind.BOOLEAN: "true or false",
    Kind.INTEGER: "a whole number",
    Kind.DOUBLE: "a number",
    Kind.DATE: "a date",
    Kind.DATE_TIME: "a date with time",
    Kind.NULL: "null",
}
_PLURALS = {
    Kind.STRING: "texts",
    Kind.BOOLEAN: "true-or-false values",
    Kind.INTEGER: "whole numbers",
    Kind.DOUBLE: "numbers",
    Kind.DATE: "dates",
    Kind.DATE_TIME: "dates with time",
    Kind.NULL: "nothing",
}
# How many fields a search for a field of the same name looks at.
_SEARCHED = 20_000


def in_words(type_: Type) -> str:
    """A type as a person would say it: `text`, `a list of numbers`."""
    match type_:
        case Scalar(kind):
            return _SCALARS[kind]
        case ListType(Scalar(kind)):
            return f"a list of {_PLURALS[kind]}"
        case ListType(MapType()):
            return "a list of maps"
        case ListType():
            return "a list of objects"
        case MapType():
            return "a map"
        case ObjectType():
            return "an object"
        case _:
            return "the result of a select"


def nearest(name: str, options: Iterable[str]) -> str | None:
    """The option that was probably meant."""
    known = {option.lower(): option for option in options}
    found = get_close_matches(name.lower(), known, n=1, cutoff=0.7)
    return known[found[0]] if found else None


def path_to(name: str, root: ObjectType) -> str | None:
    """The shortest path of a field called `name` below `root`, through objects and lists."""
    wanted = name.lower()
    pending: deque[tuple[str, Type]] = deque([("", root)])
    for _ in range(_SEARCHED):
        if not pending:
            break
        prefix, type_ = pending.popleft()
        if isinstance(type_, ListType):
            type_ = type_.item
        if not isinstance(type_, ObjectType):
            continue
        for field, inner in type_.fields.items():
            if field.lower() == wanted:
                return f"{prefix}{field}"
            pending.append((f"{prefix}{field}.", inner))
    return None
