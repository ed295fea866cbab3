"""Streaming evaluation: inside the pipeline's transaction, only what a change can touch."""

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from psycopg import Cursor

from profiles.segmentation.audiences import Audience, AudienceSet
from profiles.segmentation.computed.keep import keep_values, load_values
from profiles.segmentation.computed.values import placed
from profiles.segmentation.inputs import (
    Inputs,
    load_documents,
    load_events,
    load_listed,
    load_states,
)
from profiles.segmentation.pql.facts import BudgetExceeded, Facts
from profiles.segmentation.states import (
    NOTHING,
    REALIZED,
    MembershipChange,
    State,
    States,
    join,
    transition,
)
from profiles.segmentation.write_memberships import Standing, count_standings, save_standings
from profiles.store.fragments import Path

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Touched:
    """What a micro-batch did to profiles, by profile id.

    documents    merged attributes, where the batch merged them
    paths        attributes its records spoke of, in outline
    event_types  types of its new events
    moved        profiles that got identities of others (whose ids), or a new id
    regrouped    profiles that joined others, or lost a part
    vanished     ids that became part of other profiles
    """

    documents: Mapping[bytes, dict[str, Any]] = field(default_factory=dict)
    paths: Mapping[bytes, set[Path]] = field(default_factory=dict)
    event_types: Mapping[bytes, set[str | None]] = field(default_factory=dict)
    moved: Mapping[bytes, frozenset[bytes]] = field(default_factory=dict)
    regrouped: frozenset[bytes] = frozenset()
    vanished: frozenset[bytes] = frozenset()


NOBODY = Touched()
type Wanted = Mapping[bytes, set[int]]

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
    wanted = _plan(audiences, touched)
    perhaps_new = bool(audiences.by_default and touched.documents)
    if not wanted and not perhaps_new and not touched.moved and not touched.vanished:
        return []
    return evaluate_profiles(
        cursor, sandbox, audiences=audiences, wanted=wanted, touched=touched, now=now
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
    rows = load_states(cursor, {*wanted, *merged, *touched.moved, *touched.vanished, *origins})
    wanted = _unsettled(audiences, wanted, rows, touched, now=now)
    for profile in set(merged) - rows.keys():
        # Nothing was found out about them yet.
        wanted[profile] = wanted.get(profile, set()) | audiences.by_default
    inputs = _load(cursor, audiences, wanted, touched, now=now)
    standings: list[Standing] = []
    changes: list[MembershipChange] = []
    for profile in sorted({*wanted, *touched.moved}):
        states = join(_inherited(profile, rows, touched))
        numbers = wanted.get(profile)
        if numbers:
            facts = inputs.of(profile, audiences, states, now=now)
            changes += _evaluate_one(profile, audiences, numbers, states, facts)
        standings.append(Standing(profile, rows.get(profile), states))
    standings += [Standing(one, rows[one], {}) for one in touched.vanished & rows.keys()]
    counts = count_standings(standings, changes)
    save_standings(cursor, sandbox, standings, counts=counts, now=now)
    return changes


def _with_other_events(touched: Touched) -> frozenset[bytes]:
    """Profiles that have other events than before, or go by another id now."""
    renamed = {profile for profile, origins in touched.moved.items() if origins & touched.vanished}
    return touched.regrouped | renamed


def _inherited(profile: bytes, rows: Mapping[bytes, States], touched: Touched) -> list[States]:
    """Rows that are this profile's now: its own, and of those that vanished into it.

    A profile that lost a part keeps its row; what parted from it begins anew.
    """
    merged = touched.moved.get(profile, frozenset()) & touched.vanished
    return [rows[one] for one in sorted(merged | {profile}) if one in rows]


def _plan(audiences: AudienceSet, touched: Touched) -> dict[bytes, set[int]]:
    """Which audiences to evaluate for which profile."""
    wanted: dict[bytes, set[int]] = {}
    for profile, paths in touched.paths.items():
        wanted[profile] = audiences.touched_by_paths(paths)
    for profile, types in touched.event_types.items():
        found = audiences.touched_by_events(types)
        wanted[profile] = wanted[profile] | found if profile in wanted else found
    for profile in touched.regrouped:
        # Batch audiences, too: nobody keeps for a day what only the other person earned.
        wanted[profile] = set(audiences.by_number)
    return {profile: numbers for profile, numbers in wanted.items() if numbers}


def _unsettled(
    audiences: AudienceSet,
    wanted: Wanted,
    rows: Mapping[bytes, States],
    touched: Touched,
    *,
    now: int,
) -> dict[bytes, set[int]]:
    """Without audiences that no new event can move: who bought is in whatever else they buy.

    A membership may last longer than its `due_at` by such an event; the sweep then finds out.
    """
    left = dict(wanted)
    for profile in touched.event_types.keys() & wanted.keys() & rows.keys():
        if profile in touched.moved or profile in touched.regrouped:
            continue
        states, spoken = rows[profile], touched.paths.get(profile, ())
        left[profile] = audiences.touched_by_paths(spoken) | {
            number
            for number in wanted[profile]
            if not _is_settled(audiences.by_number[number], states.get(number), now=now)
        }
    return {profile: numbers for profile, numbers in left.items() if numbers}


def _is_settled(audience: Audience, state: State | None, *, now: int) -> bool:
    if state is None or (state.due_at is not None and state.due_at <= now):
        return False
    return audience.tendency == ("up" if state.status == REALIZED else "down")


def _load(
    cursor: Cursor[Any], audiences: AudienceSet, wanted: Wanted, touched: Touched, *, now: int
) -> Inputs:
    documents: dict[bytes, Mapping[str, Any]] = dict(touched.documents)
    documents |= load_documents(cursor, wanted.keys() - documents.keys())
    _add_computed(cursor, audiences, wanted, documents)
    whole: list[bytes] = []
    recent: list[bytes] = []
    types: set[str] = set()
    any_type = False
    for profile, numbers in wanted.items():
        needs = audiences.needs_of(numbers)
        if needs.history:
            whole.append(profile)
        elif needs.events:
            recent.append(profile)
            any_type = any_type or needs.types is None
            types |= needs.types or frozenset()
    only = audiences.datasets
    events = load_events(cursor, whole, datasets=only)
    events |= load_events(
        cursor,
        recent,
        since=now - audiences.lookback_ms,
        types=None if any_type else types,
        datasets=only,
    )
    lists = audiences.lists_of({number for numbers in wanted.values() for number in numbers})
    listed = load_listed(cursor, wanted.keys(), lists, now=now)
    return Inputs(documents, events, listed)


def _add_computed(
    cursor: Cursor[Any],
    audiences: AudienceSet,
    wanted: Wanted,
    documents: dict[bytes, Mapping[str, Any]],
) -> None:
    """Put computed attributes into the documents of profiles whose audiences read them."""
    owners = {profile: audiences.computed_owner(numbers) for profile, numbers in wanted.items()}
    reading = {profile: owner for profile, owner in owners.items() if owner is not None}
    if reading:
        for profile, values in load_values(cursor, reading.keys()).items():
            document = documents.get(profile, {})
            documents[profile] = placed(document, reading[profile], values)


def _evaluate_one(
    profile: bytes, audiences: AudienceSet, numbers: set[int], states: States, facts: Facts
) -> list[MembershipChange]:
    """Evaluate in dependency order; `states` and the memberships in `facts` follow."""
    changes: list[MembershipChange] = []
    members = facts.memberships
    assert isinstance(members, set)  # `Inputs.of` made it
    opted_out = audiences.opt_out is not None and audiences.opt_out.evaluate(facts).holds
    wanted = set(numbers)
    for number in sorted(wanted - audiences.by_number.keys()):
        # Deleted or inactive since: nothing is due for it any more.
        _put(states, number, states.get(number, NOTHING)._replace(due_at=None))
    for number in audiences.in_order(wanted & audiences.by_number.keys()):
        if number not in wanted:
            continue
        audience = audiences.by_number[number]
        before = states.get(number, NOTHING)
        after = _verdict(audience, before, facts, opted_out=opted_out, overruns=audiences.overruns)
        if after is before or after == before:
            continue
        _put(states, number, after)
        if after.status is None or after.status == before.status:
            continue
        changes.append(MembershipChange(profile, number, after.status, facts.now))
        if after.status == REALIZED:
            members.add(audience.id)
        else:
            members.discard(audience.id)
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
    facts: Facts,
    *,
    opted_out: bool,
    overruns: Counter[int],
) -> State:
    if overruns[audience.number] > MOST_OVERRUNS:
        # It would slow everybody's records: the next job evaluates it, or the next edit.
        return before
    if opted_out and audience.excludes_opt_out:
        return transition(before, holds=False, due_at=None, now=facts.now)
    try:
        verdict = audience.query.evaluate(facts)
    except BudgetExceeded:
        logger.warning("audience %s costs too much for one profile: left as it was", audience.id)
        overruns[audience.number] += 1
        return before
    due_at = verdict.due_at if audience.streams else None
    if verdict.holds is (before.status == REALIZED) and due_at == before.due_at:
        return before
    return transition(before, holds=verdict.holds, due_at=due_at, now=facts.now)
