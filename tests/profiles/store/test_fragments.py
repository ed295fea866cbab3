"""One fragment: whole records, patches and deletions, in any order."""

import random
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.store.fragments import (
    EMPTY,
    Fragment,
    Operation,
    apply_change,
    decode_fragment,
    differences,
    encode_patches,
    outline,
)

type Change = tuple[Operation, tuple[int, int], dict[str, Any]]

values = st.recursive(
    st.one_of(st.none(), st.integers(0, 3), st.lists(st.integers(0, 1), max_size=1)),
    lambda below: st.dictionaries(st.sampled_from("abc"), below, max_size=2),
    max_leaves=5,
)
documents = st.dictionaries(st.sampled_from("abc"), values, max_size=3)


@st.composite
def histories(draw: st.DrawFn) -> list[Change]:
    operations: list[Operation] = draw(
        st.lists(st.sampled_from(["create", "merge", "merge", "delete"]), min_size=1, max_size=7)
    )
    return [
        (one, (100 + order // 2, order), draw(documents)) for order, one in enumerate(operations)
    ]


def applied(changes: list[Change]) -> Fragment:
    fragment = EMPTY
    for operation, key, document in changes:
        fragment = apply_change(fragment, operation, key, document)
    return fragment


@settings(max_examples=200, deadline=None)
@given(histories(), st.integers())
def test_any_order_of_changes_gives_the_same_fragment(changes: list[Change], seed: int) -> None:
    shuffled = random.Random(seed).sample(changes, len(changes))
    assert applied(shuffled) == applied(changes)
    assert applied(shuffled).document == applied(changes).document


@settings(max_examples=100, deadline=None)
@given(histories())
def test_changes_applied_twice_change_nothing(changes: list[Change]) -> None:
    assert applied([*changes, *changes]) == applied(changes)


@settings(max_examples=100, deadline=None)
@given(histories(), histories())
def test_a_stored_fragment_continues_where_it_was(
    before: list[Change], after: list[Change]
) -> None:
    later = [(operation, (at + 50, seq), document) for operation, (at, seq), document in after]
    fragment = applied(before)
    document = fragment.document
    stored = decode_fragment(
        *fragment.key,
        None if document is None else orjson.dumps(document),
        encode_patches(fragment),
    )
    for operation, key, change in later:
        stored = apply_change(stored, operation, key, change)
    assert stored.document == applied([*before, *later]).document


def test_a_whole_record_replaces_the_one_before() -> None:
    fragment = applied([("create", (1, 1), {"a": 1, "b": 2}), ("create", (2, 2), {"a": 3})])
    assert fragment.document == {"a": 3}


def test_an_older_whole_record_keeps_out_of_the_way() -> None:
    fragment = applied([("create", (2, 2), {"a": 3}), ("create", (1, 1), {"a": 1, "b": 2})])
    assert fragment.document == {"a": 3}


def test_a_patch_changes_only_its_leaves() -> None:
    fragment = applied(
        [("create", (1, 1), {"a": {"b": 1, "c": 2}, "d": [1]}), ("merge", (2, 2), {"a": {"b": 9}})]
    )
    assert fragment.document == {"a": {"b": 9, "c": 2}, "d": [1]}
    assert fragment.newest == (2, 2)


def test_a_patch_survives_a_late_older_record() -> None:
    fragment = applied([("merge", (2, 2), {"a": {"b": 9}}), ("create", (1, 1), {"a": {"c": 2}})])
    assert fragment.document == {"a": {"b": 9, "c": 2}}


def test_an_array_is_replaced_whole() -> None:
    fragment = applied([("create", (1, 1), {"a": [1, 2]}), ("merge", (2, 2), {"a": [3]})])
    assert fragment.document == {"a": [3]}


def test_null_in_a_patch_removes_the_leaf_even_from_a_late_record() -> None:
    changes: list[Change] = [("create", (1, 1), {"a": 1, "b": 2}), ("merge", (2, 2), {"a": None})]
    assert applied(changes).document == applied(changes[::-1]).document == {"b": 2}


def test_a_deletion_outlives_older_late_records() -> None:
    changes: list[Change] = [
        ("delete", (5, 5), {}),
        ("create", (4, 4), {"a": 1}),
        ("merge", (3, 3), {"b": 1}),
    ]
    assert applied(changes).document is None


def test_a_patch_after_a_deletion_starts_anew() -> None:
    fragment = applied([("create", (1, 1), {"a": 1}), ("delete", (2, 2), {})])
    assert apply_change(fragment, "merge", (3, 3), {"b": 2}).document == {"b": 2}


def test_too_old_a_record_returns_the_same_object() -> None:
    fragment = applied([("create", (2, 2), {"a": 1})])
    assert apply_change(fragment, "create", (1, 1), {"a": 0}) is fragment
    assert apply_change(fragment, "merge", (2, 2), {"a": 0}) is fragment


@settings(max_examples=300, deadline=None)
@given(documents, documents)
def test_documents_differ_where_their_leaves_do(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    found = differences(before, after)
    assert found == differences(after, before)
    # A path stands for all below it, and for what it is part of.
    assert found <= outline(before) | outline(after) | {(name,) for name in before.keys() ^ after}
    for name in "abc":
        for below in "abc":
            one, other = (_below(document, name, below) for document in (before, after))
            if one != other:
                assert (name,) in found or (name, below) in found
    assert not differences(before, before)


def _below(document: dict[str, Any], name: str, below: str) -> Any:
    value = document.get(name)
    return value.get(below) if isinstance(value, dict) else value
