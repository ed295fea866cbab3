"""Linking rules of a sandbox: namespace priorities, unique namespaces, and who gives way.

Pure values; `check_settings` and `rules_from_settings` read the JSON the settings API stores.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from profiles.identity.namespaces import DEVICE_TYPES, PERSON_TYPES, NamespaceTable

# Most identities a graph may hold.
CAPACITY = 50

# Which types leave an overfull graph first; all others leave last.
_CAPACITY_RANKS = {"PARTNER": 0, "COOKIE": 1, "DEVICE": 2}
_LAST_TO_LEAVE = 3


@dataclass(frozen=True, slots=True)
class Rules:
    """How identities link.

    priority  namespace number -> 1 (highest) and up; empty: rules are off, plain linking
    unique    namespaces of which a graph holds at most one value
    types     namespace number -> identity type, for the capacity rule
    """

    priority: Mapping[int, int]
    unique: AbstractSet[int]
    types: Mapping[int, str]
    capacity: int = CAPACITY

    @property
    def enabled(self) -> bool:
        """Return whether linking rules are on."""
        return bool(self.priority)

    def rank(self, namespace: int) -> int:
        """Return the priority of a namespace; those without one share the last place."""
        return self.priority.get(namespace, len(self.priority) + 1)

    def capacity_rank(self, namespace: int) -> int:
        """Return when identities of a namespace leave an overfull graph: 0 first."""
        return _CAPACITY_RANKS.get(self.types.get(namespace, ""), _LAST_TO_LEAVE)


def plain_rules(types: Mapping[int, str]) -> Rules:
    """Return the rules of a sandbox that never saved any: everything links, up to capacity."""
    return Rules({}, frozenset(), types)


@dataclass(frozen=True, slots=True)
class SettingsProblem:
    """What is wrong with one row of the settings, for a person."""

    code: str
    message: str


def rules_from_settings(settings: Sequence[Mapping[str, Any]], table: NamespaceTable) -> Rules:
    """Return the rules of stored settings rows `{code, priority, unique}`.

    Rows whose namespace is unknown are left out: a check refused them when they were saved.
    """
    priority: dict[int, int] = {}
    unique: set[int] = set()
    for row in settings:
        namespace = table.find(row["code"])
        if namespace is None:
            continue
        priority[namespace.id] = row["priority"]
        if row.get("unique"):
            unique.add(namespace.id)
    return Rules(priority, frozenset(unique), table.types())


def check_settings(
    settings: Sequence[Mapping[str, Any]], table: NamespaceTable
) -> tuple[SettingsProblem, ...]:
    """Return what is wrong with settings somebody wants to save; empty: nothing."""
    problems: list[SettingsProblem] = []
    seen: set[int] = set()
    for row in settings:
        code = str(row.get("code", ""))
        namespace = table.find(code)
        if namespace is None:
            problems.append(SettingsProblem(code, "There is no such namespace."))
        elif namespace.id in seen:
            problems.append(SettingsProblem(code, "The namespace is listed twice."))
        else:
            seen.add(namespace.id)
    priorities = [row.get("priority") for row in settings]
    if sorted(map(str, priorities)) != sorted(map(str, range(1, len(settings) + 1))):
        problems.append(SettingsProblem("", "Priorities must be 1, 2, 3 and so on, each once."))
    elif _device_outranks_person(settings, table):
        problems.append(
            SettingsProblem("", "A device or cookie namespace may not outrank a person namespace.")
        )
    return tuple(problems)


def _device_outranks_person(settings: Sequence[Mapping[str, Any]], table: NamespaceTable) -> bool:
    found = [(int(row["priority"]), table.find(str(row.get("code", "")))) for row in settings]
    typed = [(priority, one.id_type) for priority, one in found if one is not None]
    devices = [priority for priority, id_type in typed if id_type in DEVICE_TYPES]
    people = [priority for priority, id_type in typed if id_type in PERSON_TYPES]
    return bool(devices and people) and min(devices) < max(people)
