"""Schemas by the dozen: select rows, delete those nobody uses."""

from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from console.pages import Crumb, actor_of, in_sandbox, render_page
from console.selection import (
    BulkAction,
    Selection,
    answer_selection,
    deselect,
    selected_ids,
)
from core.sandboxes.models import Sandbox
from ingestion.schemas.bulk import Deletion, delete_schemas, plan_deletion
from ingestion.schemas.models import RegistryResource

TABLE = "schemas"


@dataclass(frozen=True, slots=True)
class DeletePage:
    """What deleting them means, and the words that confirm it."""

    plan: Deletion
    words: str
    trouble: str


def schema_selection(request: HttpRequest, sandbox: Sandbox) -> Selection | None:
    """The selected schemas (the last parts of their `$id`s); None for those who may only look."""
    if not actor_of(request).may("manage-schemas", sandbox.pk):
        return None
    href = reverse("schemas-delete", args=[sandbox.name])
    return Selection(
        href=reverse("schema-select", args=[sandbox.name]),
        ids=selected_ids(request, sandbox, TABLE),
        actions=(BulkAction("delete", "Delete", icon="trash", href=href, danger=True),),
    )


@require_POST
@in_sandbox
def select(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Take ticks over; a button leads on to what is to be done."""
    selection = schema_selection(request, sandbox)
    if selection is None:
        return redirect("schemas", sandbox.name)
    return answer_selection(request, sandbox, TABLE, selection)


@require_http_methods(["GET", "POST"])
@in_sandbox
def delete(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Delete those nobody uses once their number was typed."""
    tokens = request.POST.getlist("id") or sorted(selected_ids(request, sandbox, TABLE))
    rows = _schemas(sandbox, tokens)
    if not rows:
        messages.warning(request, "No schema is selected any more.")
        return redirect("schemas", sandbox.name)
    plan = plan_deletion(rows, sandbox=sandbox)
    words, trouble = f"delete {len(plan.going)}", ""
    if request.method == "POST":
        if plan.going and request.POST.get("words", "").strip() == words:
            uris = [row.uri for row in plan.going]
            many = delete_schemas(uris=uris, sandbox=sandbox, actor=actor_of(request))
            deselect(request, sandbox, TABLE, tokens)
            messages.success(request, f"{_many(many)} deleted.")
            return redirect("schemas", sandbox.name)
        trouble = f"Not deleted: type {words} to confirm."
    title = f"Delete {_many(len(plan.going))}"
    return render_page(
        request,
        "console/schemas/bulk_delete.html",
        DeletePage(plan, words, trouble),
        sandbox=sandbox,
        section="schemas",
        title=title,
        crumbs=(Crumb("Schemas", reverse("schemas", args=[sandbox.name])), Crumb(title)),
        fragment="ask",
        status=422 if trouble else 200,
    )


def _schemas(sandbox: Sandbox, tokens: list[str]) -> list[RegistryResource]:
    named = Q()
    for token in tokens[:500]:
        named |= Q(uri__endswith=f"/{token}")
    rows = RegistryResource.objects.filter(named, sandbox=sandbox, kind="schemas")
    return list(rows.order_by("title")) if tokens else []


def _many(count: int) -> str:
    return f"{count} schema{'' if count == 1 else 's'}"
