"""Secrets this installation made for itself: one file each under `var/secrets`, mode 0600."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


def _private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


GENERATORS: dict[str, Callable[[], str]] = {
    "django_secret_key": lambda: secrets.token_urlsafe(48),
    "token_signing_key": lambda: secrets.token_urlsafe(64),
    "admin_password": lambda: secrets.token_urlsafe(15),
    "api_client_secret": lambda: "p8e-" + secrets.token_urlsafe(24),
    "service_account_key": _private_key,
    "postgres_password": lambda: secrets.token_urlsafe(24),
}


def read_secret(folder: Path, name: str) -> str:
    """Value of the secret; made at first use, once, even when several processes start together."""
    path = folder / name
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return _create(folder, name)


def ensure_all(folder: Path) -> None:
    """Make every secret that does not exist yet."""
    for name in GENERATORS:
        read_secret(folder, name)


def _create(folder: Path, name: str) -> str:
    value = GENERATORS[name]()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / f".{name}.{os.getpid()}.{secrets.token_hex(4)}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(value + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        # link() fails when another process was first: then theirs is the secret.
        os.link(draft, folder / name)
    except FileExistsError:
        return (folder / name).read_text(encoding="utf-8").strip()
    finally:
        draft.unlink()
    return value
