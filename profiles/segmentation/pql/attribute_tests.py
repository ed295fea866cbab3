"""What a condition asks of attributes: comparisons with constants, and the rest.

As long as none of its comparisons changes its answer, and nothing else it reads changes, neither
does the condition.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from profiles.segmentation.pql.closures.paths import names_of
from profiles.segmentation.pql.references import references
from profiles.segmentation.pql.typed import PROFILE, Call, Constant, Typed, Variable
from profiles.segmentation.pql.types import NUMERIC, Kind, Scalar
from profiles.segmentation.pql.windows import MIRRORED

type Sign = Literal["<", "<=", ">", ">=", "among", "not among"]
type Names = tuple[str, ...]

_AMONG: dict[str, Sign] = {"=": "among", "in": "among", "!=": "not among", "notIn": "not among"}
_ORDERED: dict[str, Sign] = {"<": "<", "<=": "<=", ">": ">", ">=": ">="}


@dataclass(frozen=True, slots=True)
class AttributeTest:
    """A number compared with a constant; a number or text that is, or is not, among constants.

    It fails for null, whatever its sign. `attribute` is the node that reads it, `names` lead to it.
    """

    names: Names
    attribute: Typed
    sign: Sign
    constants: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class AttributeUse:
    """The tests of a condition, and the dotted paths it reads in other ways."""

    tests: tuple[AttributeTest, ...]
    others: frozenset[str]


def attribute_use(rule: Typed) -> AttributeUse:
    """What a condition asks of attributes."""
    tests: list[AttributeTest] = []
    others: set[str] = set()
    for part in _parts(rule):
        test = _test(part)
        if test is None:
            others |= references(part).attributes
        else:
            tests.append(test)
    return AttributeUse(tuple(tests), frozenset(others))


def _parts(rule: Typed) -> Iterator[Typed]:
    """The conditions that `and`, `or` and `not` combine."""
    pending = [rule]
    while pending:
        node = pending.pop()
        if isinstance(node, Call) and node.function in ("and", "or", "not"):
            pending.extend(node.arguments)
        else:
            yield node


def _test(node: Typed) -> AttributeTest | None:
    match node:
        case Call(function, (attribute, Constant(value))):
            return _compared(function, attribute, value)
        case Call(function, (Constant(value), attribute)) if function in MIRRORED:
            return _compared(MIRRORED[function], attribute, value)
        case _:
            return None


def _compared(function: str, attribute: Typed, value: Any) -> AttributeTest | None:
    found = names_of(attribute)
    if found is None or not isinstance(attribute.type, Scalar):
        return None
    root, names = found
    if not isinstance(root, Variable) or root.name != PROFILE:
        return None
    kind = attribute.type.kind
    constants = value if isinstance(value, tuple) else (value,)
    if kind in NUMERIC and all(type(one) in (int, float) for one in constants):
        sign = _ORDERED.get(function) or _AMONG.get(function)
    elif kind == Kind.STRING and all(type(one) is str for one in constants):
        sign = _AMONG.get(function)
    else:
        return None
    return None if sign is None else AttributeTest(names, attribute, sign, constants)
