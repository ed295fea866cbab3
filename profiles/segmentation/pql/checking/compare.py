"""Comparisons, membership in lists, arithmetic."""

from collections.abc import Iterable
from typing import Final

from profiles.segmentation.pql.checking.coerce import (
    comparable,
    fit,
    is_null,
    is_numeric,
    is_temporal,
    item_type,
    join,
)
from profiles.segmentation.pql.checking.context import Context
from profiles.segmentation.pql.checking.lift import some
from profiles.segmentation.pql.checking.membership import as_membership
from profiles.segmentation.pql.checking.wording import in_words
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.limits import MAX_PATTERN
from profiles.segmentation.pql.typed import Call, Constant, Span, Typed
from profiles.segmentation.pql.types import (
    BOOLEAN,
    DOUBLE,
    NULL,
    ListType,
    Scalar,
    Type,
)

_NULL_TESTS: Final = {"=": "isNull", "!=": "isNotNull"}
# How to write a date.
DATES: Final = 'Dates are written date(2026, 3, 1) or "2026-03-01T08:00:00Z".'
_ORDERINGS: Final = ("<", "<=", ">", ">=")
_LIST_ADVICE: Final = {
    "=": "Use intersects, subsetOf or supersetOf to compare lists.",
    "!=": "Use not(….intersects(…)) to compare lists.",
}


def comparison(context: Context, operator: str, left: Typed, right: Typed, *, at: Span) -> Typed:
    """`left operator right`; a list on one side: does it hold for some item?"""
    if is_null(left) or is_null(right):
        return _with_null(operator, left, right, at=at)
    lists = [isinstance(side.type, ListType) for side in (left, right)]
    if all(lists):
        raise PqlError(
            f"{context.quote(left.at)} and {context.quote(right.at)} are both lists.",
            at=at,
            suggestion=_LIST_ADVICE.get(operator, "Compare one value of each, such as .max()."),
        )
    if lists[0]:
        return some(
            context,
            left,
            lambda item: comparison(context, operator, item, right, at=at),
            at=at,
        )
    if lists[1]:
        return some(
            context,
            right,
            lambda item: comparison(context, operator, left, item, at=at),
            at=at,
        )
    left, right = pair(context, left, right)
    if operator in _ORDERINGS and left.type == BOOLEAN:
        raise PqlError(
            "True-or-false values have no order.", at=at, suggestion="Compare with = or !=."
        )
    return Call(operator, (left, right), BOOLEAN, at)


def _with_null(operator: str, left: Typed, right: Typed, *, at: Span) -> Typed:
    value = left if is_null(right) else right
    # `x = null` and `null = x` test x; a value is never equal to nothing, nor unequal.
    if operator in _NULL_TESTS and (value is left or not isinstance(value, Constant)):
        return Call(_NULL_TESTS[operator], (value,), BOOLEAN, at)
    return Constant(False, BOOLEAN, at)  # noqa: FBT003 - a value, not a switch


def pair(context: Context, left: Typed, right: Typed) -> tuple[Typed, Typed]:
    """Both sides with a constant fitted to the other one; refuses types that do not go together."""
    if isinstance(left, Constant) and not isinstance(right, Constant):
        return fitted(context, left, right), right
    return left, fitted(context, right, left)


def fitted(context: Context, node: Typed, beside: Typed) -> Typed:
    """`node` made to fit the type of what it is compared with, or of the items of that list."""
    made = fit(node, item_type(beside.type))
    if made is None or not _go_together(made.type, beside.type):
        raise mismatch(context, beside, node)
    return made


def _go_together(one: Type, other: Type) -> bool:
    one, other = item_type(one), item_type(other)
    return NULL in (one, other) or comparable(one, other)


def mismatch(context: Context, left: Typed, right: Typed) -> PqlError:
    """The refusal of a comparison, naming both sides."""
    suggestion = None
    for side in (left, right):
        if not isinstance(item_type(side.type), Scalar):
            suggestion = f"Compare one of the values in {context.quote(side.at)}."
    if is_temporal(left.type) and isinstance(right, Constant):
        suggestion = DATES
    return PqlError(
        f"{context.quote(left.at)} is {in_words(left.type)} and cannot be compared with "
        f"{context.quote(right.at)}, which is {in_words(right.type)}.",
        at=right.at,
        expected=in_words(left.type),
        found=in_words(right.type),
        suggestion=suggestion,
    )


def membership(context: Context, operator: str, left: Typed, right: Typed, *, at: Span) -> Typed:
    """`left in right`, `left notIn right`; a list on the left: does it hold for some item?"""
    if is_null(left) or is_null(right):
        return Constant(False, BOOLEAN, at)  # noqa: FBT003 - a value, not a switch
    if not isinstance(right.type, ListType):
        shown = context.quote(right.at)
        raise PqlError(
            f"{operator} needs a list, but {shown} is {in_words(right.type)}.",
            at=right.at,
            expected="a list",
            found=in_words(right.type),
            suggestion=f"Did you mean {operator} [{shown}]?" if _is_scalar(right) else None,
        )
    if isinstance(left.type, ListType):
        return some(
            context, left, lambda item: membership(context, operator, item, right, at=at), at=at
        )
    if isinstance(left, Constant):
        left = fitted(context, left, right)
    right = fitted(context, right, left)
    call = Call(operator, (left, right), BOOLEAN, at)
    return as_membership(call) or call


def like(context: Context, left: Typed, right: Typed, *, at: Span) -> Typed:
    """`left like right`; a list on the left: does it hold for some item?"""
    if isinstance(left.type, ListType):
        return some(context, left, lambda item: like(context, item, right, at=at), at=at)
    if not (isinstance(right, Constant) and isinstance(right.value, str)):
        raise PqlError("like needs its pattern in quotes.", at=right.at, suggestion='Such as "I%".')
    if len(right.value) > MAX_PATTERN:
        raise PqlError(f"A pattern has at most {MAX_PATTERN} characters.", at=right.at)
    if (len(right.value) - len(right.value.rstrip("\\"))) % 2:
        raise PqlError("The pattern ends in a backslash that escapes nothing.", at=right.at)
    left = fitted(context, left, right)
    return Call("like", (left, right), BOOLEAN, at)


def _is_scalar(node: Typed) -> bool:
    return isinstance(node.type, Scalar)


def united(context: Context, values: Iterable[Typed]) -> tuple[Type, tuple[Typed, ...]]:
    """One type for several values, constants fitted to it; refuses what does not go together."""
    type_: Type = NULL
    first: Typed | None = None
    made: list[Typed] = []
    for value in values:
        each = value if type_ == NULL else fit(value, type_) or value
        joined = join(type_, each.type)
        if joined is None:
            assert first is not None  # everything goes together with null
            raise _not_united(context, first, value)
        if type_ == NULL:
            first = each
        type_ = joined
        made.append(each)
    return type_, tuple(made)


def _not_united(context: Context, first: Typed, other: Typed) -> PqlError:
    shown, words = context.quote(first.at), in_words(first.type)
    reason = f"{shown} is {words}, but {context.quote(other.at)} is {in_words(other.type)}."
    if words == in_words(other.type):
        reason = f"{shown} and {context.quote(other.at)} hold different things."
    return PqlError(reason, at=other.at, expected=words, found=in_words(other.type))


def arithmetic(context: Context, operator: str, left: Typed, right: Typed, *, at: Span) -> Typed:
    """`left operator right` of numbers."""
    for side in (left, right):
        check_number(context, side, f"{operator} calculates with numbers")
    return Call(operator, (left, right), DOUBLE, at)


def negation(context: Context, operand: Typed, *, at: Span) -> Typed:
    """`-operand`."""
    check_number(context, operand, "- calculates with numbers")
    if isinstance(operand, Constant) and isinstance(operand.value, int | float):
        return Constant(-operand.value, operand.type, at)
    return Call("negate", (operand,), DOUBLE, at)


def check_number(context: Context, node: Typed, rule: str) -> None:
    """Refuse what is no number."""
    if is_numeric(node.type):
        return
    many = isinstance(node.type, ListType) and is_numeric(node.type.item)
    shown = context.quote(node.at)
    raise PqlError(
        f"{rule}, but {shown} is {in_words(node.type)}.",
        at=node.at,
        expected=in_words(DOUBLE),
        found=in_words(node.type),
        suggestion=f"Did you mean {shown}.sum()?" if many else None,
    )
