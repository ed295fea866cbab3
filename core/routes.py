"""Routes of core: health, API description, IMS and sandboxes."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from core.http import health

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("api/schema", SpectacularAPIView.as_view(authentication_classes=[]), name="api-schema"),
    path(
        "api/docs",
        SpectacularSwaggerView.as_view(url_name="api-schema", authentication_classes=[]),
        name="api-docs",
    ),
    path("", include("core.access.routes")),
    path("", include("core.sandboxes.routes")),
]
