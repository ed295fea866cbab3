"""Signing in and out."""

import pytest
from django.test import Client

from console.throttle import FAILURES_OF_ACCOUNT
from core.access.models import User
from core.audit.models import AuditEvent

pytestmark = pytest.mark.django_db

GOOD = {"username": "ana", "password": "correct horse"}
BAD = {"username": "ana", "password": "wrong"}


def test_pages_lead_to_sign_in_and_back() -> None:
    response = Client().get("/s/prod/sources/")
    assert response.status_code == 302
    assert response["Location"] == "/sign-in/?next=/s/prod/sources/"


def test_signing_in_gives_a_new_session_key(person: User) -> None:
    client = Client()
    client.get("/sign-in/")
    session = client.session
    session["anything"] = 1
    session.save()
    before = session.session_key
    response = client.post("/sign-in/", GOOD)
    assert response.status_code == 302
    assert response["Location"] == "/"
    assert client.session.session_key != before


def test_a_wrong_password_is_explained_without_saying_which_part_is_wrong(person: User) -> None:
    response = Client().post("/sign-in/", BAD)
    assert response.status_code == 422
    assert b"User name and password do not match" in response.content
    assert AuditEvent.objects.filter(action="Sign in", status="Failure").count() == 1


def test_many_failures_pause_the_account_for_that_address_only(person: User) -> None:
    client = Client()
    for _ in range(FAILURES_OF_ACCOUNT):
        assert client.post("/sign-in/", BAD).status_code == 422
    assert client.post("/sign-in/", GOOD).status_code == 429
    elsewhere = client.post("/sign-in/", GOOD, REMOTE_ADDR="192.0.2.7")
    assert elsewhere.status_code == 302


@pytest.mark.parametrize(
    "address", ["https://elsewhere.test/", "//elsewhere.test/", "javascript:1"]
)
def test_the_way_back_stays_on_this_site(person: User, address: str) -> None:
    response = Client().post("/sign-in/", {**GOOD, "next": address})
    assert response["Location"] == "/"


def test_signing_out_ends_the_session(signed_in: Client) -> None:
    assert signed_in.get("/s/prod/").status_code == 200
    assert signed_in.post("/sign-out/").status_code == 302
    assert signed_in.get("/s/prod/").status_code == 302


def test_signing_out_needs_a_post(signed_in: Client) -> None:
    assert signed_in.get("/sign-out/").status_code == 405


def test_forms_need_their_token(person: User) -> None:
    assert Client(enforce_csrf_checks=True).post("/sign-in/", GOOD).status_code == 403


def test_the_start_page_leads_into_the_default_sandbox(signed_in: Client) -> None:
    assert signed_in.get("/")["Location"] == "/s/prod/"


def test_preferences_are_drawn_by_the_server(signed_in: Client) -> None:
    answer = signed_in.post("/preferences/", {"theme": "dark", "next": "/s/prod/"})
    assert answer["Location"] == "/s/prod/"
    assert b'data-bs-theme="dark"' in signed_in.get("/s/prod/").content
    signed_in.post("/preferences/", {"nav": "mini"})
    assert b'data-nav="mini"' in signed_in.get("/s/prod/").content
    signed_in.post("/preferences/", {"theme": "<script>"})
    assert b'data-bs-theme="dark"' in signed_in.get("/s/prod/").content
