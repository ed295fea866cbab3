"""Kinds of fields, and what can be asked of each kind."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from profiles.segmentation.builder.canvas import FieldKind
from profiles.segmentation.pql.types import Kind, ListType, ObjectType, Scalar, Type

_KINDS: Final[Mapping[Kind, FieldKind]] = {
    Kind.STRING: "text",
    Kind.INTEGER: "number",
    Kind.DOUBLE: "number",
    Kind.BOOLEAN: "flag",
    Kind.DATE: "date",
    Kind.DATE_TIME: "date",
}


@dataclass(frozen=True, slots=True)
class Operator:
    """What can be asked: its name on the card, how many values it takes (None: one or more).

    `negative`: people without any value do not pass either.
    """

    label: str
    values: int | None = 1
    negative: bool = False


EXISTS: Final = {"exists": Operator("exists", 0), "missing": Operator("does not exist", 0)}
TEXT: Final[Mapping[str, Operator]] = {
    "equals": Operator("equals", None),
    "notEquals": Operator("does not equal", None, negative=True),
    "contains": Operator("contains"),
    "doesNotContain": Operator("does not contain", negative=True),
    "startsWith": Operator("starts with"),
    "doesNotStartWith": Operator("does not start with", negative=True),
    "endsWith": Operator("ends with"),
    "doesNotEndWith": Operator("does not end with", negative=True),
    "like": Operator("is like (% any, _ one character)"),
    **EXISTS,
}
NUMBER: Final[Mapping[str, Operator]] = {
    "equals": Operator("equals", None),
    "notEquals": Operator("does not equal", None, negative=True),
    "more": Operator("is greater than"),
    "atLeast": Operator("is at least"),
    "less": Operator("is less than"),
    "atMost": Operator("is at most"),
    "between": Operator("is between", 2),
    **EXISTS,
}
FLAG: Final[Mapping[str, Operator]] = {
    "isTrue": Operator("is true", 0),
    "isFalse": Operator("is false", 0),
    **EXISTS,
}
OPERATORS: Final[Mapping[FieldKind, Mapping[str, Operator]]] = {
    "text": TEXT,
    "number": NUMBER,
    "flag": FLAG,
}
COUNTS: Final[Mapping[str, Operator]] = {
    "atLeast": Operator("at least"),
    "atMost": Operator("at most"),
    "equals": Operator("exactly"),
    "between": Operator("between", 2),
}
AGGREGATES: Final[Mapping[str, Operator]] = {
    "more": Operator("is greater than"),
    "atLeast": Operator("is at least"),
    "less": Operator("is less than"),
    "atMost": Operator("is at most"),
    "equals": Operator("equals"),
    "between": Operator("is between", 2),
}
MEASURES: Final = {
    "count": "Count",
    "sum": "Sum",
    "average": "Average",
    "min": "Minimum",
    "max": "Maximum",
}
# The signs of the operators that compare with one number.
SIGNS: Final = {
    "equals": "=",
    "notEquals": "!=",
    "more": ">",
    "atLeast": ">=",
    "less": "<",
    "atMost": "<=",
}


@dataclass(frozen=True, slots=True)
class FieldType:
    """What stands at a path: single values of a kind, or a list of objects (`item`), or neither.

    `many`: it lies in a list; one item that fits is enough.
    """

    kind: FieldKind | None
    many: bool = False
    item: ObjectType | None = None


def field_at(root: ObjectType, path: str) -> FieldType | None:
    """The field at a dotted path, through objects and lists; None: there is none."""
    type_: Type = root
    many = False
    for name in path.split("."):
        if isinstance(type_, ListType):
            type_, many = type_.item, True
        if not isinstance(type_, ObjectType) or name not in type_.fields:
            return None
        type_ = type_.fields[name]
    return _field(type_, many=many)


def _field(type_: Type, *, many: bool) -> FieldType:
    match type_:
        case ListType(ObjectType() as item):
            return FieldType(None, many, item)
        case ListType(item):
            return _field(item, many=True)
        case Scalar(kind) if kind in _KINDS:
            return FieldType(_KINDS[kind], many)
        case _:
            return FieldType(None, many)
