"""A request id on every request and answer, known to errors, audit and logs.

An id of ours begins with the moment it was made, so that what a request stored is found by it.
"""

import re
import secrets
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

from core import clock

HEADER = "x-request-id"
_current: ContextVar[str] = ContextVar("request_id", default="")
_ACCEPTABLE = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_OURS = re.compile(r"r([0-9a-f]{13})-[\w-]{17}")


def current_request_id() -> str:
    """Id of the request being served, or an empty string outside one."""
    return _current.get()


def new_request_id(at_us: int) -> str:
    """A fresh id of 32 characters for a request that came at this moment."""
    return f"r{at_us:013x}-{secrets.token_urlsafe(13)[:17]}"


def moment_of(request_id: str) -> int | None:
    """When a request came (µs), if its id looks like one of ours; a caller may imitate them."""
    match = _OURS.fullmatch(request_id)
    return int(match[1], 16) if match else None


def accept_request_id(given: str, *, at_us: int) -> str:
    """The caller's id when it is harmless, a fresh one otherwise."""
    return given if _ACCEPTABLE.fullmatch(given) else new_request_id(at_us)


def request_id_middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Take the caller's id when it is harmless, mint one otherwise, and echo it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER, "")
        request_id = accept_request_id(given, at_us=clock.now_us())
        token = _current.set(request_id)
        try:
            response = get_response(request)
        finally:
            _current.reset(token)
        response[HEADER] = request_id
        return response

    return middleware
