"""Routes of core: health, API description, IMS and sandboxes."""

from django.urls import include, path

from core.http import docs, health

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("api/schema", docs.ApiSchemaView.as_view(), name="api-schema"),
    path("api/docs", docs.ApiDocsView.as_view(), name="api-docs"),
    path("", include("core.access.routes")),
    path("", include("core.sandboxes.routes")),
    path("", include("core.audit.routes")),
]
