"""Identities: the namespaces this organization knows."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from console.pages import in_sandbox, render_page
from core.sandboxes.models import Sandbox
from ingestion.namespaces.models import IdentityNamespace

TYPE_WORDS = {
    "COOKIE": "Cookie ID",
    "CROSS_DEVICE": "Cross-device ID",
    "DEVICE": "Device ID",
    "EMAIL": "Email address",
    "MOBILE": "Mobile number",
    "NON_PEOPLE": "Non-people identifier",
    "PHONE": "Phone number",
    "B2B_ACCOUNT": "B2B account",
    "PARTNER": "Partner ID",
}


@dataclass(frozen=True, slots=True)
class NamespaceRow:
    """A line of the list."""

    namespace: IdentityNamespace
    type_word: str


@dataclass(frozen=True, slots=True)
class NamespacesPage:
    """All namespaces that match the search; there are a few dozen, so no paging."""

    rows: tuple[NamespaceRow, ...]
    text: str


@require_GET
@in_sandbox
def list_(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Custom namespaces first, then standard ones."""
    text = request.GET.get("q", "").strip().lower()
    found = IdentityNamespace.objects.filter(organization_id=sandbox.organization_id).order_by(
        "-custom", "name"
    )
    rows = tuple(
        NamespaceRow(each, TYPE_WORDS.get(each.id_type.upper(), each.id_type.capitalize()))
        for each in found
        if text in f"{each.name} {each.code}".lower()
    )
    return render_page(
        request,
        "console/identities/list.html",
        NamespacesPage(rows, request.GET.get("q", "").strip()),
        sandbox=sandbox,
        section="identities",
        title="Identities",
        fragment="results",
    )
