"""From a sample to all profiles."""

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.segmentation.estimates import Estimate, estimate, sample_size


@pytest.mark.parametrize(
    ("total", "size"),
    [
        (0, 0),
        (999_999, 999_999),
        (1_000_000, 1_000_000),
        (20_000_000, 1_000_000),
        (40_000_000, 2_000_000),
    ],
)
def test_reads_all_of_few_and_a_share_of_many(total: int, size: int) -> None:
    assert sample_size(total) == size


def test_a_full_count_has_no_error() -> None:
    assert estimate(matched=7, read=100, total=100) == Estimate(7, 0)
    assert estimate(matched=0, read=0, total=0) == Estimate(0, 0)


def test_a_sample_is_carried_over_to_the_total() -> None:
    found = estimate(matched=250, read=1000, total=10_000)
    assert found == Estimate(2500, round(10_000 * sqrt(0.25 * 0.75 / 1000)))


@given(total=st.integers(1, 10**9), data=st.data())
def test_an_estimate_never_exceeds_all_profiles(total: int, data: st.DataObject) -> None:
    read = data.draw(st.integers(0, total))
    matched = data.draw(st.integers(0, read))
    found = estimate(matched=matched, read=read, total=total)
    assert 0 <= found.size <= total
    assert found.standard_error >= 0
