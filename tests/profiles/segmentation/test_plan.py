"""Events one by one, evaluated as the pipeline does, hold what a look at all of them would."""

from dataclasses import dataclass, field
from typing import Any

import orjson
from hypothesis import event, given, settings
from hypothesis import strategies as st

from core import clock
from profiles.segmentation.audiences import AudienceSet
from profiles.segmentation.inputs import Inputs
from profiles.segmentation.plan import Touched, Wanted, make_plan, touched_audiences
from profiles.segmentation.pql.evaluate import Facts
from profiles.segmentation.states import REALIZED, States, next_due
from profiles.segmentation.streaming import evaluate_one
from profiles.store.rows import EventRow
from tests.profiles.segmentation.compiling import audiences_of
from tests.profiles.segmentation.pql.evaluating import ms
from tests.profiles.segmentation.pql.strategies import combined
from tests.profiles.segmentation.pql.world import NOW

ADA = b"ada"
HOUR = 3_600_000
_ATOMS = st.sampled_from(
    [
        'xEvent[eventType = "purchase" and timestamp occurs <= 5 hours before now]',
        "xEvent[timestamp occurs > 3 hours before now and timestamp occurs <= 9 hours before now]",
        'xEvent[eventType = "view" and timestamp occurs today]',
        'xEvent[eventType = "view" and timestamp occurs <= 6 hours before now].count() >= 2',
        "xEvent[timestamp occurs <= 4 hours before now].count() >= 1",
        "xEvent[timestamp occurs <= 4 hours before now].count() = 1",
        "xEvent[timestamp occurs <= 9 hours before now].count() > 1",
        "xEvent[timestamp occurs yesterday].max(commerce.order.priceTotal) > 20",
        "forall e from xEvent: e.timestamp occurs <= 7 hours before now",
        "loyalty.points > 1000",
        "loyalty.points <= 5000",
        'loyalty.tier in ["gold", "silver"]',
        'loyalty.tier != "gold"',
        'loyalty.tier.startsWith("s")',
        'xEvent[eventType = "view"].count() >= 2 and loyalty.points >= 1000',
        "xEvent[commerce.order.priceTotal > $1.loyalty.points].count() >= 1",
        "loyalty.joined occurs > 3 hours before now",
    ]
)
_RULES = combined(_ATOMS)
# What a record may say of the person meanwhile; None: there is none.
_SAID = st.none() | st.fixed_dictionaries(
    {},
    optional={
        "points": st.sampled_from([None, 1, 20, 1000, 5000]),
        "tier": st.sampled_from([None, "gold", "silver", "bronze"]),
    },
)
# Hours until it comes, hours ago it happened, what it was, is the sweep in time, what is said.
_STEPS = st.tuples(
    st.integers(0, 8),
    st.integers(-2, 10),
    st.sampled_from(["purchase", "view"]),
    st.booleans(),
    _SAID,
)


@dataclass(slots=True)
class Timeline:
    """One person, what is stored of the person's memberships, and a clock."""

    audiences: AudienceSet
    document: dict[str, Any]
    now: int = ms(NOW)
    events: list[dict[str, Any]] = field(default_factory=list)
    states: States = field(default_factory=dict)

    def evaluate(self, wanted: Wanted, touched: Touched) -> None:
        plan = make_plan(self.audiences, wanted, self.rows, touched, now=self.now)
        news = [orjson.loads(one.document) for one in touched.events.get(ADA, ())]
        inputs = Inputs({ADA: self.document}, {ADA: self.events}, news={ADA: news})
        subject = inputs.of(ADA, self.audiences, self.states, now=self.now)
        by_news = plan.by_news.get(ADA, frozenset())
        event("by new events alone" if by_news else "over all events")
        asked = plan.numbers_of(ADA)
        evaluate_one(subject, self.audiences, asked, self.states, by_news=by_news)

    @property
    def rows(self) -> dict[bytes, States]:
        return {ADA: self.states}

    def receive(self, hours_ago: int, kind: str, price: int, said: dict[str, Any] | None) -> None:
        happened = self.now - hours_ago * HOUR
        event_id = str(len(self.events))
        new = {
            "_id": event_id,
            "eventType": kind,
            "timestamp": clock.iso_ms(happened),
            "commerce": {"order": {"priceTotal": price}},
        }
        self.events.append(new)
        row = EventRow(1, event_id, ADA, happened, 0, 0, kind, orjson.dumps(new))
        before = self.document
        if said is None:
            touched = Touched(events={ADA: [row]})
        else:
            self.document = {"loyalty": {**before["loyalty"], **said}}
            touched = Touched(
                documents={ADA: self.document}, before={ADA: before}, events={ADA: [row]}
            )
        wanted = touched_audiences(self.audiences, touched)
        event("attributes move none" if said and not wanted.anyway else "attributes move some")
        self.evaluate(wanted, touched)

    def sleep(self, ms: int) -> None:
        """Let the sweep come at each moment at which something is due."""
        until = self.now + ms
        while (due_at := next_due(self.states)) is not None and due_at <= until:
            self.now = due_at
            self.sweep()
        self.now = until

    def sweep(self) -> None:
        """Evaluate what is due; more may be, at once."""
        while (due_at := next_due(self.states)) is not None and due_at <= self.now:
            states = self.states.items()
            due = {n for n, one in states if one.due_at is not None and one.due_at <= self.now}
            self.evaluate(Wanted({ADA: due}), Touched())

    def members_of(self) -> set[int]:
        return {number for number, state in self.states.items() if state.status == REALIZED}

    def held(self) -> set[int]:
        facts = Facts(self.document, now=self.now, events=self.events)
        by_number = self.audiences.by_number.items()
        return {number for number, one in by_number if one.query.evaluate(facts).holds}


@given(
    st.lists(_RULES, min_size=3, max_size=6),
    st.sampled_from([1, 5000]),
    st.lists(_STEPS, max_size=8),
)
@settings(max_examples=600, deadline=None)
def test_events_one_by_one_hold_what_all_of_them_hold(
    rules: list[str], points: int, steps: list[tuple[int, int, str, bool, dict[str, Any] | None]]
) -> None:
    audiences = audiences_of(*rules, lookback_hours=100)
    document = {"loyalty": {"points": points, "joined": clock.iso_ms(ms(NOW) - HOUR)}}
    line = Timeline(audiences, document)
    line.evaluate(Wanted({ADA: audiences.by_number.keys()}), Touched())
    for price, (sleep, ago, kind, swept, said) in enumerate(steps, start=15):
        if swept:
            line.sleep(sleep * HOUR)
            assert line.members_of() == line.held()
        else:
            # A record may be faster than the sweep.
            line.now += sleep * HOUR
        line.receive(ago, kind, price * 2, said)
        line.sweep()
        assert line.members_of() == line.held()
    line.sleep(30 * HOUR)
    assert line.members_of() == line.held()
