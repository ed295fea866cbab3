"""The start page of a sandbox."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from console.pages import in_sandbox, render_page
from core.sandboxes.models import Sandbox


@require_GET
@in_sandbox
def home(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Set-up steps and health."""
    return render_page(
        request, "console/home/home.html", None, sandbox=sandbox, section="home", title="Home"
    )
