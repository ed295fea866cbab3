"""The segment builder: every edit is posted, kept in the draft, and answered with the canvas."""

from dataclasses import replace
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from console.builder.catalog import read_catalog
from console.builder.count import drop_count, start_count
from console.builder.draft import (
    KIND,
    AudienceDraft,
    Drafts,
    Rule,
    begin,
    begin_edit,
    load_draft,
)
from console.builder.edits import edit_of
from console.builder.page import CodeError, Shown, address, build_page, show_builder
from console.builder.templates import rule_for
from console.builder.verdict import judge
from console.forms.builder import PropertiesForm
from console.pages import actor_of, in_sandbox, wants_fragment
from core.drafts.actions import discard_draft
from core.drafts.queries import get_draft
from core.errors import AppError, NotFound
from core.sandboxes.models import Sandbox
from profiles.segmentation.builder.canvas import Canvas
from profiles.segmentation.builder.operations import Refused
from profiles.segmentation.builder.read import CodeOnly, read
from profiles.segmentation.expressions import check_rule
from profiles.segmentation.models import SegmentDefinition
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.parser import parse
from profiles.segmentation.profile_types import profile_type
from profiles.segmentation.queries import get_segment
from profiles.segmentation.types import PROFILE_SCHEMA, Expression


def drafts_of(request: HttpRequest, sandbox: Sandbox, draft_id: UUID) -> Drafts:
    """Changes of this draft by whoever asks."""
    return Drafts(str(draft_id), actor_of(request), sandbox)


def load(request: HttpRequest, sandbox: Sandbox, draft_id: UUID) -> AudienceDraft:
    """The person's draft, or a 404."""
    return load_draft(str(draft_id), actor=actor_of(request), sandbox=sandbox)


@require_http_methods(["GET", "POST"])
@in_sandbox
def new(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Begin an audience, empty or from a template."""
    if request.method == "GET":
        return redirect("audiences", sandbox.name)
    rule, properties = rule_for(request.POST.get("template", ""))
    draft = begin(rule, properties, actor=actor_of(request), sandbox=sandbox)
    return redirect("audience-build", sandbox.name, str(draft.pk))


@require_GET
@in_sandbox
def edit(request: HttpRequest, sandbox: Sandbox, segment_id: UUID) -> HttpResponse:
    """Take up, or begin, the edit of a stored audience."""
    try:
        segment = get_segment(sandbox=sandbox, segment_id=segment_id)
    except NotFound as error:
        raise Http404(error.message) from error
    if segment.kind != SegmentDefinition.Kind.RULE or segment.state == "archived":
        messages.error(request, f"{segment.name} has no rule that can be edited.")
        return redirect("audience", sandbox.name, str(segment_id))
    draft = begin_edit(segment, actor=actor_of(request), sandbox=sandbox)
    return redirect("audience-build", sandbox.name, str(draft.pk))


@require_GET
@in_sandbox
def build(request: HttpRequest, sandbox: Sandbox, draft_id: UUID) -> HttpResponse:
    """The builder; htmx asks for the left rail alone."""
    page = build_page(request, sandbox, load(request, sandbox, draft_id), Shown())
    return show_builder(request, sandbox, page, fragment="fields")


@require_POST
@in_sandbox
def do(request: HttpRequest, sandbox: Sandbox, draft_id: UUID) -> HttpResponse:
    """One edit of the rule, or a step back or forward."""
    drafts = drafts_of(request, sandbox, draft_id)
    notice = ""
    try:
        draft = _edited(request, drafts)
    except AppError as error:
        notice, draft = error.message, load(request, sandbox, draft_id)
    if not wants_fragment(request):
        if notice:
            messages.error(request, notice)
        return _back(request, sandbox, draft)
    page = build_page(request, sandbox, draft, Shown(notice=notice, swapped=True))
    return show_builder(request, sandbox, page, fragment="changed")


def _edited(request: HttpRequest, drafts: Drafts) -> AudienceDraft:
    wanted = request.POST.get("edit", "")
    if wanted == "undo":
        return drafts.step_back()
    if wanted == "redo":
        return drafts.step_forward()
    change = edit_of(request, read_catalog(drafts.sandbox))

    def made(rule: Rule) -> Rule:
        if rule.code_only:
            raise Refused("The rule is code only: change the code, or undo to get the cards back.")
        return Rule(change(rule.canvas))

    return drafts.change_rule(made)


def _back(request: HttpRequest, sandbox: Sandbox, draft: AudienceDraft) -> HttpResponse:
    """To the builder, at the card that was touched."""
    words = request.POST.get("edit", "").split(" ")
    anchor = request.POST.get("node") or (words[1] if len(words) > 1 else "")
    place = f"#node-{anchor}" if anchor.isalnum() else "#canvas"
    return redirect(address(request, sandbox, draft, "audience-build") + place)


@require_POST
@in_sandbox
def code(request: HttpRequest, sandbox: Sandbox, draft_id: UUID) -> HttpResponse:
    """Take code over: onto the canvas if it fits, else as code with the reason."""
    drafts = drafts_of(request, sandbox, draft_id)
    text = request.POST.get("code", "").strip()
    shown = Shown(swapped=wants_fragment(request))
    status = 200
    try:
        made = _rule_from(text, sandbox)
        draft = drafts.change_rule(lambda _rule: made)
        if not shown.swapped:
            return _back(request, sandbox, draft)
    except PqlError as error:
        draft, status = load(request, sandbox, draft_id), 422
        shown = replace(shown, code=text, code_error=_code_error(error, text))
    page = build_page(request, sandbox, draft, shown)
    return show_builder(request, sandbox, page, fragment="changed", status=status)


def _rule_from(text: str, sandbox: Sandbox) -> Rule:
    if not text:
        return Rule(Canvas())
    check_rule(Expression(text), sandbox=sandbox, schema_name=PROFILE_SCHEMA)
    try:
        return Rule(read(parse(text), profile_type(sandbox)))
    except CodeOnly as error:
        return Rule(Canvas(), text, error.message)


def _code_error(error: PqlError, text: str) -> CodeError:
    line = text.splitlines()[error.line - 1] if text else ""
    start = error.column - 1
    end = max(start + 1, min(len(line), start + error.end - error.start))
    sentence = f"{error.reason} {error.suggestion}" if error.suggestion else error.reason
    return CodeError(
        sentence, error.line, error.column, line[:start], line[start:end] or " ", line[end:]
    )


@require_POST
@in_sandbox
def properties(request: HttpRequest, sandbox: Sandbox, draft_id: UUID) -> HttpResponse:
    """Keep name, description, tags, method and merge policy in the draft."""
    drafts = drafts_of(request, sandbox, draft_id)
    before = load(request, sandbox, draft_id).properties
    draft = drafts.describe(PropertiesForm(request.POST).kept(before))
    if not wants_fragment(request):
        return redirect(address(request, sandbox, draft, "audience-build"))
    page = build_page(request, sandbox, draft, Shown(swapped=True))
    return show_builder(request, sandbox, page, fragment="described")


@require_http_methods(["GET", "POST"])
@in_sandbox
def count(request: HttpRequest, sandbox: Sandbox, draft_id: UUID) -> HttpResponse:
    """Begin to count what the draft says, or look how far that is."""
    try:
        draft = load(request, sandbox, draft_id)
    except Http404:
        # A page that is just being left after saving asks once more: nothing changes there.
        if wants_fragment(request):
            return HttpResponse(status=204)
        raise
    trouble = ""
    if request.method == "POST":
        drafts = drafts_of(request, sandbox, draft_id)
        try:
            draft = start_count(draft, judge(draft, sandbox), drafts)
        except AppError as error:
            trouble = error.message
    if not wants_fragment(request):
        if trouble:
            messages.error(request, trouble)
        return redirect(address(request, sandbox, draft, "audience-build"))
    page = build_page(request, sandbox, draft, Shown(notice=trouble, swapped=True))
    return show_builder(request, sandbox, page, fragment="count")


@require_POST
@in_sandbox
def discard(request: HttpRequest, sandbox: Sandbox, draft_id: UUID) -> HttpResponse:
    """Give the draft up."""
    draft = load(request, sandbox, draft_id)
    drop_count(draft, drafts_of(request, sandbox, draft_id))
    row = get_draft(draft.id, kind=KIND, actor=actor_of(request), sandbox=sandbox)
    discard_draft(row)
    messages.success(request, f"Changes to {draft.properties.name or 'the draft'} discarded.")
    return redirect("audiences", sandbox.name)
