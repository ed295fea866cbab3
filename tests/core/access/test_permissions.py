"""Each default role: what it may not do is refused by name, on pages, in the API and in actions."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from console import pages, routes
from console.access import AREAS, permission_for
from core.access.credentials import create_credential
from core.access.models import ApiCredential, Role, User
from core.access.permissions import BY_NAME, DEFAULT_ROLES, EVERYTHING, require
from core.access.types import SYSTEM, Actor, Grant
from core.errors import Forbidden
from core.http.gateway import forget_callers
from core.http.views import ApiView
from core.sandboxes.models import Sandbox
from tests.api_client import ApiClient
from tests.factories.core import make_sandbox

pytestmark = pytest.mark.django_db

ROLES = [each.name for each in DEFAULT_ROLES]
_CONVERTER = re.compile(r"<(?:(\w+):)?\w+>")
_SAMPLE = {"uuid": "00000000-0000-4000-8000-000000000000", "int": "1"}


def all_routes(patterns: list[Any], prefix: str = "") -> Iterator[str]:
    """Routes below a sandbox, as they are written."""
    for each in patterns:
        route = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from all_routes(each.url_patterns, route)
        elif isinstance(each, URLPattern):
            yield route


ROUTES = sorted(set(all_routes(routes.in_sandbox)))


def address(route: str) -> str:
    """An address of the route; its objects need not exist, for permission comes first."""
    filled = _CONVERTER.sub(lambda m: _SAMPLE.get(m[1] or "str", "x"), route)
    return f"/s/prod/{filled}"


def person(*roles: str, name: str = "bo") -> Client:
    user = User.objects.create_user(username=name, password="correct horse")
    user.roles.set(Role.objects.filter(name__in=roles))
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def program(sandbox: Sandbox, *roles: str) -> ApiClient:
    secret = settings.CONFIG.secret("api_client_secret")
    made, _ = create_credential(organization=sandbox.organization, name="Program", secret=secret)
    made.roles.set(Role.objects.filter(name__in=roles))
    return ApiClient(made)


@pytest.mark.parametrize("name", ROLES)
def test_each_role_is_refused_exactly_the_pages_it_may_not_open(
    sandbox: Sandbox, name: str
) -> None:
    client = person(name)
    held = set(next(each.permissions for each in DEFAULT_ROLES if each.name == name))
    for route in ROUTES:
        needed = permission_for(route, method="GET")
        answer = client.get(address(route))
        if not needed or needed in held:
            assert answer.status_code != 403, route
        else:
            # A route that only answers to POST may say so first.
            assert answer.status_code in {403, 405}, route
            named = f"<code>{needed}</code>" in answer.content.decode()
            assert named == (answer.status_code == 403), route


@pytest.mark.parametrize("name", ROLES)
def test_each_role_is_refused_the_changes_it_may_not_make(sandbox: Sandbox, name: str) -> None:
    client = person(name)
    held = set(next(each.permissions for each in DEFAULT_ROLES if each.name == name))
    for route in ROUTES:
        needed = permission_for(route, method="POST")
        if needed and needed not in held:
            answer = client.post(address(route), {})
            # A page that only answers to GET may say so first.
            assert answer.status_code in {403, 405}, route


@pytest.mark.parametrize("name", ROLES)
def test_navigation_shows_what_a_role_may_open_and_nothing_else(
    sandbox: Sandbox, name: str
) -> None:
    client = person(name)
    html = client.get("/s/prod/").content.decode()
    held = set(next(each.permissions for each in DEFAULT_ROLES if each.name == name))
    for item in (item for group in pages.NAVIGATION for item in group.items):
        needed = "" if item.section == "home" else AREAS[item.section][0]
        href = reverse(item.url_name, args=["prod"])
        shown = bool(re.search(rf'<a class="nav-item"\s+href="{href}"', html))
        assert shown == (not needed or needed in held), item.label


def test_every_route_of_a_sandbox_lies_in_a_known_area() -> None:
    known = {area.partition("/")[0] for area in AREAS}
    assert {route.partition("/")[0] for route in ROUTES} <= known


def test_every_permission_a_page_or_a_role_names_exists() -> None:
    named = {name for pair in AREAS.values() for name in pair if name}
    named |= {name for role in DEFAULT_ROLES for name in role.permissions}
    assert named <= set(BY_NAME)


def api_views() -> Iterator[type[ApiView]]:
    def walk(patterns: list[Any]) -> Iterator[Any]:
        for each in patterns:
            if isinstance(each, URLResolver):
                yield from walk(each.url_patterns)
            else:
                yield getattr(each.callback, "cls", None)

    for view in walk(get_resolver().url_patterns):
        if isinstance(view, type) and issubclass(view, ApiView):
            yield view


def test_every_method_of_every_api_view_names_its_permission() -> None:
    unnamed = [
        (view.__name__, method)
        for view in api_views()
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
        if hasattr(view, method.lower()) and method not in view.permission
    ]
    assert unnamed == []
    named = {name for view in api_views() for name in view.permission.values() if name}
    assert named <= set(BY_NAME)


CALLS = (
    ("GET", "/data/foundation/schemaregistry/tenant/schemas", "view-schemas"),
    ("POST", "/data/foundation/schemaregistry/tenant/schemas", "manage-schemas"),
    ("GET", "/data/foundation/catalog/dataSets", "view-datasets"),
    ("POST", "/data/foundation/catalog/dataSets", "manage-datasets"),
    ("GET", "/data/foundation/flowservice/connections", "view-sources"),
    ("POST", "/data/foundation/flowservice/connections", "manage-sources"),
    ("GET", "/data/core/idnamespace/identities", "view-identity-namespaces"),
    ("POST", "/data/core/idnamespace/identities", "manage-identity-namespaces"),
    ("GET", "/data/core/ups/config/mergePolicies", "view-profile-configs"),
    ("POST", "/data/core/ups/config/mergePolicies", "manage-profile-configs"),
    ("GET", "/data/core/ups/access/entities", "view-profiles"),
    ("DELETE", "/data/core/ups/access/entities", "manage-profiles"),
    ("GET", "/data/core/ups/segment/definitions", "view-segments"),
    ("POST", "/data/core/ups/segment/definitions", "manage-segments"),
    ("POST", "/data/core/ups/segment/definitions/bulk-get", "view-segments"),
    ("POST", "/data/core/ups/segment/conversion", "view-segments"),
    ("GET", "/data/core/ups/audiences", "view-segments"),
    ("POST", "/data/core/ups/audiences", "manage-segments"),
    ("PATCH", "/data/core/ups/audiences/x", "manage-segments"),
    ("PUT", "/data/core/ups/audiences/x", "manage-segments"),
    ("DELETE", "/data/core/ups/audiences/x", "manage-segments"),
    ("POST", "/data/core/ups/audiences/bulk-get", "view-segments"),
    ("GET", "/data/core/ups/segment/jobs", "view-segments"),
    ("POST", "/data/core/ups/segment/jobs", "evaluate-segments"),
    ("DELETE", "/data/core/ups/segment/jobs/x", "evaluate-segments"),
    ("GET", "/data/core/ups/config/schedules", "view-segments"),
    ("POST", "/data/core/ups/config/schedules", "evaluate-segments"),
    ("POST", "/data/core/ups/preview", "view-segments"),
    ("GET", "/data/core/ups/estimate/x", "view-segments"),
    ("GET", "/data/core/ups/search/namespaces", "view-segments"),
    ("GET", "/data/core/ups/export/jobs", "view-segments"),
    ("POST", "/data/core/ups/export/jobs", "export-audience-for-segment"),
    ("POST", "/data/core/ais/external-audience", "manage-segments"),
    ("GET", "/data/foundation/audit/events", "view-user-activity-log"),
    ("GET", "/data/foundation/access-control/administration/roles", "view-access-control"),
    ("POST", "/data/foundation/access-control/administration/roles", "manage-access-control"),
    ("GET", "/data/foundation/sandbox-management/sandboxes", "view-sandboxes"),
    ("POST", "/data/foundation/sandbox-management/sandboxes", "manage-sandboxes"),
    ("PUT", "/data/foundation/sandbox-management/sandboxes/prod", "reset-sandboxes"),
)


@pytest.mark.parametrize("name", ROLES)
def test_each_role_is_refused_exactly_the_calls_it_may_not_make(
    sandbox: Sandbox, name: str
) -> None:
    api = program(sandbox, name)
    held = set(next(each.permissions for each in DEFAULT_ROLES if each.name == name))
    for method, path, needed in CALLS:
        answer = api.request(method, path, {} if method != "GET" else None)
        if needed in held:
            assert answer.status_code != 403, (method, path)
        else:
            assert answer.status_code == 403, (method, path)
            assert needed in answer.content.decode(), (method, path)


def test_a_program_without_a_role_may_do_nothing(sandbox: Sandbox) -> None:
    api = program(sandbox)
    for method, path, needed in CALLS:
        answer = api.request(method, path, {} if method != "GET" else None)
        assert (answer.status_code, needed in answer.content.decode()) == (403, True), path


def test_a_sandbox_outside_all_roles_does_not_exist(sandbox: Sandbox) -> None:
    dev = make_sandbox(sandbox.organization, name="dev1")
    role = Role.objects.create(
        organization=sandbox.organization,
        name="Dev only",
        permissions=list(BY_NAME),
        in_all_sandboxes=False,
    )
    role.sandboxes.set([dev])
    client = person("Dev only")
    assert client.get("/s/dev1/schemas/").status_code == 200
    assert client.get("/s/prod/schemas/").status_code == 404
    assert client.get("/s/dev1/sandboxes/prod/").status_code == 404
    assert 'href="/s/prod/"' not in client.get("/s/dev1/schemas/").content.decode()
    assert client.get("/").headers["Location"] == "/s/dev1/"
    api = program(sandbox, "Dev only")
    path = "/data/foundation/catalog/dataSets"
    assert api.within("dev1").get(path).status_code == 200
    assert api.get(path).status_code == 404
    seen = api.within("dev1").get("/data/foundation/sandbox-management/").json()["sandboxes"]
    assert [each["name"] for each in seen] == ["dev1"]


def test_a_refused_change_is_in_the_audit_trail(sandbox: Sandbox) -> None:
    person("Viewer").post("/s/prod/sources/new/", {"name": "x"})
    admin = person("Administrator", name="ada")
    found = admin.get("/s/prod/audits/?status=Deny").content.decode()
    assert "/s/prod/sources/new/" in found
    assert "Denied" in found


def test_roles_taken_away_count_within_a_second(sandbox: Sandbox) -> None:
    api = program(sandbox, "Viewer")
    path = "/data/foundation/catalog/dataSets"
    assert api.get(path).status_code == 200
    ApiCredential.objects.get(name="Program").roles.clear()
    forget_callers()
    assert api.get(path).status_code == 403


def test_the_system_may_everything_and_a_grant_counts_in_its_sandboxes_only(
    sandbox: Sandbox, other_sandbox: Sandbox
) -> None:
    require(SYSTEM, "manage-schemas", sandbox)
    grant = Grant(EVERYTHING.permissions, frozenset({other_sandbox.pk}))
    actor = Actor(kind="user", id="1", name="bo", grants=(grant,))
    require(actor, "manage-schemas", other_sandbox)
    with pytest.raises(Forbidden) as refused:
        require(actor, "manage-schemas", sandbox)
    assert refused.value.fields["permission"] == "manage-schemas"


ROLE_API = "/data/foundation/access-control/administration/roles"


def test_the_reference_names_all_permissions_and_resources(api: ApiClient) -> None:
    body = api.get("/data/foundation/access-control/acl/reference").json()
    assert body["permissions"]["manage-datasets"]["datasets"] == ["read", "write", "delete"]
    assert body["permissions"]["view-schemas"]["schemas"] == ["read"]
    assert {"mixins", "profile-configs", "segment-jobs"} <= set(body["resource-types"])


def test_effective_policies_leave_out_what_is_not_granted(sandbox: Sandbox) -> None:
    asked = ["/permissions/manage-schemas", "/permissions/view-schemas", "/resource-types/schemas"]
    path = "/data/foundation/access-control/acl/effective-policies"
    answer = program(sandbox, "Viewer").post(path, asked)
    assert answer.json() == {
        "policies": {"/permissions/view-schemas": ["*"], "/resource-types/schemas": ["read"]}
    }


def test_a_role_lives_through_the_api(api: ApiClient) -> None:
    made = api.post(ROLE_API, {"name": "Analyst", "permissionSets": ["view-schemas"]}).json()
    assert made["roleType"] == "user-defined"
    change = [{"op": "replace", "path": "/description", "value": "Reads"}]
    for body in (change, {"operations": change}):
        changed = api.patch(f"{ROLE_API}/{made['id']}", body).json()
        assert changed["description"] == "Reads"
    listed = api.get(ROLE_API).json()
    assert listed["items"] == listed["roles"]
    user = User.objects.create_user(username="bo")
    subjects = f"{ROLE_API}/{made['id']}/subjects"
    added = api.patch(subjects, [{"op": "add", "path": "/user", "value": str(user.pk)}]).json()
    assert added["items"][0]["subjectId"] == str(user.pk)
    assert api.delete(f"{ROLE_API}/{made['id']}").status_code == 204
    assert api.get(f"{ROLE_API}/{made['id']}").status_code == 404


def test_an_unknown_permission_is_refused(api: ApiClient) -> None:
    answer = api.post(ROLE_API, {"name": "x", "permissionSets": ["fly"]})
    assert (answer.status_code, "fly" in answer.content.decode()) == (400, True)
