"""What to evaluate of the profiles a micro-batch touched, and over which of their events."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, Literal

from profiles.segmentation.audiences import AudienceSet
from profiles.segmentation.states import REALIZED, State, States
from profiles.store.rows import EventRow


@dataclass(frozen=True, slots=True)
class Touched:
    """What a micro-batch did to profiles, by profile id.

    documents    merged attributes, where the batch merged them
    before       merged attributes as they were, of those that records speak of
    events       its new events
    moved        profiles that got identities of others (whose ids), or a new id
    regrouped    profiles that joined others, or lost a part
    vanished     ids that became part of other profiles
    """

    documents: Mapping[bytes, dict[str, Any]] = field(default_factory=dict)
    before: Mapping[bytes, dict[str, Any]] = field(default_factory=dict)
    events: Mapping[bytes, list[EventRow]] = field(default_factory=dict)
    moved: Mapping[bytes, frozenset[bytes]] = field(default_factory=dict)
    regrouped: frozenset[bytes] = frozenset()
    vanished: frozenset[bytes] = frozenset()


NOBODY = Touched()
type Reach = Literal["all", "new", "none"]
type Numbers = Mapping[bytes, AbstractSet[int]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Audiences to evaluate, by profile id; those `by_events` only if new events can move them."""

    anyway: Numbers
    by_events: Numbers = field(default_factory=dict)

    @property
    def profiles(self) -> set[bytes]:
        """Profiles with any."""
        return {*self.anyway, *self.by_events}


@dataclass(frozen=True, slots=True)
class Plan:
    """Numbers of audiences by profile id: to evaluate over all events, or over new ones alone."""

    whole: dict[bytes, AbstractSet[int]]
    by_news: dict[bytes, AbstractSet[int]]

    def numbers_of(self, profile: bytes) -> AbstractSet[int]:
        """All that are evaluated for a profile."""
        whole, news = self.whole.get(profile), self.by_news.get(profile)
        if whole is None or news is None:
            return whole or news or frozenset()
        return whole | news

    @property
    def profiles(self) -> set[bytes]:
        """Profiles with any."""
        return {*self.whole, *self.by_news}


def touched_audiences(audiences: AudienceSet, touched: Touched) -> Wanted:
    """Audiences whose verdict may be another now."""
    anyway: dict[bytes, AbstractSet[int]] = {}
    for profile, before in touched.before.items():
        if profile in touched.moved:
            # What it was, it was under another id.
            anyway[profile] = audiences.reading_attributes
        else:
            anyway[profile] = audiences.touched_by_change(before, touched.documents[profile])
    for profile in touched.regrouped:
        # Batch audiences, too: nobody keeps for a day what only the other person earned.
        anyway[profile] = audiences.by_number.keys()
    by_events: dict[bytes, AbstractSet[int]] = {}
    for profile, events in touched.events.items():
        found = audiences.touched_by_events({event.event_type for event in events})
        by_events[profile] = found - anyway.get(profile, frozenset())
    return Wanted(_without_empty(anyway), _without_empty(by_events))


def _without_empty(found: Numbers) -> Numbers:
    return {profile: numbers for profile, numbers in found.items() if numbers}


def make_plan(
    audiences: AudienceSet,
    wanted: Wanted,
    rows: Mapping[bytes, States],
    touched: Touched,
    *,
    now: int,
) -> Plan:
    """Leave out what new events cannot move, and look at new events alone where that will do.

    A membership may last longer than its `due_at` by such an event; the sweep then finds out.
    """
    plan = Plan(dict(wanted.anyway), {})
    for profile, numbers in wanted.by_events.items():
        known = plan.whole.get(profile, frozenset())
        if profile in touched.moved:
            plan.whole[profile] = known | numbers
            continue
        states = rows.get(profile, {})
        whole, by_news = set(known), set()
        for number in numbers:
            match _reach(audiences, number, states.get(number), now=now):
                case "all":
                    whole.add(number)
                case "new":
                    by_news.add(number)
                case "none":
                    pass
        _put(plan.whole, profile, whole)
        _put(plan.by_news, profile, by_news)
    for profile in _newcomers(audiences, rows, touched):
        plan.whole[profile] = plan.whole.get(profile, frozenset()) | audiences.by_default
        _put(plan.by_news, profile, plan.by_news.get(profile, frozenset()) - audiences.by_default)
    return plan


def _put(plan: dict[bytes, AbstractSet[int]], profile: bytes, numbers: AbstractSet[int]) -> None:
    if numbers:
        plan[profile] = numbers
    else:
        plan.pop(profile, None)


def _newcomers(
    audiences: AudienceSet, rows: Mapping[bytes, States], touched: Touched
) -> Iterator[bytes]:
    """Those of whom nothing was found out yet."""
    if audiences.by_default:
        yield from touched.documents.keys() - rows.keys()


def _reach(audiences: AudienceSet, number: int, state: State | None, *, now: int) -> Reach:
    """Which events may move the audience, given what is stored: "all", "new" ones, or "none"."""
    audience = audiences.by_number[number]
    if audience.tendency == "any" or number not in audiences.streaming:
        return "all"
    if state is None:
        # Never a member: by what came before it does not hold, unless it holds of anybody.
        can = audience.tendency == "up" and number not in audiences.by_default
        return "new" if can and audience.incremental else "all"
    if state.due_at is not None and state.due_at <= now:
        return "all"
    if audience.tendency == ("up" if state.status == REALIZED else "down"):
        return "none"
    return "new" if audience.incremental else "all"
