"""The frame of every page: navigation, shell and the one way to render a page or its fragment."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers

from console.access import AREAS, check_page
from console.notifications import Bell, bell_of
from core.access.models import User
from core.access.permissions import BY_NAME
from core.access.queries import actor_of_user
from core.access.types import Actor
from core.errors import Forbidden
from core.sandboxes.models import Sandbox

THEMES = ("system", "light", "dark")


@dataclass(frozen=True, slots=True)
class NavItem:
    """A workspace. `shortcut` is the letter after "g" that opens it."""

    label: str
    url_name: str
    icon: str
    shortcut: str
    section: str


@dataclass(frozen=True, slots=True)
class NavGroup:
    """Workspaces under one heading; the first group has none."""

    label: str
    items: tuple[NavItem, ...]


NAVIGATION: tuple[NavGroup, ...] = (
    NavGroup("", (NavItem("Home", "home", icon="home", shortcut="h", section="home"),)),
    NavGroup(
        "Connections",
        (NavItem("Sources", "sources", icon="arrow-bar-to-down", shortcut="c", section="sources"),),
    ),
    NavGroup(
        "Customer",
        (
            NavItem("Profiles", "profiles", icon="users", shortcut="p", section="profiles"),
            NavItem(
                "Audiences", "audiences", icon="users-group", shortcut="o", section="audiences"
            ),
            NavItem(
                "Identities", "identities", icon="fingerprint", shortcut="i", section="identities"
            ),
        ),
    ),
    NavGroup(
        "Data Management",
        (
            NavItem("Schemas", "schemas", icon="schema", shortcut="s", section="schemas"),
            NavItem("Datasets", "datasets", icon="database", shortcut="d", section="datasets"),
            NavItem(
                "Monitoring", "monitoring", icon="activity", shortcut="m", section="monitoring"
            ),
        ),
    ),
    NavGroup(
        "Administration",
        (
            NavItem("Audits", "audits", icon="history", shortcut="a", section="audits"),
            NavItem("Sandboxes", "sandboxes", icon="stack-2", shortcut="x", section="sandboxes"),
            NavItem("Users and roles", "users", icon="shield", shortcut="u", section="users"),
            NavItem(
                "API credentials", "credentials", icon="key", shortcut="k", section="credentials"
            ),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Crumb:
    """A step of the breadcrumb; the last one, without address, is the page itself."""

    label: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    """A link to a sibling page; `count` is shown beside the label when given."""

    label: str
    href: str
    current: bool = False
    count: int | None = None


@dataclass(frozen=True, slots=True)
class NavLink:
    """A navigation item of this sandbox, ready to draw."""

    label: str
    href: str
    icon: str
    shortcut: str
    current: bool


@dataclass(frozen=True, slots=True)
class SandboxLink:
    """A sandbox to switch to."""

    title: str
    name: str
    type: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class Shell:
    """What the frame around a page needs to know."""

    organization: str
    sandbox: SandboxLink | None
    sandboxes: tuple[SandboxLink, ...]
    navigation: tuple[tuple[str, tuple[NavLink, ...]], ...]
    shortcuts: tuple[tuple[str, str], ...]
    bell: Bell


def build_shell(
    sandbox: Sandbox, *, sandboxes: Iterable[Sandbox], section: str, actor: Actor, bell: Bell
) -> Shell:
    """The shell of a page inside `sandbox`; `section` marks the current workspace."""
    links = tuple(
        _sandbox_link(each, current=each.pk == sandbox.pk)
        for each in sandboxes
        if each.organization_id == sandbox.organization_id and actor.sees(each.pk)
    )
    navigation = _navigation(sandbox, actor)
    return Shell(
        organization=sandbox.organization.name,
        sandbox=_sandbox_link(sandbox, current=True),
        sandboxes=links,
        navigation=tuple(
            (group.label, tuple(_nav_link(item, sandbox, section) for item in group.items))
            for group in navigation
        ),
        shortcuts=tuple((item.shortcut, item.label) for g in navigation for item in g.items),
        bell=bell,
    )


def _navigation(sandbox: Sandbox, actor: Actor) -> tuple[NavGroup, ...]:
    """The workspaces this person may open; a group without any is left out."""
    groups = (
        NavGroup(group.label, tuple(i for i in group.items if _opens(i, sandbox, actor)))
        for group in NAVIGATION
    )
    return tuple(group for group in groups if group.items)


def _opens(item: NavItem, sandbox: Sandbox, actor: Actor) -> bool:
    look, _ = AREAS["" if item.section == "home" else item.section]
    return not look or actor.may(look, sandbox.pk)


def _sandbox_link(sandbox: Sandbox, *, current: bool) -> SandboxLink:
    return SandboxLink(
        title=sandbox.title,
        name=sandbox.name,
        type=sandbox.type,
        href=reverse("home", args=[sandbox.name]),
        current=current,
    )


def _nav_link(item: NavItem, sandbox: Sandbox, section: str) -> NavLink:
    return NavLink(
        label=item.label,
        href=reverse(item.url_name, args=[sandbox.name]),
        icon=item.icon,
        shortcut=item.shortcut,
        current=item.section == section,
    )


def wants_fragment(request: HttpRequest) -> bool:
    """Whether htmx asked for a part; a history restore wants the whole page again."""
    headers = request.headers
    return headers.get("HX-Request") == "true" and (
        headers.get("HX-History-Restore-Request") != "true" and "HX-Boosted" not in headers
    )


def render_page(  # noqa: PLR0913 - the frame has that many independent parts
    request: HttpRequest,
    template: str,
    page: Any,
    *,
    sandbox: Sandbox,
    section: str,
    title: str,
    crumbs: tuple[Crumb, ...] = (),
    fragment: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render `template` with `page` as its context, or only its partial `fragment` for htmx."""
    actor = actor_of(request)
    rights = frozenset(name for name in BY_NAME if actor.may(name, sandbox.pk))
    context = {"page": page, "sandbox": sandbox, "title": title, "rights": rights}
    if fragment and wants_fragment(request):
        response = render(request, f"{template}#{fragment}", context, status=status)
    else:
        bell = bell_of(cast("User", request.user), actor, sandbox)
        shell = build_shell(
            sandbox, sandboxes=_sandboxes(request), section=section, actor=actor, bell=bell
        )
        context |= {"shell": shell, "crumbs": crumbs}
        response = render(request, template, context, status=status)
    patch_vary_headers(response, ("HX-Request", "Cookie"))
    return response


def in_sandbox(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Signed-in people with the permission of the area; the sandbox's name becomes the Sandbox.

    A sandbox that none of the person's roles reaches does not exist for them: 404.
    """

    @wraps(view)
    def wrapper(request: HttpRequest, sandbox: str, **names: str) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _to_sign_in(request)
        if "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("PostgreSQL has no text with a NUL character.")
        found = next((each for each in _sandboxes(request) if each.name == sandbox), None)
        actor = actor_of(request)
        if found is None or (actor.grants and not actor.sees(found.pk)):
            raise Http404(f"No sandbox named {sandbox}")
        check_page(request, actor=actor, sandbox=found)
        try:
            return view(request, found, **names)
        except Forbidden as error:
            raise PermissionDenied(error.fields.get("permission", "")) from error

    return wrapper


def _sandboxes(request: HttpRequest) -> list[Sandbox]:
    """All sandboxes in use, read once a request: one is shown, and all can be switched to."""
    kept: list[Sandbox] | None = getattr(request, "sandboxes", None)
    if kept is None:
        active = Sandbox.objects.select_related("organization").filter(state=Sandbox.State.ACTIVE)
        kept = list(active.order_by("-type", "title"))
        setattr(request, "sandboxes", kept)  # noqa: B010 - as the actor, below
    return kept


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page; a part of a page must not have it put into its place."""
    if not wants_fragment(request):
        return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
    page = urlsplit(request.headers.get("HX-Current-URL", ""))
    back = f"{page.path}?{page.query}" if page.query else page.path
    login = redirect_to_login(back, settings.LOGIN_URL)
    return HttpResponse(headers={"HX-Redirect": login["Location"]})


def actor_of(request: HttpRequest) -> Actor:
    """The signed-in person as the actor of an action."""
    kept: Actor | None = getattr(request, "actor", None)
    if kept is None:
        kept = actor_of_user(cast("User", request.user))
        setattr(request, "actor", kept)  # noqa: B010 - once a request, and no field of its class
    return kept
