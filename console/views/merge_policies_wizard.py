"""Create or edit a merge policy: configure, choose datasets, review with real profiles."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from console.forms.merge_policies import METHODS, STITCHING, ConfigureForm
from console.ordering import OrderedList, ordered_items, reordered
from console.pages import Crumb, actor_of, in_sandbox, render_page
from console.policy_preview import PolicyPreview, preview_policy
from console.views.merge_policies import KIND
from console.wizard import WizardStep
from core.drafts.actions import State, change_draft_of, discard_draft
from core.drafts.queries import find_draft_of
from core.errors import AppError
from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset
from profiles.segmentation.queries import evaluated
from profiles.store.actions import create_merge_policy, update_merge_policy
from profiles.store.models import MergePolicy
from profiles.store.queries import find_default_policy, find_merge_policies
from profiles.store.types import MergePolicyInput

NEW = "new"
PRECEDENCE = MergePolicy.AttributeMerge.DATASETS.value
STEPS = (
    ("merge-policy-configure", "Configure"),
    ("merge-policy-datasets", "Select datasets"),
    ("merge-policy-review", "Review"),
)


@dataclass(frozen=True, slots=True)
class ConfigurePage:
    """Step 1."""

    steps: tuple[WizardStep, ...]
    form: ConfigureForm
    holder: str


@dataclass(frozen=True, slots=True)
class DatasetsPage:
    """Step 2: the method, and with precedence the order."""

    steps: tuple[WizardStep, ...]
    method: str
    methods: tuple[tuple[str, str], ...]
    datasets: OrderedList
    trouble: str


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """Step 3: every choice, its consequences, and real profiles before and after."""

    steps: tuple[WizardStep, ...]
    facts: tuple[tuple[str, str], ...]
    order: tuple[str, ...]
    warnings: tuple[str, ...]
    preview: PolicyPreview | None
    trouble: str
    creates: bool


def _state(request: HttpRequest, sandbox: Sandbox, subject: str) -> State:
    """The draft, else what the stored policy says, else a new one."""
    draft = find_draft_of(subject, kind=KIND, actor=actor_of(request), sandbox=sandbox)
    if draft is not None and draft.state:
        return dict(draft.state)
    if subject == NEW:
        return {"name": "", "identity_graph": "pdg", "method": METHODS[0][0], "order": []}
    policy = _stored(sandbox, subject)
    return {
        "name": policy.name,
        "identity_graph": policy.identity_graph,
        "method": policy.attribute_merge,
        "order": list(policy.dataset_order),
        "is_default": policy.is_default,
        "is_active_on_edge": policy.is_active_on_edge,
    }


def _stored(sandbox: Sandbox, subject: str) -> MergePolicy:
    found = find_merge_policies(sandbox=sandbox, policy_ids=[subject])
    if not found:
        raise Http404(f"No merge policy {subject}")
    return found[0]


def _keep(request: HttpRequest, sandbox: Sandbox, subject: str, changes: State) -> None:
    base = _state(request, sandbox, subject)
    change_draft_of(
        subject,
        kind=KIND,
        actor=actor_of(request),
        sandbox=sandbox,
        change=lambda state: {**(state or base), **changes},
    )


def _steps(sandbox: Sandbox, subject: str, current: str) -> tuple[WizardStep, ...]:
    names = [name for name, _ in STEPS]
    at = names.index(current)
    return tuple(
        WizardStep(
            name,
            label,
            "current" if index == at else "done" if index < at else "upcoming",
            "" if index == at else reverse(name, args=[sandbox.name, subject]),
        )
        for index, (name, label) in enumerate(STEPS)
    )


@require_http_methods(["GET", "POST"])
@in_sandbox
def configure(request: HttpRequest, sandbox: Sandbox, subject: str) -> HttpResponse:
    """Step 1: name, stitching and flags."""
    state = _state(request, sandbox, subject)
    form = ConfigureForm(request.POST) if request.method == "POST" else ConfigureForm(initial=state)
    if request.method == "POST" and form.is_valid():
        _keep(request, sandbox, subject, form.cleaned_data)
        return redirect("merge-policy-datasets", sandbox.name, subject)
    holder = find_default_policy(sandbox=sandbox)
    page = ConfigurePage(
        steps=_steps(sandbox, subject, "merge-policy-configure"),
        form=form,
        holder=holder.name if holder is not None and str(holder.id) != subject else "",
    )
    status = 422 if form.is_bound else 200
    return _render(request, sandbox, subject, page, "configure", status=status)


@require_http_methods(["GET", "POST"])
@in_sandbox
def datasets(request: HttpRequest, sandbox: Sandbox, subject: str) -> HttpResponse:
    """Step 2: each button posts the whole choice."""
    state = _state(request, sandbox, subject)
    if request.method == "GET":
        return _show_datasets(request, sandbox, subject, state)
    order = reordered(
        tuple(dict.fromkeys(request.POST.getlist("dataset"))),
        request.POST.get("op", ""),
        added=request.POST.get("add", ""),
    )
    method = request.POST.get("method", state["method"])
    changes = {"method": method, "order": list(order)}
    _keep(request, sandbox, subject, changes)
    if request.POST.get("op") != "next":
        return redirect("merge-policy-datasets", sandbox.name, subject)
    if method == PRECEDENCE and not order:
        trouble = "Dataset precedence needs at least one dataset: those not listed are left out."
        return _show_datasets(
            request, sandbox, subject, {**state, **changes}, trouble=trouble, status=422
        )
    return redirect("merge-policy-review", sandbox.name, subject)


def _show_datasets(
    request: HttpRequest,
    sandbox: Sandbox,
    subject: str,
    state: State,
    *,
    trouble: str = "",
    status: int = 200,
) -> HttpResponse:
    rows = Dataset.objects.filter(sandbox=sandbox, deleted_ms=None).order_by("name")
    known = dict(rows.values_list("pk", "name"))
    order = [pk for pk in state.get("order", ()) if pk in known]
    page = DatasetsPage(
        steps=_steps(sandbox, subject, "merge-policy-datasets"),
        method=state["method"],
        methods=METHODS,
        datasets=OrderedList(
            ordered_items((pk, known[pk], "", None) for pk in order),
            tuple((pk, name) for pk, name in known.items() if pk not in order),
        ),
        trouble=trouble,
    )
    return _render(request, sandbox, subject, page, "datasets", status=status)


def _given(state: State) -> MergePolicyInput:
    ordered = state["method"] == PRECEDENCE
    return MergePolicyInput(
        name=state["name"],
        identity_graph=state["identity_graph"],
        attribute_merge=state["method"],
        dataset_order=tuple(state.get("order", ())) if ordered else (),
        is_default=bool(state.get("is_default")),
        is_active_on_edge=bool(state.get("is_active_on_edge")),
    )


@require_http_methods(["GET", "POST"])
@in_sandbox
def review(request: HttpRequest, sandbox: Sandbox, subject: str) -> HttpResponse:
    """Step 3: look at the effect, then finish."""
    state = _state(request, sandbox, subject)
    if not state["name"]:
        return redirect("merge-policy-configure", sandbox.name, subject)
    given = _given(state)
    if request.method == "GET":
        return _show_review(request, sandbox, subject, given)
    actor = actor_of(request)
    try:
        if subject == NEW:
            create_merge_policy(given, actor=actor, sandbox=sandbox)
        else:
            update_merge_policy(given, actor=actor, sandbox=sandbox, policy_id=subject)
    except AppError as error:
        return _show_review(request, sandbox, subject, given, trouble=error.message, status=422)
    draft = find_draft_of(subject, kind=KIND, actor=actor, sandbox=sandbox)
    if draft is not None:
        discard_draft(draft)
    done = "created" if subject == NEW else "saved"
    messages.success(request, f"Merge policy {given.name} {done}.")
    return redirect("merge-policies", sandbox.name)


def _show_review(
    request: HttpRequest,
    sandbox: Sandbox,
    subject: str,
    given: MergePolicyInput,
    *,
    trouble: str = "",
    status: int = 200,
) -> HttpResponse:
    stored = None if subject == NEW else _stored(sandbox, subject)
    before = stored or find_default_policy(sandbox=sandbox)
    names = dict(
        Dataset.objects.filter(sandbox=sandbox, pk__in=given.dataset_order).values_list(
            "pk", "name"
        )
    )
    page = ReviewPage(
        steps=_steps(sandbox, subject, "merge-policy-review"),
        facts=(
            ("Name", given.name),
            ("Schema class", "Individual Profile"),
            ("ID stitching", dict(STITCHING)[given.identity_graph]),
            ("Merge method", dict(METHODS)[given.attribute_merge]),
            ("Default merge policy", "Yes" if given.is_default else "No"),
            ("Active on edge", "Yes" if given.is_active_on_edge else "No"),
        ),
        order=tuple(names.get(pk, pk) for pk in given.dataset_order),
        warnings=_warnings(sandbox, given, stored),
        preview=preview_policy(sandbox, before=before, after=_unsaved(sandbox, given))
        if before
        else None,
        trouble=trouble,
        creates=stored is None,
    )
    return _render(request, sandbox, subject, page, "review", status=status)


def _unsaved(sandbox: Sandbox, given: MergePolicyInput) -> MergePolicy:
    return MergePolicy(
        sandbox=sandbox,
        name=given.name,
        schema_name=given.schema_name,
        identity_graph=given.identity_graph,
        attribute_merge=given.attribute_merge,
        dataset_order=list(given.dataset_order),
    )


def _warnings(
    sandbox: Sandbox, given: MergePolicyInput, stored: MergePolicy | None
) -> tuple[str, ...]:
    found = []
    default = find_default_policy(sandbox=sandbox)
    if given.is_default and default is not None and default != stored:
        found.append(f"{default.name} is no longer the default; what names no policy changes.")
    edge = MergePolicy.objects.filter(sandbox=sandbox, is_active_on_edge=True).first()
    if given.is_active_on_edge and edge is not None and edge != stored:
        found.append(f"{edge.name} is no longer active on edge; every profile is merged again.")
    if stored is not None and _merges_otherwise(given, stored):
        found += _about_audiences(evaluated(sandbox).filter(merge_policy=stored).count())
    if given.dataset_order:
        found.append("Datasets that are not listed are left out, attributes and events alike.")
    if given.identity_graph == MergePolicy.IdentityGraph.NONE:
        found.append("Without stitching each identity is a profile of its own.")
    return tuple(found)


def _merges_otherwise(given: MergePolicyInput, stored: MergePolicy) -> bool:
    before = stored.identity_graph, stored.attribute_merge, tuple(stored.dataset_order)
    return before != (given.identity_graph, given.attribute_merge, tuple(given.dataset_order))


def _about_audiences(count: int) -> tuple[str, ...]:
    if not count:
        return ()
    said = "1 audience on it is" if count == 1 else f"{count} audiences on it are"
    return (f"{said} evaluated again.",)


@require_http_methods(["POST"])
@in_sandbox
def discard(request: HttpRequest, sandbox: Sandbox, subject: str) -> HttpResponse:
    """Forget an unfinished wizard."""
    draft = find_draft_of(subject, kind=KIND, actor=actor_of(request), sandbox=sandbox)
    if draft is not None:
        discard_draft(draft)
        messages.success(request, "Draft discarded.")
    return redirect("merge-policies", sandbox.name)


def _render(
    request: HttpRequest,
    sandbox: Sandbox,
    subject: str,
    page: Any,
    template: str,
    *,
    status: int = 200,
) -> HttpResponse:
    title = "Create merge policy" if subject == NEW else "Edit merge policy"
    return render_page(
        request,
        f"console/merge_policies/{template}.html",
        page,
        sandbox=sandbox,
        section="profiles",
        title=title,
        crumbs=(
            Crumb("Profiles", reverse("profiles", args=[sandbox.name])),
            Crumb("Merge policies", reverse("merge-policies", args=[sandbox.name])),
            Crumb(title),
        ),
        status=status,
    )
