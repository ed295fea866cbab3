"""Run evaluations: one at a time in a sandbox, in the order they were asked for."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Q

from core import clock
from core.sandboxes.models import Sandbox
from core.tasks import enqueue, nudge
from profiles.segmentation import engines, work
from profiles.segmentation.jobs import EVERY, JOB_TASK
from profiles.segmentation.models import SegmentCount, SegmentDefinition, SegmentJob
from profiles.segmentation.queries import evaluated, find_segments
from profiles.segmentation.rules import reachable
from profiles.segmentation.work_types import (
    CostsTooMuch,
    JobResult,
    JobWork,
    SegmentResult,
    SegmentWork,
)

Status = SegmentJob.Status
WAITING = (Status.NEW, Status.QUEUED)


def run_job(job_id: str) -> None:
    """Evaluate the audiences of a job, unless it is another job's turn; then nudge the next."""
    claim = _take(job_id)
    if claim is None:
        return
    job = claim.row

    def report(done: int, total: int, *, matched: int = 0) -> None:
        del matched
        claim.report(profiles_read=done, profiles_total=total)

    found = work.attempt(
        claim,
        engines.evaluator,
        _work_of(job),
        report=report,
        failed=Status.FAILED,
    )
    if found is not None:
        _finish(claim, found)
    # Whoever cancelled waits for this word from the worker.
    stopped = SegmentJob.objects.filter(pk=job.pk, status=Status.CANCELLING)
    now = clock.now_ms()
    stopped.update(status=Status.CANCELLED, finished_ms=now, updated_ms=now)
    _start_next(job.sandbox_id)


def resume_jobs() -> None:
    """Nudge the next job of every sandbox, end cancellations nobody works on: messages get lost."""
    stale = clock.now_ms() - work.STALE_MS
    SegmentJob.objects.filter(status=Status.CANCELLING, updated_ms__lt=stale).update(
        status=Status.CANCELLED, finished_ms=clock.now_ms(), updated_ms=clock.now_ms()
    )
    free = Q(status__in=WAITING) | Q(status=Status.PROCESSING, updated_ms__lt=stale)
    jobs = SegmentJob.objects.filter(free, sandbox__state=Sandbox.State.ACTIVE)
    first = jobs.order_by("sandbox", "created_ms", "number").distinct("sandbox")
    for pk in first.values_list("pk", flat=True):
        nudge(JOB_TASK, within=30, job=str(pk))


@transaction.atomic
def _take(job_id: str) -> work.Claim[SegmentJob] | None:
    job = SegmentJob.objects.filter(pk=job_id).first()
    if job is None:
        return None
    # FOR NO KEY UPDATE of the sandbox: two workers decide one after the other who runs.
    Sandbox.objects.select_for_update(no_key=True).get(pk=job.sandbox_id)
    alive = clock.now_ms() - work.STALE_MS
    running = SegmentJob.objects.filter(
        sandbox=job.sandbox_id,
        status__in=(Status.PROCESSING, Status.CANCELLING),
        updated_ms__gte=alive,
    )
    if running.exclude(pk=job.pk).exists():
        SegmentJob.objects.filter(pk=job.pk, status=Status.NEW).update(status=Status.QUEUED)
        return None
    return work.take(
        SegmentJob.objects.select_related("sandbox"),
        job.pk,
        claimable=work.free("status", WAITING, Status.PROCESSING),
        column="status",
        running=Status.PROCESSING,
    )


def _work_of(job: SegmentJob) -> JobWork:
    assert job.started_ms is not None, "a claimed job has started"
    return JobWork(
        id=str(job.pk),
        sandbox=job.sandbox_id,
        started_ms=job.started_ms,
        segments=tuple(_segment_work(each) for each in _wanted(job)),
    )


def _wanted(job: SegmentJob) -> Iterable[SegmentDefinition]:
    """The job's audiences as they are now, with those they depend on, which come first."""
    asked = [str(each["segmentId"]) for each in job.segments]
    if job.everything or EVERY in asked:
        rows = evaluated(job.sandbox).select_related("merge_policy")
        segments = list(rows.order_by("number"))
    else:
        segments = find_segments(sandbox=job.sandbox, segment_ids=asked)
    alive = set(evaluated(job.sandbox).values_list("pk", flat=True))
    return [each for each in reachable(segments).values() if each.pk in alive]


def _segment_work(segment: SegmentDefinition) -> SegmentWork:
    return SegmentWork(
        id=str(segment.pk),
        number=segment.number,
        expression=segment.expression,
        method=segment.method,
        policy_id=str(segment.merge_policy_id),
        exclude_opt_out=segment.exclude_opt_out,
    )


def _finish(claim: work.Claim[SegmentJob], found: JobResult) -> None:
    job, now = claim.row, clock.now_ms()
    metrics: dict[str, Any] = {
        "started_ms": job.started_ms,
        "ended_ms": now,
        "total_profiles": found.total_profiles,
        "profiles_by_policy": dict(found.profiles_by_policy),
        "segments": {key: _counted(each) for key, each in found.segments.items()},
    }
    troubles = [
        work.trouble(f"Audience {key}: {message}", CostsTooMuch.code) | {"audience": key}
        for key, message in found.failures.items()
    ]
    status = Status.FAILED if troubles and not found.segments else Status.SUCCEEDED
    with transaction.atomic():
        if claim.end(status, metrics=metrics, profiles_read=found.total_profiles, errors=troubles):
            _record_counts(job, found, now)


def _counted(result: SegmentResult) -> dict[str, Any]:
    return {
        "realized": result.realized,
        "existing": result.existing,
        "exited": result.exited,
        "by_namespace": dict(result.by_namespace),
    }


def _record_counts(job: SegmentJob, found: JobResult, now: int) -> None:
    segments = find_segments(sandbox=job.sandbox, segment_ids=list(found.segments))
    for segment in segments:
        segment.profile_count = found.segments[str(segment.pk)].members
        segment.evaluated_ms = now
    SegmentDefinition.objects.bulk_update(segments, ["profile_count", "evaluated_ms"], 500)
    counts = [
        SegmentCount(
            sandbox_id=job.sandbox_id,
            segment=segment,
            at_ms=now,
            realized=found.segments[str(segment.pk)].realized,
            existing=found.segments[str(segment.pk)].existing,
            exited=found.segments[str(segment.pk)].exited,
        )
        for segment in segments
    ]
    SegmentCount.objects.bulk_create(counts)


def _start_next(sandbox: int) -> None:
    waiting = SegmentJob.objects.filter(sandbox=sandbox, status__in=WAITING)
    following = waiting.order_by("created_ms", "number").values_list("pk", flat=True).first()
    if following is not None:
        enqueue(JOB_TASK, job=str(following))
