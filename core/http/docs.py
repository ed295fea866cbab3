"""The API description and a page to read and try it."""

from typing import Any

from django.conf import settings
from django.utils.csp import CSP
from django.utils.decorators import method_decorator
from django.views.decorators.csp import csp_override
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

# The page's own style sheet is inline and the viewer sets styles itself; scripts stay files.
_STYLES: dict[str, Any] = {**settings.SECURE_CSP, "style-src": [CSP.SELF, CSP.UNSAFE_INLINE]}


class ApiSchemaView(SpectacularAPIView):
    """The OpenAPI document of every route."""

    authentication_classes: Any = ()


@method_decorator(csp_override(_STYLES), name="dispatch")
class ApiDocsView(SpectacularSwaggerSplitView):
    """The API description as a page."""

    authentication_classes: Any = ()
    url_name = "api-schema"
    title = "Onefold API"
