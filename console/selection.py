"""Rows people selected, kept in their session: neither paging nor filters lose them."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from console.pages import wants_fragment
from console.views.session import safe_next
from core.sandboxes.models import Sandbox

KEY = "selected"
MOST = 500


@dataclass(frozen=True, slots=True)
class BulkAction:
    """What can be done with the selected rows. `href` asks for the details first."""

    name: str
    label: str
    icon: str
    href: str
    danger: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """The selected rows of a list and what can be done with them; `href` takes changes."""

    href: str
    ids: frozenset[str]
    actions: tuple[BulkAction, ...]

    @property
    def count(self) -> int:
        """How many rows, on this page and others."""
        return len(self.ids)


def selected_ids(request: HttpRequest, sandbox: Sandbox, table: str) -> frozenset[str]:
    """Ids of the selected rows of a list in this sandbox."""
    return frozenset(request.session.get(KEY, {}).get(f"{sandbox.pk}:{table}", ()))


def select(request: HttpRequest, sandbox: Sandbox, table: str, ids: Iterable[str]) -> None:
    """Select exactly these rows."""
    kept = {**request.session.get(KEY, {}), f"{sandbox.pk}:{table}": sorted(ids)}
    request.session[KEY] = {name: each for name, each in kept.items() if each}


def deselect(request: HttpRequest, sandbox: Sandbox, table: str, ids: Iterable[str]) -> None:
    """Take rows out of the selection: they are gone."""
    select(request, sandbox, table, selected_ids(request, sandbox, table) - set(ids))


def answer_selection(
    request: HttpRequest, sandbox: Sandbox, table: str, selection: Selection
) -> HttpResponse:
    """Take the ticks of a page over, then show the action bar or go where a button leads."""
    shown = set(request.POST.getlist("shown"))
    chosen = set(request.POST.getlist("chosen")) & shown
    ids = (selection.ids - shown) | chosen
    wanted = request.POST.get("go", "")
    if wanted == "clear":
        ids = frozenset()
    if len(ids) > MOST:
        messages.error(request, f"At most {MOST} rows can be selected.")
        ids = selection.ids
    select(request, sandbox, table, ids)
    if wants_fragment(request):
        changed = Selection(selection.href, frozenset(ids), selection.actions)
        return render(request, "components/selection_bar.html", {"selection": changed})
    action = next((each for each in selection.actions if each.name == wanted), None)
    if action is not None and ids:
        return redirect(action.href)
    if action is not None:
        messages.warning(request, "Select at least one row first.")
    return redirect(safe_next(request, default="/"))
