"""Expressions in the parts of the form, and back."""

import pytest

from profiles.segmentation.computed.parts import Parts, read_parts, write_parts
from profiles.segmentation.pql.check import check_expression
from profiles.segmentation.pql.errors import PqlError
from tests.profiles.segmentation.pql.world import PROFILE_TYPE

TOTAL = "commerce.order.priceTotal"


@pytest.mark.parametrize(
    "parts",
    [
        Parts("COUNT"),
        Parts("COUNT", event_type='odd "type" \\ here'),
        Parts("SUM", TOTAL, "purchase"),
        Parts("MIN", TOTAL, "", "commerce.order.id = 'a' or commerce.order.id = 'b'"),
        Parts("MAX", "timestamp", "purchase", "commerce.order.priceTotal > 10"),
        Parts("MOST_RECENT", "commerce.order.id", "purchase", "commerce.order.priceTotal > 10"),
        Parts("MOST_RECENT", "commerce.order.id"),
    ],
)
def test_parts_survive_being_written(parts: Parts) -> None:
    written = write_parts(parts)
    assert read_parts(written.text, PROFILE_TYPE) == parts
    if parts.condition:
        assert written.text[written.condition_at :].startswith(parts.condition)


def test_conditions_joined_elsewhere_are_taken_apart() -> None:
    text = f'xEvent[{TOTAL} > 1 and eventType = "buy" and {TOTAL} < 9].sum({TOTAL})'
    found = Parts("SUM", TOTAL, "buy", f"({TOTAL} > 1) and ({TOTAL} < 9)")
    assert read_parts(text, PROFILE_TYPE) == found
    assert read_parts(write_parts(found).text, PROFILE_TYPE) == found


@pytest.mark.parametrize("text", ["loyalty.points", "xEvent.nothing.count()", "xEvent.sum("])
def test_what_is_no_computed_attribute_has_no_parts(text: str) -> None:
    assert read_parts(text, PROFILE_TYPE) is None


def test_a_mistake_in_the_condition_is_placed_in_the_condition() -> None:
    parts = Parts("SUM", TOTAL, "buy", "commerce.order.priceTotals > 1")
    written = write_parts(parts)
    with pytest.raises(PqlError) as caught:
        check_expression(written.text, PROFILE_TYPE)
    moved = written.in_condition(caught.value, parts.condition)
    assert moved is not None
    assert (moved.line, moved.column) == (1, 16)
    parts = Parts("SUM", "commerce.order.total", "buy", "commerce.order.priceTotal > 1")
    written = write_parts(parts)
    with pytest.raises(PqlError) as caught:
        check_expression(written.text, PROFILE_TYPE)
    assert written.in_condition(caught.value, parts.condition) is None
