"""Roles: list, creation, permissions, deletion."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from console.forms.admin import RoleForm
from console.pages import Crumb, Tab, actor_of, in_sandbox, render_page
from console.paging import page_of
from console.tables import Column, Table, table_of
from console.views.admin_users import workspace_tabs
from core.access import role_actions
from core.access.inputs import RoleInput
from core.access.models import Role
from core.access.permissions import ADMINISTRATOR, CATEGORIES, PERMISSIONS
from core.access.queries import get_role, list_roles
from core.errors import AppError, Forbidden, NotFound
from core.sandboxes.models import Sandbox

COLUMNS = (
    Column("name", "Name"),
    Column("sandboxes", "Sandboxes"),
    Column("permissions", "Permissions", number=True),
    Column("users", "Users", number=True),
    Column("credentials", "API credentials", number=True),
    Column("created", "Created", extra=True),
    Column("editor", "Last updated by", extra=True),
    Column("updated", "Last updated", wide=True),
)


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A line of the list."""

    role: Role
    users: int
    credentials: int
    permissions: int
    sandboxes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RolesPage:
    """All roles."""

    table: Table
    rows: tuple[RoleRow, ...]
    tabs: tuple[Tab, ...]


@require_GET
@in_sandbox
def list_(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Default roles first."""
    found = (
        list_roles(organization=sandbox.organization)
        .annotate(
            people=Count("users", distinct=True), programs=Count("credentials", distinct=True)
        )
        .prefetch_related("sandboxes")
    )
    shown, paging = page_of(list(found), request)
    table = table_of(request, "roles", label="Roles", columns=COLUMNS, paging=paging)
    rows = tuple(
        RoleRow(
            role,
            role.people,
            role.programs,
            len(role.permissions),
            tuple(each.title for each in role.sandboxes.all()),
        )
        for role in shown
    )
    return render_page(
        request,
        "console/admin/roles.html",
        RolesPage(table, rows, workspace_tabs(sandbox, current="roles")),
        sandbox=sandbox,
        section="users",
        title="Users and roles",
    )


@dataclass(frozen=True, slots=True)
class RolePage:
    """A role's form; `role` is None for a new one."""

    form: RoleForm
    role: Role | None
    fixed: bool
    groups: tuple[tuple[str, tuple[Any, ...]], ...]
    people: tuple[tuple[str, int], ...] = ()
    programs: tuple[tuple[str, str], ...] = ()


@require_http_methods(["GET", "POST"])
@in_sandbox
def new(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """A role of one's own."""
    return _edit(request, sandbox, None)


@require_http_methods(["GET", "POST"])
@in_sandbox
def detail(request: HttpRequest, sandbox: Sandbox, role_id: str) -> HttpResponse:
    """See and change a role."""
    return _edit(request, sandbox, _find(sandbox, role_id))


@require_POST
@in_sandbox
def delete(request: HttpRequest, sandbox: Sandbox, role_id: str) -> HttpResponse:
    """Take a role from everybody once its name was typed."""
    role = _find(sandbox, role_id)
    if request.POST.get("name", "").strip() != role.name:
        messages.error(request, f"Not deleted: type {role.name} to confirm.")
        return redirect("role", sandbox.name, role_id)
    try:
        role_actions.delete_role(
            actor=actor_of(request), organization=sandbox.organization, role_id=role_id
        )
    except AppError as error:
        messages.error(request, error.message)
        return redirect("role", sandbox.name, role_id)
    messages.success(request, f"Role {role.name} deleted.")
    return redirect("roles", sandbox.name)


def _find(sandbox: Sandbox, role_id: str) -> Role:
    try:
        return get_role(organization=sandbox.organization, role_id=role_id)
    except NotFound as error:
        raise Http404(error.message) from error


def _edit(request: HttpRequest, sandbox: Sandbox, role: Role | None) -> HttpResponse:
    if request.method == "POST":
        form = RoleForm(request.POST, organization=sandbox.organization)
        if form.is_valid() and (saved := _save(request, sandbox, role, form)) is not None:
            messages.success(request, f"Role {saved.name} saved.")
            return redirect("role", sandbox.name, saved.uuid)
        return _show(request, sandbox, role, form, status=422)
    initial = {} if role is None else _initial(role)
    return _show(
        request, sandbox, role, RoleForm(initial=initial, organization=sandbox.organization)
    )


def _initial(role: Role) -> dict[str, object]:
    return {
        "name": role.name,
        "description": role.description,
        "permissions": role.permissions,
        "sandboxes": [each.name for each in role.sandboxes.all()],
    }


def _save(request: HttpRequest, sandbox: Sandbox, role: Role | None, form: RoleForm) -> Role | None:
    given = RoleInput(
        name=form.cleaned_data["name"],
        description=form.cleaned_data["description"],
        permissions=tuple(form.cleaned_data["permissions"]),
        sandboxes=tuple(form.cleaned_data["sandboxes"]),
        labels=() if role is None else tuple(role.labels),
    )
    actor, organization = actor_of(request), sandbox.organization
    try:
        if role is None:
            return role_actions.create_role(given, actor=actor, organization=organization)
        return role_actions.change_role(
            given, actor=actor, organization=organization, role_id=str(role.uuid)
        )
    except Forbidden:
        raise
    except AppError as error:
        form.add_error(None, error.message)
        return None


def _groups(form: RoleForm) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    """The permission check boxes under their category."""
    boxes = {box.data["value"]: box for box in form["permissions"].subwidgets}
    return tuple(
        (
            category,
            tuple(boxes[each.name] for each in PERMISSIONS if each.category == category),
        )
        for category in CATEGORIES
    )


def _show(
    request: HttpRequest, sandbox: Sandbox, role: Role | None, form: RoleForm, *, status: int = 200
) -> HttpResponse:
    title = "Create role" if role is None else role.name
    fixed = role is not None and role.name == ADMINISTRATOR
    page = RolePage(form, role, fixed, _groups(form))
    if role is not None:
        people = tuple(role.users.order_by("username").values_list("username", "pk"))
        programs = tuple(role.credentials.order_by("name").values_list("name", "client_id"))
        page = RolePage(form, role, fixed, page.groups, people, programs)
    return render_page(
        request,
        "console/admin/role.html",
        page,
        sandbox=sandbox,
        section="users",
        title=title,
        crumbs=(Crumb("Roles", reverse("roles", args=[sandbox.name])), Crumb(title)),
        status=status,
    )
