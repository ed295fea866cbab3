"""Routes of sandbox management, each with and without a trailing slash."""

from django.urls import re_path

from core.sandboxes import views

_BASE = "data/foundation/sandbox-management"

urlpatterns = [
    re_path(rf"^{_BASE}/?$", views.VisibleSandboxesView.as_view()),
    re_path(rf"^{_BASE}/sandboxes/?$", views.SandboxesView.as_view()),
    re_path(rf"^{_BASE}/sandboxes/(?P<name>[^/]+)/?$", views.SandboxView.as_view()),
    re_path(rf"^{_BASE}/sandboxTypes/?$", views.SandboxTypesView.as_view()),
]
