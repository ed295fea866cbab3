"""Names of identities: computed from namespace and value alone, so no look-up is ever needed.

XID (22 bytes) = namespace id, 4 bytes big endian, then the first 18 bytes of SHA-256(value).
Identity id (16 bytes) = BLAKE2b of the XID, personalised with the sandbox number: the key of
the data plane. APIs show the XID as base64url without padding (30 characters).
"""

from __future__ import annotations

import binascii
from functools import lru_cache
from hashlib import blake2b, sha256
from struct import Struct
from typing import Any

XID_BYTES = 22
XID_TEXT_CHARS = 30

_pack = Struct(">I18s").pack
_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")
_URL_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def xid(nsid: int, value: str) -> bytes:
    """Return the 22-byte name of a value in a namespace.

    Raises UnicodeEncodeError when the value holds a lone surrogate, which is no text.
    """
    return _pack(nsid, sha256(value.encode(), usedforsecurity=False).digest())


def namespace_of(name: bytes) -> int:
    """Return the namespace id inside an XID."""
    return int.from_bytes(name[:4], "big")


def xid_text(name: bytes) -> str:
    """Return an XID as APIs show it."""
    text = binascii.b2a_base64(name, newline=False).translate(_TO_URL)
    return text.rstrip(b"=").decode("ascii")


def parse_xid(text: str) -> bytes | None:
    """Return the XID a caller sent, or None when the text is none."""
    if len(text) != XID_TEXT_CHARS or not text.isascii():
        return None
    raw = text.encode("ascii")
    if not _URL_SAFE.issuperset(raw):
        return None
    name = binascii.a2b_base64(raw.translate(_FROM_URL) + b"==")
    # The last character carries spare bits: only one spelling of a name is a name.
    return name if xid_text(name) == text else None


@lru_cache(maxsize=1024)
def _hasher(sandbox: int) -> Any:
    return blake2b(digest_size=16, person=sandbox.to_bytes(2, "big"), usedforsecurity=False)


def identity_id(sandbox: int, name: bytes) -> bytes:
    """Return the data plane key of an XID in a sandbox."""
    hasher = _hasher(sandbox).copy()
    hasher.update(name)
    return hasher.digest()  # type: ignore[no-any-return]
