"""Base of every API view: gateway authentication, one caller value, no content negotiation."""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from core.access.permissions import require
from core.errors import AppError
from core.http.errors import ContentTypeError, problem
from core.http.gateway import Caller

# A method whose view names no permission is left to administrators.
UNNAMED = "manage-access-control"
ANYONE = ""
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


class AnyAccept(BaseContentNegotiation):
    """Accept never refuses a call: only the registry gives it a meaning, by itself."""

    def select_parser(self, request: Request, parsers: Any) -> BaseParser:
        parser: BaseParser = parsers[0]
        return parser

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


def rights(read: str, write: str = "") -> Mapping[str, str]:
    """Permissions of a view: one to read, one for everything else."""
    return {"GET": read, **dict.fromkeys(("POST", "PUT", "PATCH", "DELETE"), write or read)}


class ApiView(APIView):
    """Authenticated by the gateway; `caller(request)` says who calls and in which sandbox."""

    content_negotiation_class = AnyAccept
    service: ClassVar[str] = "ONEFOLD"
    # Method -> permission in the addressed sandbox; ANYONE: a signed-in caller is enough.
    permission: ClassVar[Mapping[str, str]] = {}
    # Services whose known clients declare nothing, or something else, take any body.
    any_content_type: ClassVar[bool] = False

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """The gateway's checks, in its order: who calls, then what is sent."""
        super().initial(request, *args, **kwargs)
        self._check_permission(request)
        if request.method not in _WITH_BODY or self.any_content_type:
            return
        declared = (request.content_type or "").partition(";")[0].strip().lower()
        if "json" not in declared and request._request.body:  # noqa: SLF001 - the wrapped request
            raise ContentTypeError

    def _check_permission(self, request: Request) -> None:
        method = "GET" if request.method == "HEAD" else str(request.method)
        if not hasattr(self, method.lower()):
            return  # answered with 405
        needed = self.permission.get(method, UNNAMED)
        if needed != ANYONE:
            caller = self.caller(request)
            require(caller.actor, needed, caller.sandbox)

    @staticmethod
    def caller(request: Request) -> Caller:
        """Who calls, for which organization, in which sandbox."""
        return cast("Caller", request.auth)

    def error_body(self, error: AppError) -> dict[str, Any]:
        """Error body in this service's shape."""
        return problem(error, service=self.service)
