"""Which queries mean something."""

import pytest
from hypothesis import given

from profiles.segmentation.pql.check import check_segment
from profiles.segmentation.pql.types import BOOLEAN
from tests.profiles.segmentation.pql.world import CONFORMANCE, PROFILE_TYPE, queries


@pytest.mark.parametrize("text", [text for _, text, _ in CONFORMANCE])
def test_the_conformance_set_is_understood(text: str) -> None:
    assert check_segment(text, PROFILE_TYPE).type == BOOLEAN


@given(queries())
def test_random_queries_are_understood(text: str) -> None:
    assert check_segment(text, PROFILE_TYPE).type == BOOLEAN
