"""URL map: programs under /data, /ims and /api; health; people everywhere else."""

from django.urls import include, path

from console import access
from core.http import errors

urlpatterns = [
    # The profile look-up is called most, and patterns are tried one by one.
    path("", include("profiles.api.routes")),
    path("", include("core.routes")),
    path("", include("ingestion.api.routes")),
    path("", include("console.routes")),
]

handler403 = access.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
