"""Functions of single values: texts, dates, null tests, and those without a receiver."""

from datetime import UTC, datetime
from typing import Final

import re2

from profiles.segmentation.pql.checking.calls import (
    Invocation,
    argument,
    as_text,
    flag,
    need_kinds,
    text_constant,
    whole_number,
)
from profiles.segmentation.pql.checking.compare import comparison
from profiles.segmentation.pql.checking.context import Context
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.limits import MAX_PATTERN
from profiles.segmentation.pql.typed import Call, Constant, InSegment, Now, Typed
from profiles.segmentation.pql.types import (
    BOOLEAN,
    DATE,
    DATE_TIME,
    INTEGER,
    STRING,
    TEMPORAL,
    Kind,
    Scalar,
)

_EQUALITY: Final = {"equals": "=", "notEqualTo": "!="}
_PARTS: Final = {"Month": "month", "Year": "year", "DayOfMonth": "dayOfMonth"}
_JAVA_ONLY: Final = "Look-around, back references and possessive repetition are not supported."


def text_test(context: Context, call: Invocation) -> Typed:
    """`startsWith`, `contains` … and their negations."""
    return _of_texts(context, call, argument(context, call, 0))


def _of_texts(context: Context, call: Invocation, other: Typed) -> Typed:
    need_kinds(context, call, call.receiver, kinds=(Kind.STRING,), expected="text")
    text = as_text(context, call, other)
    case = Constant(flag(context, call, 1, default=True), BOOLEAN, call.name_at)
    return Call(call.function, (call.receiver, text, case), BOOLEAN, call.at)


def equality(context: Context, call: Invocation) -> Typed:
    """`equals`, `notEqualTo`: of texts with regard to case or not, else as the operator."""
    other = argument(context, call, 0)
    of_texts = call.receiver.type == STRING and isinstance(other.type, Scalar)
    if of_texts or len(call.arguments) > 1:
        return _of_texts(context, call, other)
    return comparison(context, _EQUALITY[call.function], call.receiver, other, at=call.at)


def matches(context: Context, call: Invocation) -> Typed:
    """`matches("regex")`."""
    need_kinds(context, call, call.receiver, kinds=(Kind.STRING,), expected="text")
    pattern, _ = _pattern(context, call)
    return Call("matches", (call.receiver, pattern), BOOLEAN, call.at)


def regex_group(context: Context, call: Invocation) -> Typed:
    """`regexGroup("regex", n)`."""
    need_kinds(context, call, call.receiver, kinds=(Kind.STRING,), expected="text")
    pattern, groups = _pattern(context, call)
    at = call.arguments[1].at
    number = whole_number(context, call, 1, "the number of a group")
    if not 0 <= number <= groups:
        raise PqlError(f"The pattern has {groups} groups, there is no group {number}.", at=at)
    arguments = (call.receiver, pattern, Constant(number, INTEGER, at))
    return Call("regexGroup", arguments, STRING, call.at)


def _pattern(context: Context, call: Invocation) -> tuple[Constant, int]:
    """The regular expression of a call, and how many groups it has."""
    at = call.arguments[0].at
    pattern = text_constant(context, call, 0, "a regular expression")
    if len(pattern) > MAX_PATTERN:
        raise PqlError(f"A regular expression has at most {MAX_PATTERN} characters.", at=at)
    options = re2.Options()
    options.log_errors = False
    try:
        compiled = re2.compile(pattern, options=options)
    except re2.error as error:
        raise PqlError(
            f"The regular expression cannot be read: {_reason(error)}.",
            at=at,
            suggestion=_JAVA_ONLY,
        ) from None
    return Constant(pattern, STRING, at), compiled.groups


def _reason(error: Exception) -> str:
    reason = error.args[0] if error.args else error
    return reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)


def null_test(_context: Context, call: Invocation) -> Typed:
    """`isNull`, `isNotNull`."""
    return Call(call.function, (call.receiver,), BOOLEAN, call.at)


def date_part(context: Context, call: Invocation) -> Typed:
    """`getMonth`, `getYear`, `getDayOfMonth`."""
    need_kinds(context, call, call.receiver, kinds=TEMPORAL, expected="dates")
    return Call(_PARTS[call.function.removeprefix("get")], (call.receiver,), INTEGER, call.at)


def current_part(_context: Context, call: Invocation) -> Typed:
    """`currentMonth()`, `currentYear()`, `currentDayOfMonth()`."""
    now = Now(None, 0, DATE_TIME, call.at)
    return Call(_PARTS[call.function.removeprefix("current")], (now,), INTEGER, call.at)


def date_constant(context: Context, call: Invocation) -> Typed:
    """`date(year, month, day)`."""
    parts = [
        whole_number(context, call, index, f"the {part} as a whole number")
        for index, part in enumerate(("year", "month", "day"))
    ]
    year, month, day_of_month = parts
    try:
        day = datetime(year, month, day_of_month, tzinfo=UTC)
    except (ValueError, OverflowError):
        raise PqlError(
            "There is no such day.", at=call.at, suggestion="Such as date(2026, 3, 1)."
        ) from None
    return Constant(day, DATE, call.at)


def in_segment(context: Context, call: Invocation) -> Typed:
    """`inSegment("id")`."""
    return InSegment(text_constant(context, call, 0, "the id of an audience"), BOOLEAN, call.at)
