"""Audiences by the dozen: select rows, publish, deactivate, tag or delete them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from console.audiences import audiences_href
from console.forms.audiences import BulkTagForm, MoveForm
from console.pages import Crumb, actor_of, in_sandbox, render_page
from console.selection import (
    BulkAction,
    Selection,
    answer_selection,
    deselect,
    selected_ids,
)
from core.errors import AppError
from core.sandboxes.models import Sandbox
from profiles.segmentation.bulk import (
    Plan,
    delete_segments,
    move_segments,
    plan_deletion,
    plan_state,
    set_states,
    tag_segments,
)
from profiles.segmentation.folders import folder_of, list_folders
from profiles.segmentation.members import count_members
from profiles.segmentation.models import SegmentDefinition
from profiles.segmentation.queries import find_segments

TABLE = "audiences"
State = SegmentDefinition.State
_ACTIONS: Final = (
    ("publish", "Publish", "player-play"),
    ("deactivate", "Deactivate", "player-pause"),
    ("tag", "Add tag", "tag"),
    ("move", "Move to folder", "folder"),
    ("delete", "Delete", "trash"),
)


@dataclass(frozen=True, slots=True)
class StatePage:
    """Which are published or deactivated, and what becomes of their `members`."""

    plan: Plan
    members: int
    publishes: bool
    trouble: str


@dataclass(frozen=True, slots=True)
class TagPage:
    """Which audiences get the tag."""

    segments: tuple[SegmentDefinition, ...]
    form: BulkTagForm


@dataclass(frozen=True, slots=True)
class MovePage:
    """Which audiences go to a folder, and those there are."""

    segments: tuple[SegmentDefinition, ...]
    form: MoveForm
    folders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeletePage:
    """What deleting them means, and the words that confirm it."""

    plan: Plan
    members: int
    words: str
    trouble: str


def audience_selection(request: HttpRequest, sandbox: Sandbox) -> Selection | None:
    """The selected audiences; None for people who may only look."""
    if not actor_of(request).may("manage-segments", sandbox.pk):
        return None
    return Selection(
        href=reverse("audience-select", args=[sandbox.name]),
        ids=selected_ids(request, sandbox, TABLE),
        actions=tuple(
            BulkAction(
                name,
                label,
                icon=icon,
                href=reverse(f"audiences-{name}", args=[sandbox.name]),
                danger=name == "delete",
            )
            for name, label, icon in _ACTIONS
        ),
    )


@require_POST
@in_sandbox
def select(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Take ticks over; a button leads on to what is to be done."""
    selection = audience_selection(request, sandbox)
    if selection is None:
        return redirect("audiences", sandbox.name)
    return answer_selection(request, sandbox, TABLE, selection)


def _chosen(request: HttpRequest, sandbox: Sandbox) -> list[SegmentDefinition]:
    """The audiences the question named; at first one row's, or those selected in the list."""
    asked = request.POST if request.method == "POST" else request.GET
    named = asked.getlist("id") or selected_ids(request, sandbox, TABLE)
    found = find_segments(sandbox=sandbox, segment_ids=named)
    return sorted(found, key=lambda each: each.name.lower())


@require_http_methods(["GET", "POST"])
@in_sandbox
def publish(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Publish those that are drafts or inactive."""
    return _change_state(request, sandbox, State.PUBLISHED, "Publish", "published")


@require_http_methods(["GET", "POST"])
@in_sandbox
def deactivate(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Deactivate those that are published and that nothing needs."""
    return _change_state(request, sandbox, State.INACTIVE, "Deactivate", "deactivated")


def _change_state(
    request: HttpRequest, sandbox: Sandbox, state: State, verb: str, done: str
) -> HttpResponse:
    segments = _chosen(request, sandbox)
    if not segments:
        return _nothing(request, sandbox)
    trouble = ""
    if request.method == "POST":
        ids = [str(each.pk) for each in segments]
        try:
            made = set_states(state, actor=actor_of(request), sandbox=sandbox, segment_ids=ids)
        except AppError as error:
            trouble = error.message
        else:
            return _finish(request, sandbox, made, done)
    plan = plan_state(segments, state)
    page = StatePage(plan, _members(plan), state == State.PUBLISHED, trouble)
    return _ask(request, sandbox, "bulk_state", page, title=_title(verb, plan))


@require_http_methods(["GET", "POST"])
@in_sandbox
def tag(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Add one tag to all of them."""
    segments = _chosen(request, sandbox)
    if not segments:
        return _nothing(request, sandbox)
    form = BulkTagForm(request.POST or None)
    made = _submit(request, sandbox, segments, form, tag_segments)
    if made is not None:
        return _finish(request, sandbox, made, f"tagged {form.cleaned_data['tag']}")
    page = TagPage(tuple(segments), form)
    return _ask(request, sandbox, "bulk_tag", page, title=f"Add a tag to {_many(len(segments))}")


@require_http_methods(["GET", "POST"])
@in_sandbox
def move(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Put all of them into a folder, or into none."""
    segments = _chosen(request, sandbox)
    if not segments:
        return _nothing(request, sandbox)
    first = folder_of(segments[0]) if len(segments) == 1 else ""
    form = MoveForm(request.POST or None, initial={"folder": first})
    made = _submit(request, sandbox, segments, form, move_segments)
    if made is not None:
        name = form.cleaned_data["folder"]
        done = f"moved to {name}" if name else "taken out of folders"
        return _finish(request, sandbox, made, done)
    names = tuple(name for name, _ in list_folders(sandbox=sandbox))
    page = MovePage(tuple(segments), form, names)
    title = f"Move {_many(len(segments))} to a folder"
    return _ask(request, sandbox, "bulk_move", page, title=title)


def _submit(
    request: HttpRequest,
    sandbox: Sandbox,
    segments: Sequence[SegmentDefinition],
    form: Form,
    change: Callable[..., Plan],
) -> Plan | None:
    """Change them by the only field of the form; None: it is to be filled in, or mended."""
    if request.method != "POST" or not form.is_valid():
        return None
    ((field, value),) = form.cleaned_data.items()
    ids = [str(each.pk) for each in segments]
    try:
        return change(value, actor=actor_of(request), sandbox=sandbox, segment_ids=ids)
    except AppError as error:
        form.add_error(field, error.message)
    return None


@require_http_methods(["GET", "POST"])
@in_sandbox
def delete(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Delete those nothing needs once their number was typed."""
    segments = _chosen(request, sandbox)
    if not segments:
        return _nothing(request, sandbox)
    plan = plan_deletion(segments)
    words, trouble = f"delete {len(plan.going)}", ""
    if request.method == "POST":
        if plan.going and request.POST.get("words", "").strip() == words:
            ids = [str(each.pk) for each in segments]
            made = delete_segments(actor=actor_of(request), sandbox=sandbox, segment_ids=ids)
            deselect(request, sandbox, TABLE, [str(each.pk) for each in made.going])
            return _finish(request, sandbox, made, "deleted")
        trouble = f"Not deleted: type {words} to confirm."
    page = DeletePage(plan, _members(plan), words, trouble)
    return _ask(request, sandbox, "bulk_delete", page, title=_title("Delete", plan))


def _finish(request: HttpRequest, sandbox: Sandbox, made: Plan, done: str) -> HttpResponse:
    """Say what was done and what was not."""
    if made.going:
        messages.success(request, f"{_many(len(made.going))} {done}.")
    if made.staying:
        shown = " ".join(f"{each.name}: {reason}" for each, reason in made.staying[:3])
        more = f" And {len(made.staying) - 3} more." if len(made.staying) > 3 else ""
        messages.warning(request, f"{_many(len(made.staying))} not {done}. {shown}{more}")
    return redirect("audiences", sandbox.name)


def _title(verb: str, plan: Plan) -> str:
    many = len(plan.going)
    return f"{verb} {_many(many)}" if many else f"Nothing to {verb.lower()}"


def _members(plan: Plan) -> int:
    return sum(each.realized for each in count_members(plan.going).values())


def _many(count: int) -> str:
    return f"{count} audience{'' if count == 1 else 's'}"


def _nothing(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    messages.warning(request, "No audience is selected any more.")
    return redirect("audiences", sandbox.name)


def _ask(
    request: HttpRequest, sandbox: Sandbox, template: str, page: Any, *, title: str
) -> HttpResponse:
    """The question, as a page of its own or for the dialog."""
    return render_page(
        request,
        f"console/audiences/{template}.html",
        page,
        sandbox=sandbox,
        section="audiences",
        title=title,
        crumbs=(Crumb("Audiences", audiences_href(sandbox)), Crumb(title)),
        fragment="ask",
        status=422 if request.method == "POST" else 200,
    )
