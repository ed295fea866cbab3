"""Routes of IMS and access control, each with and without a trailing slash."""

from django.urls import re_path

from core.access import control_views as control
from core.access.views import (
    AuthorizationCodeView,
    ClientCredentialsView,
    JwtExchangeView,
)

_BASE = "data/foundation/access-control"
_ROLES = f"{_BASE}/administration/roles"

urlpatterns = [
    re_path(r"^ims/token/v1/?$", AuthorizationCodeView.as_view()),
    re_path(r"^ims/token/v2/?$", ClientCredentialsView.as_view()),
    re_path(r"^ims/token/v3/?$", ClientCredentialsView.as_view()),
    re_path(r"^ims/exchange/jwt/?$", JwtExchangeView.as_view()),
    re_path(rf"^{_BASE}/acl/reference/?$", control.ReferenceView.as_view()),
    re_path(rf"^{_BASE}/acl/effective-policies/?$", control.EffectivePoliciesView.as_view()),
    re_path(rf"^{_ROLES}/?$", control.RolesView.as_view()),
    re_path(rf"^{_ROLES}/(?P<role_id>[^/]+)/?$", control.RoleView.as_view()),
    re_path(rf"^{_ROLES}/(?P<role_id>[^/]+)/subjects/?$", control.SubjectsView.as_view()),
]
