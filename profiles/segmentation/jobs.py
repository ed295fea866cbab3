"""Start and cancel evaluations of audiences, and read about them."""

import secrets
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from core import clock
from core.access.permissions import require
from core.access.types import SYSTEM, Actor
from core.audit import actions as audit
from core.errors import NotFound
from core.http.request_id import current_request_id
from core.sandboxes.models import Sandbox
from core.tasks import enqueue
from profiles.segmentation.lifecycle import EVALUATED
from profiles.segmentation.models import SegmentDefinition, SegmentJob
from profiles.segmentation.queries import evaluated, find_segments, parse_uuid
from profiles.segmentation.types import (
    MOST_ON_DEMAND,
    MOST_OPEN_JOBS,
    PROFILE_SCHEMA,
    InvalidAudience,
    TooManyJobs,
    unknown_audience,
)

JOB_TASK = "profiles.tasks.evaluate_segments"
EVERY = "*"
# Jobs that start by themselves, because an audience changed.
SYSTEM_SOURCE = "system"
Status = SegmentJob.Status
OPEN = (Status.NEW, Status.QUEUED, Status.PROCESSING, Status.CANCELLING)
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@transaction.atomic
def start_job(
    segment_ids: Sequence[str],
    *,
    actor: Actor,
    sandbox: Sandbox,
    schema_name: str = PROFILE_SCHEMA,
    source: str = "api",
    properties: dict[str, Any] | None = None,
) -> SegmentJob:
    """Evaluate these audiences (`*`: all) over all profiles, in the background."""
    require(actor, "evaluate-segments", sandbox)
    everything = EVERY in segment_ids
    segments = _every(sandbox) if everything else _asked(segment_ids, sandbox)
    Sandbox.objects.select_for_update(no_key=True).get(pk=sandbox.pk)
    asked = SegmentJob.objects.filter(sandbox=sandbox, status__in=OPEN)
    if asked.exclude(source=SYSTEM_SOURCE).count() >= MOST_OPEN_JOBS:
        message = "Request rate is large. Please try again later."
        raise TooManyJobs(message, status=429)
    job = _new_job(sandbox, source, _shown(segments, everything=everything), actor=actor)
    job.schema_name, job.everything = schema_name, everything
    job.properties = properties or {}
    job.save(force_insert=True)
    asset = ("SegmentJob", str(job.pk), f"{len(segments)} audiences")
    audit.record(actor=actor, action="Evaluate", asset=asset, sandbox=sandbox)
    enqueue(JOB_TASK, job=str(job.pk))
    return job


def evaluate_soon(segment: SegmentDefinition) -> None:
    """Have an audience that changed evaluated, with those that build on it, once all is committed.

    A job that waits takes it along, so a hundred edits are one or two jobs. The caller holds the
    lock of the sandbox: no worker claims that job meanwhile.
    """
    _evaluate_soon(segment.sandbox, [segment])


@transaction.atomic
def evaluate_policy_soon(*, sandbox: Sandbox, policy_id: uuid.UUID) -> None:
    """Have the audiences of a merge policy evaluated, with those that build on them."""
    Sandbox.objects.select_for_update(no_key=True).get(pk=sandbox.pk)
    rows = evaluated(sandbox).filter(merge_policy=policy_id)
    segments = list(rows.select_related("merge_policy").order_by("number"))
    if segments:
        _evaluate_soon(sandbox, segments)


def _evaluate_soon(sandbox: Sandbox, segments: Sequence[SegmentDefinition]) -> None:
    waiting = SegmentJob.objects.filter(sandbox=sandbox, status__in=(Status.NEW, Status.QUEUED))
    if waiting.filter(everything=True).exists():
        return
    # FOR UPDATE: who cancels the job meanwhile comes before or after.
    mine = waiting.filter(source=SYSTEM_SOURCE).select_for_update(of=("self",))
    job = mine.first() or _new_job(sandbox, SYSTEM_SOURCE, [])
    entries = {each["segmentId"]: each for each in job.segments}
    entries |= {each["segmentId"]: each for each in _shown(_with_dependents(sandbox, segments))}
    job.everything = len(entries) > MOST_ON_DEMAND
    job.segments = [{"segmentId": EVERY}] if job.everything else list(entries.values())
    job.save()
    enqueue(JOB_TASK, job=str(job.pk))


@transaction.atomic
def cancel_job(*, actor: Actor, sandbox: Sandbox, job_id: str) -> SegmentJob:
    """Stop a job that waits; tell one that runs to stop; leave one that ended as it is."""
    require(actor, "evaluate-segments", sandbox)
    job = SegmentJob.objects.select_for_update().get(pk=get_job(sandbox=sandbox, job_id=job_id).pk)
    if job.status in {Status.NEW, Status.QUEUED}:
        job.status, job.finished_ms = Status.CANCELLED, clock.now_ms()
    elif job.status == Status.PROCESSING:
        job.status = Status.CANCELLING
    else:
        return job
    job.updated_ms = clock.now_ms()
    job.save(update_fields=["status", "finished_ms", "updated_ms"])
    asset = ("SegmentJob", str(job.pk), f"job {job.number}")
    audit.record(actor=actor, action="Cancel", asset=asset, sandbox=sandbox)
    return job


def get_job(*, sandbox: Sandbox, job_id: str) -> SegmentJob:
    """The job with this id; raises NotFound."""
    found = find_jobs(sandbox=sandbox, job_ids=[job_id])
    if not found:
        raise NotFound(f"The segment job {job_id} is not found.", jobId=job_id)
    return found[0]


def find_jobs(*, sandbox: Sandbox, job_ids: Iterable[str]) -> list[SegmentJob]:
    """Those of the given ids that exist in this sandbox."""
    known = [parsed for parsed in map(parse_uuid, job_ids) if parsed is not None]
    return list(SegmentJob.objects.filter(sandbox=sandbox, id__in=known))


def list_jobs(
    *, sandbox: Sandbox, status: str = "", segment_id: str = "", oldest_first: bool = False
) -> QuerySet[SegmentJob]:
    """Jobs, newest first; those of one audience include the jobs that evaluate all."""
    rows = SegmentJob.objects.filter(sandbox=sandbox)
    if status:
        rows = rows.filter(status__iexact=status)
    if segment_id:
        named = Q(segments__contains=[{"segmentId": segment_id}])
        rows = rows.filter(named | Q(segments__contains=[{"segmentId": EVERY}]))
    return rows.order_by("created_ms" if oldest_first else "-created_ms", "-number")


def _every(sandbox: Sandbox) -> list[SegmentDefinition]:
    return list(evaluated(sandbox).select_related("merge_policy").order_by("number"))


def _asked(segment_ids: Sequence[str], sandbox: Sandbox) -> list[SegmentDefinition]:
    ids = list(dict.fromkeys(each.lower() for each in segment_ids))
    if not 0 < len(ids) <= MOST_ON_DEMAND:
        message = f"A job evaluates 1 to {MOST_ON_DEMAND} audiences, or all of them (*)."
        raise InvalidAudience(message, path="segments", received=len(ids))
    found = {str(each.pk): each for each in find_segments(sandbox=sandbox, segment_ids=ids)}
    for each in ids:
        if each not in found:
            raise unknown_audience(each)
        segment = found[each]
        if segment.kind != SegmentDefinition.Kind.RULE or segment.state not in EVALUATED:
            reason = "is external" if not segment.expression else f"is {segment.state}"
            message = f"The audience {segment.name} cannot be evaluated: it {reason}."
            raise InvalidAudience(message, path="segments", received=each)
    return [found[each] for each in ids]


def _with_dependents(
    sandbox: Sandbox, segments: Sequence[SegmentDefinition]
) -> list[SegmentDefinition]:
    """The audiences and, over any number of steps, those evaluated that name them."""
    alive = evaluated(sandbox).select_related("merge_policy")
    found = {each.pk: each for each in segments}
    level = list(segments)
    while level:
        above = alive.filter(depends_on__in=level).distinct().order_by("number")
        level = [each for each in above if each.pk not in found]
        found |= {each.pk: each for each in level}
    return list(found.values())


def _new_job(
    sandbox: Sandbox, source: str, segments: list[dict[str, Any]], *, actor: Actor = SYSTEM
) -> SegmentJob:
    now = clock.now_ms()
    return SegmentJob(
        sandbox=sandbox,
        number=_next_number(),
        source=source,
        segments=segments,
        batch_id=new_batch_id(now),
        request_id=current_request_id(),
        created_ms=now,
        updated_ms=now,
        created_by=actor.id,
    )


def _shown(
    segments: Sequence[SegmentDefinition], *, everything: bool = False
) -> list[dict[str, Any]]:
    if everything and len(segments) > MOST_ON_DEMAND:
        return [{"segmentId": EVERY}]
    return [{"segmentId": str(each.pk), "segment": _as_evaluated(each)} for each in segments]


def _as_evaluated(segment: SegmentDefinition) -> dict[str, Any]:
    policy = segment.merge_policy
    assert policy is not None, "a rule has a merge policy"
    return {
        "id": str(segment.pk),
        "version": segment.version,
        "expression": {
            "type": "PQL",
            "format": segment.expression_format,
            "value": segment.expression_value,
        },
        "mergePolicyId": str(policy.pk),
        "mergePolicy": {"id": str(policy.pk), "version": policy.version},
    }


def new_batch_id(now_ms: int) -> str:
    """A ULID: 26 characters that sort by time."""
    value = (now_ms << 80) | secrets.randbits(80)
    return "".join(_CROCKFORD[(value >> shift) & 31] for shift in range(125, -1, -5))


def _next_number() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('segment_job_number')")
        row: Any = cursor.fetchone()
        return int(row[0])
