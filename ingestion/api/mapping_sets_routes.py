"""Routes of mapping sets; older clients leave `conversion` out of the path."""

from typing import Any

from django.urls import URLPattern, re_path

from ingestion.api import mapping_sets

_BASE = r"data/foundation/(?:conversion/)?mappingSets"


def _route(pattern: str, view: Any) -> URLPattern:
    route: URLPattern = re_path(rf"^{pattern}/?$", view.as_view())
    return route


urlpatterns = [
    _route(_BASE, mapping_sets.MappingSetsView),
    _route(f"{_BASE}/validate", mapping_sets.ValidateView),
    _route(rf"{_BASE}/(?P<set_id>[0-9a-f]+)", mapping_sets.MappingSetView),
]
