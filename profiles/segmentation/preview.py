"""Try a rule out: who would be in, how many, and which condition lets how many through."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from core import sql
from core.sandboxes.models import Sandbox
from profiles.identity.ids import xid, xid_text
from profiles.lookup.directory import directory_of
from profiles.segmentation.load import load_audiences, scope_of
from profiles.segmentation.pql.batch_sql import conjuncts, funnel_query, sample_query
from profiles.segmentation.pql.check import check_segment
from profiles.segmentation.profile_types import profile_type
from profiles.segmentation.recent import recent_snapshot
from profiles.segmentation.relations import (
    at_moment,
    load_relations,
    open_engine,
    people_of,
    time_limit,
    work_folder,
)
from profiles.segmentation.types import PROFILE_SCHEMA
from profiles.segmentation.work_types import (
    FunnelStep,
    PreviewResult,
    PreviewWork,
    Report,
    SampledProfile,
)
from profiles.store.models import MergePolicy
from profiles.store.policies import policy_of
from profiles.store.queries import find_cached_policy, find_merge_policies

_PACKAGE = "profiles.segmentation"
_SAMPLED = 100
# Somebody looks at the count and waits.
_PATIENCE_S = 60


def evaluate_preview(work: PreviewWork, report: Report) -> PreviewResult:
    """Count exactly, over every profile; the engine of `run_others.run_preview`.

    Without stitching it counts identities, each a profile of its own, and samples their people.
    """
    sandbox = Sandbox.objects.select_related("organization").get(number=work.sandbox)
    type_ = profile_type(sandbox, work.schema_name)
    rule = check_segment(work.expression, type_)
    policy = _policy(work, sandbox)
    audiences = load_audiences(sandbox, policy=policy)
    scope = scope_of([rule], audiences)
    if work.identity_graph == MergePolicy.IdentityGraph.NONE:
        scope = replace(scope, policy=replace(policy_of(policy), stitched=False))
    with (
        work_folder(work.sandbox) as folder,
        open_engine(folder) as engine,
        recent_snapshot(work.sandbox, scope, on_page=lambda: report(0, 0)) as snapshot,
    ):
        load_relations(
            engine,
            snapshot,
            [rule],
            profile_type=type_,
            ids=audiences.ids_of_all,
            stitched=scope.stitched,
        )
        report(0, 0)
        now = work.started_ms
        funnel = funnel_query(rule).sql("duckdb")
        sample = sample_query(rule, limit=_SAMPLED).sql("duckdb")
        with time_limit(engine, _PATIENCE_S):
            ((total, single, cumulative),) = engine.execute(*at_moment(funnel, now)).fetchall()
            ids = [row[0] for row in engine.execute(*at_moment(sample, now)).fetchall()]
        if not scope.stitched:
            ids = people_of(engine, ids)
    matched = cumulative[-1]
    steps = [
        FunnelStep(work.expression[slice(*part.at)], alone, left)
        for part, alone, left in zip(conjuncts(rule), single, cumulative, strict=True)
    ]
    return PreviewResult(
        read=total,
        matched=matched,
        total=total,
        sample=tuple(_sampled(sandbox, ids)),
        funnel=tuple(steps),
        as_of=snapshot.taken_at,
    )


def _policy(work: PreviewWork, sandbox: Sandbox) -> MergePolicy | None:
    """The merge policy asked for, as long as it exists; else the one profiles are stored by."""
    found = find_merge_policies(sandbox=sandbox, policy_ids=[work.policy_id or ""])
    if found and found[0].schema_name == PROFILE_SCHEMA:
        return found[0]
    return find_cached_policy(sandbox=sandbox)


def _sampled(sandbox: Sandbox, profiles: Sequence[bytes]) -> Iterable[SampledProfile]:
    rows = sql.fetch(
        _PACKAGE, "members_of_profiles", {"profiles": list(profiles), "sandbox": sandbox.number}
    )
    directory = directory_of(sandbox)
    found: dict[bytes, dict[str, list[str]]] = {}
    names: dict[bytes, str] = {}
    for profile, identity, namespace, value in rows:
        code = directory.code_of(namespace).lower()
        found.setdefault(profile, {}).setdefault(code, []).append(value)
        if identity == profile:
            names[profile] = xid_text(xid(namespace, value))
    for profile, identities in found.items():
        if profile in names:
            listed: dict[str, Any] = {code: tuple(values) for code, values in identities.items()}
            yield SampledProfile(names[profile], listed)
