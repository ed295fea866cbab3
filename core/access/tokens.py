"""Access tokens: signed JWTs, valid for a day, checked without the database."""

import secrets
from dataclasses import dataclass

import jwt
from django.conf import settings

from core import clock
from core.access.models import ApiCredential

LIFETIME_S = 86_399
_ALGORITHM = "HS256"
_CACHE_SIZE = 10_000
_verified: dict[str, "Claims"] = {}


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid token says; `expires_at` in epoch milliseconds."""

    client_id: str
    ims_org_id: str
    account: str
    expires_at: int


class InvalidToken(Exception):
    """Unknown signature, malformed or expired."""


def issue(credential: ApiCredential, *, scope: str = "") -> str:
    """Signed token for this credential, valid for `LIFETIME_S` seconds."""
    created = clock.now_ms()
    return jwt.encode(
        {
            "id": secrets.token_hex(16),
            "type": "access_token",
            "client_id": credential.client_id,
            "user_id": credential.technical_account,
            "org": credential.organization.ims_org_id,
            "scope": scope,
            "created_at": str(created),
            "expires_in": str(LIFETIME_S * 1000),
            "exp": created // 1000 + LIFETIME_S,
        },
        settings.CONFIG.secret("token_signing_key"),
        algorithm=_ALGORITHM,
    )


def verify(token: str) -> Claims:
    """Claims of a valid token, from a bounded cache after its first check. Raises InvalidToken."""
    claims = _verified.get(token)
    if claims is None:
        claims = _decode(token)
        if len(_verified) >= _CACHE_SIZE:
            _verified.clear()
        _verified[token] = claims
    if claims.expires_at <= clock.now_ms():
        _verified.pop(token, None)
        raise InvalidToken
    return claims


def _decode(token: str) -> Claims:
    try:
        body = jwt.decode(
            token, settings.CONFIG.secret("token_signing_key"), algorithms=[_ALGORITHM]
        )
        return Claims(
            client_id=body["client_id"],
            ims_org_id=body["org"],
            account=body["user_id"],
            expires_at=int(body["exp"]) * 1000,
        )
    except (jwt.InvalidTokenError, KeyError, ValueError) as error:
        raise InvalidToken from error
