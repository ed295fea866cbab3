"""Search across people, records and definitions."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from console.pages import in_sandbox, render_page
from core.sandboxes.models import Sandbox


@require_GET
@in_sandbox
def search(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """What matches `q`, by kind."""
    return render_page(
        request, "console/home/home.html", None, sandbox=sandbox, section="", title="Search"
    )
