"""What an expression says, checked against the events of a sandbox."""

import re
from dataclasses import dataclass
from typing import Final

from core.sandboxes.models import Sandbox
from profiles.segmentation.computed.expression import Computation, computation_of
from profiles.segmentation.computed.types import InvalidAttribute
from profiles.segmentation.computed.windows import LIMITS, Duration
from profiles.segmentation.pql.check import check_expression
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.pql_json import read, write
from profiles.segmentation.profile_types import profile_type
from profiles.segmentation.types import JSON, TEXT, Expression

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*", re.ASCII)
_LONGEST_NAME, _LONGEST_DISPLAY_NAME = 100, 300
_NO_FIELD: Final = re.compile(r"\bno field\b")
_UNKNOWN_PATH: Final = "Could not lookup schema of the computed attribute for the provided path."


@dataclass(frozen=True, slots=True)
class CheckedAttribute:
    """An expression that means something: its canonical text, and what it computes."""

    text: str
    computation: Computation


def check_attribute(given: Expression, *, sandbox: Sandbox) -> CheckedAttribute:
    """The expression as this sandbox understands it; raises PqlError with line and column."""
    query = read(given.value, fmt=TEXT if given.format == TEXT else JSON)
    # Places in messages are places in the text the author sees.
    seen = given.value if given.format == TEXT else query.text
    try:
        tree = check_expression(seen, profile_type(sandbox))
        return CheckedAttribute(write(query, fmt=TEXT), computation_of(tree))
    except PqlError as error:
        raise _worded(error).within(seen) from None


def _worded(error: PqlError) -> PqlError:
    """An unknown field as clients of this service know it, with what is known beyond that."""
    if not _NO_FIELD.search(error.reason):
        return error
    return PqlError(
        f"{_UNKNOWN_PATH} {error.reason}",
        at=(error.start, error.end),
        found=error.found,
        suggestion=error.suggestion,
    )


def check_name(name: str) -> str:
    """The name, which is a field's: letters and digits."""
    name = name.strip()
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        message = f"name must be 1 to {_LONGEST_NAME} letters and digits, the first one a letter."
        raise InvalidAttribute(message, path="name", received=name)
    return name


def check_display_name(name: str) -> str:
    """The name for people, free of blanks around it."""
    name = name.strip()
    if not 0 < len(name) <= _LONGEST_DISPLAY_NAME:
        message = f"displayName must have 1 to {_LONGEST_DISPLAY_NAME} characters."
        raise InvalidAttribute(message, path="displayName", received=name)
    return name


def check_duration(duration: Duration) -> Duration:
    """A duration within the limits of its unit."""
    most = LIMITS.get(duration.unit)
    if most is None:
        message = f"duration.unit must be one of {', '.join(LIMITS)}."
        raise InvalidAttribute(message, path="duration.unit", received=duration.unit)
    if not 1 <= duration.count <= most:
        message = f"duration.count must be from 1 to {most} for {duration.unit}."
        raise InvalidAttribute(message, path="duration.count", received=duration.count)
    return duration
