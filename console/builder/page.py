"""The builder page of a draft, put together."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from console.audiences import STATES
from console.builder.catalog import Catalog, read_catalog
from console.builder.count import Count, read_count
from console.builder.draft import AudienceDraft
from console.builder.rail import Rail, read_rail
from console.builder.verdict import MethodChoice, Verdict, judge
from console.builder.view import draw
from console.builder.view_types import CanvasView
from console.forms.builder import PropertiesForm
from console.pages import Crumb, render_page
from core.sandboxes.models import Sandbox
from profiles.segmentation.builder.canvas import AudienceCard, Canvas, nodes
from profiles.segmentation.builder.words import Wording
from profiles.segmentation.models import SegmentDefinition
from profiles.segmentation.queries import find_segments, names_of
from profiles.store.models import MergePolicy
from profiles.store.queries import list_merge_policies


@dataclass(frozen=True, slots=True)
class CodeError:
    """A mistake in the code: the line it is in, split around the place."""

    message: str
    line: int
    column: int
    before: str
    marked: str
    after: str


@dataclass(frozen=True, slots=True)
class MethodQuestion:
    """The method the rule no longer allows, why, and those it does allow."""

    method: str
    reasons: tuple[str, ...]
    instead: tuple[MethodChoice, ...]
    action: str


@dataclass(frozen=True, slots=True)
class BuilderPage:
    """Everything of the builder. `swapped`: parts replace those of the page they go to."""

    draft: AudienceDraft
    segment: SegmentDefinition | None
    verdict: Verdict
    rail: Rail | None
    canvas: CanvasView
    count: Count
    methods: tuple[MethodChoice, ...]
    policies: tuple[MergePolicy, ...]
    form: PropertiesForm
    code: str
    code_error: CodeError | None
    show_code: bool
    question: MethodQuestion | None
    notice: str
    stale: bool
    do: str
    back: str
    query: str
    words: str
    canvas_href: str
    code_href: str
    untarget_href: str
    swapped: bool
    marked: bool
    empty_data: bool

    @property
    def tone(self) -> str:
        """Tone of the stored audience's state."""
        return STATES[self.segment.state][0] if self.segment else ""

    @property
    def state(self) -> str:
        """State of the stored audience in words."""
        return STATES[self.segment.state][1] if self.segment else ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What differs from one way to the page to another."""

    form: PropertiesForm | None = None
    code: str | None = None
    code_error: CodeError | None = None
    question: MethodQuestion | None = None
    notice: str = ""
    swapped: bool = False
    marked: bool = False


def wording_of(sandbox: Sandbox, catalog: Catalog, canvas: Canvas) -> Wording:
    """Names of what the canvas mentions."""
    ids = [node.audience for node in nodes(canvas) if isinstance(node, AudienceCard)]
    names = names_of(sandbox=sandbox, segment_ids=ids) if ids else {}
    return Wording(catalog.name, catalog.event_title, names)


def build_page(
    request: HttpRequest, sandbox: Sandbox, draft: AudienceDraft, shown: Shown
) -> BuilderPage:
    """The page of a draft."""
    catalog = read_catalog(sandbox)
    verdict = judge(draft, sandbox)
    canvas = draft.rule.canvas
    wording = wording_of(sandbox, catalog, canvas)
    segment = _segment(sandbox, draft)
    given = request.GET
    properties = draft.properties
    return BuilderPage(
        draft=draft,
        segment=segment,
        verdict=verdict,
        rail=None if shown.swapped else read_rail(request, sandbox, catalog, own=draft.segment_id),
        canvas=draw(
            canvas,
            catalog,
            wording,
            problems=verdict.problems,
            target=given.get("into", ""),
            everything=given.get("all") == "on",
        ),
        count=read_count(draft, verdict, wording, sandbox=sandbox),
        methods=verdict.methods(properties.method),
        policies=tuple(list_merge_policies(sandbox=sandbox, order=("name",))),
        form=shown.form or PropertiesForm(initial=PropertiesForm.initial_of(properties)),
        code=verdict.text if shown.code is None else shown.code,
        code_error=shown.code_error,
        show_code=given.get("view") == "code" or draft.rule.code_only or shown.code is not None,
        question=shown.question,
        notice=shown.notice,
        stale=segment is not None and segment.version != draft.base,
        do=address(request, sandbox, draft, "audience-do"),
        back=address(request, sandbox, draft, "audience-build"),
        query=given.urlencode(),
        words=wording.canvas(canvas),
        canvas_href=_changed(request, view=None),
        code_href=_changed(request, view="code"),
        untarget_href=_changed(request, into=None),
        swapped=shown.swapped,
        marked=shown.marked,
        empty_data=catalog.is_empty,
    )


def _changed(request: HttpRequest, **changes: str | None) -> str:
    """The query string of the builder seen otherwise."""
    query = request.GET.copy()
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = value
    return f"?{query.urlencode()}"


def _segment(sandbox: Sandbox, draft: AudienceDraft) -> SegmentDefinition | None:
    if not draft.segment_id:
        return None
    found = find_segments(sandbox=sandbox, segment_ids=[draft.segment_id])
    return found[0] if found else None


def address(request: HttpRequest, sandbox: Sandbox, draft: AudienceDraft, name: str) -> str:
    """A page of the draft that keeps in mind what the person sees of the builder."""
    base = reverse(name, args=[sandbox.name, draft.id])
    query = request.GET.urlencode()
    return f"{base}?{query}" if query else base


def show_builder(
    request: HttpRequest,
    sandbox: Sandbox,
    page: BuilderPage,
    *,
    fragment: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render the builder or a part of it."""
    name = page.draft.properties.name or "New audience"
    title = f"Edit {name}" if page.segment else name
    listed = Crumb("Audiences", reverse("audiences", args=[sandbox.name]))
    response = render_page(
        request,
        "console/builder/page.html",
        page,
        sandbox=sandbox,
        section="audiences",
        title=title,
        crumbs=(listed, Crumb(title)),
        fragment=fragment,
        status=status,
    )
    # Answers may overtake each other: the script drops what is older than what it shows.
    response["Draft-Revision"] = str(page.draft.revision)
    return response
