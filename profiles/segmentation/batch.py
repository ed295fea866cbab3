"""Batch evaluation: all audiences of a job over all profiles, in DuckDB; results written set-based.

Audiences of the merge policy that profiles are stored by are evaluated over these; for those of
other policies profiles are merged anew, see `stages` and `snapshot`.

What batch evaluation says of a batch audience is written as it is. Of a streaming audience it only
says where to look: these profiles are evaluated again, from what is stored by then, so that a
record that came meanwhile is never overruled by an older state.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from core import clock, sql
from core.sandboxes.models import Sandbox
from ingestion.journal.queries import ensure_position
from profiles.segmentation.audiences import Audience, AudienceSet
from profiles.segmentation.found import differences
from profiles.segmentation.holding import held_pipeline
from profiles.segmentation.inputs import load_alive
from profiles.segmentation.load import scope_of
from profiles.segmentation.plan import Wanted
from profiles.segmentation.pql.batch_sql import batch_query
from profiles.segmentation.profile_types import profile_type
from profiles.segmentation.relations import (
    at_moment,
    load_relations,
    open_engine,
    time_limit,
    work_folder,
)
from profiles.segmentation.settle import settle
from profiles.segmentation.snapshot import Scope, take_snapshot
from profiles.segmentation.stages import Stage, list_stages
from profiles.segmentation.streaming import evaluate_profiles
from profiles.segmentation.work_types import (
    CostsTooMuch,
    JobResult,
    JobWork,
    Report,
    SegmentResult,
    TooLarge,
)

if TYPE_CHECKING:
    import duckdb

_PACKAGE = "profiles.segmentation"
logger = logging.getLogger(__name__)

_PAGE = 5000
# Evaluated one by one, a page holds the pipeline some tens of milliseconds.
_STREAMING_PAGE = 500

# A million profiles and a hundred audiences take half a minute. Well below the time after which
# a job that gives no sign of life is taken for dead.
_TOGETHER_S = 180
_ALONE_S = 90


def evaluate_job(work: JobWork, report: Report) -> JobResult:
    """Evaluate the audiences of a job; the engine of `run_jobs`."""
    sandbox = Sandbox.objects.select_related("organization").get(number=work.sandbox)
    _let_batches_end(work.sandbox)
    stages = list_stages(sandbox, work.segments)
    found = JobResult(0, {})
    for index, stage in enumerate(stages):
        known = _known_progress(report, found.total_profiles, stages=len(stages) - index)
        found = _joined(found, _evaluate_stage(work, sandbox, stage, known))
    return found


def _known_progress(report: Report, before: int, *, stages: int) -> Report:
    """Reports for one stage of those left: the others are taken to have as many profiles."""

    def known(done: int, total: int, *, matched: int = 0) -> None:
        report(before + done, before + total * stages, matched=matched)

    return known


def _evaluate_stage(work: JobWork, sandbox: Sandbox, stage: Stage, report: Report) -> JobResult:
    asked, audiences = stage.asked, stage.audiences
    scope = _scope(asked, audiences, work.started_ms)
    with work_folder(work.sandbox) as folder, open_engine(folder) as engine:
        load_relations(
            engine,
            take_snapshot(work.sandbox, folder, scope, on_page=lambda: report(0, 0)),
            [one.guarded for one in asked],
            profile_type=profile_type(sandbox),
            ids=audiences.ids_of_all,
            stitched=scope.stitched,
        )
        ((total,),) = engine.execute("SELECT count(*) FROM profile").fetchall()
        report(0, total)
        failures: dict[str, str] = {}
        done: list[Audience] = []
        for level in _levels(asked):
            _follow(engine, level, done)
            failures |= _hold_in_time(engine, level, lambda: report(0, total), now=work.started_ms)
            done += [one for one in level if one.id not in failures]
        _write(engine, work, done, audiences, report, total)
    return _result(done, {stage.policy_id: total}, failures)


def _let_batches_end(sandbox: int) -> None:
    """A batch under way may go by rules of before: what it brings has to be seen here."""
    with sql.connect(autocommit=True, application="onefold-batch") as connection:
        ensure_position(connection, "profile", sandbox)
        with held_pipeline(connection, sandbox):
            pass


def _scope(asked: Sequence[Audience], audiences: AudienceSet, now: int) -> Scope:
    """The events that these audiences look at."""
    recent = all(one.streams for one in asked if one.uses_events)
    since = now - audiences.lookback_ms if recent else None
    return scope_of([one.rule for one in asked], audiences, since=since)


def _levels(asked: Iterable[Audience]) -> list[list[Audience]]:
    """Audiences by how many steps they depend on others of the job."""
    depth: dict[int, int] = {}
    for one in asked:
        depth[one.number] = max((depth.get(n, -1) + 1 for n in one.depends_on), default=0)
    levels: dict[int, list[Audience]] = {}
    for one in asked:
        levels.setdefault(depth[one.number], []).append(one)
    return [levels[level] for level in sorted(levels)]


def _hold_in_time(
    engine: "duckdb.DuckDBPyConnection",
    level: list[Audience],
    sign_of_life: Callable[[], None],
    *,
    now: int,
) -> dict[str, str]:
    """Evaluate; answers which audiences cost too much, by id, and why: they stay as they are."""
    sign_of_life()
    engine.begin()
    try:
        with time_limit(engine, _TOGETHER_S if len(level) > 1 else _ALONE_S):
            _hold(engine, level, now=now)
    except CostsTooMuch as error:
        engine.rollback()
        if len(level) == 1:
            logger.warning("audience %s is left as it was: %s", level[0].id, error.message)
            return {level[0].id: error.message}
        failures: dict[str, str] = {}
        for part in _parts(level, error):
            failures |= _hold_in_time(engine, part, sign_of_life, now=now)
        return failures
    engine.commit()
    return {}


def _parts(level: list[Audience], error: CostsTooMuch) -> list[list[Audience]]:
    """Fewer at once fit into memory; of those that take too long one must not keep the others."""
    if isinstance(error, TooLarge):
        middle = len(level) // 2
        return [level[:middle], level[middle:]]
    return [[one] for one in level]


def _hold(engine: "duckdb.DuckDBPyConnection", level: list[Audience], *, now: int) -> None:
    """Evaluate; `found` gets who holds."""
    query = batch_query({one.number: one.guarded for one in level})
    engine.execute(*at_moment(exp.insert(query, "found").sql("duckdb"), now))


def _follow(
    engine: "duckdb.DuckDBPyConnection", level: Sequence[Audience], done: Sequence[Audience]
) -> None:
    """Let `membership` say what was found, where audiences of this level build on it.

    Not otherwise: of a million profiles it takes a gigabyte.
    """
    numbers = {one.number for one in done}
    if not any(one.depends_on & numbers for one in level):
        return
    engine.execute(
        "CREATE OR REPLACE TABLE membership AS SELECT profile, list(id) AS audiences FROM ("
        " SELECT profile, number FROM belonging"
        " WHERE NOT list_contains($numbers::INTEGER[], number)"
        " UNION SELECT profile, number FROM holding"
        ") JOIN audience_id USING (number) GROUP BY profile",
        {"numbers": sorted(numbers)},
    )


def _write(
    engine: "duckdb.DuckDBPyConnection",
    work: JobWork,
    asked: list[Audience],
    audiences: AudienceSet,
    report: Report,
    total: int,
) -> None:
    batch = [one.number for one in asked if not one.streams]
    streaming = [one.number for one in asked if one.streams]
    done = 0
    with sql.connect(autocommit=True, application="onefold-batch") as connection:
        for page in differences(engine, batch, _PAGE):
            with held_pipeline(connection, work.sandbox) as cursor:
                settle(cursor, work.sandbox, page, frozenset(batch), now=work.started_ms)
            done += len(page)
            report(min(done, total), total)
        for profiles in _to_look_at(engine, streaming, audiences, work.started_ms):
            with held_pipeline(connection, work.sandbox) as cursor:
                alive = load_alive(cursor, work.sandbox, profiles)
                evaluate_profiles(
                    cursor,
                    work.sandbox,
                    audiences=audiences,
                    wanted=Wanted({profile: set(streaming) for profile in alive}),
                    now=clock.now_ms(),
                )
            report(min(done, total), total)
    report(total, total)


def _to_look_at(
    engine: "duckdb.DuckDBPyConnection", numbers: list[int], audiences: AudienceSet, now: int
) -> Iterator[list[bytes]]:
    """Pages of profiles whose standing in streaming audiences may be another than what is stored.

    Those with a different verdict; and, where time alone changes verdicts, those that need a
    moment to be looked at again: whoever has recent events, or everybody where the rule compares
    attributes with the time.
    """
    for page in differences(engine, numbers, _STREAMING_PAGE):
        yield [profile for profile, _ in page]
    timed = [one for one in map(audiences.by_number.__getitem__, numbers) if one.over_time]
    if not timed:
        return
    cursor = engine.cursor()
    if all(one.uses_events for one in timed):
        since = now - audiences.lookback_ms
        cursor.execute("SELECT DISTINCT profile FROM event WHERE ts >= ? ORDER BY 1", [since])
    else:
        cursor.execute("SELECT profile FROM profile ORDER BY 1")
    while rows := cursor.fetchmany(_STREAMING_PAGE):
        yield [profile for (profile,) in rows]


def _result(
    asked: Iterable[Audience], profiles: Mapping[str, int], failures: Mapping[str, str]
) -> JobResult:
    numbers = [one.number for one in asked]
    counts: Mapping[int, tuple[int, int]] = {
        number: (realized, exited)
        for number, realized, exited in sql.fetch(
            _PACKAGE, "count_statuses", {"audiences": numbers}
        )
    }
    return JobResult(
        total_profiles=sum(profiles.values()),
        profiles_by_policy=profiles,
        failures=failures,
        segments={
            one.id: SegmentResult(*_statuses(counts.get(one.number, (0, 0)))) for one in asked
        },
    )


def _joined(one: JobResult, other: JobResult) -> JobResult:
    """What two stages found; of one policy's profiles each is counted once."""
    profiles = {**one.profiles_by_policy, **other.profiles_by_policy}
    return JobResult(
        total_profiles=sum(profiles.values()),
        segments={**one.segments, **other.segments},
        profiles_by_policy=profiles,
        failures={**one.failures, **other.failures},
    )


def _statuses(counted: tuple[int, int]) -> tuple[int, int, int]:
    realized, exited = counted
    return realized, 0, exited
