"""The rule of an audience in place of its card."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.segmentation.builder import operations
from profiles.segmentation.builder.canvas import (
    ATTRIBUTES,
    EVENTS,
    AudienceCard,
    Canvas,
    Card,
    Events,
    Group,
    Node,
    Step,
    canvas_of,
    children,
    nodes,
)
from profiles.segmentation.builder.copies import convert
from profiles.segmentation.builder.operations import Refused
from profiles.segmentation.builder.scopes import scopes
from profiles.segmentation.builder.write import write
from profiles.segmentation.pql import moments
from profiles.segmentation.pql.check import check_segment
from profiles.segmentation.pql.evaluate import Facts, compile_query
from tests.profiles.segmentation.builder.strategies import canvases
from tests.profiles.segmentation.pql.world import NOW, PROFILE_TYPE, Person, profiles

_FULL = canvases().filter(lambda canvas: not canvas.is_empty)
_NOW = moments.from_text(NOW) or 0


def holds(canvas: Canvas, person: Person, member_of: frozenset[str]) -> bool:
    facts = Facts(person.document, now=_NOW // 1_000, events=person.events, memberships=member_of)
    query = compile_query(check_segment(write(canvas).text, PROFILE_TYPE))
    return bool(query.evaluate(facts).holds)


def including(node: Node) -> Iterator[str]:
    """Containers in which no other one excludes: unknown counts there as not holding."""
    if isinstance(node, Group) and node.exclude:
        return
    if isinstance(node, Group):
        yield node.id
    for child in children(node):
        yield from including(child)


@given(_FULL, _FULL, profiles(), st.data())
@settings(max_examples=80, deadline=None)
def test_a_copy_holds_for_whom_the_audience_held(
    canvas: Canvas, rule: Canvas, person: Person, data: st.DataObject
) -> None:
    known = scopes(canvas)
    places = [
        key
        for area in canvas.areas
        for key in including(area)
        if known[key].is_profile and key != EVENTS
    ]
    mentions = operations.add(
        canvas, AudienceCard("S9"), into=data.draw(st.sampled_from(places)), at=0
    )
    card = next(node for node in nodes(mentions) if node == AudienceCard("S9"))
    made = convert(mentions, card.id, rule)
    members = person.member_of | ({"S9"} if holds(rule, person, person.member_of) else set())
    assert holds(made, person, person.member_of) == holds(mentions, person, members)
    ids = [node.id for node in nodes(made)]
    assert len(ids) == len(set(ids))
    assert "" not in ids


def test_is_not_a_member_becomes_a_container_that_excludes() -> None:
    rule = canvas_of(Group((Card("loyalty.tier", "text", "equals", ("gold",)),)), Group())
    canvas = operations.add(Canvas(), AudienceCard("S1", member=False), into=ATTRIBUTES)
    assert write(convert(canvas, "n1", rule)).text == 'not loyalty.tier = "gold"'


def test_a_rule_with_events_moves_its_container_to_the_events_area() -> None:
    tier = Card("loyalty.tier", "text", "equals", ("gold",))
    rule = canvas_of(Group((tier,)), Group((Events((Step("view"),)),)), "or")
    canvas = operations.add(Canvas(), tier, into=ATTRIBUTES)
    canvas = operations.add(canvas, AudienceCard("S1"), into=ATTRIBUTES)
    made = convert(operations.join(canvas, ATTRIBUTES, "or"), "n2", rule)
    assert made.attributes.items == (tier,)
    assert made.joining == "or"
    (copy,) = made.events.items
    assert isinstance(copy, Group)
    assert (copy.joining, len(copy.items)) == ("or", 2)


def test_only_cards_of_audiences_are_converted() -> None:
    canvas = operations.add(Canvas(), Group(), into=ATTRIBUTES)
    for key in ("n1", "n9"):
        with pytest.raises(Refused, match="Only the card of an audience"):
            convert(canvas, key, Canvas())
