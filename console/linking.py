"""Linking rules as people edit them: an order of namespaces, some of them unique."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from console.forms.identities import type_word
from console.ordering import OrderedList, ordered_items, reordered
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
class RuleEditor:
    """All rows, ticked where unique, and what may be added."""

    rules: OrderedList
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
    order = reordered(rules.order, operation, added=added)
    return RuleSet(order, rules.unique & frozenset(order))


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
    items = ordered_items(
        (code, code, type_word(known[code].id_type), _ticked(known[code], rules))
        for code in rules.order
        if code in known
    )
    return RuleEditor(OrderedList(items, _addable(namespaces, rules.order)))


def _ticked(namespace: IdentityNamespace, rules: RuleSet) -> bool | None:
    """Only namespaces of people can be unique."""
    return namespace.code in rules.unique if namespace.id_type in PERSON_TYPES else None


def _addable(
    namespaces: Sequence[IdentityNamespace], taken: Sequence[str]
) -> tuple[tuple[str, str], ...]:
    return tuple(
        (one.code, f"{one.name} ({type_word(one.id_type)})")
        for one in sorted(namespaces, key=lambda n: (not n.custom, n.name))
        if one.code not in taken and one.id_type not in LINKLESS_TYPES
    )
