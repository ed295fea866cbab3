"""The frame of a profile's pages: who it is, its tabs, and what to show when it cannot be read."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import orjson
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_GET

from console.components import Problem
from console.pages import Crumb, Tab, actor_of, in_sandbox, render_page
from console.people import Chip, chips, display_name
from core.errors import AppError, Forbidden, NotFound
from core.sandboxes.models import Sandbox
from profiles.identity.ids import parse_xid
from profiles.lookup.directory import directory_of
from profiles.lookup.types import ProfileView

SHOWN_CHIPS = 6


@dataclass(frozen=True, slots=True)
class Head:
    """What all tabs of a profile share; `xid` is the identity in their addresses."""

    xid: str
    name: str
    chips: tuple[Chip, ...]
    more_chips: int
    updated_at: int
    tabs: tuple[Tab, ...]
    json_href: str
    identities_href: str


def name_of(xid: str) -> bytes:
    """The XID an address holds; raises Http404."""
    name = parse_xid(xid)
    if name is None:
        raise Http404(f"{xid} is no identity")
    return name


def profile_tab(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
    """A tab of a profile: 404 for an unknown identity, a page with the reason when it is blocked.

    The view gets the identity's name; its address stands in `xid`.
    """

    @require_GET
    @in_sandbox
    @wraps(view)
    def wrapper(request: HttpRequest, sandbox: Sandbox, xid: str) -> HttpResponse:
        try:
            return view(request, sandbox, xid, name_of(xid))
        except NotFound as error:
            raise Http404(error.message) from error
        except Forbidden:
            raise
        except AppError as error:
            return _blocked(request, sandbox, error)

    return wrapper


@dataclass(frozen=True, slots=True)
class BlockedPage:
    """A profile that cannot be read, and why."""

    problem: Problem


def _blocked(request: HttpRequest, sandbox: Sandbox, error: AppError) -> HttpResponse:
    problem = Problem(
        what=error.message,
        code=error.code,
        fix="See the links between its identities; a value many people share makes graphs large.",
    )
    return render_page(
        request,
        "console/profiles/blocked.html",
        BlockedPage(problem),
        sandbox=sandbox,
        section="profiles",
        title="Profile",
        crumbs=(Crumb("Profiles", reverse("profiles", args=[sandbox.name])), Crumb("Profile")),
        status=422,
    )


def profile_head(
    request: HttpRequest, sandbox: Sandbox, xid: str, view: ProfileView, *, tab: str
) -> Head:
    """The head of a profile with the tabs this person may open."""
    base = reverse("profile", args=[sandbox.name, xid])
    all_chips = chips(view.members, directory_of(sandbox))
    tabs = [
        Tab("Attributes", base, current=tab == "attributes"),
        Tab("Events", f"{base}events/", current=tab == "events"),
    ]
    if actor_of(request).may("view-segments", sandbox.pk):
        label, href = "Audience membership", f"{base}audiences/"
        tabs.append(Tab(label, href, current=tab == "audiences"))
    count, href = len(all_chips), f"{base}identities/"
    tabs.append(Tab("Identities", href, current=tab == "identities", count=count))
    return Head(
        xid=xid,
        name=display_name(orjson.loads(view.document), all_chips),
        chips=all_chips[:SHOWN_CHIPS],
        more_chips=max(0, len(all_chips) - SHOWN_CHIPS),
        updated_at=view.updated_at,
        tabs=tuple(tabs),
        json_href=f"{base}json/",
        identities_href=f"{base}identities/",
    )


def render_profile(
    request: HttpRequest, sandbox: Sandbox, head: Head, template: str, page: Any, fragment: str = ""
) -> HttpResponse:
    """A page of a profile, or the fragment htmx asked for."""
    return render_page(
        request,
        f"console/profiles/{template}.html",
        page,
        sandbox=sandbox,
        section="profiles",
        title=head.name,
        crumbs=(Crumb("Profiles", reverse("profiles", args=[sandbox.name])), Crumb(head.name)),
        fragment=fragment,
    )
