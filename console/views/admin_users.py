"""Users: list, creation with a one-time link, roles, sign-in on and off."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.tokens import default_token_generator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from console.forms.admin import RolesForm, UserForm
from console.pages import Crumb, Tab, actor_of, in_sandbox, render_page
from console.paging import paging_of, size_of
from console.tables import Column, Table, table_of
from core.access import user_actions
from core.access.inputs import UserInput
from core.access.models import Role, User
from core.access.queries import browse_users, get_user
from core.errors import AppError, Forbidden, NotFound
from core.sandboxes.models import Sandbox

COLUMNS = (
    Column("name", "User name", order="username"),
    Column("roles", "Roles"),
    Column("status", "Status"),
    Column("email", "E-mail address", extra=True),
    Column("seen", "Last sign-in"),
    Column("created", "Created", extra=True),
)


@dataclass(frozen=True, slots=True)
class UserRow:
    """A line of the list."""

    user: User
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class UsersPage:
    """People who can sign in, or could."""

    table: Table
    rows: tuple[UserRow, ...]
    tabs: tuple[Tab, ...]
    text: str


def workspace_tabs(sandbox: Sandbox, *, current: str) -> tuple[Tab, ...]:
    """Users and roles are two lists of one workspace."""
    return (
        Tab("Users", reverse("users", args=[sandbox.name]), current=current == "users"),
        Tab("Roles", reverse("roles", args=[sandbox.name]), current=current == "roles"),
    )


@require_GET
@in_sandbox
def list_(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """All users by name."""
    text = request.GET.get("q", "").strip()
    order = request.GET.get("sort") or "username"
    size = size_of(request)
    found, total = browse_users(
        text=text, order=order, after=request.GET.get("after", ""), size=size
    )
    table = table_of(
        request,
        "users",
        label="Users",
        columns=COLUMNS,
        order=order,
        paging=paging_of(found, total=total, size=size),
    )
    rows = tuple(UserRow(user, tuple(user.roles.all())) for user in found.rows)
    return render_page(
        request,
        "console/admin/users.html",
        UsersPage(table, rows, workspace_tabs(sandbox, current="users"), text),
        sandbox=sandbox,
        section="users",
        title="Users and roles",
        fragment="results",
    )


@dataclass(frozen=True, slots=True)
class UserFormPage:
    """The form of a new user."""

    form: UserForm


@never_cache
@require_http_methods(["GET", "POST"])
@in_sandbox
def new(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Create a person; the answer shows the link with which they choose a password."""
    organization = sandbox.organization
    form = UserForm(request.POST or None, organization=organization)
    if request.method == "POST" and form.is_valid():
        given = UserInput(
            username=form.cleaned_data["username"],
            name=form.cleaned_data["name"],
            email=form.cleaned_data["email"],
            roles=tuple(form.cleaned_data["roles"]),
        )
        try:
            user = user_actions.create_user(
                given, actor=actor_of(request), organization=organization
            )
        except Forbidden:
            raise
        except AppError as error:
            form.add_error("username" if error.fields.get("path") else None, error.message)
        else:
            return _show(request, sandbox, user, link=one_time_link(request, user))
    return render_page(
        request,
        "console/admin/user_new.html",
        UserFormPage(form),
        sandbox=sandbox,
        section="users",
        title="Create user",
        crumbs=(*_crumbs(sandbox), Crumb("Create user")),
        status=422 if form.is_bound else 200,
    )


@dataclass(frozen=True, slots=True)
class UserPage:
    """One person. `link` is shown once, in the answer that made it."""

    user: User
    form: RolesForm
    link: str
    is_self: bool
    status: tuple[str, str]


@require_GET
@in_sandbox
def detail(request: HttpRequest, sandbox: Sandbox, user_id: str) -> HttpResponse:
    """Roles and sign-in of a person."""
    return _show(request, sandbox, _find(user_id))


@require_POST
@in_sandbox
def roles(request: HttpRequest, sandbox: Sandbox, user_id: str) -> HttpResponse:
    """Give the person exactly the ticked roles."""
    user = _find(user_id)
    form = RolesForm(request.POST, organization=sandbox.organization)
    if form.is_valid():
        try:
            user_actions.change_user_roles(
                form.cleaned_data["roles"],
                actor=actor_of(request),
                organization=sandbox.organization,
                user_id=user_id,
            )
            messages.success(request, f"Roles of {user.username} saved.")
        except AppError as error:
            messages.error(request, error.message)
    return redirect("user", sandbox.name, user_id)


@require_POST
@in_sandbox
def switch(request: HttpRequest, sandbox: Sandbox, user_id: str) -> HttpResponse:
    """Deactivate or activate."""
    active = request.POST.get("to") == "activate"
    user = _find(user_id)
    if not active and user.pk == request.user.pk:
        messages.error(request, "You cannot deactivate yourself.")
        return redirect("user", sandbox.name, user_id)
    try:
        user_actions.switch_user(actor=actor_of(request), user_id=user_id, active=active)
        messages.success(request, f"{user.username} {'activated' if active else 'deactivated'}.")
    except AppError as error:
        messages.error(request, error.message)
    return redirect("user", sandbox.name, user_id)


@never_cache
@require_POST
@in_sandbox
def link(request: HttpRequest, sandbox: Sandbox, user_id: str) -> HttpResponse:
    """End the person's sessions and show a new one-time link."""
    user = user_actions.clear_password(actor=actor_of(request), user_id=str(_find(user_id).pk))
    return _show(request, sandbox, user, link=one_time_link(request, user))


def one_time_link(request: HttpRequest, user: User) -> str:
    """Address where the person chooses a password; worthless once they did, or after three days."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    token = default_token_generator.make_token(user)
    return request.build_absolute_uri(reverse("choose-password", args=[uid, token]))


def _find(user_id: str) -> User:
    try:
        return get_user(user_id=user_id)
    except NotFound as error:
        raise Http404(error.message) from error


def _crumbs(sandbox: Sandbox) -> tuple[Crumb, ...]:
    return (Crumb("Users and roles", reverse("users", args=[sandbox.name])),)


def _status(user: User) -> tuple[str, str]:
    if not user.is_active:
        return "neutral", "Deactivated"
    return ("positive", "Active") if user.has_usable_password() else ("notice", "Invited")


def _show(request: HttpRequest, sandbox: Sandbox, user: User, *, link: str = "") -> HttpResponse:
    held = [str(role.uuid) for role in user.roles.all()]
    form = RolesForm(initial={"roles": held}, organization=sandbox.organization)
    return render_page(
        request,
        "console/admin/user.html",
        UserPage(user, form, link, user.pk == request.user.pk, _status(user)),
        sandbox=sandbox,
        section="users",
        title=user.username,
        crumbs=(*_crumbs(sandbox), Crumb(user.username)),
    )
