"""Base of every API view: gateway authentication, one caller value, no content negotiation."""

from typing import Any, ClassVar

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from core.errors import AppError
from core.http.errors import problem
from core.http.gateway import Caller


class AnyAccept(BaseContentNegotiation):
    """Accept never refuses a call: only the registry gives it a meaning, by itself."""

    def select_parser(self, request: Request, parsers: Any) -> BaseParser:
        return parsers[0]

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class ApiView(APIView):
    """Authenticated by the gateway; `caller(request)` says who calls and in which sandbox."""

    content_negotiation_class = AnyAccept
    service: ClassVar[str] = "ONEFOLD"

    @staticmethod
    def caller(request: Request) -> Caller:
        """Who calls, for which organization, in which sandbox."""
        caller: Caller = request.auth
        return caller

    def error_body(self, error: AppError) -> dict[str, Any]:
        """Error body in this service's shape."""
        return problem(error, service=self.service)
