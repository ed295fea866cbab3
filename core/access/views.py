"""IMS: the endpoints clients get their access tokens from (`/ims/token/*`, `/ims/exchange/jwt`)."""

from typing import Any
from urllib.parse import parse_qsl

from django.http import HttpRequest
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.access import tokens
from core.access.actions import (
    GrantRefused,
    exchange_jwt,
    grant_authorization_code,
    grant_client_credentials,
)
from core.http.openapi import TOKEN, form
from core.http.request_id import current_request_id
from core.http.views import AnyAccept


def form_fields(request: HttpRequest) -> dict[str, str]:
    """Parameters of the query string and of a form body, multipart or not, the body winning."""
    fields = {name: str(value) for name, value in request.GET.items()}
    if request.content_type == "multipart/form-data":
        return fields | {name: str(value) for name, value in request.POST.items()}
    # Some clients send no content type, some a body that begins with `&`.
    body = request.body.decode("utf-8", "replace")
    return fields | dict(parse_qsl(body, keep_blank_values=True))


class TokenView(APIView):
    """An IMS endpoint: a form in, a bearer token or an OAuth error out."""

    authentication_classes = ()
    content_negotiation_class = AnyAccept

    def grant(self, fields: dict[str, str]) -> Response:
        raise NotImplementedError

    @extend_schema(
        request=form("grant_type", "client_id", "client_secret", "scope", "code", "jwt_token"),
        responses={
            200: TOKEN,
            400: OpenApiResponse(description="Malformed or unsupported grant"),
            401: OpenApiResponse(description="Unknown client or wrong secret"),
        },
        tags=["ims"],
    )
    def post(self, request: Request) -> Response:
        try:
            return self.grant(form_fields(request._request))  # noqa: SLF001 - the wrapped request
        except GrantRefused as refusal:
            body = {
                "error": refusal.error,
                "error_description": refusal.description,
                "request_id": current_request_id(),
            }
            return Response(body, 401 if refusal.error == "invalid_client" else 400)


def _token_answer(token: str, *, expires_in: int, **more: Any) -> Response:
    body = {
        "access_token": token,
        "token_type": "bearer",
        "expires_in": expires_in,
        **more,
    }
    return Response(body, headers={"Cache-Control": "no-store"})


class ClientCredentialsView(TokenView):
    """`/ims/token/v2` and `/v3`: client id and secret for a token; lifetime in seconds."""

    def grant(self, fields: dict[str, str]) -> Response:
        return _token_answer(grant_client_credentials(fields), expires_in=tokens.LIFETIME_S)


class AuthorizationCodeView(TokenView):
    """`/ims/token/v1`: the grant of clients with a permanent code; lifetime in seconds."""

    def grant(self, fields: dict[str, str]) -> Response:
        return _token_answer(grant_authorization_code(fields), expires_in=tokens.LIFETIME_S)


class JwtExchangeView(TokenView):
    """`/ims/exchange/jwt`: a signed assertion for a token; lifetime in milliseconds."""

    def grant(self, fields: dict[str, str]) -> Response:
        return _token_answer(exchange_jwt(fields), expires_in=tokens.LIFETIME_S * 1000)
