"""Linking rules as people edit them: an order of namespaces, some of them unique."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict

from console.forms.identities import type_word
from core.errors import AppError
from core.sandboxes.models import Sandbox
from ingestion.namespaces.models import IdentityNamespace
from ingestion.namespaces.queries import list_namespaces
from profiles.identity.actions import MOST_UNIQUE, NamespaceRule, check_linking_rules
from profiles.identity.namespaces import LINKLESS_TYPES, PERSON_TYPES
from profiles.identity.queries import find_linking_settings

_FIRST_OFFER = ("Email", "Phone", "ECID")


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Namespace codes, the highest priority first, and which of them are unique."""

    order: tuple[str, ...]
    unique: frozenset[str]

    def rules(self) -> list[NamespaceRule]:
        """What the action takes."""
        return [
            NamespaceRule(code=code, priority=rank, unique=code in self.unique)
            for rank, code in enumerate(self.order, 1)
        ]

    def rows(self) -> list[dict[str, Any]]:
        """The same as the settings store it."""
        return [
            {"code": rule.code, "priority": rule.priority, "unique": rule.unique}
            for rule in self.rules()
        ]


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One namespace in the editor."""

    rank: int
    code: str
    name: str
    type_word: str
    person: bool
    unique: bool
    first: bool
    last: bool


@dataclass(frozen=True, slots=True)
class RuleEditor:
    """All rows, and what may be added."""

    rows: tuple[RuleRow, ...]
    addable: tuple[tuple[str, str], ...]
    most_unique: int = MOST_UNIQUE


def stored_rules(sandbox: Sandbox) -> RuleSet:
    """The saved rules; before any were saved, an offer: people first, nothing unique."""
    settings = find_linking_settings(sandbox=sandbox)
    if settings is not None and settings.namespaces:
        rows = sorted(settings.namespaces, key=lambda row: row["priority"])
        unique = frozenset(row["code"] for row in rows if row.get("unique"))
        return RuleSet(tuple(row["code"] for row in rows), unique)
    custom = [
        one.code
        for one in list_namespaces(organization=sandbox.organization)
        if one.custom and one.id_type in PERSON_TYPES
    ]
    return RuleSet((*custom, *_FIRST_OFFER), frozenset())


def rules_in(given: QueryDict) -> RuleSet | None:
    """The rules a form holds, with its button's operation done; None: it holds none."""
    codes = tuple(dict.fromkeys(given.getlist("code")))
    if not codes:
        return None
    rules = RuleSet(codes, frozenset(given.getlist("unique")) & frozenset(codes))
    return change_rules(rules, given.get("op", ""), added=given.get("add", ""))


def change_rules(rules: RuleSet, operation: str, *, added: str = "") -> RuleSet:
    """Move a namespace `up:` or `down:`, `remove:` it, or `add` another; else no change."""
    verb, _, code = operation.partition(":")
    order = list(rules.order)
    if verb == "add" and added and added not in order:
        return replace(rules, order=(*order, added))
    if code not in order:
        return rules
    at = order.index(code)
    if verb == "remove":
        return RuleSet((*order[:at], *order[at + 1 :]), rules.unique - {code})
    other = at + {"up": -1, "down": 1}.get(verb, 0)
    if 0 <= other < len(order):
        order[at], order[other] = order[other], order[at]
    return replace(rules, order=tuple(order))


def trouble_with(rules: RuleSet, sandbox: Sandbox) -> str:
    """What the settings would refuse, as a sentence; empty: nothing."""
    try:
        check_linking_rules(rules.rules(), sandbox=sandbox)
    except AppError as error:
        return error.message
    return ""


def editor_of(rules: RuleSet, sandbox: Sandbox) -> RuleEditor:
    """What the editor shows."""
    namespaces = list_namespaces(organization=sandbox.organization)
    known = {one.code: one for one in namespaces}
    rows = tuple(
        _row(rank, known[code], rules, last=rank == len(rules.order))
        for rank, code in enumerate(rules.order, 1)
        if code in known
    )
    return RuleEditor(rows=rows, addable=_addable(namespaces, rules.order))


def _row(rank: int, namespace: IdentityNamespace, rules: RuleSet, *, last: bool) -> RuleRow:
    return RuleRow(
        rank=rank,
        code=namespace.code,
        name=namespace.name,
        type_word=type_word(namespace.id_type),
        person=namespace.id_type in PERSON_TYPES,
        unique=namespace.code in rules.unique,
        first=rank == 1,
        last=last,
    )


def _addable(
    namespaces: Sequence[IdentityNamespace], taken: Sequence[str]
) -> tuple[tuple[str, str], ...]:
    return tuple(
        (one.code, f"{one.name} ({type_word(one.id_type)})")
        for one in sorted(namespaces, key=lambda n: (not n.custom, n.name))
        if one.code not in taken and one.id_type not in LINKLESS_TYPES
    )
