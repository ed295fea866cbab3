"""Reads the identities of a record: pure, and quick, for it runs on every record.

    extractor = Extractor(sandbox=3, fields=fields, namespaces=table, rules=rules, is_event=True)
    identities = extractor.extract(entity)

Declared fields (identity descriptors) and identityMap add up. Bad values are left out with a
reason. The checks of the linking rules come back as typed outcomes, never as exceptions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ingestion.admission.keys import is_too_long
from profiles.identity.namespaces import LINKLESS_TYPES, Namespace, NamespaceTable
from profiles.identity.rules import Rules
from profiles.identity.types import (
    Identities,
    Identity,
    Refusal,
    RefusalReason,
    Skipped,
    SkipReason,
    identify,
)

MOST_IDENTITIES = 20
MOST_CHARS = 1024
ECID_DIGITS = 38

# What broken clients send where an identity should be, lower case.
GARBAGE_VALUES = frozenset(
    {
        "null",
        "(null)",
        "undefined",
        "none",
        "(none)",
        "nil",
        "nan",
        "n/a",
        "unknown",
        "anonymous",
        "not set",
        "(not set)",
        "[object object]",
        "-",
    }
)
_LEAST_ZEROS = 8


@dataclass(frozen=True, slots=True)
class IdentityField:
    """An identity descriptor of a compiled schema: where the value is and what it means."""

    path: tuple[str, ...]
    namespace: str
    primary: bool = False


@dataclass(frozen=True, slots=True)
class ValuePolicy:
    """Which values and namespaces a sandbox does not trust.

    garbage       lower-case values that name nobody (those with zeros only go without saying)
    never_linked  codes of namespaces whose identities form no links
    """

    garbage: frozenset[str] = GARBAGE_VALUES
    never_linked: frozenset[str] = field(default=frozenset({"AAID"}))


DEFAULT_POLICY = ValuePolicy()


class Extractor:
    """Finds the identities in the records of one schema. Build it once per schema and config."""

    __slots__ = (
        "_declared",
        "_garbage",
        "_is_event",
        "_linkless",
        "_longest_garbage",
        "_namespaces",
        "_rules",
        "_sandbox",
    )

    def __init__(
        self,
        *,
        sandbox: int,
        fields: Iterable[IdentityField],
        namespaces: NamespaceTable,
        rules: Rules,
        is_event: bool,
        policy: ValuePolicy = DEFAULT_POLICY,
    ) -> None:
        self._sandbox = sandbox
        self._namespaces = namespaces
        self._rules = rules
        self._is_event = is_event
        self._garbage = policy.garbage
        self._longest_garbage = max(map(len, policy.garbage), default=0)
        never = {code.lower() for code in policy.never_linked}
        self._linkless = frozenset(
            one.id
            for one in namespaces.by_id.values()
            if one.id_type in LINKLESS_TYPES or one.code.lower() in never
        )
        # The primary field first: then the primary identity leads `all`, too.
        self._declared = [
            (
                one.path[:-1],
                one.path[-1],
                one.namespace,
                namespaces.find(one.namespace),
                one.primary,
            )
            for one in sorted(fields, key=lambda one: not one.primary)
        ]

    def extract(self, entity: Mapping[str, Any]) -> Identities:
        """Return what a record says about whose it is."""
        found: dict[bytes, Identity] = {}
        skipped: list[Skipped] = []
        primary = self._read_fields(entity, found, skipped)
        identity_map = entity.get("identityMap")
        if identity_map:
            mapped = self._read_map(identity_map, found, skipped)
            if primary is None and not self._declares_primary():
                primary = mapped
        everyone = tuple(found.values())
        if len(everyone) > MOST_IDENTITIES:
            refusal = Refusal(RefusalReason.TOO_MANY_IDENTITIES, None, len(everyone))
            return Identities(None, (), everyone, tuple(skipped), rejected=refusal)
        return self._judge(everyone, primary, tuple(skipped))

    def _declares_primary(self) -> bool:
        return bool(self._declared) and self._declared[0][-1]

    def _read_fields(
        self, entity: Mapping[str, Any], found: dict[bytes, Identity], skipped: list[Skipped]
    ) -> Identity | None:
        primary = None
        for parents, name, code, namespace, is_primary in self._declared:
            holder: Any = entity
            for step in parents:
                holder = holder.get(step) if isinstance(holder, dict) else None
            value = holder.get(name) if isinstance(holder, dict) else None
            if value is None:
                continue
            identity = self._admit(code, namespace, value, skipped)
            if identity is not None:
                found[identity.id] = identity
                if is_primary and primary is None:
                    primary = identity
        return primary

    def _read_map(
        self, identity_map: Any, found: dict[bytes, Identity], skipped: list[Skipped]
    ) -> Identity | None:
        """Add the identities of an identityMap; return the first one marked primary."""
        primary = None
        if not isinstance(identity_map, dict):
            return None
        for code, entries in identity_map.items():
            namespace = self._namespaces.find(code)
            for entry in entries if isinstance(entries, list) else ():
                if not isinstance(entry, dict):
                    continue
                identity = self._admit(code, namespace, entry.get("id"), skipped)
                if identity is not None:
                    found[identity.id] = identity
                    if primary is None and entry.get("primary") is True:
                        primary = identity
        return primary

    def _admit(
        self, code: str, namespace: Namespace | None, value: Any, skipped: list[Skipped]
    ) -> Identity | None:
        """Return the identity of a value, or note why it does not count."""
        if namespace is None:
            reason = SkipReason.UNKNOWN_NAMESPACE
        else:
            objection = self._objection(namespace, value)
            if objection is None:
                try:
                    return identify(self._sandbox, namespace.id, value)
                except UnicodeEncodeError:
                    objection = SkipReason.NOT_TEXT
            reason = objection
        skipped.append(Skipped(code, value, reason))
        return None

    def _objection(self, namespace: Namespace, value: Any) -> SkipReason | None:
        if value is None or value == "":
            return SkipReason.EMPTY
        if not isinstance(value, str):
            return SkipReason.NOT_A_STRING
        if len(value) > MOST_CHARS or is_too_long(value):
            return SkipReason.TOO_LONG
        if "\0" in value:
            return SkipReason.NUL_CHARACTER
        # Most values are neither short nor begin like a blank or a row of zeros.
        if len(value) <= self._longest_garbage or value[0] in " \t\n0-":
            meaningless = self._meaningless(value)
            if meaningless is not None:
                return meaningless
        return SkipReason.BAD_ECID if namespace.code == "ECID" and not _is_ecid(value) else None

    def _meaningless(self, value: str) -> SkipReason | None:
        folded = value.strip().lower()
        if not folded:
            return SkipReason.EMPTY
        is_zero = len(folded) >= _LEAST_ZEROS and not folded.strip("0-")
        return SkipReason.GARBAGE if is_zero or folded in self._garbage else None

    def _judge(
        self, everyone: tuple[Identity, ...], primary: Identity | None, skipped: tuple[Skipped, ...]
    ) -> Identities:
        linkless = self._linkless
        linkable = tuple([one for one in everyone if one.namespace not in linkless])
        if not self._rules.enabled or not everyone:
            return Identities(primary, linkable, everyone, skipped)
        unlinked = self._repeated_unique(everyone) if len(everyone) > 1 else None
        dropped = None
        if self._is_event:
            leading, dropped = self._leading(everyone)
            primary = leading or primary
        return Identities(
            primary,
            () if unlinked else linkable,
            everyone,
            skipped,
            unlinked=unlinked,
            dropped=dropped,
        )

    def _repeated_unique(self, everyone: tuple[Identity, ...]) -> Refusal | None:
        """Check 1: a unique namespace comes with two values."""
        seen: set[int] = set()
        for one in everyone:
            namespace = one.namespace
            if namespace in self._rules.unique:
                if namespace in seen:
                    count = sum(other.namespace == namespace for other in everyone)
                    return Refusal(RefusalReason.REPEATED_UNIQUE_NAMESPACE, namespace, count)
                seen.add(namespace)
        return None

    def _leading(self, everyone: tuple[Identity, ...]) -> tuple[Identity | None, Refusal | None]:
        """Return the event's identity of highest priority, and check 2: there are two of them."""
        priority = self._rules.priority
        ranked = [one for one in everyone if one.namespace in priority]
        if not ranked:
            return None, None
        leading = min(ranked, key=lambda one: priority[one.namespace])
        count = sum(one.namespace == leading.namespace for one in ranked)
        if count > 1:
            reason = RefusalReason.AMBIGUOUS_PRIORITY_NAMESPACE
            return leading, Refusal(reason, leading.namespace, count)
        return leading, None


def _is_ecid(value: str) -> bool:
    return len(value) == ECID_DIGITS and value.isascii() and value.isdigit()
