"""The one adapter from exceptions to API error bodies. Every body is JSON and names the request."""

import logging
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from rest_framework.exceptions import APIException, ParseError
from rest_framework.response import Response

from core import errors
from core.http.request_id import current_request_id

logger = logging.getLogger(__name__)

_STATUS: tuple[tuple[type[errors.AppError], int], ...] = (
    (errors.NotFound, 404),
    (errors.Conflict, 409),
    (errors.PreconditionFailed, 412),
    (errors.Forbidden, 403),
    (errors.Invalid, 400),
    (errors.TransientError, 503),
)


class GatewayError(APIException):
    """Refused before any service saw the call; `error_code` as AEP's gateway numbers it."""

    def __init__(self, status_code: int, error_code: str, message: str) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.error_code = error_code
        self.message = message


class ContentTypeError(APIException):
    """A body that does not call itself JSON; the gateway refuses it in a shape of its own."""

    status_code = 400


def status_of(error: errors.AppError) -> int:
    """HTTP status of an AppError (500 for a bare one); `fields["status"]` overrides."""
    if "status" in error.fields:
        return int(error.fields["status"])
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def gateway_body(error_code: str, message: str) -> dict[str, Any]:
    """The gateway's flat shape."""
    return {
        "error_code": error_code,
        "message": message,
        "request_id": current_request_id(),
    }


def problem(error: errors.AppError, *, service: str) -> dict[str, Any]:
    """The generic problem body of the newer services."""
    status = status_of(error)
    return {
        "type": f"http://ns.adobe.com/aep/errors/{service}-{error.code}-{status}",
        "title": error.message,
        "status": status,
        "detail": error.message,
        "report": {**error.fields, "request-id": current_request_id()},
    }


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook: the view's `error_body(error)` decides the shape, the gateway's is fixed."""
    if isinstance(exc, GatewayError):
        return Response(gateway_body(exc.error_code, exc.message), exc.status_code)
    if isinstance(exc, ContentTypeError):
        return Response(_content_type_body(), exc.status_code)
    if isinstance(exc, Http404):
        exc = errors.NotFound("Not found")
    if isinstance(exc, APIException):
        # DRF's own refusals (parse error, method, media type) take the service's shape too.
        code = "bad_request" if isinstance(exc, ParseError) else str(exc.default_code)
        exc = errors.AppError(str(exc.detail), code=code, status=exc.status_code)
    if not isinstance(exc, errors.AppError):
        return None
    body = getattr(context["view"], "error_body", None)
    status = status_of(exc)
    return Response(body(exc) if body else problem(exc, service="ONEFOLD"), status)


def _content_type_body() -> dict[str, Any]:
    return {
        "type": "/placeholder/type/uri",
        "status": 400,
        "title": "BadRequestError",
        "detail": "A valid content-type must be specified",
        "request_id": current_request_id(),
    }


def _is_program(request: HttpRequest) -> bool:
    return request.path.startswith(("/data/", "/ims/", "/collection/", "/api/"))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`handler404`: JSON for programs, a page for people."""
    if _is_program(request):
        return JsonResponse(
            gateway_body("404000", f"No resource at {request.method} {request.path}"),
            status=404,
        )
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """`handler500`: JSON for programs, a page for people; the log has the traceback."""
    if _is_program(request):
        body = gateway_body("500001", "Internal error. The request id finds it in the log.")
        return JsonResponse(body, status=500)
    return defaults.server_error(request)
