"""Settings of the identity graph: priorities and unique namespaces, their effect, confirmation."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from console.graphs import called
from console.linking import (
    RuleEditor,
    RuleSet,
    editor_of,
    rules_in,
    stored_rules,
    trouble_with,
)
from console.pages import Crumb, Tab, actor_of, in_sandbox, render_page, wants_fragment
from console.views.identities import workspace_tabs
from console.wizard import WizardStep
from core.drafts.actions import change_draft_of, discard_draft
from core.drafts.queries import find_draft_of
from core.errors import AppError
from core.sandboxes.models import Sandbox
from profiles.identity.actions import save_linking_settings
from profiles.identity.models import LinkingSettings, Relinking
from profiles.identity.namespaces import NamespaceTable
from profiles.identity.preview import Effect, SplitSample, preview_rules
from profiles.identity.queries import find_linking_settings, find_relinking, namespace_table
from profiles.identity.rules import rules_from_settings
from profiles.identity.types import identify

KIND = "linking-rules"
SUBJECT = "sandbox"


@dataclass(frozen=True, slots=True)
class RulesPage:
    """Step 1: priorities and unique namespaces."""

    tabs: tuple[Tab, ...]
    steps: tuple[WizardStep, ...]
    editor: RuleEditor
    trouble: str
    saved: LinkingSettings | None
    drafted: bool
    relinking: Relinking | None


@dataclass(frozen=True, slots=True)
class ProgressPage:
    """How far the saved rules are applied to the graphs there were."""

    relinking: Relinking | None


@dataclass(frozen=True, slots=True)
class Split:
    """A graph that would fall apart."""

    before: int
    parts: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class EffectPage:
    """Step 2: what saving changes, and the confirmation."""

    tabs: tuple[Tab, ...]
    steps: tuple[WizardStep, ...]
    editor: RuleEditor
    effect: Effect
    samples: tuple[Split, ...]
    trouble: str


def _steps(sandbox: Sandbox, *, at: int) -> tuple[WizardStep, ...]:
    back = reverse("identity-settings", args=[sandbox.name]) if at else ""
    return (
        WizardStep("rules", "Priorities", "done" if at else "current", back),
        WizardStep("effect", "Effect and confirmation", "current" if at else "upcoming"),
    )


@require_http_methods(["GET", "POST"])
@in_sandbox
def rules(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Edit the draft: each button posts the whole list, so nothing typed is lost."""
    draft = find_draft_of(SUBJECT, kind=KIND, actor=actor_of(request), sandbox=sandbox)
    if request.method == "GET":
        tried = rules_in(request.GET)  # from Graph Simulation: kept with the next button
        wanted = tried or _of(draft.state if draft else {}) or stored_rules(sandbox)
        drafted = tried is not None or draft is not None
        return _show_rules(request, sandbox, wanted, drafted=drafted)
    if request.POST.get("op") == "discard":
        if draft is not None:
            discard_draft(draft)
        messages.success(request, "Unsaved linking rules discarded.")
        return redirect("identity-settings", sandbox.name)
    changed = rules_in(request.POST) or stored_rules(sandbox)
    state = {"order": list(changed.order), "unique": sorted(changed.unique)}
    change_draft_of(
        SUBJECT, kind=KIND, actor=actor_of(request), sandbox=sandbox, change=lambda _: state
    )
    if request.POST.get("op") == "next":
        trouble = trouble_with(changed, sandbox)
        if trouble:
            return _show_rules(request, sandbox, changed, drafted=True, trouble=trouble, status=422)
        return redirect("identity-effect", sandbox.name)
    return redirect("identity-settings", sandbox.name)


def _of(state: dict[str, list[str]]) -> RuleSet | None:
    order = tuple(state.get("order", ()))
    return RuleSet(order, frozenset(state.get("unique", ()))) if order else None


def _show_rules(
    request: HttpRequest,
    sandbox: Sandbox,
    wanted: RuleSet,
    *,
    drafted: bool,
    trouble: str = "",
    status: int = 200,
) -> HttpResponse:
    page = RulesPage(
        tabs=workspace_tabs(sandbox, "identity-settings"),
        steps=_steps(sandbox, at=0),
        editor=editor_of(wanted, sandbox),
        trouble=trouble,
        saved=find_linking_settings(sandbox=sandbox),
        drafted=drafted,
        relinking=find_relinking(sandbox=sandbox),
    )
    return render_page(
        request,
        "console/identities/settings.html",
        page,
        sandbox=sandbox,
        section="identities",
        title="Identity settings",
        status=status,
    )


@require_GET
@in_sandbox
def progress(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """How far the saved rules are applied, polled while that goes on."""
    if not wants_fragment(request):
        return redirect("identity-settings", sandbox.name)
    found = find_relinking(sandbox=sandbox)
    return render_page(
        request,
        "console/identities/settings.html",
        ProgressPage(found),
        sandbox=sandbox,
        section="identities",
        title="Identity settings",
        fragment="relinking",
    )


@require_http_methods(["GET", "POST"])
@in_sandbox
def effect(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """What saving would change; save once the sandbox's name was typed."""
    draft = find_draft_of(SUBJECT, kind=KIND, actor=actor_of(request), sandbox=sandbox)
    wanted = _of(draft.state) if draft else None
    if draft is None or wanted is None or trouble_with(wanted, sandbox):
        return redirect("identity-settings", sandbox.name)
    if request.method == "GET":
        return _show_effect(request, sandbox, wanted)
    if request.POST.get("name", "").strip() != sandbox.name:
        trouble = f"Type {sandbox.name} to confirm. Nothing was saved."
        return _show_effect(request, sandbox, wanted, trouble=trouble, status=422)
    try:
        save_linking_settings(wanted.rules(), actor=actor_of(request), sandbox=sandbox)
    except AppError as error:
        return _show_effect(request, sandbox, wanted, trouble=error.message, status=422)
    discard_draft(draft)
    messages.success(
        request,
        "Linking rules saved. They hold from the next record on; existing graphs follow now.",
    )
    return redirect("identity-settings", sandbox.name)


def _show_effect(
    request: HttpRequest, sandbox: Sandbox, wanted: RuleSet, *, trouble: str = "", status: int = 200
) -> HttpResponse:
    table = namespace_table(sandbox=sandbox)
    found = preview_rules(sandbox=sandbox, rules=rules_from_settings(wanted.rows(), table))
    page = EffectPage(
        tabs=workspace_tabs(sandbox, "identity-settings"),
        steps=_steps(sandbox, at=1),
        editor=editor_of(wanted, sandbox),
        effect=found,
        samples=tuple(_split(sandbox, each, table) for each in found.samples),
        trouble=trouble,
    )
    return render_page(
        request,
        "console/identities/effect.html",
        page,
        sandbox=sandbox,
        section="identities",
        title="Effect of the new rules",
        crumbs=(
            Crumb("Identities", reverse("identities", args=[sandbox.name])),
            Crumb("Settings", reverse("identity-settings", args=[sandbox.name])),
            Crumb("Effect"),
        ),
        status=status,
    )


def _split(sandbox: Sandbox, sample: SplitSample, table: NamespaceTable) -> Split:
    return Split(
        before=len(sample.before),
        parts=tuple(
            tuple(called(identify(sandbox.number, one.namespace, one.value), table) for one in part)
            for part in sample.after
        ),
    )
