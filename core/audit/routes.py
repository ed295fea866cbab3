"""Routes of the audit trail, each with and without a trailing slash."""

from django.urls import re_path

from core.audit import views

_BASE = "data/foundation/audit"

urlpatterns = [
    re_path(rf"^{_BASE}/events/?$", views.AuditEventsView.as_view()),
    re_path(rf"^{_BASE}/export/?$", views.AuditExportView.as_view()),
    re_path(rf"^{_BASE}/export/file/?$", views.AuditFileView.as_view()),
]
