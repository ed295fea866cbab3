"""Access tokens from the IMS endpoints."""

import time
from typing import Any

import jwt
import pytest
from django.conf import settings
from django.test import Client

from core import clock
from core.access import tokens
from core.access.models import ApiCredential

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def secret() -> str:
    return settings.CONFIG.secret("api_client_secret")


@pytest.fixture
def fields(credential: ApiCredential, secret: str) -> dict[str, str]:
    return {
        "grant_type": "client_credentials",
        "client_id": credential.client_id,
        "client_secret": secret,
        "scope": "openid,AdobeID",
    }


def assertion(credential: ApiCredential, **changes: Any) -> str:
    claims = {
        "exp": int(time.time()) + 600,
        "iss": credential.organization.ims_org_id,
        "sub": credential.technical_account,
        "aud": f"https://ims-na1.adobelogin.com/c/{credential.client_id}",
        "https://ims-na1.adobelogin.com/s/ent_dataservices_sdk": True,
        **changes,
    }
    key = settings.CONFIG.secret("service_account_key")
    return jwt.encode(claims, key, algorithm="RS256")


def jwt_fields(credential: ApiCredential, secret: str, **changes: Any) -> dict[str, str]:
    return {
        "client_id": credential.client_id,
        "client_secret": secret,
        "jwt_token": assertion(credential, **changes),
    }


@pytest.mark.parametrize("path", ["/ims/token/v3", "/ims/token/v3/", "/ims/token/v2"])
def test_client_credentials_in_a_form_body_give_a_token_for_a_day(
    credential: ApiCredential, fields: dict[str, str], path: str
) -> None:
    body = "&".join(f"{name}={value}" for name, value in fields.items())
    response = Client().post(path, body, content_type=FORM)
    assert response.status_code == 200
    answer = response.json()
    assert answer["token_type"] == "bearer"
    assert answer["expires_in"] == 86399
    assert tokens.verify(answer["access_token"]).client_id == credential.client_id


def test_v2_takes_the_parameters_from_the_query_string(fields: dict[str, str]) -> None:
    response = Client().post("/ims/token/v2", query_params=fields)
    assert response.status_code == 200
    assert response.json()["expires_in"] == 86399


def test_a_body_without_a_content_type_is_read_as_a_form(
    fields: dict[str, str],
) -> None:
    body = "&".join(f"{name}={value}" for name, value in fields.items())
    assert Client().post("/ims/token/v3", body, content_type="").status_code == 200


def test_an_authorization_code_gives_a_token(fields: dict[str, str]) -> None:
    grant = {**fields, "grant_type": "authorization_code", "code": "permanent"}
    assert Client().post("/ims/token/v1", grant).json()["expires_in"] == 86399
    del grant["code"]
    response = Client().post("/ims/token/v1", grant)
    assert response.status_code == 400
    assert response.json()["error"] == "invalid_request"


def test_a_token_use_is_remembered(credential: ApiCredential, fields: dict[str, str]) -> None:
    Client().post("/ims/token/v3", fields)
    credential.refresh_from_db()
    assert credential.last_used_at is not None


def test_a_wrong_secret_is_an_invalid_client(fields: dict[str, str]) -> None:
    response = Client().post("/ims/token/v3", {**fields, "client_secret": "wrong"})
    assert response.status_code == 401
    answer = response.json()
    assert answer["error"] == "invalid_client"
    assert answer["request_id"] == response["x-request-id"]


def test_a_disabled_credential_gets_no_token(
    credential: ApiCredential, fields: dict[str, str]
) -> None:
    ApiCredential.objects.filter(pk=credential.pk).update(enabled=False)
    assert Client().post("/ims/token/v3", fields).status_code == 401


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": None}, "invalid_request"),
        ({"client_id": None}, "invalid_request"),
        ({"client_secret": ""}, "invalid_request"),
    ],
)
def test_a_malformed_grant_says_what_is_wrong(
    fields: dict[str, str], change: dict[str, str | None], error: str
) -> None:
    sent = {k: v for k, v in {**fields, **change}.items() if v is not None}
    response = Client().post("/ims/token/v3", sent)
    assert response.status_code == 400
    assert response.json()["error"] == error


def test_an_assertion_in_a_multipart_form_gives_a_token_in_milliseconds(
    credential: ApiCredential, secret: str
) -> None:
    response = Client().post("/ims/exchange/jwt/", jwt_fields(credential, secret))
    assert response.status_code == 200
    answer = response.json()
    assert answer["token_type"] == "bearer"
    assert answer["expires_in"] == 86_399_000
    assert tokens.verify(answer["access_token"]).account == credential.technical_account


def test_an_assertion_in_a_body_with_a_leading_ampersand_gives_a_token(
    credential: ApiCredential, secret: str
) -> None:
    body = "".join(f"&{k}={v}" for k, v in jwt_fields(credential, secret).items())
    assert Client().post("/ims/exchange/jwt", body, content_type=FORM).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": 1_000_000_000},
        {"iss": "FFFF@AdobeOrg"},
        {"sub": "nobody@techacct.adobe.com"},
        {"aud": "https://ims-na1.adobelogin.com/c/another"},
    ],
)
def test_an_assertion_with_wrong_claims_is_refused(
    credential: ApiCredential, secret: str, changes: dict[str, Any]
) -> None:
    response = Client().post("/ims/exchange/jwt", jwt_fields(credential, secret, **changes))
    assert response.status_code == 400
    assert response.json()["error"] == "invalid_token"


def test_an_assertion_signed_with_another_key_is_refused(
    credential: ApiCredential, secret: str
) -> None:
    forged = jwt.encode({"sub": "x"}, "a-shared-secret-of-enough-length-for-it", algorithm="HS256")
    sent = {**jwt_fields(credential, secret), "jwt_token": forged}
    assert Client().post("/ims/exchange/jwt", sent).json()["error"] == "invalid_token"


def test_a_client_without_a_public_key_cannot_exchange_assertions(
    credential: ApiCredential, secret: str
) -> None:
    ApiCredential.objects.filter(pk=credential.pk).update(public_key="")
    assert Client().post("/ims/exchange/jwt", jwt_fields(credential, secret)).status_code == 401


def test_an_expired_token_is_not_valid(
    credential: ApiCredential, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = tokens.issue(credential)
    tokens.verify(token)
    later = clock.now_ms() + 86_400_000
    monkeypatch.setattr(clock, "now_ms", lambda: later)
    with pytest.raises(tokens.InvalidToken):
        tokens.verify(token)
