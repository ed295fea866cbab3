"""pql/json documents to nodes."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import copysign, isfinite
from typing import Any, Final, get_args

from profiles.segmentation.pql import nodes
from profiles.segmentation.pql.checking.functions import PLAIN
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.limits import MAX_NESTING
from profiles.segmentation.pql.nodes import Node
from profiles.segmentation.pql.syntax.stream import COMPARISONS, DAYS, RESERVED, UNITS

_AT: Final = (0, 0)
_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DATE: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_BINARY: Final = frozenset({*COMPARISONS, "in", "notIn", "like", *"+-*/%"})
_QUANTIFIERS: Final = get_args(nodes.QuantifierName.__value__)
_OPERATORS: Final = get_args(nodes.Operator.__value__)


@dataclass(frozen=True, slots=True)
class Place:
    """A value of the document, where it stands, and the names known there.

    `elements` are the names of the elements from the profile (None) inwards, `named` those
    variables that have their name in the text as well.
    """

    value: Any
    path: str
    depth: int = 0
    elements: tuple[str | None, ...] = (None,)
    named: frozenset[str] = frozenset()

    def fail(self, reason: str) -> PqlError:
        """The refusal of this value."""
        return PqlError(f"{self.path}: {reason}", at=_AT, found=str(self.value)[:40])

    def at(self, key: str) -> "Place":
        """The value of a key, which must be there."""
        if not isinstance(self.value, Mapping) or key not in self.value:
            raise self.fail(f"{key} is missing.")
        return replace(self, value=self.value[key], path=f"{self.path}.{key}")

    def find(self, key: str) -> "Place | None":
        """The value of a key, if it is there."""
        return self.at(key) if self.value.get(key) is not None else None

    def items(self) -> list["Place"]:
        """The values of an array."""
        if not isinstance(self.value, list):
            raise self.fail("An array is needed.")
        return [
            replace(self, value=value, path=f"{self.path}[{index}]")
            for index, value in enumerate(self.value)
        ]

    def text(self) -> str:
        """The value, which must be text."""
        if not isinstance(self.value, str):
            raise self.fail("Text is needed.")
        return self.value

    def whole(self) -> int:
        """The value, which must be a whole number that is not negative."""
        if type(self.value) is not int or self.value < 0:
            raise self.fail("A whole number is needed.")
        return self.value

    def name(self) -> str:
        """The value, which must be usable as a name."""
        name = self.text()
        if _IDENTIFIER.fullmatch(name) is None:
            raise self.fail("A name consists of letters, digits and _.")
        return name

    def one_of[T: str](self, options: tuple[T, ...]) -> T:
        """The value, which must be one of these."""
        for option in options:
            if self.value == option:
                return option
        raise self.fail(f"One of {', '.join(options)} is needed.")

    def knowing(self, name: str) -> "Place":
        """The same place with one more variable."""
        return replace(self, named=self.named | {name})

    def inside(self, name: str) -> "Place":
        """The same value read with one more element, which has no name in the text."""
        return replace(self, elements=(*self.elements, name), named=self.named - {name})


def read(document: Mapping[str, Any]) -> Node:
    """The nodes of a document; raises PqlError."""
    return _read(Place(document, "expression"))


def _read(place: Place) -> Node:
    if place.depth > MAX_NESTING:
        raise place.fail(f"The query is nested more than {MAX_NESTING} levels deep.")
    if not isinstance(place.value, Mapping):
        raise place.fail("An object with a nodeType is needed.")
    reader = _READERS.get(place.at("nodeType").text())
    if reader is None:
        raise place.fail(f"There is no nodeType {place.value['nodeType']!r}.")
    return reader(replace(place, depth=place.depth + 1))


# --- Constants


def _literal(place: Place) -> Node:
    value = place.at("value")
    match place.at("literalType").text():
        case "Date":
            return _date(value)
        case "List":
            return nodes.ListLiteral(tuple(_plain(item) for item in value.items()), _AT)
        case "XDMObject":
            return nodes.Parameter(1, _AT)
        case kind:
            return _scalar(value, kind)


def _scalar(place: Place, kind: str) -> Node:
    match kind, place.value:
        case ("String", str()) | ("Boolean", bool()) | ("Null", None):
            return nodes.Literal(place.value, _AT)
        case "Integer", int() if type(place.value) is int:
            return _number(place.value)
        case "Double", int() | float() if _is_finite(place.value):
            return _number(float(place.value))
        case _:
            raise place.fail(f"This is no value of the literalType {kind!r}.")


def _is_finite(value: float) -> bool:
    return not isinstance(value, bool) and abs(value) < 1e300 and isfinite(value)


def _number(value: float) -> Node:
    if copysign(1, value) < 0:
        return nodes.Unary("-", nodes.Literal(-value, _AT), _AT)
    return nodes.Literal(value, _AT)


def _plain(place: Place) -> Node:
    match place.value:
        case None | bool() | str():
            return nodes.Literal(place.value, _AT)
        case int():
            return _number(place.value)
        case float() if _is_finite(place.value):
            return _number(place.value)
        case _:
            raise place.fail("A list of constants holds texts, numbers, booleans and nulls.")


def _date(place: Place) -> Node:
    day = _DATE.fullmatch(place.text())
    if day is None:
        return nodes.Literal(place.text(), _AT)
    parts = tuple(nodes.Literal(int(part), _AT) for part in day.groups())
    return nodes.Invoke(None, "date", parts, _AT, _AT)


def _time_reference(place: Place) -> Node:
    value = place.at("value")
    shift, _, unit = value.text().rpartition(" ")
    if not shift:
        return nodes.TimeWord(value.one_of(DAYS), None, _AT)
    if unit not in UNITS.values():
        raise value.fail("A time reference is such as today or last month.")
    known = replace(value, value=shift).one_of(get_args(nodes.Shift.__value__))
    return nodes.TimeWord(unit, known, _AT)


# --- Names


def _parameter(place: Place) -> Node:
    return nodes.Parameter(place.at("position").whole(), _AT)


def _variable(place: Place) -> Node:
    name = place.at("name").text()
    if name in place.named:
        return nodes.Name(name, _AT)
    if name not in place.elements:
        raise place.fail(f"There is no variable {name!r}.")
    # The innermost element of that name.
    levels = list(reversed(place.elements)).index(name)
    return nodes.Up(levels, _AT) if levels else nodes.This(_AT)


def _field(place: Place) -> Node:
    name = place.at("fieldName").name()
    owner = _read(place.at("object"))
    current = isinstance(owner, nodes.This) or (
        owner == nodes.Parameter(1, _AT) and len(place.elements) == 1
    )
    if current and name not in place.named and name not in RESERVED:
        return nodes.Name(name, _AT)
    return nodes.Access(owner, name, _AT, _AT)


# --- Calls


def _apply(place: Place) -> Node:
    function = place.at("fnName").text()
    params = place.at("params").items()
    count = len(params)
    if function in ("and", "or") and count > 1:
        operator: nodes.Joining = "and" if function == "and" else "or"
        return nodes.Logical(operator, tuple(map(_read, params)), _AT)
    if function in ("not", "-") and count == 1:
        return nodes.Unary("not" if function == "not" else "-", _read(params[0]), _AT)
    if function in _BINARY and count == 2:
        return nodes.Binary(function, _read(params[0]), _read(params[1]), _AT, _AT)
    if function == "if" and count == 3:
        condition, then, otherwise = map(_read, params)
        return nodes.Conditional(condition, then, otherwise, _AT)
    if function == "occurs" and count == 2:
        return nodes.Occurs(_read(params[0]), _window(params[1]), _AT)
    return _call(place, params)


def _call(place: Place, params: list[Place]) -> Node:
    function = place.at("fnName").name()
    last = params[-1] if params else place
    if len(params) == 2 and _is_lambda(last):
        if function in _QUANTIFIERS and not last.value.get("implicit"):
            return _quantifier(place.at("fnName"), *params)
        if function == "filter" and last.value.get("implicit"):
            condition = _read(_inside(last))
            return nodes.Pick(_read(params[0]), condition, _AT)
    if function in PLAIN or not params:
        return nodes.Invoke(None, function, tuple(map(_argument, params)), _AT, _AT)
    arguments = tuple(_argument(param) for param in params[1:])
    return nodes.Invoke(_read(params[0]), function, arguments, _AT, _AT)


def _is_lambda(place: Place) -> bool:
    return isinstance(place.value, Mapping) and place.value.get("nodeType") == "lambda"


def _quantifier(kind: Place, source: Place, claim: Place) -> Node:
    names = [param.name() for param in claim.at("params").items()]
    if len(names) != 1:
        raise claim.fail("A quantifier binds one name.")
    condition = _read(claim.at("body").knowing(names[0]))
    binding = nodes.Binding(names[0], _read(source), condition, _AT)
    return nodes.Quantifier(kind.one_of(_QUANTIFIERS), (binding,), None, _AT)


def _inside(place: Place) -> Place:
    """The body of a lambda that has no names in the text."""
    names = [param.text() for param in place.at("params").items()]
    if len(names) != 1:
        raise place.fail("An implicit lambda has one parameter.")
    return place.at("body").inside(names[0])


def _argument(place: Place) -> Node | nodes.Lambda:
    if not _is_lambda(place):
        return _read(place)
    if place.value.get("implicit"):
        return _read(_inside(place))
    names = tuple(param.name() for param in place.at("params").items())
    body = place.at("body")
    if names:
        body = body.inside(names[-1])
    for name in names:
        body = body.knowing(name)
    return nodes.Lambda(names, _read(replace(body, depth=body.depth + 1)), _AT)


def _lambda(place: Place) -> Node:
    raise place.fail("A lambda can only be an argument.")


# --- Constructs


def _let(place: Place) -> Node:
    name = place.at("name").name()
    value = _read(place.at("value"))
    return nodes.Let(name, value, _read(place.at("body").knowing(name)), _AT)


def _list(place: Place) -> Node:
    return nodes.ListLiteral(tuple(map(_read, place.at("items").items())), _AT)


def _object(place: Place) -> Node:
    fields = place.at("fields")
    if not isinstance(fields.value, Mapping):
        raise fields.fail("An object is needed.")
    return nodes.ObjectLiteral(
        tuple((str(name), _read(fields.at(name))) for name in fields.value), _AT
    )


def _select(place: Place) -> Node:
    bindings: list[nodes.Binding] = []
    known = place
    for written in place.at("bindings").items():
        # Later bindings know the names of earlier ones.
        here = replace(written, named=known.named)
        name = here.at("name").name()
        source = _read(here.at("source"))
        known = known.knowing(name)
        where = replace(here, named=known.named).find("where")
        condition = None if where is None else _read(where)
        bindings.append(nodes.Binding(name, source, condition, _AT))
    return nodes.Select(tuple(bindings), _AT)


def _window(place: Place) -> nodes.TimeTest:
    if place.at("nodeType").text() != "timeWindow":
        raise place.fail("A timeWindow is needed.")
    direction = place.at("direction")
    if direction.value == "between":
        return nodes.Between(_read(place.at("start")), _read(place.at("end")), _AT)
    reference = _read(place.at("reference"))
    if direction.value == "on":
        return nodes.On(reference, _AT)
    if "count" not in place.value:
        return nodes.Side(direction.one_of(("before", "after")), reference, _AT)
    operator = place.find("op")
    unit = UNITS.get(place.at("unit").text())
    if unit is None:
        raise place.at("unit").fail("This is no unit of time.")
    return nodes.Distance(
        None if operator is None else operator.one_of(_OPERATORS),
        place.at("count").whole(),
        unit,
        direction.one_of(get_args(nodes.Direction.__value__)),
        reference,
        _AT,
    )


def _chain(place: Place) -> Node:
    links: list[nodes.Link] = []
    known = place
    for written in place.at("links").items():
        here = replace(written, named=known.named)
        label = here.at("label").name()
        links.append(_link(here.inside(label), label))
        known = known.knowing(label)
    source = _read(place.at("source"))
    return nodes.Chain(source, place.at("timestamp").name(), tuple(links), _AT, _AT)


def _link(place: Place, label: str) -> nodes.Link:
    what, when, where = (place.find(key) for key in ("what", "when", "where"))
    return nodes.Link(
        label,
        None if what is None else _read(what),
        None if when is None else _window(when),
        None if where is None else _read(where),
        _count(place),
        _AT,
    )


def _count(place: Place) -> tuple[nodes.Operator | None, int] | None:
    count = place.find("count")
    if count is None:
        return None
    if isinstance(count.value, Mapping):
        return count.at("op").one_of(_OPERATORS), count.at("value").whole()
    return None, count.whole()


_READERS: Final[Mapping[str, Callable[[Place], Node]]] = {
    "literal": _literal,
    "timeReference": _time_reference,
    "parameterReference": _parameter,
    "variableReference": _variable,
    "fieldLookup": _field,
    "fnApply": _apply,
    "lambda": _lambda,
    "let": _let,
    "list": _list,
    "object": _object,
    "select": _select,
    "chain": _chain,
}
