"""IMS routes, each with and without a trailing slash."""

from django.urls import re_path

from core.access.views import (
    AuthorizationCodeView,
    ClientCredentialsView,
    JwtExchangeView,
)

urlpatterns = [
    re_path(r"^ims/token/v1/?$", AuthorizationCodeView.as_view()),
    re_path(r"^ims/token/v2/?$", ClientCredentialsView.as_view()),
    re_path(r"^ims/token/v3/?$", ClientCredentialsView.as_view()),
    re_path(r"^ims/exchange/jwt/?$", JwtExchangeView.as_view()),
]
