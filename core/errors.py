"""Errors the product can explain. No HTTP here: `core.http` and the console adapt them."""

from collections.abc import Mapping
from typing import Any


class AppError(Exception):
    """A refusal with a stable `code`, a sentence for people and fields for programs."""

    code = "error"

    def __init__(self, message: str, *, code: str | None = None, **fields: Any) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.fields: Mapping[str, Any] = fields


class Invalid(AppError):
    """What was sent breaks a rule; `fields` names path, received value and expected rule."""

    code = "invalid"


class NotFound(AppError):
    """No such object in this sandbox."""

    code = "not_found"


class Conflict(AppError):
    """Something with that name or in that state exists already."""

    code = "conflict"


class PreconditionFailed(AppError):
    """The caller's version (If-Match) is not the stored one."""

    code = "precondition_failed"


class Forbidden(AppError):
    """The actor lacks a permission; `fields["permission"]` names it."""

    code = "forbidden"


class TransientError(AppError):
    """A dependency is briefly away: retrying the same call can succeed."""

    code = "transient"
