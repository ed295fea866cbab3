"""Types of PQL expressions. The type of the profile is made from the union schema."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """Scalar kinds. Arithmetic is done in doubles; dates are instants at 00:00 UTC of their day."""

    STRING = "string"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    DOUBLE = "double"
    DATE = "date"
    DATE_TIME = "date-time"
    NULL = "null"


@dataclass(frozen=True, slots=True)
class Scalar:
    """A scalar type."""

    kind: Kind


@dataclass(frozen=True, slots=True)
class ListType:
    """A list of items of one type."""

    item: "Type"


@dataclass(frozen=True, slots=True)
class MapType:
    """A map with string keys."""

    value: "Type"


@dataclass(frozen=True, slots=True)
class ObjectType:
    """An object; `fields` by name. `label` names it in messages, such as `homeAddress`."""

    label: str
    fields: Mapping[str, "Type"] = field(hash=False)


@dataclass(frozen=True, slots=True)
class TupleType:
    """What a `select` yields: one value a variable. It can be counted and tested, nothing else."""

    items: tuple["Type", ...]


Type = Scalar | ListType | MapType | ObjectType | TupleType

STRING = Scalar(Kind.STRING)
BOOLEAN = Scalar(Kind.BOOLEAN)
INTEGER = Scalar(Kind.INTEGER)
DOUBLE = Scalar(Kind.DOUBLE)
DATE = Scalar(Kind.DATE)
DATE_TIME = Scalar(Kind.DATE_TIME)
NULL = Scalar(Kind.NULL)

NUMERIC = frozenset({Kind.INTEGER, Kind.DOUBLE})
TEMPORAL = frozenset({Kind.DATE, Kind.DATE_TIME})
