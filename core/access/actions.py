"""Grants: what a program shows (secret, code, signed assertion) for an access token."""

from collections.abc import Mapping
from typing import Any

import jwt

from core import clock
from core.access import tokens
from core.access.credentials import find_credential
from core.access.models import ApiCredential


class GrantRefused(Exception):
    """`error` is an OAuth error code."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


def grant_client_credentials(fields: Mapping[str, str]) -> str:
    """Token for a client id and its secret."""
    _require_grant_type(fields, "client_credentials")
    return _issue(_authenticated(fields), scope=fields.get("scope", ""))


def grant_authorization_code(fields: Mapping[str, str]) -> str:
    """Token for a client that also sends its permanent code.

    The secret is the proof; the code only has to be there, for it is issued by a console
    that this installation does not have.
    """
    _require_grant_type(fields, "authorization_code")
    credential = _authenticated(fields)
    if not fields.get("code"):
        raise GrantRefused("invalid_request", "code is missing")
    return _issue(credential, scope=fields.get("scope", ""))


def exchange_jwt(fields: Mapping[str, str]) -> str:
    """Token for a client id, its secret and an assertion signed with its private key (RS256)."""
    credential = _authenticated(fields)
    assertion = fields.get("jwt_token", "")
    if not assertion:
        raise GrantRefused("invalid_request", "jwt_token is missing")
    if not credential.public_key:
        raise GrantRefused("invalid_client", "no public key is registered for this client")
    _check_assertion(_verified_claims(assertion, credential.public_key), credential)
    return _issue(credential, scope="")


def _require_grant_type(fields: Mapping[str, str], expected: str) -> None:
    if "grant_type" not in fields:
        raise GrantRefused("invalid_request", "grant_type is missing")
    if fields["grant_type"] != expected:
        raise GrantRefused("unsupported_grant_type", f"grant_type must be {expected}")


def _authenticated(fields: Mapping[str, str]) -> ApiCredential:
    for name in ("client_id", "client_secret"):
        if not fields.get(name):
            raise GrantRefused("invalid_request", f"{name} is missing")
    credential = find_credential(client_id=fields["client_id"], secret=fields["client_secret"])
    if credential is None:
        raise GrantRefused("invalid_client", "invalid client_id or client_secret")
    return credential


def _verified_claims(assertion: str, public_key: str) -> dict[str, Any]:
    try:
        return jwt.decode(
            assertion,
            public_key,
            algorithms=["RS256"],
            # The audience names an IMS host of the client's choice: compared by its path below.
            options={"require": ["exp", "iss", "sub", "aud"], "verify_aud": False},
        )
    except jwt.ExpiredSignatureError as error:
        raise GrantRefused("invalid_token", "JWT token has expired") from error
    except jwt.InvalidTokenError as error:
        raise GrantRefused("invalid_token", f"JWT token is not valid: {error}") from error


def _check_assertion(claims: Mapping[str, Any], credential: ApiCredential) -> None:
    audiences = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if not any(str(audience).endswith(f"/c/{credential.client_id}") for audience in audiences):
        raise GrantRefused("invalid_token", "aud does not name this client")
    if claims["iss"] != credential.organization.ims_org_id:
        raise GrantRefused("invalid_token", "iss is not the organization of this client")
    if claims["sub"] != credential.technical_account:
        raise GrantRefused("invalid_token", "sub is not the technical account of this client")


def _issue(credential: ApiCredential, *, scope: str) -> str:
    ApiCredential.objects.filter(pk=credential.pk).update(last_used_at=clock.now())
    return tokens.issue(credential, scope=scope)
