"""Routes of observability."""

from django.urls import re_path

from ingestion.api.observability import MetricsView

urlpatterns = [
    re_path(r"^data/infrastructure/observability/insights/metrics/?$", MetricsView.as_view()),
]
