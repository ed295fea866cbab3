"""Imports of one audience: what was read, and which rows were left out."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from console.audiences import AudienceHead, audience_crumbs, audience_head, people_of
from console.pages import in_sandbox, render_page
from core.sandboxes.models import Sandbox
from profiles.segmentation.external import list_runs
from profiles.segmentation.models import ExternalUpload


@dataclass(frozen=True, slots=True)
class ImportsPage:
    """Imports of one audience."""

    head: AudienceHead
    rows: tuple[tuple[ExternalUpload, str], ...]
    running: bool


@require_GET
@in_sandbox
def imports(request: HttpRequest, sandbox: Sandbox, segment_id: UUID) -> HttpResponse:
    """What was read into the audience, and which rows were left out; polled while it goes on."""
    head = audience_head(sandbox, segment_id, tab="audience-imports")
    found = list(list_runs(head.segment)[:50])
    names = people_of(each.created_by for each in found)
    page = ImportsPage(
        head=head,
        rows=tuple((each, names[each.created_by]) for each in found),
        running=any(each.status == ExternalUpload.Status.PROCESSING for each in found),
    )
    return render_page(
        request,
        "console/audiences/imports.html",
        page,
        sandbox=sandbox,
        section="audiences",
        title=head.segment.name,
        crumbs=audience_crumbs(sandbox, head.segment, "Imports"),
        fragment="imports",
    )
