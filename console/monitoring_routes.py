"""Addresses below Monitoring."""

from django.urls import path

from console.views import monitoring_failures, monitoring_find

urlpatterns = [
    path("find/", monitoring_find.find, name="monitoring-find"),
    path("failures/", monitoring_failures.failures, name="monitoring-failures"),
    path(
        "failures/download/",
        monitoring_failures.download,
        name="monitoring-failures-download",
    ),
    path("failures/replay/", monitoring_failures.replay, name="monitoring-replay"),
    path("failures/<slug:record_id>/retry/", monitoring_failures.retry, name="monitoring-retry"),
]
