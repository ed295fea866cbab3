"""API credentials: creation and secret checks."""

import secrets

from cryptography.hazmat.primitives import serialization
from django.contrib.auth.hashers import check_password, make_password

from core import clock
from core.access.models import ApiCredential
from core.sandboxes.models import Organization


def create_credential(
    *,
    organization: Organization,
    name: str,
    client_id: str = "",
    secret: str = "",
    public_key: str = "",
) -> tuple[ApiCredential, str]:
    """A new credential and its secret, which is shown once and stored hashed."""
    secret = secret or new_secret()
    credential = ApiCredential.objects.create(
        organization=organization,
        name=name,
        client_id=client_id or secrets.token_hex(16),
        secret_hash=make_password(secret),
        public_key=public_key,
        technical_account=f"{secrets.token_hex(12).upper()}@techacct.adobe.com",
    )
    return credential, secret


def find_credential(*, client_id: str, secret: str) -> ApiCredential | None:
    """The enabled credential with this id and secret, if any."""
    credential = (
        ApiCredential.objects.select_related("organization")
        .filter(client_id=client_id, enabled=True)
        .first()
    )
    if credential is None or not _fits(secret, credential):
        return None
    return credential


def _fits(secret: str, credential: ApiCredential) -> bool:
    if check_password(secret, credential.secret_hash):
        return True
    until = credential.old_secret_until
    return (
        until is not None
        and clock.now() < until
        and check_password(secret, credential.old_secret_hash)
    )


def new_secret() -> str:
    """A secret nobody has seen yet."""
    return f"p8e-{secrets.token_urlsafe(24)}"


def public_key_of(private_key_pem: str) -> str:
    """PEM of the public half, as an assertion is checked with it; the key is one we made."""
    key = serialization.load_pem_private_key(
        private_key_pem.encode(),
        password=None,
        # Testing its primes again takes longer than all else a first start writes.
        unsafe_skip_rsa_key_validation=True,
    )
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )
