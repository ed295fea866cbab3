"""Notifications: the bell's content, polled; all of them; read and unread."""

from dataclasses import dataclass
from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from console.components import Paging
from console.notifications import Line, bell_of, lines_of, target_of
from console.pages import Tab, actor_of, in_sandbox, render_page, wants_fragment
from console.paging import paging_of, size_of
from console.views.session import safe_next
from core.access.models import User
from core.notifications.actions import mark_read
from core.notifications.queries import browse_notifications, find_notification
from core.sandboxes.models import Sandbox


@dataclass(frozen=True, slots=True)
class NotificationsPage:
    """One page of notifications, the newest first."""

    lines: tuple[Line, ...]
    tabs: tuple[Tab, ...]
    paging: Paging
    unread_only: bool
    any_unread: bool


@require_GET
@in_sandbox
def list_(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """All notifications of this person in all sandboxes, or the unread ones."""
    unread_only = request.GET.get("show") == "unread"
    found = browse_notifications(
        user=_user(request),
        actor=actor_of(request),
        unread_only=unread_only,
        after=request.GET.get("after", ""),
        size=size_of(request),
    )
    lines = lines_of(found.rows, sandbox)
    page = NotificationsPage(
        lines=lines,
        tabs=(
            Tab("All", "?", current=not unread_only),
            Tab("Unread", "?show=unread", current=unread_only),
        ),
        paging=paging_of(found, total=None),
        unread_only=unread_only,
        any_unread=any(line.unread for line in lines),
    )
    return render_page(
        request,
        "console/notifications/list.html",
        page,
        sandbox=sandbox,
        section="notifications",
        title="Notifications",
    )


@require_GET
@in_sandbox
def bell(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """The bell alone, polled: 204 while it shows what there is."""
    if not wants_fragment(request):
        return redirect("notifications", sandbox.name)
    found = bell_of(_user(request), actor_of(request), sandbox)
    if request.GET.get("known") == found.token:
        return HttpResponse(status=204)
    context = {"bell": found, "sandbox": sandbox}
    return render(request, "components/bell.html", context)


@require_GET
@in_sandbox
def open_(request: HttpRequest, sandbox: Sandbox, number: int) -> HttpResponse:
    """To what a notification is about; it counts as read from here on."""
    user = _user(request)
    found = find_notification(user=user, actor=actor_of(request), number=number)
    if found is None:
        raise Http404(f"No notification {number}")
    mark_read(user=user, only=[number])
    return redirect(target_of(found, sandbox))


@require_POST
@in_sandbox
def read(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Mark one notification as read, or all of them."""
    number = request.POST.get("number", "")
    mark_read(user=_user(request), only=[int(number)] if number.isdecimal() else None)
    back = safe_next(request, default=reverse("notifications", args=[sandbox.name]))
    return redirect(back)


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)
