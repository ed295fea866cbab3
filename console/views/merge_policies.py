"""Merge policies: which value wins when sources disagree."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from console.forms.merge_policies import METHODS, STITCHING
from console.pages import actor_of, in_sandbox, render_page
from console.paging import page_of
from console.tables import Column, Table, table_of
from core.drafts.models import Draft
from core.drafts.queries import list_drafts
from core.errors import AppError
from core.sandboxes.models import Sandbox
from profiles.store.actions import delete_merge_policy
from profiles.store.models import MergePolicy
from profiles.store.queries import find_merge_policies, list_merge_policies, policy_warning

KIND = "merge-policy"
COLUMNS = (
    Column("name", "Name"),
    Column("default", "Default"),
    Column("edge", "Active on edge"),
    Column("class", "Schema class"),
    Column("stitching", "ID stitching"),
    Column("method", "Merge method"),
    Column("modified", "Last modified", wide=True),
    Column("actions", "Actions", number=True),
)
CLASS_WORDS = {"_xdm.context.profile": "Individual Profile"}


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """A line of the list. `heir`: who becomes the default when this policy goes."""

    policy: MergePolicy
    class_word: str
    stitching: str
    method: str
    heir: str


@dataclass(frozen=True, slots=True)
class DraftRow:
    """An unfinished wizard."""

    name: str
    subject: str
    updated_ms: int


@dataclass(frozen=True, slots=True)
class PoliciesPage:
    """There are a handful."""

    table: Table
    rows: tuple[PolicyRow, ...]
    drafts: tuple[DraftRow, ...]
    warning: str | None


@require_GET
@in_sandbox
def list_(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """All policies of the sandbox, the default first."""
    policies = list_merge_policies(sandbox=sandbox, order=("-default", "name"))
    drafts = list_drafts(KIND, actor=actor_of(request), sandbox=sandbox)
    shown, paging = page_of(policies, request)
    page = PoliciesPage(
        table=table_of(
            request, "merge-policies", label="Merge policies", columns=COLUMNS, paging=paging
        ),
        rows=tuple(_row(policy, policies) for policy in shown),
        drafts=tuple(_draft_row(draft) for draft in drafts),
        warning=policy_warning(sandbox=sandbox),
    )
    return render_page(
        request,
        "console/merge_policies/list.html",
        page,
        sandbox=sandbox,
        section="profiles",
        title="Merge policies",
    )


def _row(policy: MergePolicy, policies: list[MergePolicy]) -> PolicyRow:
    rest = [one for one in policies if one != policy and one.schema_name == policy.schema_name]
    rest.sort(key=lambda one: (not one.is_active_on_edge, -one.updated_ms, one.id))
    return PolicyRow(
        policy=policy,
        class_word=CLASS_WORDS.get(policy.schema_name, policy.schema_name),
        stitching=dict(STITCHING)[policy.identity_graph],
        method=dict(METHODS)[policy.attribute_merge],
        heir=rest[0].name if rest and policy.is_default else "",
    )


def _draft_row(draft: Draft) -> DraftRow:
    name = str(draft.state.get("name") or "Unnamed merge policy")
    return DraftRow(name, draft.subject, draft.updated_ms)


@require_POST
@in_sandbox
def delete(request: HttpRequest, sandbox: Sandbox, policy_id: UUID) -> HttpResponse:
    """Delete a policy once its name was typed."""
    found = find_merge_policies(sandbox=sandbox, policy_ids=[str(policy_id)])
    name = found[0].name if found else ""
    if found and request.POST.get("name", "").strip() != name:
        messages.error(request, f"Not deleted: type {name} to confirm.")
        return redirect("merge-policies", sandbox.name)
    try:
        delete_merge_policy(actor=actor_of(request), sandbox=sandbox, policy_id=str(policy_id))
        messages.success(request, f"Merge policy {name} deleted.")
    except AppError as error:
        messages.error(request, error.message)
    return redirect("merge-policies", sandbox.name)
