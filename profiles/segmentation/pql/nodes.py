"""The query as written: one node for each construct of the language, with its place in the text.

Two nodes are equal when they say the same, wherever they stand: `at` does not count.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal as OneOf

from profiles.segmentation.pql.typed import Span

type Operator = OneOf["=", "!=", "<", "<=", ">", ">="]
type Direction = OneOf["before", "after", "from"]
type Shift = OneOf["this", "last", "next"]
type Joining = OneOf["and", "or"]
type QuantifierName = OneOf["exists", "forall"]
type FoldName = OneOf["sum", "count", "min", "max", "average"]


@dataclass(frozen=True, slots=True)
class Literal:
    """A string, number, boolean or null."""

    value: str | int | float | bool | None
    at: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class TimeWord:
    """`now`, `today`, `last month`: `shift` says `this`, `last` or `next`, else it is None."""

    word: str
    shift: Shift | None
    at: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A bare name: a bound variable, else a field of the current element."""

    name: str
    at: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Parameter:
    """`$1`."""

    position: int
    at: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class This:
    """`this`: the current element."""

    at: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Up:
    """`^`, `^^`, …: the element so many levels out."""

    levels: int
    at: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Access:
    """`object.name`; `name_at` is the place of the name."""

    object: "Node"
    name: str
    at: Span = field(compare=False)
    name_at: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Lambda:
    """`(a, b) => body`, as an argument."""

    parameters: tuple[str, ...]
    body: "Node"
    at: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Invoke:
    """`receiver.function(arguments)`, or `function(arguments)` without receiver."""

    receiver: "Node | None"
    function: str
    arguments: tuple["Node | Lambda", ...]
    at: Span = field(compare=False)
    name_at: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Pick:
    """`source[condition]`: the items for which it holds."""

    source: "Node"
    condition: "Node"
    at: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Logical:
    """Two or more operands joined by one of `and`, `or`."""

    operator: Joining
    operands: tuple["Node", ...]
    at: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Unary:
    """`not x`, `-x`."""

    operator: OneOf["not", "-"]
    operand: "Node"
    at: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """Comparison, `in`, `notIn`, `like` or arithmetic; `operator_at` is the operator's place."""

    operator: str
    left: "Node"
    right: "Node"
    at: Span = field(compare=False)
    operator_at: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Conditional:
    """`if(condition, then, otherwise)`."""

    condition: "Node"
    then: "Node"
    otherwise: "Node"
    at: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Let:
    """`let name = value in body`."""

    name: str
    value: "Node"
    body: "Node"
    at: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Binding:
    """`name from source where condition`."""

    name: str
    source: "Node"
    condition: "Node | None"
    at: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Quantifier:
    """`exists` / `forall` bindings; `claim` is what follows the colon."""

    kind: QuantifierName
    bindings: tuple[Binding, ...]
    claim: "Node | None"
    at: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Select:
    """`select` bindings."""

    bindings: tuple[Binding, ...]
    at: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Fold:
    """`sum body over name from source where condition`."""

    function: FoldName
    body: "Node"
    binding: Binding
    at: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class ListLiteral:
    """`[a, b]`."""

    items: tuple["Node", ...]
    at: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class ObjectLiteral:
    """`{ "a": x }`."""

    fields: tuple[tuple[str, "Node"], ...]
    at: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Distance:
    """`<= 3 days before now`; without an operator the same as `=`."""

    operator: Operator | None
    count: int
    unit: str
    direction: Direction
    reference: "Node"
    at: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Side:
    """`before now`, `after now`."""

    direction: OneOf["before", "after"]
    reference: "Node"
    at: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class On:
    """`on date(2026, 3, 1)`, `last month`."""

    reference: "Node"
    at: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Between:
    """`between start and end`."""

    start: "Node"
    end: "Node"
    at: Span = field(compare=False)


type TimeTest = Distance | Side | On | Between


@dataclass(frozen=True, slots=True)
class Occurs:
    """`moment occurs test`."""

    moment: "Node"
    test: TimeTest
    at: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Link:
    """One element of a chain; `count` is its operator (None: at least) and number."""

    label: str
    what: "Node | None"
    when: TimeTest | None
    where: "Node | None"
    count: tuple[Operator | None, int] | None
    at: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Chain:
    """`CHAIN(source, timestamp, [links])`."""

    source: "Node"
    timestamp: str
    links: tuple[Link, ...]
    at: Span = field(compare=False)
    timestamp_at: Span = field(compare=False)


type Node = (
    Literal
    | TimeWord
    | Name
    | Parameter
    | This
    | Up
    | Access
    | Invoke
    | Pick
    | Logical
    | Unary
    | Binary
    | Conditional
    | Let
    | Quantifier
    | Select
    | Fold
    | ListLiteral
    | ObjectLiteral
    | Occurs
    | Chain
)
type Part = Node | Lambda | Binding | TimeTest | Link


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query; `parameters` names `$1`, `$2`, … where it has a signature."""

    parameters: tuple[str, ...] | None
    body: Node
    text: str = field(compare=False)


def children(part: Part) -> Iterator[Part]:
    """The parts directly below one, in the order of the text."""
    for name in type(part).__slots__:
        value = getattr(part, name)
        if isinstance(value, tuple):
            for item in value:
                inner = item[1] if isinstance(item, tuple) and len(item) == 2 else item
                if hasattr(inner, "at"):
                    yield inner
        elif hasattr(value, "at"):
            yield value
