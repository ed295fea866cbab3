"""What the console says about records, people and numbers. Pure."""

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.components import Chart, Series
from console.people import Chip, display_name, why_it_lost, why_it_won
from console.records import entity_of, mask, primary_identity, read_message
from console.templatetags.ui import (
    copyable,
    duration_ms,
    json_tree,
    per_second,
    relative,
    to_datetime,
    when,
)
from ingestion.journal.latency import PROFILE, bucket_of, percentile_ms
from profiles.lookup.types import Candidate, Leaf, Member
from profiles.monitoring.types import Totals


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ("ana@example.test", "a••••@example.test"),
        ("anastasia@example.test", "an••••@example.test"),
        ("L-000070", "L-••••"),
        ("38400000-8cf0-11bd", "38••••bd"),
        ("x", "x••••"),
    ],
)
def test_identities_are_masked(value: str, masked: str) -> None:
    assert mask(value) == masked


def test_the_primary_identity_comes_from_the_map() -> None:
    items = {"ECID": [{"id": "1"}], "Email": [{"id": "a@b.test", "primary": True}]}
    message = {"body": {"xdmEntity": {"identityMap": items}}}
    assert primary_identity(1, message) == ("Email", "a@b.test")


@pytest.mark.parametrize("payload", [b"", b"[]", b"{", b'"text"', b'{"body": 1}'])
def test_any_payload_can_be_looked_at(payload: bytes) -> None:
    message = read_message(payload)
    assert entity_of(message) == {}
    assert primary_identity(1, message) == ("", "")


def test_a_person_is_called_by_name_then_address_then_identity() -> None:
    chips = (Chip("ECID", "123"),)
    assert (
        display_name({"person": {"name": {"firstName": "Ana", "lastName": "B"}}}, chips) == "Ana B"
    )
    assert display_name({"personalEmail": {"address": "a@b.test"}}, chips) == "a@b.test"
    assert display_name({"person": "odd"}, chips) == "123"


def _candidate(value: object, day: int, dataset: str = "d1") -> Candidate:
    return Candidate(
        value, dataset, dataset, datetime(2026, 3, day, tzinfo=UTC), Member(6, "a"), "1-1"
    )


def test_the_reason_a_value_won_is_said_in_words() -> None:
    newest = Leaf("a", 1, _candidate(1, 2), (_candidate(2, 1),))
    assert why_it_won(newest, by_dataset_order=False) == "The most recent value"
    assert why_it_lost(newest, newest.losers[0], by_dataset_order=False) == "Older"
    alone = Leaf("a", 1, _candidate(1, 2), ())
    assert why_it_won(alone, by_dataset_order=True) == "The only value"
    ordered = Leaf("a", 1, _candidate(1, 1, "crm"), (_candidate(2, 2, "web"),))
    assert "merge policy" in why_it_won(ordered, by_dataset_order=True)
    assert why_it_lost(ordered, ordered.losers[0], by_dataset_order=True) == "Weaker dataset"


def test_percentiles_come_from_the_histogram() -> None:
    assert percentile_ms({}, PROFILE, 0.5) is None
    assert percentile_ms({"profile_le_1000": 100}, PROFILE, 0.5) == 0.5
    mixed = {"profile_le_10000": 90, "profile_le_25000": 10, "stored_le_1000": 900}
    assert percentile_ms(mixed, PROFILE, 0.95) == 20.5
    assert percentile_ms({"profile_le_inf": 1}, PROFILE, 0.5) == 100_000.0


@given(st.lists(st.integers(0, 200_000_000), min_size=1, max_size=200), st.floats(0.01, 1))
def test_a_percentile_is_off_by_no_more_than_its_bucket(latencies: list[int], share: float) -> None:
    counts: dict[str, int] = {}
    for latency in latencies:
        name = bucket_of(PROFILE, latency)
        counts[name] = counts.get(name, 0) + 1
    exact = sorted(latencies)[max(0, math.ceil(share * len(latencies)) - 1)]
    found = percentile_ms(counts, PROFILE, share)
    assert found is not None
    assert min(exact, 100_000_000) / 1.7 - 1_000 <= found * 1000 <= exact * 1.7 + 1_000


def test_a_small_share_of_failures_is_not_rounded_away() -> None:
    assert Totals(ingested=1_000_000, failed=1).failed_share == "under 0.01 %"
    assert Totals(ingested=80, skipped=15, failed=5).failed_share == "5.00 %"
    assert Totals(ingested=100).failed_share == ""
    assert Totals().failed_share == ""


@pytest.mark.parametrize(
    ("ms", "words"),
    [(None, "\N{EN DASH}"), (0.44, "0.4 ms"), (38, "38 ms"), (1234, "1.2 s"), (240_000, "4 min")],
)
def test_durations_are_short(ms: float | None, words: str) -> None:
    assert duration_ms(ms) == words


def test_times_are_relative_and_exact() -> None:
    now = datetime(2026, 3, 4, 9, 0, 0, tzinfo=UTC)
    assert relative(datetime(2026, 3, 4, 8, 57, tzinfo=UTC), now=now) == "3 minutes ago"
    assert relative(datetime(2026, 3, 5, 9, 0, tzinfo=UTC), now=now) == "in 1 day"
    assert to_datetime(1_772_614_800_000) == now
    assert to_datetime(1_772_614_800_000_000) == now
    assert 'title="2026-03-04 09:00:00 UTC"' in when(now)
    assert when(None) == "Never"


def test_json_is_escaped_folded_and_marked() -> None:
    html = json_tree({"a": {"b": [1, None, "<b>"]}, "c": True}, open_depth=0, mark="/a/b/2")
    assert "&lt;b&gt;" in html
    assert "<mark>2</mark>" in html
    assert html.count("<details open>") == 2


def test_long_values_are_shortened_in_the_middle_and_copied_whole() -> None:
    html = copyable("0123456789abcdef0123456789abcdef", short=12)
    assert ">01234567…cdef<" in html
    assert 'data-copy="0123456789abcdef0123456789abcdef"' in html


def test_a_chart_is_a_table_too() -> None:
    chart = Chart("c", "Records", "bar", ("09:00", "09:01"), (Series("In", (1, 2)),))
    assert chart.rows == [("09:01", (2,)), ("09:00", (1,))]


@pytest.mark.parametrize(
    ("value", "said"),
    [(0, "0"), (0.0714, "0.071"), (1, "1"), (7.3, "7.3"), (10, "10"), (12_600.4, "12,600")],
)
def test_rates_are_as_exact_as_people_read_them(value: float, said: str) -> None:
    assert per_second(value) == said
