"""Tags: spellings and switches."""

from typing import Any

import pytest

from core.errors import Invalid
from ingestion.catalog.tags import normalise, switches, table_name


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, {}),
        ({"unifiedProfile": ["enabled: true"]}, {"unifiedProfile": ["enabled:true"]}),
        ({"unifiedProfile": "enabled:TRUE"}, {"unifiedProfile": ["enabled:true"]}),
        ({"profile": ["enabled:true"]}, {"unifiedProfile": ["enabled:true"]}),
        ({"identity": ["enabled:true"]}, {"unifiedIdentity": ["enabled:true"]}),
        (
            {"unifiedProfile": ["enabled:true", "isupsert : true"]},
            {"unifiedProfile": ["enabled:true", "isUpsert:true"]},
        ),
        ({"adobe/siphon/table/format": ["Delta x"]}, {"adobe/siphon/table/format": ["Delta x"]}),
        ({"mine": [True, 3]}, {"mine": ["true", "3"]}),
    ],
)
def test_spellings_become_one(given: Any, expected: dict[str, list[str]]) -> None:
    assert normalise(given) == expected


@pytest.mark.parametrize("given", [[], "x", {"a": {"b": 1}}, {"a": [None]}])
def test_tags_of_another_shape_are_refused(given: Any) -> None:
    with pytest.raises(Invalid) as refusal:
        normalise(given)
    assert str(refusal.value.fields["path"]).startswith("tags")


def test_switches_follow_the_tags() -> None:
    on = switches(
        {
            "unifiedProfile": ["enabled:true", "isUpsert:true"],
            "unifiedIdentity": ["enabled:true"],
            "acp_validationContext": ["disabled"],
        }
    )
    assert (on.profile_enabled, on.identity_enabled) == (True, True)
    assert (on.is_upsert, on.validation_disabled) == (True, True)
    off = switches({"unifiedProfile": ["enabled:false"]})
    assert not any((off.profile_enabled, off.identity_enabled, off.is_upsert))


@pytest.mark.parametrize(
    ("name", "table"),
    [("Acme loyalty profiles", "acme_loyalty_profiles"), ("  É!", "dataset"), ("a" * 90, "a" * 60)],
)
def test_a_table_is_named_in_lower_snake_case(name: str, table: str) -> None:
    assert table_name(name) == table
