"""Access tokens from the IMS endpoints."""

import pytest
from django.conf import settings
from django.test import Client

from core.access import tokens
from core.access.models import ApiCredential

pytestmark = pytest.mark.django_db


@pytest.fixture
def secret() -> str:
    return settings.CONFIG.secret("api_client_secret")


def test_client_credentials_in_a_form_body_give_a_token_for_a_day(
    credential: ApiCredential, secret: str
) -> None:
    response = Client().post(
        "/ims/token/v3",
        {
            "grant_type": "client_credentials",
            "client_id": credential.client_id,
            "client_secret": secret,
            "scope": "openid,AdobeID",
        },
    )
    assert response.status_code == 200
    body = response.json()
    assert body["token_type"] == "bearer"
    assert body["expires_in"] == 86399
    assert tokens.verify(body["access_token"]).client_id == credential.client_id
