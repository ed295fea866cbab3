"""API credentials: list, creation and rotation (the secret is shown once), roles, off and on."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from console.forms.admin import CredentialForm, RolesForm
from console.pages import Crumb, actor_of, in_sandbox, render_page
from console.paging import page_of
from console.tables import Column, Table, table_of
from core import clock
from core.access import user_actions
from core.access.models import ApiCredential, Role
from core.access.queries import get_credential
from core.errors import AppError, Forbidden, NotFound
from core.sandboxes.models import Sandbox

COLUMNS = (
    Column("name", "Name"),
    Column("roles", "Roles"),
    Column("status", "Status"),
    Column("used", "Last used"),
    Column("account", "Technical account", extra=True),
    Column("created", "Created", wide=True),
)


@dataclass(frozen=True, slots=True)
class CredentialRow:
    """A line of the list."""

    credential: ApiCredential
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class CredentialsPage:
    """All credentials."""

    table: Table
    rows: tuple[CredentialRow, ...]


@require_GET
@in_sandbox
def list_(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Oldest first."""
    found = ApiCredential.objects.filter(organization_id=sandbox.organization_id)
    listed, paging = page_of(list(found.prefetch_related("roles").order_by("pk")), request)
    rows = tuple(CredentialRow(each, tuple(each.roles.all())) for each in listed)
    table = table_of(
        request, "credentials", label="API credentials", columns=COLUMNS, paging=paging
    )
    return render_page(
        request,
        "console/admin/credentials.html",
        CredentialsPage(table, rows),
        sandbox=sandbox,
        section="credentials",
        title="API credentials",
    )


@dataclass(frozen=True, slots=True)
class CredentialFormPage:
    """The form of a new credential."""

    form: CredentialForm


@never_cache
@require_http_methods(["GET", "POST"])
@in_sandbox
def new(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Create one; the answer shows its secret."""
    organization = sandbox.organization
    form = CredentialForm(request.POST or None, organization=organization)
    if request.method == "POST" and form.is_valid():
        try:
            credential, secret = user_actions.add_credential(
                form.cleaned_data["name"],
                roles=form.cleaned_data["roles"],
                actor=actor_of(request),
                organization=organization,
            )
        except Forbidden:
            raise
        except AppError as error:
            form.add_error(None, error.message)
        else:
            return _show(request, sandbox, credential, secret=secret)
    return render_page(
        request,
        "console/admin/credential_new.html",
        CredentialFormPage(form),
        sandbox=sandbox,
        section="credentials",
        title="Create credential",
        crumbs=(*_crumbs(sandbox), Crumb("Create credential")),
        status=422 if form.is_bound else 200,
    )


@dataclass(frozen=True, slots=True)
class CredentialPage:
    """One credential. `secret` is shown once, in the answer that made it."""

    credential: ApiCredential
    form: RolesForm
    secret: str
    snippet: str
    overlaps: bool


@require_GET
@in_sandbox
def detail(request: HttpRequest, sandbox: Sandbox, client_id: str) -> HttpResponse:
    """Roles, use and rotation of a credential."""
    return _show(request, sandbox, _find(sandbox, client_id))


@require_POST
@in_sandbox
def roles(request: HttpRequest, sandbox: Sandbox, client_id: str) -> HttpResponse:
    """Give the program exactly the ticked roles."""
    credential = _find(sandbox, client_id)
    form = RolesForm(request.POST, organization=sandbox.organization)
    if form.is_valid():
        user_actions.change_credential_roles(
            form.cleaned_data["roles"],
            actor=actor_of(request),
            organization=sandbox.organization,
            client_id=client_id,
        )
        messages.success(request, f"Roles of {credential.name} saved.")
    return redirect("credential", sandbox.name, client_id)


@require_POST
@in_sandbox
def switch(request: HttpRequest, sandbox: Sandbox, client_id: str) -> HttpResponse:
    """Disable or enable."""
    enabled = request.POST.get("to") == "enable"
    credential = _find(sandbox, client_id)
    user_actions.switch_credential(
        actor=actor_of(request),
        organization=sandbox.organization,
        client_id=client_id,
        enabled=enabled,
    )
    messages.success(request, f"{credential.name} {'enabled' if enabled else 'disabled'}.")
    return redirect("credential", sandbox.name, client_id)


@never_cache
@require_POST
@in_sandbox
def rotate(request: HttpRequest, sandbox: Sandbox, client_id: str) -> HttpResponse:
    """A new secret, shown in this answer; the old one counts for another day."""
    credential, secret = user_actions.rotate_secret(
        actor=actor_of(request),
        organization=sandbox.organization,
        client_id=_find(sandbox, client_id).client_id,
    )
    return _show(request, sandbox, credential, secret=secret)


def _find(sandbox: Sandbox, client_id: str) -> ApiCredential:
    try:
        return get_credential(organization=sandbox.organization, client_id=client_id)
    except NotFound as error:
        raise Http404(error.message) from error


def _crumbs(sandbox: Sandbox) -> tuple[Crumb, ...]:
    return (Crumb("API credentials", reverse("credentials", args=[sandbox.name])),)


def _snippet(request: HttpRequest, credential: ApiCredential) -> str:
    url = request.build_absolute_uri("/ims/token/v3")
    return (
        f"curl {url} \\\n"
        "  -d grant_type=client_credentials \\\n"
        f"  -d client_id={credential.client_id} \\\n"
        "  -d client_secret=$CLIENT_SECRET"
    )


def _show(
    request: HttpRequest, sandbox: Sandbox, credential: ApiCredential, *, secret: str = ""
) -> HttpResponse:
    held = [str(role.uuid) for role in credential.roles.all()]
    until = credential.old_secret_until
    page = CredentialPage(
        credential=credential,
        form=RolesForm(initial={"roles": held}, organization=sandbox.organization),
        secret=secret,
        snippet=_snippet(request, credential),
        overlaps=until is not None and clock.now() < until,
    )
    return render_page(
        request,
        "console/admin/credential.html",
        page,
        sandbox=sandbox,
        section="credentials",
        title=credential.name,
        crumbs=(*_crumbs(sandbox), Crumb(credential.name)),
    )
