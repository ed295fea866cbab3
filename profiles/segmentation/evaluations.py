"""How the evaluation of all audiences of a sandbox stands: what is evaluated how, and what was."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from core.sandboxes.models import Sandbox
from profiles.segmentation.browse import NOT_SCHEDULED, AudienceFilter, filter_audiences
from profiles.segmentation.jobs import OPEN, list_jobs
from profiles.segmentation.models import SegmentDefinition, SegmentJob
from profiles.segmentation.queries import evaluated, live

Kind = SegmentDefinition.Kind
MOST_LEFT = 20


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An audience whose members stayed as they were; `reason` as the job said it, if it did."""

    segment: SegmentDefinition
    reason: str


@dataclass(frozen=True, slots=True)
class Evaluations:
    """The state of evaluation.

    `counts`: audiences by method (NOT_SCHEDULED: lists from elsewhere) and state, without the
    archived ones. `last` ended last, `last_full` is the last of all audiences that ended, `open`
    waits or runs. `left` has at most MOST_LEFT of `left_total` audiences.
    """

    counts: Mapping[tuple[str, str], int]
    never_evaluated: int
    last: SegmentJob | None
    last_full: SegmentJob | None
    open: SegmentJob | None
    left: tuple[LeftOut, ...]
    left_total: int


def summarize_evaluations(*, sandbox: Sandbox) -> Evaluations:
    """What a person asks first; a fixed number of queries."""
    found = list_jobs(sandbox=sandbox)
    ended = found.exclude(status__in=OPEN)
    last = ended.first()
    last_full = last if last is None or last.everything else ended.filter(everything=True).first()
    left, reasons = _left_by(sandbox, [job for job in (last_full, last) if job])
    shown = left.order_by("name")[: MOST_LEFT + 1]
    rows = [LeftOut(each, reasons.get(str(each.pk), "")) for each in shown]
    return Evaluations(
        counts=_count(sandbox),
        never_evaluated=filter_audiences(sandbox, AudienceFilter(never_evaluated=True)).count(),
        last=last,
        last_full=last_full,
        open=found.filter(status__in=OPEN).order_by("created_ms", "number").first(),
        left=tuple(rows[:MOST_LEFT]),
        left_total=left.count() if len(rows) > MOST_LEFT else len(rows),
    )


def _count(sandbox: Sandbox) -> dict[tuple[str, str], int]:
    rows = live(sandbox).exclude(state=SegmentDefinition.State.ARCHIVED).order_by()
    counts: dict[tuple[str, str], int] = {}
    for kind, method, state, count in rows.values_list("kind", "method", "state").annotate(
        count=Count("id")
    ):
        key = (method if kind == Kind.RULE else NOT_SCHEDULED, state)
        counts[key] = counts.get(key, 0) + count
    return counts


def _left_by(
    sandbox: Sandbox, jobs: Collection[SegmentJob]
) -> tuple[QuerySet[SegmentDefinition], dict[str, str]]:
    """Audiences that these jobs should have evaluated, did not, and that no later one did."""
    reasons: dict[str, str] = {}
    missed = Q(pk__in=[])
    for job in jobs:
        own = reasons_of(job)
        reasons |= own
        if job.started_ms is None:
            continue
        # Unchanged since: an edit has a job of its own, which says how that went.
        stale = Q(updated_ms__lt=job.started_ms) & (
            Q(evaluated_ms__isnull=True) | Q(evaluated_ms__lt=job.started_ms)
        )
        # A job that failed as a whole says so itself, and left every audience as it was.
        is_whole = job.everything and job.status == SegmentJob.Status.SUCCEEDED
        missed |= stale if is_whole else stale & Q(pk__in=list(own))
    rows = evaluated(sandbox)
    return rows.filter(missed), reasons


def reasons_of(job: SegmentJob) -> dict[str, str]:
    """Why the job left audiences as they were, by id."""
    named = [(each.get("audience"), each["message"]) for each in job.errors]
    return {key: message.removeprefix(f"Audience {key}: ") for key, message in named if key}
