"""Small pieces of DuckDB SQL as sqlglot expressions. Values become literals here and only here."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from sqlglot import exp

from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.typed import Span

type Sql = exp.Expr

_NUL: Final = re.compile("(\0)")


def call(name: str, *arguments: Sql) -> Sql:
    """A function by its DuckDB name, passed through as it is."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def column(table: str, name: str) -> exp.Column:
    """A column of a relation, both names quoted."""
    return exp.column(name, table=table, quoted=True)


def name_of(text: str) -> exp.Identifier:
    """A quoted identifier."""
    return exp.to_identifier(text, quoted=True)


def member(value: Sql, name: str) -> Sql:
    """A field of a struct; null if the struct is null."""
    if isinstance(value, exp.Column | exp.Dot):
        return exp.Dot(this=value, expression=name_of(name))
    return call("struct_extract", value, text(name))


def struct(fields: Sequence[tuple[str, Sql]]) -> Sql:
    """A struct of named values."""
    pairs = [exp.PropertyEQ(this=name_of(name), expression=value) for name, value in fields]
    return exp.Anonymous(this="struct_pack", expressions=pairs)


def text(value: str, *, at: Span = (0, 0)) -> Sql:
    """A string. NUL cannot stand in the text of a statement, half a surrogate pair nowhere."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise PqlError("The text holds half a character.", at=at) from None
    parts = [
        call("chr", whole(0)) if part == "\0" else exp.Literal.string(part)
        for part in _NUL.split(value)
        if part
    ]
    if not parts:
        return exp.Literal.string("")
    joined = parts[0]
    for part in parts[1:]:
        joined = exp.DPipe(this=joined, expression=part, safe=True)
    return joined if len(parts) == 1 else exp.paren(joined)


def whole(value: int) -> Sql:
    """A whole number, for positions and lengths."""
    return exp.Literal.number(value)


def double(value: float) -> Sql:
    """A number of PQL; the exponent makes it a double and not a decimal."""
    shown = repr(float(abs(value)))
    literal = exp.Literal.number(shown if "e" in shown else f"{shown}e0")
    return exp.paren(exp.Neg(this=literal)) if value < 0 else literal


def instant(value: datetime) -> Sql:
    """An aware datetime as a TIMESTAMP, in UTC like all instants here."""
    shown = value.replace(tzinfo=None).isoformat(sep=" ")
    return exp.cast(exp.Literal.string(shown), "timestamp", dialect="duckdb")


def null() -> Sql:
    """Null of no type."""
    return exp.null()


def true() -> Sql:
    """True."""
    return exp.true()


def false() -> Sql:
    """False."""
    return exp.false()


def holds(condition: Sql) -> Sql:
    """A condition with null taken for false."""
    return exp.Coalesce(this=condition, expressions=[false()])


def default(value: Sql, otherwise: Sql) -> Sql:
    """`otherwise` where the value is null."""
    return exp.Coalesce(this=value, expressions=[otherwise])


def empty_list() -> Sql:
    """`[]`, which fits every list type."""
    return call("list_value")


def all_of(conditions: Sequence[Sql]) -> Sql:
    """Conjunction; true if there is nothing to meet."""
    wanted = [one for one in conditions if one != true()]
    return exp.and_(*wanted, copy=False) if wanted else true()


def any_of(conditions: Sequence[Sql]) -> Sql:
    """Disjunction; false if there is no way to meet it."""
    wanted = [one for one in conditions if one != false()]
    return exp.or_(*wanted, copy=False) if wanted else false()


def negated(condition: Sql) -> Sql:
    """Negation of a condition that is never null."""
    return exp.not_(condition, copy=False)


def is_null(value: Sql) -> Sql:
    """Is the value null?"""
    return exp.Is(this=in_parentheses(value), expression=null())


def is_known(value: Sql) -> Sql:
    """Is the value not null?"""
    return exp.Not(this=is_null(value))


def choose(condition: Sql, then: Sql, otherwise: Sql | None = None) -> Sql:
    """`CASE WHEN … THEN … [ELSE …] END`."""
    case = exp.Case(ifs=[exp.If(this=condition, true=then)])
    if otherwise is not None:
        case.set("default", otherwise)
    return case


def as_double(value: Sql) -> Sql:
    """A count as a number of PQL."""
    return exp.cast(value, "double", dialect="duckdb")


def in_parentheses(value: Sql) -> Sql:
    """The value as an operand of an operator."""
    return value if isinstance(value, exp.Anonymous | exp.Column | exp.Dot) else exp.paren(value)


def compare(operator: str, left: Sql, right: Sql) -> Sql:
    """`left operator right`, with the operators of PQL."""
    return _COMPARISONS[operator](this=in_parentheses(left), expression=in_parentheses(right))


def function_of(parameter: str, body: Callable[[Sql], Sql]) -> Sql:
    """A lambda of one parameter."""
    variable = exp.column(parameter, quoted=True)
    return exp.Lambda(this=body(variable), expressions=[name_of(parameter)])


def function_with_index(parameter: str, index: str, body: Callable[[Sql, Sql], Sql]) -> Sql:
    """A lambda of an item and its position from 1."""
    variables = [exp.column(name, quoted=True) for name in (parameter, index)]
    parameters = [name_of(parameter), name_of(index)]
    return exp.Lambda(this=body(*variables), expressions=parameters)


def first(items: Sql) -> Sql:
    """The first item; null if there is none."""
    return call("list_extract", items, whole(1))


def is_path(value: Sql) -> bool:
    """Is the value read as it is, so that it may be written twice?"""
    return isinstance(value, exp.Column | exp.Dot)


def bound(value: Sql, parameter: str, body: Callable[[Sql], Sql]) -> Sql:
    """`body` of a value that it uses more than once, evaluated once."""
    if is_path(value):
        return body(value)
    return first(call("list_transform", call("list_value", value), function_of(parameter, body)))


_COMPARISONS: Final[dict[str, type[exp.Binary]]] = {
    "=": exp.EQ,
    "!=": exp.NEQ,
    "<": exp.LT,
    "<=": exp.LTE,
    ">": exp.GT,
    ">=": exp.GTE,
}
