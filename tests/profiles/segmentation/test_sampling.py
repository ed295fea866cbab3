"""What a sample of documents tells of their fields."""

import orjson
from hypothesis import given
from hypothesis import strategies as st

from profiles.segmentation.sampling import LONGEST_VALUE, MOST_COUNTED, Values, filled_of


def told(*values: object) -> Values:
    """What is told of a field with these values, one a document."""
    return filled_of([orjson.dumps({"a": {"b": value}}).decode() for value in values])["a.b"]


def test_values_of_any_kind_are_counted_once_a_document() -> None:
    assert told("x", "x", "y").common == (("x", 2), ("y", 1))
    assert told(1, 1.0, 2.5, True).common == (("1", 2), ("2.5", 1), ("true", 1))
    assert told(["x", "x", "y"], ["y"]).common == (("y", 2), ("x", 1))
    assert told({"c": 1}) == Values(1)
    assert told(None, "x").documents == 1


def test_only_texts_are_suggested() -> None:
    assert told("x", "x").values == (("x", 2),)
    assert told(1, 1).values == ()


def test_many_values_are_named_only_where_they_occur_again() -> None:
    found = told(*(f"v{number}" for number in range(50)), "v7")
    assert (found.distinct, found.common) == (50, (("v7", 2),))


def test_too_many_or_too_long_values_are_not_counted() -> None:
    assert told(*range(MOST_COUNTED)).distinct == MOST_COUNTED
    assert told(*range(MOST_COUNTED + 1)).distinct is None
    assert told("x" * LONGEST_VALUE).distinct == 1
    found = told("x" * (LONGEST_VALUE + 1), "y")
    assert (found.documents, found.distinct, found.common) == (2, None, ())


@given(st.lists(st.one_of(st.text(max_size=5), st.integers(-9, 9), st.booleans()), min_size=1))
def test_shares_never_exceed_the_documents_that_hold_the_field(values: list[object]) -> None:
    found = told(*values)
    assert found.documents == len(values)
    assert sum(many for _, many in found.common) <= len(values)
    assert all(
        many >= later for (_, many), (_, later) in zip(found.common, found.common[1:], strict=False)
    )
