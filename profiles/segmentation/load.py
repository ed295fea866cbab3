"""From stored definitions to audiences that can be evaluated."""

import logging
from collections.abc import Collection
from dataclasses import replace
from threading import Lock

from django.conf import settings

from core.sandboxes.models import Sandbox
from profiles.segmentation.audiences import NO_AUDIENCES, Audience, AudienceSet, audience_set
from profiles.segmentation.computed.fields import load_computed_fields
from profiles.segmentation.models import SegmentDefinition
from profiles.segmentation.optout import guard, opt_out_rule
from profiles.segmentation.pql.attribute_tests import attribute_use
from profiles.segmentation.pql.check import check_segment
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.evaluate import compile_query
from profiles.segmentation.pql.references import computed_attributes, references
from profiles.segmentation.pql.tendency import is_incremental, tendency
from profiles.segmentation.pql.typed import Typed
from profiles.segmentation.pql.types import ObjectType
from profiles.segmentation.profile_types import profile_type
from profiles.segmentation.queries import evaluated, shown_lists
from profiles.segmentation.snapshot import Scope
from profiles.store.fragments import Path
from profiles.store.models import MergePolicy
from profiles.store.policies import policy_of
from profiles.store.queries import find_cached_policy

logger = logging.getLogger(__name__)

_MS_AN_HOUR = 3_600_000

# Compiled audiences by id, with what they were compiled from: a change of one compiles one.
# Another policy becomes active on edge without a new version of the audience: hence the last.
_compiled: dict[str, tuple[tuple[int, str, ObjectType, bool], Audience]] = {}
_lock = Lock()


def load_audiences(sandbox: Sandbox, *, policy: MergePolicy | None = None) -> AudienceSet:
    """Audiences of a sandbox under one merge policy: the one whose result is kept, unless given.

    A rule that the union schema no longer allows is left out and keeps its members.
    """
    rows = list(evaluated(sandbox).prefetch_related("depends_on"))
    lists = {one.number: one.id for one in shown_lists(sandbox)}
    computed = load_computed_fields(sandbox)
    if policy is None and not rows and not lists and not computed:
        return NO_AUDIENCES
    cached = find_cached_policy(sandbox=sandbox)
    policy = policy or cached
    is_cached = policy == cached
    merging = policy_of(policy)
    type_ = profile_type(sandbox)
    opt_out = opt_out_rule(type_)
    found = [
        _compile(row, type_, streams=is_cached)
        for row in rows
        if policy is not None and row.merge_policy_id == policy.pk
    ]
    made = audience_set(
        [one for one in found if one is not None],
        datasets=merging.datasets,
        lookback_ms=settings.CONFIG.streaming_lookback_hours * _MS_AN_HOUR,
        opt_out=None if opt_out is None else compile_query(opt_out),
        lists=lists,
        computed=computed,
    )
    return replace(
        made,
        policy=None if is_cached else merging,
        named={row.number: str(row.pk) for row in rows},
    )


def scope_of(
    rules: Collection[Typed], audiences: AudienceSet, *, since: int | None = None
) -> Scope:
    """The events that evaluating these rules reads."""
    types: set[str] | None = set()
    for rule in rules:
        found = references(rule).event_types
        types = None if types is None or found is None else types | found
    return Scope(
        computed=any(any(computed_attributes(rule)) for rule in rules),
        events=types is None or bool(types),
        since=since,
        types=None if types is None else frozenset(types),
        datasets=audiences.datasets,
        policy=audiences.policy,
    )


def _compile(row: SegmentDefinition, type_: ObjectType, *, streams: bool) -> Audience | None:
    key = str(row.pk)
    made_from = (row.version, row.expression, type_, streams)
    known = _compiled.get(key)
    if known is not None and known[0] == made_from:
        return known[1]
    try:
        audience = _audience(row, type_, streams=streams)
    except PqlError as error:
        logger.warning("audience %s is not evaluated: %s", key, error)
        return None
    with _lock:
        _compiled[key] = (made_from, audience)
    return audience


def _audience(row: SegmentDefinition, type_: ObjectType, *, streams: bool) -> Audience:
    return compile_audience(
        check_segment(row.expression, type_),
        number=row.number,
        key=str(row.pk),
        depends_on=frozenset(one.number for one in row.depends_on.all()),
        streams=streams and row.method != SegmentDefinition.Method.BATCH,
        opt_out=opt_out_rule(type_) if row.exclude_opt_out else None,
    )


def compile_audience(
    rule: Typed,
    *,
    number: int,
    key: str,
    depends_on: frozenset[int] = frozenset(),
    streams: bool = True,
    opt_out: Typed | None = None,
) -> Audience:
    """What evaluations know of an audience; it holds for nobody who meets `opt_out`. Pure."""
    read, asked = references(rule), attribute_use(rule)
    guards = frozenset() if opt_out is None else references(opt_out).attributes
    return Audience(
        number=number,
        id=key,
        rule=rule,
        guarded=guard(rule, opt_out),
        query=compile_query(rule),
        paths=_paths(read.attributes | guards),
        tests=asked.tests,
        untested=_paths(asked.others | guards),
        uses_events=read.event_types is None or bool(read.event_types),
        event_types=read.event_types,
        over_time=read.over_time,
        tendency=tendency(rule),
        incremental=is_incremental(rule) and not depends_on,
        depends_on=depends_on,
        streams=streams,
        excludes_opt_out=opt_out is not None,
    )


def _paths(dotted: Collection[str]) -> frozenset[Path]:
    return frozenset(tuple(path.split(".")) for path in dotted)
