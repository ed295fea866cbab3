"""Lists whose order people choose."""

from hypothesis import given
from hypothesis import strategies as st

from console.ordering import ordered_items, reordered

ORDERS = st.lists(st.sampled_from("abcdef"), unique=True).map(tuple)


@given(ORDERS, st.sampled_from("abcdef"), st.sampled_from(["up", "down"]))
def test_moving_there_and_back_changes_nothing(
    order: tuple[str, ...], value: str, way: str
) -> None:
    moved = reordered(order, f"{way}:{value}")
    assert sorted(moved) == sorted(order)
    back = {"up": "down", "down": "up"}[way]
    assert moved == order or reordered(moved, f"{back}:{value}") == order


@given(ORDERS, st.sampled_from("abcdef"))
def test_what_is_added_stands_last_and_only_once(order: tuple[str, ...], value: str) -> None:
    added = reordered(order, "add", added=value)
    assert reordered(added, "add", added=value) == added
    assert reordered(added, f"remove:{value}") == tuple(v for v in order if v != value)
    assert value in order or added[-1] == value


def test_an_unknown_operation_or_value_changes_nothing() -> None:
    assert reordered(("a", "b"), "up:z") == ("a", "b")
    assert reordered(("a", "b"), "next") == ("a", "b")
    assert reordered(("a", "b"), "up:a") == ("a", "b")


def test_the_ends_are_marked() -> None:
    (one, two) = ordered_items([("x", "X", "note", True), ("y", "Y", "", None)])
    assert (one.rank, one.first, one.last, one.ticked) == (1, True, False, True)
    assert (two.rank, two.first, two.last, two.note) == (2, False, True, "")
