"""Which identities a record names."""

from typing import Any

import pytest

from ingestion.namespaces.standard import STANDARD_NAMESPACES
from profiles.identity.extract import Extractor, IdentityField, ValuePolicy
from profiles.identity.namespaces import Namespace, NamespaceTable
from profiles.identity.rules import Rules, plain_rules, rules_from_settings
from profiles.identity.types import Identities, RefusalReason, SkipReason

TABLE = NamespaceTable(
    [
        *(Namespace(one.code, one.id, one.id_type) for one in STANDARD_NAMESPACES),
        Namespace("CRMID", 10_000_001, "CROSS_DEVICE"),
        Namespace("SKU", 10_000_002, "NON_PEOPLE"),
        Namespace("Partner", 10_000_003, "PARTNER"),
    ]
)
PLAIN = plain_rules(TABLE.types())
LINKING = rules_from_settings(
    [
        {"code": "CRMID", "priority": 1, "unique": True},
        {"code": "Email", "priority": 2, "unique": True},
        {"code": "IDFA", "priority": 3, "unique": False},
        {"code": "GAID", "priority": 4, "unique": False},
        {"code": "ECID", "priority": 5, "unique": False},
        {"code": "AAID", "priority": 6, "unique": False},
    ],
    TABLE,
)
ECID = "7" * 38


def extract(
    entity: dict[str, Any],
    *fields: IdentityField,
    rules: Rules = PLAIN,
    is_event: bool = True,
    policy: ValuePolicy | None = None,
) -> Identities:
    extractor = Extractor(
        sandbox=1,
        fields=fields,
        namespaces=TABLE,
        rules=rules,
        is_event=is_event,
        policy=policy or ValuePolicy(),
    )
    return extractor.extract(entity)


def mapped(**namespaces: list[str]) -> dict[str, Any]:
    return {"identityMap": {code: [{"id": one} for one in ids] for code, ids in namespaces.items()}}


def values(found: Identities) -> list[str]:
    return [one.value for one in found.all]


def test_declared_fields_and_identity_map_add_up_without_repeats() -> None:
    entity = {"_acme": {"id": "C-1"}, **mapped(CRMID=["C-1"], Email=["a@b.example"])}
    found = extract(entity, IdentityField(("_acme", "id"), "CRMID", primary=True))
    assert values(found) == ["C-1", "a@b.example"]
    assert found.primary == found.all[0]
    assert found.linkable == found.all


def test_the_declared_primary_wins_over_the_map() -> None:
    entity = {"id": "C-1", "identityMap": {"Email": [{"id": "a@b.example", "primary": True}]}}
    found = extract(entity, IdentityField(("id",), "CRMID", primary=True))
    assert found.primary is not None
    assert found.primary.value == "C-1"


def test_a_missing_declared_primary_is_not_replaced_by_the_map() -> None:
    entity = {"identityMap": {"Email": [{"id": "a@b.example", "primary": True}]}}
    assert extract(entity, IdentityField(("id",), "CRMID", primary=True)).primary is None


def test_the_map_names_the_primary_where_the_schema_does_not() -> None:
    entity = {
        "identityMap": {"ECID": [{"id": ECID}], "Email": [{"id": "a@b.example", "primary": True}]}
    }
    found = extract(entity)
    assert found.primary is not None
    assert found.primary.value == "a@b.example"


def test_without_any_mark_there_is_no_primary() -> None:
    assert extract(mapped(ECID=[ECID])).primary is None


def test_namespaces_are_found_in_any_case() -> None:
    assert extract(mapped(email=["a@b.example"], ecid=[ECID])).skipped == ()


@pytest.mark.parametrize(
    ("code", "value", "reason"),
    [
        ("Nope", "x", SkipReason.UNKNOWN_NAMESPACE),
        ("CRMID", "", SkipReason.EMPTY),
        ("CRMID", None, SkipReason.EMPTY),
        ("CRMID", "  ", SkipReason.EMPTY),
        ("CRMID", 17, SkipReason.NOT_A_STRING),
        ("CRMID", "x" * 1025, SkipReason.TOO_LONG),
        ("CRMID", "a\0b", SkipReason.NUL_CHARACTER),
        ("CRMID", "\ud800", SkipReason.NOT_TEXT),
        ("CRMID", "NULL", SkipReason.GARBAGE),
        ("CRMID", "undefined", SkipReason.GARBAGE),
        ("CRMID", "N/A", SkipReason.GARBAGE),
        ("IDFA", "00000000-0000-0000-0000-000000000000", SkipReason.GARBAGE),
        ("ECID", "0" * 38, SkipReason.GARBAGE),
        ("ECID", "7" * 37, SkipReason.BAD_ECID),
        ("ECID", "7" * 37 + "x", SkipReason.BAD_ECID),
        ("ECID", "\uff17" * 38, SkipReason.BAD_ECID),
    ],
)
def test_a_bad_value_is_left_out_with_a_reason(
    code: str, value: object, reason: SkipReason
) -> None:
    entity = {"identityMap": {code: [{"id": value, "primary": True}], "Email": [{"id": "a@b.c"}]}}
    found = extract(entity)
    assert values(found) == ["a@b.c"]
    assert found.primary is None
    (skipped,) = found.skipped
    assert (skipped.namespace, skipped.value, skipped.reason) == (code, value, reason)


@pytest.mark.parametrize("value", ["0", "x" * 1024, "nullable", "Ana", "0-1"])
def test_a_value_that_only_looks_odd_counts(value: str) -> None:
    assert values(extract(mapped(CRMID=[value]))) == [value]


def test_the_garbage_list_is_the_sandbox_owners() -> None:
    policy = ValuePolicy(garbage=frozenset({"guest"}))
    found = extract(mapped(CRMID=["Guest", "null"]), policy=policy)
    assert values(found) == ["null"]


def test_malformed_maps_name_nobody() -> None:
    for identity_map in ("x", ["x"], {"Email": "x"}, {"Email": ["x"]}, {"Email": None}):
        assert extract({"identityMap": identity_map}).all == ()
    assert extract({"a": [1]}, IdentityField(("a", "b"), "CRMID")).all == ()


def test_blocked_non_people_and_partner_identities_never_link_but_may_lead() -> None:
    entity = mapped(AAID=["x"], Partner=["y"], b2b_account=["z"], Email=["a@b.example"])
    entity["identityMap"]["SKU"] = [{"id": "s", "primary": True}]
    found = extract(entity)
    assert [one.value for one in found.linkable] == ["a@b.example"]
    assert len(found.all) == 5
    assert found.primary is not None
    assert found.primary.value == "s"


def test_at_most_twenty_identities_come_in_one_record() -> None:
    twenty = [f"C-{number}" for number in range(20)]
    assert extract(mapped(CRMID=twenty)).rejected is None
    refusal = extract(mapped(CRMID=[*twenty, "C-20"])).rejected
    assert refusal is not None
    assert (refusal.reason, refusal.count) == (RefusalReason.TOO_MANY_IDENTITIES, 21)


def test_with_rules_the_namespace_of_highest_priority_leads_an_event() -> None:
    entity = {"identityMap": {"IDFA": [{"id": "i"}], "ECID": [{"id": ECID, "primary": True}]}}
    found = extract(entity, rules=LINKING)
    assert found.primary is not None
    assert found.primary.value == "i"
    assert extract(mapped(ECID=[ECID], AAID=["a"]), rules=LINKING).primary is not None


def test_with_rules_a_record_keeps_its_declared_primary() -> None:
    entity = {"mail": "a@b.example", **mapped(CRMID=["C-1"])}
    field = IdentityField(("mail",), "Email", primary=True)
    found = extract(entity, field, rules=LINKING, is_event=False)
    assert found.primary is not None
    assert found.primary.value == "a@b.example"


def test_an_event_of_namespaces_without_priority_keeps_its_own_primary() -> None:
    entity = {"identityMap": {"Phone": [{"id": "1234567", "primary": True}]}}
    found = extract(entity, rules=LINKING)
    assert found.primary is not None
    assert found.primary.value == "1234567"


def test_two_values_of_a_unique_namespace_link_nothing() -> None:
    found = extract(mapped(CRMID=["x"], Email=["a@b.example", "c@d.example"]), rules=LINKING)
    assert found.linkable == ()
    assert found.unlinked is not None
    assert (found.unlinked.namespace, found.unlinked.count) == (6, 2)
    assert found.dropped is None
    assert found.primary is not None


@pytest.mark.parametrize("entity", [mapped(GAID=["a", "b"], ECID=[ECID]), mapped(CRMID=["x", "y"])])
def test_an_event_with_two_values_in_its_leading_namespace_is_dropped(
    entity: dict[str, Any],
) -> None:
    dropped = extract(entity, rules=LINKING).dropped
    assert dropped is not None
    assert dropped.reason == RefusalReason.AMBIGUOUS_PRIORITY_NAMESPACE
    assert extract(entity, rules=LINKING, is_event=False).dropped is None
    assert extract(entity).dropped is None


def test_two_devices_below_a_person_are_kept() -> None:
    assert extract(mapped(CRMID=["x"], GAID=["a", "b"]), rules=LINKING).dropped is None
