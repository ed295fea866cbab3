"""Routes of this app, one include for each service."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("ingestion.api.catalog_routes")),
    path("", include("ingestion.api.collection")),
    path("", include("ingestion.api.flows_routes")),
    path("", include("ingestion.api.mapping_sets_routes")),
    path("", include("ingestion.api.observability_routes")),
    path("", include("ingestion.api.registry.routes")),
]
