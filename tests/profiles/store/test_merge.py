"""Merging fragments: policies, exceptions, explanations; never a matter of order."""

import copy
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.store.fragments import Fragment, apply_change
from profiles.store.merge import Policy, Source, contributors, merge, merge_explained

NEWEST = Policy("newest")
LISTED = Policy("listed", "dataSetPrecedence", (2, 1))

values = st.recursive(
    st.one_of(st.none(), st.integers(0, 3), st.lists(st.integers(0, 1), max_size=2)),
    lambda below: st.dictionaries(st.sampled_from("abc"), below, max_size=3),
    max_leaves=6,
)
documents = st.dictionaries(st.sampled_from("abc"), values, max_size=3)
memberships = st.fixed_dictionaries(
    {"status": st.sampled_from(["realized", "exited"])},
    optional={
        "lastQualificationTime": st.sampled_from(
            ["2026-03-01T08:00:00Z", "2026-03-01T09:30:00+02:00", "2026-03-02T00:00:00", "soon"]
        )
    },
)
specials = st.fixed_dictionaries(
    {},
    optional={
        "identityMap": st.dictionaries(
            st.sampled_from(["Email", "ECID"]),
            st.lists(st.fixed_dictionaries({"id": st.sampled_from("12")}), max_size=2),
            max_size=2,
        ),
        "segmentMembership": st.fixed_dictionaries(
            {"ups": st.dictionaries(st.sampled_from("st"), memberships, max_size=2)}
        ),
    },
)
policies = st.sampled_from([NEWEST, LISTED])


def source(dataset: int, key: int, document: dict[str, Any] | None, identity: str = "i") -> Source:
    return Source(identity.encode(), dataset, Fragment((key, key), document))


@st.composite
def stored(draw: st.DrawFn) -> list[Source]:
    found = []
    for number in range(draw(st.integers(1, 5))):
        key = (draw(st.integers(1, 4)), draw(st.integers(1, 2)))
        fragment = Fragment(key, draw(documents) | draw(specials))
        if draw(st.booleans()):
            patch = draw(documents) | draw(specials)
            fragment = apply_change(fragment, "merge", (draw(st.integers(1, 6)), 9), patch)
        found.append(Source(str(number).encode(), draw(st.integers(1, 3)), fragment))
    return found


def without_nulls(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: without_nulls(part) for name, part in value.items() if part is not None}


@settings(max_examples=150, deadline=None)
@given(stored(), policies, st.integers())
def test_the_order_of_fragments_never_matters(
    sources: list[Source], policy: Policy, seed: int
) -> None:
    shuffled = random.Random(seed).sample(sources, len(sources))
    assert merge_explained(shuffled, policy) == merge_explained(sources, policy)
    assert contributors(shuffled, policy) == contributors(sources, policy)


@settings(max_examples=150, deadline=None)
@given(stored(), policies)
def test_the_explanation_explains_the_merged_document(
    sources: list[Source], policy: Policy
) -> None:
    document = merge(sources, policy)
    explained = merge_explained(sources, policy)
    assert explained.document == document
    for path, claims in explained.claims.items():
        value: Any = document
        for step in path:
            value = value[step]
        if path[0] == "identityMap":
            assert all(item in value for claim in claims for item in claim.value)
        else:
            assert without_nulls(claims[0].value) == value or value == claims[0].value
    assert leaf_paths(document) <= explained.claims.keys()


def leaf_paths(document: dict[str, Any], prefix: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    found = set()
    for name, value in document.items():
        path = (*prefix, name)
        if isinstance(value, dict) and value:
            found |= leaf_paths(value, path)
        elif path[0] not in {"identityMap", "segmentMembership"}:
            found.add(path)
    return found


@settings(max_examples=100, deadline=None)
@given(documents)
def test_one_fragment_merges_to_itself(document: dict[str, Any]) -> None:
    assert merge([source(1, 1, document)], NEWEST) == without_nulls(document)


@settings(max_examples=100, deadline=None)
@given(stored(), policies)
def test_merging_leaves_the_fragments_as_they_were(sources: list[Source], policy: Policy) -> None:
    before = copy.deepcopy(sources)
    merge_explained(sources, policy)
    assert sources == before


def test_the_newest_value_wins_and_the_others_are_known() -> None:
    sources = [
        source(1, 1, {"person": {"first": "Ida", "last": "Bell"}}),
        source(2, 2, {"person": {"first": "I."}}),
    ]
    explained = merge_explained(sources, NEWEST)
    assert explained.document == {"person": {"first": "I.", "last": "Bell"}}
    winner, loser = explained.claims["person", "first"]
    assert (winner.value, winner.dataset, winner.key) == ("I.", 2, (2, 2))
    assert (loser.value, loser.dataset, loser.identity) == ("Ida", 1, b"i")


def test_datasets_rank_by_their_place_and_those_not_listed_stay_out() -> None:
    sources = [source(1, 9, {"a": 1}), source(2, 1, {"a": 2}), source(3, 99, {"a": 3, "b": 3})]
    assert merge(sources, LISTED) == {"a": 2}
    assert contributors(sources, LISTED) == [1, 2]


def test_of_one_dataset_the_newest_wins_under_precedence() -> None:
    sources = [source(2, 1, {"a": "old"}, "x"), source(2, 2, {"a": "new"}, "y")]
    assert merge(sources, LISTED) == {"a": "new"}


def test_null_is_no_opinion() -> None:
    assert merge([source(1, 2, {"a": None}), source(2, 1, {"a": 1})], NEWEST) == {"a": 1}


def test_arrays_are_taken_whole() -> None:
    assert merge([source(1, 2, {"a": [1]}), source(2, 1, {"a": [2, 3]})], NEWEST) == {"a": [1]}


def test_maps_merge_by_key() -> None:
    sources = [source(1, 2, {"m": {"x": 1}}), source(2, 1, {"m": {"x": 0, "y": 2}})]
    assert merge(sources, NEWEST) == {"m": {"x": 1, "y": 2}}


def test_a_value_overrules_an_object_of_an_older_fragment_and_the_reverse() -> None:
    sources = [source(1, 2, {"a": 1, "b": {"c": 2}}), source(2, 1, {"a": {"x": 1}, "b": 7})]
    explained = merge_explained(sources, NEWEST)
    assert explained.document == {"a": 1, "b": {"c": 2}}
    assert [claim.value for claim in explained.claims["a",]] == [1, {"x": 1}]
    assert [claim.value for claim in explained.claims["b", "c"]] == [2, 7]


def test_a_patched_field_ranks_by_the_time_of_its_patch() -> None:
    record = Fragment((1, 1), {"a": "mine", "b": "mine"})
    patched = apply_change(record, "merge", (9, 9), {"a": "patched"})
    sources = [Source(b"x", 1, patched), source(2, 5, {"a": "other", "b": "other"})]
    assert merge(sources, NEWEST) == {"a": "patched", "b": "other"}


@pytest.mark.parametrize("times", [(1, 2), (2, 1)])
def test_identities_are_united(times: tuple[int, int]) -> None:
    sources = [
        source(1, times[0], {"identityMap": {"Email": [{"id": "a"}], "ECID": [{"id": "1"}]}}),
        source(2, times[1], {"identityMap": {"Email": [{"id": "a"}, {"id": "b"}]}}),
    ]
    united = merge(sources, NEWEST)["identityMap"]
    assert sorted(item["id"] for item in united["Email"]) == ["a", "b"]
    assert united["ECID"] == [{"id": "1"}]


def test_the_identities_list_is_united_by_namespace_and_id() -> None:
    sources = [
        source(1, 1, {"identities": [{"id": "a", "namespace": {"code": "Email"}}]}),
        source(2, 2, {"identities": [{"id": "a", "namespace": {"code": "CRMID"}}]}),
    ]
    assert len(merge(sources, NEWEST)["identities"]) == 2


def membership(time: str, status: str) -> dict[str, Any]:
    entry = {"lastQualificationTime": time, "status": status}
    return {"segmentMembership": {"ups": {"s1": entry}}}


def test_the_newest_membership_wins_as_an_instant_whatever_the_fragment() -> None:
    sources = [
        source(1, 9, membership("2026-03-01T10:00:00+03:00", "exited")),
        source(2, 1, membership("2026-03-01T08:00:00Z", "realized")),
    ]
    explained = merge_explained(sources, NEWEST)
    assert explained.document["segmentMembership"]["ups"]["s1"]["status"] == "realized"
    winner, loser = explained.claims["segmentMembership", "ups", "s1", "status"]
    assert (winner.value, loser.value) == ("realized", "exited")


def test_a_patched_membership_stays_one_membership() -> None:
    record = Fragment((1, 1), membership("2026-03-01T08:00:00Z", "realized"))
    patch = {"segmentMembership": {"ups": {"s1": {"status": "exited"}}}}
    merged = merge([Source(b"x", 1, apply_change(record, "merge", (2, 2), patch))], NEWEST)
    assert merged == membership("2026-03-01T08:00:00Z", "exited")


def test_as_old_values_are_settled_by_sequence_then_dataset_then_identity() -> None:
    by_seq = [
        Source(b"i", 1, Fragment((5, 1), {"a": "first"})),
        Source(b"i", 2, Fragment((5, 2), {"a": "second"})),
    ]
    assert merge(by_seq, NEWEST) == {"a": "second"}
    assert merge([source(2, 5, {"a": 2}), source(1, 5, {"a": 1})], NEWEST) == {"a": 1}
    assert merge([source(1, 5, {"a": "z"}, "z"), source(1, 5, {"a": "y"}, "y")], NEWEST) == {
        "a": "y"
    }


def test_a_deleted_fragment_says_nothing() -> None:
    assert merge([source(1, 9, None), source(2, 1, {"a": 1})], NEWEST) == {"a": 1}
