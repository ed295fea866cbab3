"""Settings of the linking rules, and the standard namespaces they speak of."""

from typing import Any

import pytest

from ingestion.namespaces.standard import FIRST_CUSTOM_ID, STANDARD_NAMESPACES
from ingestion.namespaces.types import ID_TYPES
from profiles.identity.namespaces import Namespace, NamespaceTable
from profiles.identity.rules import check_settings, plain_rules, rules_from_settings

TABLE = NamespaceTable(Namespace(one.code, one.id, one.id_type) for one in STANDARD_NAMESPACES)


def row(code: str, priority: Any, *, unique: bool = False) -> dict[str, Any]:
    return {"code": code, "priority": priority, "unique": unique}


def test_good_settings_have_no_problem() -> None:
    assert check_settings([row("Email", 1, unique=True), row("ecid", 2)], TABLE) == ()


@pytest.mark.parametrize(
    "settings",
    [
        [row("Nope", 1)],
        [row("Email", 1), row("email", 2)],
        [row("Email", 1), row("Phone", 1)],
        [row("Email", 2)],
        [row("Email", None)],
        [row("ECID", 1), row("Email", 2)],
        [row("IDFA", 1), row("Phone", 2)],
    ],
)
def test_bad_settings_are_named(settings: list[dict[str, Any]]) -> None:
    assert check_settings(settings, TABLE)


def test_rules_speak_of_namespace_numbers() -> None:
    rules = rules_from_settings(
        [row("Email", 1, unique=True), row("ECID", 2), row("Gone", 3)], TABLE
    )
    assert rules.enabled
    assert (rules.priority, rules.unique) == ({6: 1, 4: 2}, {6})
    assert (rules.rank(6), rules.rank(7)) == (1, 3)
    assert not plain_rules(TABLE.types()).enabled


def test_cookies_leave_an_overfull_graph_before_devices_and_people() -> None:
    rules = plain_rules(TABLE.types())
    assert [rules.capacity_rank(one) for one in (4, 20915, 6, 7)] == [1, 2, 3, 3]


def test_standard_namespaces_have_numbers_and_codes_of_their_own() -> None:
    ids = [one.id for one in STANDARD_NAMESPACES]
    codes = [one.code.lower() for one in STANDARD_NAMESPACES]
    assert len(set(ids)) == len(ids)
    assert len(set(codes)) == len(codes)
    assert max(ids) < FIRST_CUSTOM_ID
    assert {one.id_type for one in STANDARD_NAMESPACES} <= set(ID_TYPES)


def test_the_public_numbers_are_kept() -> None:
    public = {"CORE": 0, "ECID": 4, "Email": 6, "Phone": 7, "AAID": 10, "AdCloud": 411}
    found = {code: TABLE.find(code) for code in public}
    assert {code: one.id for code, one in found.items() if one} == public
