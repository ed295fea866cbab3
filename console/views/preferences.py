"""How a person likes the console: drawn so in this browser (cookies), lists with these columns."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from console.pages import THEMES
from console.views.session import safe_next
from core.access.models import User
from core.access.preferences import remember_columns
from core.errors import AppError

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


@require_POST
@login_required
def columns(request: HttpRequest) -> HttpResponse:
    """Remember which columns of a list the person wants; "reset" forgets it."""
    shown = frozenset(request.POST.getlist("shown"))
    chosen = {name: name in shown for name in request.POST.getlist("column")}
    try:
        remember_columns(
            cast("User", request.user),
            table=request.POST.get("table", ""),
            shown={} if "reset" in request.POST else chosen,
        )
    except AppError as error:
        messages.error(request, error.message)
    return redirect(safe_next(request, default="/"))
