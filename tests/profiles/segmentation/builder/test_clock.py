"""One time rule for all events."""

from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.segmentation.builder import clock, operations
from profiles.segmentation.builder.canvas import (
    EVENTS,
    Canvas,
    Change,
    Events,
    Step,
    TimeRule,
    change,
)
from profiles.segmentation.builder.read import read
from profiles.segmentation.builder.write import write
from profiles.segmentation.pql.parser import parse
from tests.profiles.segmentation.builder.strategies import canvases, time_rules
from tests.profiles.segmentation.pql.world import PROFILE_TYPE

_rules = st.one_of(st.none(), time_rules(events=True))
_WEEK = TimeRule("inLast", ("7",), "day")


@given(canvases().filter(lambda canvas: bool(clock.steps(canvas))), _rules)
@settings(max_examples=100, deadline=None)
def test_a_rule_of_all_events_comes_back_from_pql(canvas: Canvas, rule: TimeRule | None) -> None:
    made = clock.set_all(canvas, rule)
    assert {step.when for step in clock.steps(made)} == {rule}
    again = read(parse(write(made).text), PROFILE_TYPE)
    assert again == made
    assert clock.rules(again) == (rule,)
    assert clock.shared(again) == clock.shared(made)


@given(canvases(), time_rules(events=True))
@settings(deadline=None)
def test_nothing_but_the_time_rules_of_events_changes(canvas: Canvas, rule: TimeRule) -> None:
    timeless = Change(step=lambda step: (Step(step.type, step.rules, step.count, None),))
    made = clock.set_all(canvas, rule)
    assert change(made, timeless) == change(canvas, timeless)
    assert clock.set_all(made, rule) == made


def test_one_event_has_a_rule_of_its_own_several_share_it() -> None:
    alone = operations.add(Canvas(), Events((Step("view", when=_WEEK),)), into=EVENTS)
    assert clock.shared(alone) is None
    both = operations.append(alone, alone.events.items[0].id, Step("purchase", when=_WEEK))
    assert clock.shared(both) == _WEEK
    third = operations.add(both, Events((Step("purchase"),)), into=EVENTS)
    assert clock.shared(third) is None
    assert clock.rules(third) == (_WEEK, None)
