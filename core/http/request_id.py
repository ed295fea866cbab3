"""A request id on every request and answer, known to errors, audit and logs."""

import re
import secrets
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

HEADER = "x-request-id"
_current: ContextVar[str] = ContextVar("request_id", default="")
_ACCEPTABLE = re.compile(r"[A-Za-z0-9._:-]{1,64}")


def current_request_id() -> str:
    """Id of the request being served, or an empty string outside one."""
    return _current.get()


def new_request_id() -> str:
    """A fresh id of 32 characters."""
    return secrets.token_urlsafe(24)


def accept_request_id(given: str) -> str:
    """The caller's id when it is harmless, a fresh one otherwise."""
    return given if _ACCEPTABLE.fullmatch(given) else new_request_id()


def request_id_middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Take the caller's id when it is harmless, mint one otherwise, and echo it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request_id = accept_request_id(request.headers.get(HEADER, ""))
        token = _current.set(request_id)
        try:
            response = get_response(request)
        finally:
            _current.reset(token)
        response[HEADER] = request_id
        return response

    return middleware
