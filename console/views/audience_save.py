"""Saving an audience from the builder: questions first, nothing overwritten, nothing silent."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import ndiff
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from console.audiences import METHODS, people_of
from console.builder.catalog import Catalog, read_catalog
from console.builder.draft import KIND, AudienceDraft, begin_edit, rule_of
from console.builder.page import MethodQuestion, Shown, build_page, show_builder, wording_of
from console.builder.verdict import Verdict, judge
from console.forms.builder import PropertiesForm
from console.pages import Crumb, actor_of, in_sandbox, render_page
from console.views.audience_builder import drafts_of, load
from core.drafts.actions import discard_draft
from core.drafts.queries import get_draft
from core.errors import AppError, NotFound
from core.sandboxes.models import Sandbox
from profiles.segmentation.actions import change_segment, create_segment, input_of
from profiles.segmentation.history import differences
from profiles.segmentation.models import SegmentDefinition
from profiles.segmentation.queries import get_segment
from profiles.segmentation.types import EditConflict, Expression, NameTaken, SegmentInput

State = SegmentDefinition.State
_STATES = {"publish": State.PUBLISHED, "draft": State.DRAFT}
_LABELS = {
    "name": "Name",
    "expression": "Rule",
    "method": "Evaluation method",
    "mergePolicyId": "Merge policy",
    "lifecycleState": "Lifecycle status",
    "description": "Description",
    "tags": "Tags",
}


@require_POST
@in_sandbox
def save(request: HttpRequest, sandbox: Sandbox, draft_id: UUID) -> HttpResponse:
    """Store the draft as the audience's next version, or say what is in the way."""
    before = load(request, sandbox, draft_id)
    form = PropertiesForm(request.POST)
    given = form.kept(before.properties)
    instead = request.POST.get("instead", "")
    if instead in METHODS:
        given = replace(given, method=instead)
    draft = drafts_of(request, sandbox, draft_id).describe(given)
    verdict = judge(draft, sandbox)
    _check(form, verdict)
    if form.errors:
        return _again(request, sandbox, draft, Shown(form=form, marked=True))
    reasons = verdict.reasons(given.method)
    if reasons:
        return _again(request, sandbox, draft, _question(request, draft, verdict, form))
    try:
        segment = _store(request, sandbox, draft, verdict)
    except EditConflict as error:
        return _conflict(request, sandbox, draft, error)
    except AppError as error:
        form.add_error("name" if isinstance(error, NameTaken) else None, error.message)
        return _again(request, sandbox, draft, Shown(form=form, marked=True))
    _forget(request, sandbox, draft)
    messages.success(request, _done(segment))
    return redirect("audience", sandbox.name, str(segment.pk))


def _check(form: PropertiesForm, verdict: Verdict) -> None:
    count = len(verdict.problems)
    if not verdict.text and not count:
        form.add_error(None, "The rule is empty: add at least one condition.")
    elif count:
        what = "A condition is" if count == 1 else f"{count} conditions are"
        form.add_error(None, f"{what} not finished: see the marked cards.")
    elif verdict.trouble:
        form.add_error(None, verdict.trouble)


def _again(
    request: HttpRequest, sandbox: Sandbox, draft: AudienceDraft, shown: Shown
) -> HttpResponse:
    return show_builder(request, sandbox, build_page(request, sandbox, draft, shown), status=422)


def _question(
    request: HttpRequest, draft: AudienceDraft, verdict: Verdict, form: PropertiesForm
) -> Shown:
    """Ask which method the audience is to have, since the rule does not allow the chosen one."""
    chosen = draft.properties.method
    return Shown(
        form=form,
        question=MethodQuestion(
            METHODS[chosen],
            verdict.reasons(chosen),
            tuple(each for each in verdict.methods(chosen) if not each.reasons),
            request.POST.get("do", "publish"),
        ),
    )


def _store(
    request: HttpRequest, sandbox: Sandbox, draft: AudienceDraft, verdict: Verdict
) -> SegmentDefinition:
    properties = draft.properties
    wanted: dict[str, Any] = {
        "name": properties.name,
        "description": properties.description,
        "tags": properties.tags,
        "method": properties.method,
        "merge_policy_id": properties.policy or None,
        "expression": Expression(verdict.text),
        "state": _STATES.get(request.POST.get("do", "")),
    }
    actor = actor_of(request)
    if not draft.segment_id:
        return create_segment(SegmentInput(**wanted), actor=actor, sandbox=sandbox)

    def edit(stored: SegmentDefinition) -> SegmentInput:
        known = {name: getattr(input_of(stored), name) for name in SegmentInput.__slots__}
        state = wanted["state"] if wanted["state"] == State.PUBLISHED else stored.state
        policy = wanted["merge_policy_id"] or known["merge_policy_id"]
        return SegmentInput(**{**known, **wanted, "state": state, "merge_policy_id": policy})

    return change_segment(
        edit,
        actor=actor,
        sandbox=sandbox,
        segment_id=draft.segment_id,
        expected_version=draft.base,
    )


def _forget(request: HttpRequest, sandbox: Sandbox, draft: AudienceDraft) -> None:
    discard_draft(get_draft(draft.id, kind=KIND, actor=actor_of(request), sandbox=sandbox))


def _done(segment: SegmentDefinition) -> str:
    word = {State.PUBLISHED: "published", State.DRAFT: "saved as a draft"}
    return f"Audience {segment.name} {word.get(State(segment.state), 'saved')}."


# --- Somebody else was faster


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A property both sides know: as it is stored, and as the draft has it."""

    label: str
    stored: str
    mine: str


@dataclass(frozen=True, slots=True)
class ConflictPage:
    """Both rules, in words and line by line, and what else differs."""

    draft: AudienceDraft
    name: str
    who: str
    stored_words: str
    mine_words: str
    lines: tuple[tuple[str, str], ...]
    rows: tuple[ChangeRow, ...]
    theirs: tuple[str, ...]


def _conflict(
    request: HttpRequest, sandbox: Sandbox, draft: AudienceDraft, error: EditConflict
) -> HttpResponse:
    stored, given = error.fields["stored"], error.fields["given"]
    base = error.fields["base"] or stored
    catalog = read_catalog(sandbox)
    page = ConflictPage(
        draft=draft,
        name=stored["name"],
        who=_author(sandbox, draft),
        stored_words=_in_words(sandbox, catalog, stored["expression"]),
        mine_words=_in_words(sandbox, catalog, given["expression"]),
        lines=tuple(_lines(stored["expression"], given["expression"])),
        rows=tuple(_rows(stored, given)),
        theirs=tuple(_LABELS.get(each.path, each.path) for each in differences(base, stored)),
    )
    return render_page(
        request,
        "console/audiences/conflict.html",
        page,
        sandbox=sandbox,
        section="audiences",
        title=f"{page.name} changed meanwhile",
        crumbs=(
            Crumb("Audiences", reverse("audiences", args=[sandbox.name])),
            Crumb("Two versions"),
        ),
        status=409,
    )


def _author(sandbox: Sandbox, draft: AudienceDraft) -> str:
    segment = get_segment(sandbox=sandbox, segment_id=draft.segment_id)
    return people_of([segment.updated_by])[segment.updated_by]


def _in_words(sandbox: Sandbox, catalog: Catalog, text: str) -> str:
    rule = rule_of(text, sandbox)
    if rule.code_only:
        return rule.code
    return wording_of(sandbox, catalog, rule.canvas).canvas(rule.canvas)


def _lines(stored: str, mine: str) -> list[tuple[str, str]]:
    """The rules compared condition by condition: (same, removed or added, text)."""
    kinds = {"  ": "same", "- ": "removed", "+ ": "added"}
    found = ndiff(_split(stored), _split(mine))
    return [(kinds[line[:2]], line[2:]) for line in found if line[:2] in kinds]


def _split(text: str) -> list[str]:
    """One condition a line."""
    return text.replace(" and ", "\nand ").replace(" or ", "\nor ").splitlines()


def _rows(stored: Mapping[str, Any], given: Mapping[str, Any]) -> list[ChangeRow]:
    return [
        ChangeRow(_LABELS.get(each.path, each.path), _shown(each.before), _shown(each.after))
        for each in differences(stored, given)
        if each.path != "expression"
    ]


def _shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "–")  # noqa: RUF001


@require_POST
@in_sandbox
def resolve(request: HttpRequest, sandbox: Sandbox, draft_id: UUID) -> HttpResponse:
    """Keep the draft over the stored version, or take the stored version over."""
    draft = load(request, sandbox, draft_id)
    try:
        segment = get_segment(sandbox=sandbox, segment_id=draft.segment_id)
    except NotFound as error:
        messages.error(request, error.message)
        return redirect("audiences", sandbox.name)
    if request.POST.get("keep") == "mine":
        drafts_of(request, sandbox, draft_id).rebase(segment.version)
        messages.success(request, "Your version replaces the other one when you save it.")
        return redirect("audience-build", sandbox.name, draft.id)
    _forget(request, sandbox, draft)
    fresh = begin_edit(segment, actor=actor_of(request), sandbox=sandbox)
    messages.success(request, "You see the stored version; your edits are gone.")
    return redirect("audience-build", sandbox.name, str(fresh.pk))
