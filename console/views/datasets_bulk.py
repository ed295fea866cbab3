"""Datasets by the dozen: select rows, give them a tag, delete them."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from console.datasets import dataset_crumbs
from console.forms.datasets import BulkTagForm
from console.pages import actor_of, in_sandbox, render_page
from console.selection import (
    BulkAction,
    Selection,
    answer_selection,
    deselect,
    selected_ids,
)
from console.usage import Impact, impact_of
from core.errors import AppError
from core.sandboxes.models import Sandbox
from ingestion.catalog.browse import list_datasets_in
from ingestion.catalog.bulk import delete_datasets, tag_datasets
from ingestion.catalog.models import Dataset

TABLE = "datasets"


@dataclass(frozen=True, slots=True)
class TagPage:
    """Which datasets get the tag."""

    datasets: tuple[Dataset, ...]
    form: BulkTagForm


@dataclass(frozen=True, slots=True)
class DeletePage:
    """What deleting them means, and the words that confirm it."""

    impact: Impact
    words: str
    trouble: str


def dataset_selection(request: HttpRequest, sandbox: Sandbox) -> Selection | None:
    """The selected datasets; None for people who may only look."""
    if not actor_of(request).may("manage-datasets", sandbox.pk):
        return None
    return Selection(
        href=reverse("dataset-select", args=[sandbox.name]),
        ids=selected_ids(request, sandbox, TABLE),
        actions=(
            BulkAction(
                "tag", "Add tag", icon="tag", href=reverse("datasets-tag", args=[sandbox.name])
            ),
            BulkAction(
                "delete",
                "Delete",
                icon="trash",
                href=reverse("datasets-delete", args=[sandbox.name]),
                danger=True,
            ),
        ),
    )


@require_POST
@in_sandbox
def select(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Take ticks over; a button leads on to what is to be done."""
    selection = dataset_selection(request, sandbox)
    if selection is None:
        return redirect("datasets", sandbox.name)
    return answer_selection(request, sandbox, TABLE, selection)


def _chosen(request: HttpRequest, sandbox: Sandbox) -> tuple[Dataset, ...]:
    """The datasets the question named; at first those selected in the list."""
    named = request.POST.getlist("id") or selected_ids(request, sandbox, TABLE)
    return tuple(list_datasets_in(sandbox=sandbox, ids=named))


@require_http_methods(["GET", "POST"])
@in_sandbox
def tag(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Add one tag to all of them."""
    datasets = _chosen(request, sandbox)
    if not datasets:
        return _nothing(request, sandbox)
    form = BulkTagForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        name, value = form.cleaned_data["name"], form.cleaned_data["value"]
        try:
            changed = tag_datasets(
                actor=actor_of(request),
                sandbox=sandbox,
                datasets=[row.pk for row in datasets],
                name=name,
                value=value,
            )
        except AppError as error:
            form.add_error("name", error.message)
        else:
            had = len(datasets) - changed
            note = f" {had} had it already." if had else ""
            messages.success(request, f"Tag {name} added to {_many(changed)}.{note}")
            return redirect("datasets", sandbox.name)
    page = TagPage(datasets, form)
    return _ask(request, sandbox, "bulk_tag", page, title=f"Add a tag to {_many(len(datasets))}")


@require_http_methods(["GET", "POST"])
@in_sandbox
def delete(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Delete all of them once their number was typed."""
    datasets = _chosen(request, sandbox)
    if not datasets:
        return _nothing(request, sandbox)
    words, trouble = f"delete {len(datasets)}", ""
    if request.method == "POST":
        ids = [row.pk for row in datasets]
        if request.POST.get("words", "").strip() == words:
            many = delete_datasets(actor=actor_of(request), sandbox=sandbox, datasets=ids)
            deselect(request, sandbox, TABLE, ids)
            text = f"{_many(many).capitalize()} deleted. Profiles keep what they gave them."
            messages.success(request, text)
            return redirect("datasets", sandbox.name)
        trouble = f"Not deleted: type {words} to confirm."
    page = DeletePage(impact_of(sandbox, datasets), words, trouble)
    return _ask(request, sandbox, "bulk_delete", page, title=f"Delete {_many(len(datasets))}")


def _many(count: int) -> str:
    return f"{count} dataset{'' if count == 1 else 's'}"


def _nothing(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    messages.warning(request, "No dataset is selected any more.")
    return redirect("datasets", sandbox.name)


def _ask(
    request: HttpRequest, sandbox: Sandbox, template: str, page: Any, *, title: str
) -> HttpResponse:
    """The question, as a page of its own or for the dialog."""
    return render_page(
        request,
        f"console/datasets/{template}.html",
        page,
        sandbox=sandbox,
        section="datasets",
        title=title,
        crumbs=dataset_crumbs(sandbox, title),
        fragment="ask",
        status=422 if request.method == "POST" else 200,
    )
