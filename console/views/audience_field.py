"""What a field of the builder holds, by the sample its rail is made from."""

from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from console.builder.catalog import Leaf, read_catalog
from console.builder.draft import AudienceDraft
from console.pages import Crumb, in_sandbox, render_page
from console.views.audience_builder import load
from core.sandboxes.models import Sandbox
from profiles.segmentation.builder.scopes import Element
from profiles.segmentation.sampling import LONGEST_VALUE, MOST_COUNTED, Values


@dataclass(frozen=True, slots=True)
class Bar:
    """A value, how many documents have it, and the share of those that have any."""

    value: str
    documents: int
    percent: int


@dataclass(frozen=True, slots=True)
class FieldPage:
    """A field in numbers; `what` are documents of the sample: profiles or events."""

    draft: AudienceDraft
    leaf: Leaf
    what: str
    sampled: int
    filled: Values
    percent: int
    bars: tuple[Bar, ...]
    most: int = MOST_COUNTED
    longest: int = LONGEST_VALUE


@require_GET
@in_sandbox
def field(request: HttpRequest, sandbox: Sandbox, draft_id: UUID) -> HttpResponse:
    """How many of the sample have a value in a field, and the most frequent ones."""
    draft = load(request, sandbox, draft_id)
    element: Element = "event" if request.GET.get("element") == "event" else "profile"
    path = request.GET.get("path", "")
    catalog = read_catalog(sandbox)
    leaves = catalog.leaves(element, everything=True)
    leaf = next((each for each in leaves if each.path == path), None)
    if leaf is None:
        raise Http404(f"There is no field {path}.")
    filled, sampled = catalog.spread(element, path), catalog.sampled(element)
    page = FieldPage(
        draft=draft,
        leaf=leaf,
        what="profile" if element == "profile" else "event",
        sampled=sampled,
        filled=filled,
        percent=_percent(filled.documents, sampled),
        bars=tuple(
            Bar(value, many, _percent(many, filled.documents)) for value, many in filled.common
        ),
    )
    name = draft.properties.name or "New audience"
    title = f"Values of {leaf.title}"
    return render_page(
        request,
        "console/builder/field.html",
        page,
        sandbox=sandbox,
        section="audiences",
        title=title,
        crumbs=(
            Crumb("Audiences", reverse("audiences", args=[sandbox.name])),
            Crumb(name, reverse("audience-build", args=[sandbox.name, draft.id])),
            Crumb(title),
        ),
        fragment="ask",
    )


def _percent(part: int, whole: int) -> int:
    """Rounded, but neither nothing nor everything unless it is."""
    if not whole or part in (0, whole):
        return 100 * part // whole if whole else 0
    return min(99, max(1, round(100 * part / whole)))
