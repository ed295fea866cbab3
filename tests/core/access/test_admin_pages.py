"""Administration in the console: people, roles, credentials, audits, sandboxes, passwords."""

import re

import pytest
from django.conf import settings
from django.test import Client

from core.access.credentials import find_credential
from core.access.models import ApiCredential, Role, User
from core.access.permissions import ADMINISTRATOR
from core.audit.models import AuditEvent
from core.sandboxes.models import Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(sandbox: Sandbox) -> User:
    user = User.objects.create_user(username="ada", password="correct horse")
    user.roles.set(Role.objects.filter(name=ADMINISTRATOR))
    return user


@pytest.fixture
def client(admin: User) -> Client:
    made = Client()
    made.force_login(admin)
    return made


def role(name: str) -> Role:
    return Role.objects.get(name=name)


def test_every_page_of_administration_answers(client: Client, admin: User) -> None:
    event = AuditEvent.objects.create(
        actor_kind="user", actor_id="1", actor_name="ada", action="Create", asset_type="Role"
    )
    credential = ApiCredential.objects.get(client_id=settings.CONFIG.api_key)
    for path in (
        "users/",
        "users/?q=ad",
        "users/new/",
        f"users/{admin.pk}/",
        "roles/",
        "roles/new/",
        f"roles/{role('Viewer').uuid}/",
        "credentials/",
        "credentials/new/",
        f"credentials/{credential.client_id}/",
        "audits/",
        "audits/?user=ad&action=Create&category=Role&status=Success&at_from=2020-01-01",
        f"audits/{event.pk}/",
        "sandboxes/",
        "sandboxes/new/",
        "sandboxes/prod/",
    ):
        response = client.get(f"/s/prod/{path}")
        html = response.content.decode()
        assert response.status_code == 200, path
        assert html.count("<h1") == 1, path
        assert not re.search(r"\sstyle=", html), path


def test_a_new_person_chooses_a_password_with_a_link_that_works_once(client: Client) -> None:
    viewer = str(role("Viewer").uuid)
    made = client.post("/s/prod/users/new/", {"username": "bo", "roles": [viewer]})
    (link,) = set(re.findall(r"/password/[\w-]+/[\w-]+/", made.content.decode()))
    stranger = Client()
    assert stranger.get(link).status_code == 200
    short = {"new_password1": "short", "new_password2": "short"}
    assert stranger.post(link, short).status_code == 422
    good = {"new_password1": "a-long-new-secret", "new_password2": "a-long-new-secret"}
    assert stranger.post(link, good).status_code == 302
    assert stranger.get("/s/prod/schemas/").status_code == 200
    assert stranger.get("/s/prod/users/").status_code == 403
    assert Client().get(link).status_code == 410
    assert User.objects.get(username="bo").check_password("a-long-new-secret")


def test_a_deactivated_person_is_out_at_once(client: Client) -> None:
    user = User.objects.create_user(username="bo", password="correct horse")
    user.roles.set([role("Viewer")])
    other = Client()
    other.force_login(user)
    assert other.get("/s/prod/schemas/").status_code == 200
    client.post(f"/s/prod/users/{user.pk}/switch/", {"to": "deactivate"})
    assert other.get("/s/prod/schemas/").status_code == 302


def test_the_last_administrator_keeps_the_role(client: Client, admin: User) -> None:
    User.objects.exclude(pk=admin.pk).update(is_active=False)
    client.post(f"/s/prod/users/{admin.pk}/roles/", {"roles": [str(role("Viewer").uuid)]})
    assert [each.name for each in admin.roles.all()] == [ADMINISTRATOR]


def test_a_secret_is_shown_once_and_the_old_one_overlaps_a_rotation(client: Client) -> None:
    made = client.post("/s/prod/credentials/new/", {"name": "Shop"}).content.decode()
    first = re.search(r"p8e-[\w-]+", made)
    assert first is not None
    credential = ApiCredential.objects.get(name="Shop")
    page = f"/s/prod/credentials/{credential.client_id}/"
    assert "p8e-" not in client.get(page).content.decode()
    second = re.search(r"p8e-[\w-]+", client.post(f"{page}rotate/").content.decode())
    assert second is not None
    for secret in (first[0], second[0]):
        assert find_credential(client_id=credential.client_id, secret=secret) == credential
    ApiCredential.objects.update(old_secret_until="2020-01-01T00:00:00Z")
    assert find_credential(client_id=credential.client_id, secret=first[0]) is None


def test_a_disabled_credential_gets_no_token(client: Client) -> None:
    credential = ApiCredential.objects.get(client_id=settings.CONFIG.api_key)
    page = f"/s/prod/credentials/{credential.client_id}/"
    client.post(f"{page}switch/", {"to": "disable"})
    secret = settings.CONFIG.secret("api_client_secret")
    assert find_credential(client_id=credential.client_id, secret=secret) is None


def test_a_role_is_made_changed_and_deleted_by_its_name(client: Client) -> None:
    fields = {"name": "Analyst", "permissions": ["view-schemas"], "sandboxes": ["prod"]}
    assert client.post("/s/prod/roles/new/", fields).status_code == 302
    made = role("Analyst")
    assert (made.permissions, made.in_all_sandboxes) == (["view-schemas"], False)
    again = client.post("/s/prod/roles/new/", fields)
    assert again.status_code == 422
    assert b"exists already" in again.content
    page = f"/s/prod/roles/{made.uuid}/"
    client.post(f"{page}delete/", {"name": "wrong"})
    assert Role.objects.filter(pk=made.pk).exists()
    client.post(f"{page}delete/", {"name": "Analyst"})
    assert not Role.objects.filter(pk=made.pk).exists()


def test_a_default_role_is_never_deleted_and_administrator_never_weakened(client: Client) -> None:
    page = f"/s/prod/roles/{role(ADMINISTRATOR).uuid}/"
    assert client.post(page, {"name": ADMINISTRATOR}).status_code == 422
    client.post(f"{page}delete/", {"name": ADMINISTRATOR})
    assert len(role(ADMINISTRATOR).permissions) > 30


def test_the_log_is_filtered_and_downloaded_without_formulas(client: Client) -> None:
    for name in ("=cmd()", "Orders"):
        AuditEvent.objects.create(
            actor_kind="user",
            actor_id="1",
            actor_name="ada",
            action="Create",
            asset_type="Dataset",
            asset_id="d",
            asset_name=name,
        )
    found = client.get("/s/prod/audits/?q=order").content.decode()
    assert "Orders" in found
    assert "cmd()" not in found
    answer = client.get("/s/prod/audits/export/?category=Dataset")
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 3
    assert "'=cmd()" in lines[2]
    assert "attachment" in answer["Content-Disposition"]


def test_a_sandbox_is_made_copied_reset_and_deleted_with_its_name_typed(client: Client) -> None:
    fields = {"type": "development", "name": "lab", "title": "Laboratory"}
    assert client.post("/s/prod/sandboxes/new/", fields).status_code == 302
    assert client.post("/s/prod/sandboxes/new/", fields).status_code == 422
    page = "/s/prod/sandboxes/lab/"
    assert client.post("/s/prod/sandboxes/prod/copy/", {"target": "lab"}).status_code == 302
    for verb in ("reset", "delete"):
        client.post(f"{page}{verb}/", {"name": "wrong"})
        assert client.get(page).status_code == 200
    client.post(f"{page}reset/", {"name": "lab"})
    assert client.get("/s/lab/").status_code == 200
    client.post(f"{page}delete/", {"name": "lab"})
    assert client.get("/s/lab/").status_code == 404
    assert client.get(page).status_code == 404


def test_changing_the_password_ends_other_sessions_and_renews_this_one(
    client: Client, admin: User
) -> None:
    elsewhere = Client()
    elsewhere.force_login(admin)
    key = client.session.session_key
    new = {"new_password1": "a-long-new-secret", "new_password2": "a-long-new-secret"}
    assert client.post("/password/", {"old_password": "wrong", **new}).status_code == 422
    assert client.post("/password/", {"old_password": "correct horse", **new}).status_code == 200
    assert client.session.session_key != key
    assert client.get("/s/prod/").status_code == 200
    assert elsewhere.get("/s/prod/").status_code == 302


def test_guessing_the_old_password_is_slowed_down(client: Client) -> None:
    fields = {"old_password": "wrong", "new_password1": "x", "new_password2": "x"}
    answers = [client.post("/password/", fields).status_code for _ in range(9)]
    assert answers == [422] * 8 + [429]


def test_answers_carry_secure_headers_and_cookies(client: Client) -> None:
    answer = client.get("/s/prod/users/new/")
    policy = answer["Content-Security-Policy"]
    for rule in ("default-src 'self'", "frame-ancestors 'none'", "form-action 'self'"):
        assert rule in policy
    assert "unsafe" not in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert "no-store" in answer["Cache-Control"]
    fresh = Client()
    signed_in = fresh.post("/sign-in/", {"username": "ada", "password": "correct horse"})
    cookie = signed_in.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_signing_in_gives_the_session_a_new_key(admin: User) -> None:
    visitor = Client()
    session = visitor.session
    session["planted"] = "x"
    session.save()
    planted = session.session_key
    visitor.cookies["sessionid"] = str(planted)
    visitor.post("/sign-in/", {"username": "ada", "password": "correct horse"})
    assert visitor.session.session_key != planted
