"""Canvas to PQL and back."""

import pytest
from hypothesis import event, given, settings

from profiles.segmentation.builder.canvas import Canvas, Card, Events, nodes
from profiles.segmentation.builder.documents import from_document, to_document
from profiles.segmentation.builder.read import CodeOnly, read
from profiles.segmentation.builder.write import write
from profiles.segmentation.pql import moments
from profiles.segmentation.pql.check import check_segment
from profiles.segmentation.pql.evaluate import Facts, compile_query
from profiles.segmentation.pql.parser import parse
from tests.profiles.segmentation.builder.strategies import canvases
from tests.profiles.segmentation.pql.world import (
    NOW,
    PROFILE_TYPE,
    Person,
    profiles,
    queries,
)


@given(canvases().filter(lambda canvas: not canvas.is_empty))
@settings(max_examples=100, deadline=None)
def test_a_canvas_read_back_from_its_pql_is_the_same(canvas: Canvas) -> None:
    written = write(canvas)
    assert written.problems == {}
    check_segment(written.text, PROFILE_TYPE)
    assert read(parse(written.text), PROFILE_TYPE) == canvas


def test_an_event_between_two_numbers_is_one_card() -> None:
    text = "xEvent[0 <= commerce.order.priceTotal and commerce.order.priceTotal <= 9]"
    canvas = read(parse(text), PROFILE_TYPE)
    (event,) = canvas.events.items
    assert isinstance(event, Events)
    (card,) = event.steps[0].rules.items
    assert isinstance(card, Card)
    assert (card.operator, card.values) == ("between", ("0", "9"))


@given(canvases())
@settings(deadline=None)
def test_a_draft_keeps_a_canvas_as_it_is_with_all_ids(canvas: Canvas) -> None:
    kept = from_document(to_document(canvas))
    assert kept == canvas
    assert [node.id for node in nodes(kept)] == [node.id for node in nodes(canvas)]


@given(queries(), profiles())
@settings(max_examples=800, deadline=None)
def test_a_query_shown_as_a_canvas_means_the_same(text: str, person: Person) -> None:
    try:
        canvas = read(parse(text), PROFILE_TYPE)
    except CodeOnly:
        # Most are: there is nothing to compare.
        event("code only")
        return
    again = write(canvas).text
    assert read(parse(again), PROFILE_TYPE) == canvas
    assert _holds(again, person) == _holds(text, person)


def _holds(text: str, person: Person) -> bool:
    now = moments.from_text(NOW)
    assert now is not None
    facts = Facts(
        person.document, now=now // 1_000, events=person.events, memberships=person.member_of
    )
    return bool(compile_query(check_segment(text, PROFILE_TYPE)).evaluate(facts).holds)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("loyalty.points + 5 = 10", "It compares something other than a field with a value."),
        ("loyalty.member", "It uses a field as a condition."),
        ("if(loyalty.points > 1, true, false)", "It chooses with if(…)."),
        ("(p) => p.loyalty.points = 1", "It names its parameters."),
        (
            "CHAIN(xEvent, timestamp, [A: COUNT(<= 2)])",
            "It limits the COUNT of a chain from above.",
        ),
    ],
)
def test_code_that_exceeds_the_canvas_says_why(text: str, reason: str) -> None:
    check_segment(text, PROFILE_TYPE)
    with pytest.raises(CodeOnly) as caught:
        read(parse(text), PROFILE_TYPE)
    assert caught.value.message == reason
