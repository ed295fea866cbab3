"""How a person likes the console drawn, kept in cookies for browsers without scripts too."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from console.pages import THEMES
from console.views.session import safe_next

CHOICES = {"theme": THEMES, "nav": ("full", "mini"), "shortcuts": ("on", "off")}
YEAR_S = 60 * 60 * 24 * 365


@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Remember the chosen button and go back."""
    response = redirect(safe_next(request, default="/"))
    for name, values in CHOICES.items():
        value = request.POST.get(name)
        if value in values:
            # Readable by our script, which draws the change at once; it holds nothing secret.
            response.set_cookie(
                name, value, max_age=YEAR_S, samesite="Lax", secure=request.is_secure()
            )
    return response
