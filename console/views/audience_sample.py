"""Some of the profiles that a draft's rule matches."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET

from console.builder.draft import AudienceDraft
from console.pages import Crumb, in_sandbox, render_page
from console.people import Chip
from console.views.audience_builder import load
from core.errors import NotFound
from core.sandboxes.models import Sandbox
from profiles.segmentation.previews import get_preview

_SHOWN, _CHIPS = 50, 3


@dataclass(frozen=True, slots=True)
class SampleRow:
    """A profile: its first identity as name, and the others."""

    name: str
    href: str
    chips: tuple[Chip, ...]
    more: int


@dataclass(frozen=True, slots=True)
class SamplePage:
    """Profiles of a count; `as_of` in epoch milliseconds."""

    draft: AudienceDraft
    rows: tuple[SampleRow, ...]
    matched: int
    as_of: int | None


@require_GET
@in_sandbox
def sample(request: HttpRequest, sandbox: Sandbox, draft_id: UUID) -> HttpResponse:
    """The profiles of the last count."""
    draft = load(request, sandbox, draft_id)
    try:
        preview = get_preview(sandbox=sandbox, preview_id=draft.preview)
    except NotFound:
        messages.warning(request, "Count the profiles first.")
        return redirect("audience-build", sandbox.name, draft.id)
    name = draft.properties.name or "New audience"
    page = SamplePage(
        draft=draft,
        rows=tuple(_row(sandbox, each) for each in preview.sample[:_SHOWN]),
        matched=int(preview.estimate.get("matched") or 0),
        as_of=preview.estimate.get("as_of"),
    )
    return render_page(
        request,
        "console/audiences/sample.html",
        page,
        sandbox=sandbox,
        section="audiences",
        title="Sample of profiles",
        crumbs=(
            Crumb("Audiences", reverse("audiences", args=[sandbox.name])),
            Crumb(name, reverse("audience-build", args=[sandbox.name, draft.id])),
            Crumb("Sample of profiles"),
        ),
    )


def _row(sandbox: Sandbox, sampled: dict[str, object]) -> SampleRow:
    identities = sampled.get("identities")
    known = identities if isinstance(identities, dict) else {}
    chips = [Chip(code, value) for code, values in known.items() for value in values]
    # People before devices: a cookie is nobody's name.
    chips.sort(key=lambda chip: (chip.namespace != "email", chip.namespace == "ecid"))
    xid = str(sampled.get("xid"))
    return SampleRow(
        name=chips[0].value if chips else xid,
        href=reverse("profile", args=[sandbox.name, xid]),
        chips=tuple(chips[:_CHIPS]),
        more=max(0, len(chips) - _CHIPS),
    )
