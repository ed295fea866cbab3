"""Streaming evaluation: inside the pipeline's transaction, only what a change can touch."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

import orjson
from psycopg import Cursor

from profiles.segmentation.audiences import Audience, AudienceSet
from profiles.segmentation.computed.keep import keep_values, load_values
from profiles.segmentation.computed.values import placed
from profiles.segmentation.inputs import (
    Inputs,
    Subject,
    load_events,
    load_listed,
    load_states,
)
from profiles.segmentation.plan import (
    NOBODY,
    Plan,
    Touched,
    Wanted,
    make_plan,
    touched_audiences,
)
from profiles.segmentation.pql.facts import BudgetExceeded
from profiles.segmentation.states import (
    NOTHING,
    REALIZED,
    MembershipChange,
    State,
    States,
    earliest,
    join,
    transition,
)
from profiles.segmentation.write_memberships import Standing, count_standings, save_standings
from profiles.store.documents import load_documents
from profiles.store.rows import EventRow

logger = logging.getLogger(__name__)


# An audience that was stopped this often rests until audiences are read again.
MOST_OVERRUNS = 10


def evaluate(
    cursor: Cursor[Any], sandbox: int, *, audiences: AudienceSet, touched: Touched, now: int
) -> list[MembershipChange]:
    """Bring the memberships of touched profiles up to date; answers who entered or left.

    Their computed attributes come first: rules may read them.
    """
    keep_values(
        cursor,
        sandbox,
        fields=audiences.computed,
        datasets=audiences.datasets,
        profiles=_with_other_events(touched),
        vanished=touched.vanished,
    )
    if not audiences:
        return []
    wanted = touched_audiences(audiences, touched)
    perhaps_new = bool(audiences.by_default and touched.documents)
    if not wanted.profiles and not perhaps_new and not touched.moved and not touched.vanished:
        return []
    return evaluate_profiles(
        cursor,
        sandbox,
        audiences=audiences,
        wanted=wanted,
        touched=touched,
        now=now,
    )


def evaluate_profiles(
    cursor: Cursor[Any],
    sandbox: int,
    *,
    audiences: AudienceSet,
    wanted: Wanted,
    now: int,
    touched: Touched = NOBODY,
) -> list[MembershipChange]:
    """Evaluate the `wanted` audiences, by number, of each profile; answers who entered or left.

    The caller holds the pipeline of the sandbox.
    """
    origins = {one for group in touched.moved.values() for one in group}
    merged = touched.documents if audiences.by_default else ()
    rows = load_states(
        cursor, {*wanted.profiles, *merged, *touched.moved, *touched.vanished, *origins}
    )
    plan = make_plan(audiences, wanted, rows, touched, now=now)
    inputs = _load(cursor, audiences, plan, touched, now=now)
    standings: list[Standing] = []
    changes: list[MembershipChange] = []
    for profile in sorted(plan.profiles | touched.moved.keys()):
        states = _inherited(profile, rows, touched)
        if numbers := plan.numbers_of(profile):
            subject = inputs.of(profile, audiences, states, now=now)
            by_news = plan.by_news.get(profile, frozenset())
            changes += evaluate_one(subject, audiences, numbers, states, by_news=by_news)
        standings.append(Standing(profile, rows.get(profile), states))
    standings += [Standing(one, rows[one], {}) for one in touched.vanished & rows.keys()]
    changed = [one for one in standings if one.is_written]
    counts = count_standings(changed, changes)
    save_standings(cursor, sandbox, changed, counts=counts, now=now)
    return changes


def _with_other_events(touched: Touched) -> frozenset[bytes]:
    """Profiles that have other events than before, or go by another id now."""
    renamed = {profile for profile, origins in touched.moved.items() if origins & touched.vanished}
    return touched.regrouped | renamed


def _inherited(profile: bytes, rows: Mapping[bytes, States], touched: Touched) -> States:
    """What its row says, and those of profiles that vanished into it.

    A profile that lost a part keeps its row; what parted from it begins anew.
    """
    if profile not in touched.moved:
        return dict(rows.get(profile, {}))
    merged = touched.moved[profile] & touched.vanished
    return join(rows[one] for one in sorted(merged | {profile}) if one in rows)


def _load(
    cursor: Cursor[Any], audiences: AudienceSet, plan: Plan, touched: Touched, *, now: int
) -> Inputs:
    profiles = plan.profiles
    documents: dict[bytes, Mapping[str, Any]] = dict(touched.documents)
    documents |= load_documents(cursor, profiles - documents.keys())
    _add_computed(cursor, audiences, plan, documents)
    lists = audiences.lists_of(number for one in profiles for number in plan.numbers_of(one))
    since = now - audiences.lookback_ms
    return Inputs(
        documents,
        _load_events(cursor, audiences, plan, since=since),
        load_listed(cursor, profiles, lists, now=now),
        {profile: _news(audiences, touched.events[profile], since) for profile in plan.by_news},
    )


def _load_events(
    cursor: Cursor[Any], audiences: AudienceSet, plan: Plan, *, since: int
) -> dict[bytes, list[dict[str, Any]]]:
    """Events of those of whom not only the new ones count."""
    whole: list[bytes] = []
    recent: list[bytes] = []
    types: set[str] = set()
    any_type = False
    for profile, numbers in _over_all_events(audiences, plan):
        needs = audiences.needs_of(frozenset(numbers))
        if needs.history:
            whole.append(profile)
        elif needs.events:
            recent.append(profile)
            any_type = any_type or needs.types is None
            types |= needs.types or frozenset()
    only = audiences.datasets
    events = load_events(cursor, whole, datasets=only)
    return events | load_events(
        cursor, recent, since=since, types=None if any_type else types, datasets=only
    )


def _over_all_events(
    audiences: AudienceSet, plan: Plan
) -> Iterator[tuple[bytes, AbstractSet[int]]]:
    """Audiences by profile for which all events count, those that follow from others included."""
    if not audiences.dependents:
        yield from plan.whole.items()
        return
    for profile in plan.profiles:
        news = plan.by_news.get(profile, frozenset())
        yield profile, audiences.with_dependents(plan.numbers_of(profile)) - news


def _news(audiences: AudienceSet, events: Iterable[EventRow], since: int) -> list[dict[str, Any]]:
    """New events as audiences see them: recent ones, of the datasets that count."""
    only = audiences.datasets
    return [
        orjson.loads(event.document)
        for event in events
        if event.timestamp >= since and (only is None or event.dataset in only)
    ]


def _add_computed(
    cursor: Cursor[Any],
    audiences: AudienceSet,
    plan: Plan,
    documents: dict[bytes, Mapping[str, Any]],
) -> None:
    """Put computed attributes into the documents of profiles whose audiences read them."""
    if not audiences.computed:
        return
    owners = {
        profile: audiences.computed_owner(audiences.with_dependents(plan.numbers_of(profile)))
        for profile in plan.profiles
    }
    reading = {profile: owner for profile, owner in owners.items() if owner is not None}
    if reading:
        for profile, values in load_values(cursor, reading.keys()).items():
            document = documents.get(profile, {})
            documents[profile] = placed(document, reading[profile], values)


def evaluate_one(
    subject: Subject,
    audiences: AudienceSet,
    numbers: AbstractSet[int],
    states: States,
    *,
    by_news: AbstractSet[int],
) -> list[MembershipChange]:
    """Evaluate in dependency order; `states` and the memberships of the subject follow.

    `by_news` are those for which the new events are enough.
    """
    changes: list[MembershipChange] = []
    now = subject.facts.now
    wanted = set(numbers)
    for number in wanted - audiences.by_number.keys():
        # Deleted or inactive since: nothing is due for it any more.
        _put(states, number, states.get(number, NOTHING)._replace(due_at=None))
    for number in audiences.in_order(wanted):
        if number not in wanted or number not in audiences.by_number:
            continue
        audience = audiences.by_number[number]
        before = states.get(number, NOTHING)
        after = _verdict(
            audience, before, subject, alone=number in by_news, overruns=audiences.overruns
        )
        if after is before or after == before:
            continue
        _put(states, number, after)
        if after.status is None or after.status == before.status:
            continue
        changes.append(MembershipChange(subject.profile, number, after.status, now))
        if after.status == REALIZED:
            subject.memberships.add(audience.id)
        else:
            subject.memberships.discard(audience.id)
        wanted |= audiences.dependents.get(number, frozenset())
    return changes


def _put(states: States, number: int, state: State) -> None:
    if state == NOTHING:
        states.pop(number, None)
    else:
        states[number] = state


def _verdict(
    audience: Audience,
    before: State,
    subject: Subject,
    *,
    alone: bool,
    overruns: Counter[int],
) -> State:
    """The state after an evaluation; `alone`: over new events, beside what is known of others."""
    facts = subject.news if alone else subject.facts
    if overruns and overruns[audience.number] > MOST_OVERRUNS:
        # It would slow everybody's records: the next job evaluates it, or the next edit.
        return before
    if subject.opted_out and audience.excludes_opt_out:
        return transition(before, holds=False, due_at=None, now=facts.now)
    try:
        verdict = audience.query.evaluate(facts)
    except BudgetExceeded:
        logger.warning("audience %s costs too much for one profile: left as it was", audience.id)
        overruns[audience.number] += 1
        return before
    due_at = verdict.due_at if audience.streams else None
    if alone and verdict.holds is not (audience.tendency == "up"):
        # The new events do not decide: what the others say stands, and may change first.
        due_at = earliest(before.due_at, due_at)
    if verdict.holds is (before.status == REALIZED) and due_at == before.due_at:
        return before
    return transition(before, holds=verdict.holds, due_at=due_at, now=facts.now)
