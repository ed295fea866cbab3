"""Refusals of this slice, by the numbers Flow Service gives them."""

from typing import Any

from core.errors import Invalid, PreconditionFailed


def refusal(number: str, title: str, **fields: Any) -> Invalid:
    """A bad request with its Flow Service number."""
    return Invalid(title, code=number, **fields)


def stale_version(given: str, current: str) -> PreconditionFailed:
    """The caller's etag is not the stored one."""
    return PreconditionFailed(
        f"Supplied version={given} does not match the current version",
        code="1404",
        received=given,
        expected=current,
    )
