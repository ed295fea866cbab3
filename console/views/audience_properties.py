"""Name, description and tags of an audience."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from console.audiences import AudienceHead, audience_crumbs, audience_head, people_of
from console.forms.audiences import PropertiesForm
from console.pages import actor_of, in_sandbox, render_page
from core.errors import AppError
from core.sandboxes.models import Sandbox
from profiles.segmentation import external
from profiles.segmentation.actions import change_segment, input_of
from profiles.segmentation.models import SegmentDefinition
from profiles.segmentation.types import EditConflict, NameTaken


@dataclass(frozen=True, slots=True)
class Clash:
    """What somebody else made of a property meanwhile."""

    label: str
    theirs: str
    yours: str


@dataclass(frozen=True, slots=True)
class PropertiesPage:
    """The form; `clashes` after a conflict, made by `person`."""

    head: AudienceHead
    form: PropertiesForm
    clashes: tuple[Clash, ...] = ()
    person: str = ""


@require_http_methods(["GET", "POST"])
@in_sandbox
def properties(request: HttpRequest, sandbox: Sandbox, segment_id: UUID) -> HttpResponse:
    """Edit what is no part of the rule; a conflict shows both sides instead of overwriting."""
    head = audience_head(sandbox, segment_id, tab="")
    segment = head.segment
    if request.method == "GET":
        initial = {
            "name": segment.name,
            "description": segment.description,
            "tags": ", ".join(segment.tags),
            "version": segment.version,
        }
        return _show(request, sandbox, PropertiesPage(head, PropertiesForm(initial=initial)))
    form = PropertiesForm(request.POST)
    if not form.is_valid():
        return _show(request, sandbox, PropertiesPage(head, form), status=422)
    try:
        _save(request, sandbox, segment, form.cleaned_data)
    except EditConflict:
        return _show(request, sandbox, _conflict(head, form), status=422)
    except AppError as error:
        form.add_error("name" if isinstance(error, NameTaken) else None, error.message)
        return _show(request, sandbox, PropertiesPage(head, form), status=422)
    messages.success(request, f"Audience {form.cleaned_data['name']} saved.")
    return redirect("audience", sandbox.name, segment_id)


def _save(
    request: HttpRequest, sandbox: Sandbox, segment: SegmentDefinition, given: dict[str, Any]
) -> None:
    changes = {name: given[name] for name in ("name", "description", "tags")}
    common: dict[str, Any] = {
        "actor": actor_of(request),
        "sandbox": sandbox,
        "segment_id": str(segment.pk),
        "expected_version": given["version"],
    }
    if segment.kind == SegmentDefinition.Kind.EXTERNAL:
        external.change_external(
            lambda stored: replace(external.input_of(stored), **changes), **common
        )
    else:
        change_segment(lambda stored: replace(input_of(stored), **changes), **common)


def _conflict(head: AudienceHead, form: PropertiesForm) -> PropertiesPage:
    """Both sides, and the form ready to save this person's after all."""
    segment, given = head.segment, form.cleaned_data
    pairs = (
        ("Name", segment.name, given["name"]),
        ("Description", segment.description, given["description"]),
        ("Tags", ", ".join(segment.tags), ", ".join(given["tags"])),
    )
    again = PropertiesForm(
        initial={
            "name": given["name"],
            "description": given["description"],
            "tags": ", ".join(given["tags"]),
            "version": segment.version,
        }
    )
    clashes = tuple(Clash(*pair) for pair in pairs if pair[1] != pair[2])
    person = people_of([segment.updated_by])[segment.updated_by]
    return PropertiesPage(head, again, clashes, person)


def _show(
    request: HttpRequest, sandbox: Sandbox, page: PropertiesPage, *, status: int = 200
) -> HttpResponse:
    return render_page(
        request,
        "console/audiences/properties.html",
        page,
        sandbox=sandbox,
        section="audiences",
        title=f"Properties of {page.head.segment.name}",
        crumbs=audience_crumbs(sandbox, page.head.segment, "Properties"),
        status=status,
    )
