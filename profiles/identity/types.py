"""Values that cross the border of the identity slice."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache

from msgspec import Struct

from profiles.identity.ids import identity_id, xid


class Identity(Struct, frozen=True, gc=False):
    """A value in a namespace of one sandbox. A struct, not a dataclass: made per record."""

    id: bytes
    xid: bytes
    namespace: int
    value: str


class SkipReason(StrEnum):
    """Why one identity value of a record was left out."""

    UNKNOWN_NAMESPACE = "unknown_namespace"
    NOT_A_STRING = "not_a_string"
    NOT_TEXT = "not_text"
    EMPTY = "empty"
    TOO_LONG = "too_long"
    BAD_ECID = "bad_ecid"
    GARBAGE = "garbage"
    NUL_CHARACTER = "nul_character"


class RefusalReason(StrEnum):
    """Why a record, or the links of a record, were refused."""

    TOO_MANY_IDENTITIES = "too_many_identities"
    REPEATED_UNIQUE_NAMESPACE = "repeated_unique_namespace"
    AMBIGUOUS_PRIORITY_NAMESPACE = "ambiguous_priority_namespace"


class Skipped(Struct, frozen=True, gc=False):
    """An identity of a record that does not count. `value` is what was received."""

    namespace: str
    value: object
    reason: SkipReason


class Refusal(Struct, frozen=True, gc=False):
    """A typed verdict: the reason, the namespace id (or None) and how many values it had."""

    reason: RefusalReason
    namespace: int | None
    count: int


class Identities(Struct, frozen=True):
    """What a record says about whose it is.

    primary   the identity the record is stored under; None: it cannot enter Profile
    linkable  those that form graph links (people types, not blocked); () when `unlinked`
    all       every valid identity, declared fields first, then identityMap, no repeats
    skipped   values that do not count, with the reason
    rejected  the record as a whole is refused (more identities than allowed)
    unlinked  the graph refuses the record's links (check 1); Profile may still store it
    dropped   Profile drops the event (check 2); the lake keeps it
    """

    primary: Identity | None
    linkable: tuple[Identity, ...]
    all: tuple[Identity, ...]
    skipped: tuple[Skipped, ...] = ()
    rejected: Refusal | None = None
    unlinked: Refusal | None = None
    dropped: Refusal | None = None


@lru_cache(maxsize=32_768)
def identify(sandbox: int, namespace: int, value: str) -> Identity:
    """Return the identity of a value; people come in runs of events, so the last ones are kept.

    Raises UnicodeEncodeError when the value is no text.
    """
    name = xid(namespace, value)
    return Identity(identity_id(sandbox, name), name, namespace, value)
