"""Why a profile is in an audience, or is not; and why what is stored may say something else."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import orjson

from core import clock, sql
from core.errors import AppError, NotFound
from core.sandboxes.models import Sandbox
from ingestion.schemas.lookup import tenant_of
from ingestion.xdm.names import tenant_field
from profiles.lookup.directory import directory_of
from profiles.lookup.queries import find_profiles, read_graphs, unknown_entity
from profiles.lookup.types import ProfileView
from profiles.segmentation.computed.values import placed
from profiles.segmentation.jobs import OPEN, list_jobs
from profiles.segmentation.lifecycle import EVALUATED
from profiles.segmentation.models import SegmentDefinition
from profiles.segmentation.optout import opt_out_rule
from profiles.segmentation.pql.check import check_segment
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.evaluate import compile_query
from profiles.segmentation.pql.explain import explain
from profiles.segmentation.pql.explanation import Explanation
from profiles.segmentation.pql.facts import BudgetExceeded, Facts
from profiles.segmentation.pql.references import references
from profiles.segmentation.profile_types import profile_type
from profiles.segmentation.queries import evaluated, get_segment
from profiles.segmentation.states import NOTHING, REALIZED, State, decode
from profiles.segmentation.types import InvalidAudience
from profiles.store.models import MergePolicy

_PACKAGE = "profiles.segmentation"
_MOST_EVENTS = 2000

type Cause = Literal[
    "opted_out", "inactive", "unstitched", "bad_rule", "not_evaluated", "pending", "batch", "late"
]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the stored membership is not what the rule says now; `at` is a moment (ms) it names."""

    cause: Cause
    message: str
    at: int | None = None


@dataclass(frozen=True, slots=True)
class MembershipExplanation:
    """What the rule says of a profile now, and what is stored.

    `holds` takes opting out into account; None: the rule cannot be evaluated, `reasons` say why.
    `due_at` is the moment (ms) at which time alone may change it.
    """

    segment: SegmentDefinition
    view: ProfileView
    now: int
    stored: State
    holds: bool | None = None
    opted_out: bool = False
    explanation: Explanation | None = None
    due_at: int | None = None
    reasons: tuple[Reason, ...] = ()

    @property
    def is_stored_member(self) -> bool:
        """Whether look-ups show the profile as a member."""
        return self.stored.status == REALIZED and self.segment.state in EVALUATED


def explain_membership(*, sandbox: Sandbox, name: bytes, segment_id: str) -> MembershipExplanation:
    """Explain one audience for the profile reached through the XID `name`; raises NotFound."""
    segment = get_segment(sandbox=sandbox, segment_id=segment_id)
    if segment.kind != SegmentDefinition.Kind.RULE:
        message = f"{segment.name} is a list: it has no rule to explain."
        raise InvalidAudience(message, path="audienceId", received=segment_id)
    view = _view(sandbox, name, segment)
    states = decode(view.states) if view.states else {}
    base = MembershipExplanation(segment, view, clock.now_ms(), states.get(segment.number, NOTHING))
    try:
        told = _explain(sandbox, segment, view, states, now=base.now)
    except (PqlError, BudgetExceeded) as error:
        problem = Reason("bad_rule", f"The rule cannot be evaluated. {error.message}")
        return replace(base, reasons=(problem,))
    holds = told.part.holds and not told.opted_out
    return replace(
        base,
        holds=holds,
        opted_out=told.opted_out,
        explanation=told.part,
        due_at=told.part.due_at,
        reasons=tuple(reasons_of(base, sandbox=sandbox, holds=holds, opted_out=told.opted_out)),
    )


def _view(sandbox: Sandbox, name: bytes, segment: SegmentDefinition) -> ProfileView:
    """The profile as the audience's merge policy sees it, with the memberships of its person."""
    policy = str(segment.merge_policy_id) if segment.merge_policy_id else None
    found = find_profiles(
        sandbox=sandbox,
        names=[name],
        policy_id=policy,
        schema_name=segment.schema_name,
        with_computed=True,
    ).get(name)
    if isinstance(found, AppError):
        raise found
    graph = read_graphs(sandbox=sandbox, names=[name]).get(name)
    if graph is None:
        raise unknown_entity()
    if found is None:
        message = f"The merge policy of {segment.name} sees nothing of this profile: it is not in."
        raise NotFound(message, audienceId=str(segment.pk))
    return replace(found, states=graph.states)


@dataclass(frozen=True, slots=True)
class _Told:
    part: Explanation
    opted_out: bool


def _explain(
    sandbox: Sandbox,
    segment: SegmentDefinition,
    view: ProfileView,
    states: Mapping[int, State],
    *,
    now: int,
) -> _Told:
    """Evaluate part by part what an evaluation would read."""
    type_ = profile_type(sandbox, segment.schema_name)
    rule = check_segment(segment.expression, type_)
    facts = Facts(
        _document(sandbox, view),
        now=now,
        events=_events(sandbox, view, references(rule).event_types),
        memberships=_memberships(sandbox, view, states),
    )
    part = explain(rule, segment.expression, facts)
    opt_out = opt_out_rule(type_) if segment.exclude_opt_out else None
    opted_out = opt_out is not None and compile_query(opt_out).evaluate(facts).holds is True
    return _Told(part, opted_out)


def _document(sandbox: Sandbox, view: ProfileView) -> dict[str, Any]:
    document: dict[str, Any] = orjson.loads(view.document)
    if not view.computed:
        return document
    return placed(document, tenant_field(tenant_of(sandbox)), view.computed)


def _memberships(sandbox: Sandbox, view: ProfileView, states: Mapping[int, State]) -> set[str]:
    rows = evaluated(sandbox).values_list("number", "pk")
    own = {str(pk) for number, pk in rows if states.get(number, NOTHING).status == REALIZED}
    lists = directory_of(sandbox).lists
    return own | {lists[one.number].id for one in view.listings}


def _events(
    sandbox: Sandbox, view: ProfileView, types: frozenset[str] | None
) -> list[dict[str, Any]]:
    """The profile's events. Those of other types decide nothing, but show what there is."""
    if types is not None and not types:
        return []
    directory = directory_of(sandbox)
    params = {
        "ids": [member.id_in(sandbox.number) for member in view.members],
        "sandbox": sandbox.number,
        "types": None,
        "datasets": directory.allowed_datasets(directory.policy(view.policy_id)),
        "limit": _MOST_EVENTS + 1,
    }
    rows = sql.fetch(_PACKAGE, "load_events_of", params)
    if len(rows) > _MOST_EVENTS:
        wanted = None if types is None else sorted(types)
        rows = sql.fetch(_PACKAGE, "load_events_of", {**params, "types": wanted, "limit": None})
    return [orjson.loads(document) for (document,) in rows]


def reasons_of(
    found: MembershipExplanation, *, sandbox: Sandbox, holds: bool, opted_out: bool
) -> Iterator[Reason]:
    """Why look-ups may show something else than the rule says."""
    segment = found.segment
    if opted_out:
        yield Reason("opted_out", "The person opted out of the use of their data.")
    if segment.state not in EVALUATED:
        message = "The audience is inactive: it is not evaluated, and nobody is shown as a member."
        yield Reason("inactive", message, segment.updated_ms)
        return
    is_stored = found.stored.status == REALIZED
    if holds == is_stored:
        return
    parts = _about_parts(segment.merge_policy, holds=holds)
    yield Reason("unstitched", parts) if parts else _why_stale(segment, sandbox)


def _about_parts(policy: MergePolicy | None, *, holds: bool) -> str:
    """Why a policy without stitching has members of whom an identity alone says something else."""
    if policy is None or policy.identity_graph != MergePolicy.IdentityGraph.NONE:
        return ""
    if policy.is_active_on_edge:
        return (
            "Its merge policy takes each identity alone; while active on edge, members are people."
        )
    if holds:
        return ""
    return (
        "Its merge policy takes each identity alone: the person is in by another identity, or was"
        " at the last evaluation."
    )


def _why_stale(segment: SegmentDefinition, sandbox: Sandbox) -> Reason:
    """The rule says one thing, what is stored another."""
    jobs = list_jobs(sandbox=sandbox, segment_id=str(segment.pk)).filter(status__in=OPEN)
    if (job := jobs.first()) is not None:
        message = f"An evaluation waits or runs: job {job.number}."
        return Reason("pending", message, job.created_ms)
    if segment.method != SegmentDefinition.Method.BATCH:
        message = "It is evaluated with each record: this one is still under way, or just came due."
        return Reason("late", message)
    if segment.evaluated_ms is None:
        return Reason("not_evaluated", "The audience was not evaluated yet.")
    message = "A batch audience: what changed since its last evaluation counts at the next one."
    return Reason("batch", message, segment.evaluated_ms)
