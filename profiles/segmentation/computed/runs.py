"""Evaluations of computed attributes: asked for, due by the clock, and one at a time a sandbox."""

import uuid
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q, QuerySet

from core import clock
from core.access.types import SYSTEM, Actor
from core.http.request_id import current_request_id
from core.notify import config_changed
from core.sandboxes.models import Sandbox
from core.tasks import enqueue, nudge
from profiles.segmentation import engines, work
from profiles.segmentation.computed.queries import IN_USE, find_open_run, refresh_by
from profiles.segmentation.computed.usage import users_of_attribute
from profiles.segmentation.computed.windows import next_refresh
from profiles.segmentation.computed_models import ComputedAttribute, ComputedRun
from profiles.segmentation.jobs import evaluate_soon
from profiles.segmentation.lifecycle import EVALUATED
from profiles.segmentation.rules import lock
from profiles.segmentation.work_types import ComputedResult, ComputedWork

RUN_TASK = "profiles.tasks.compute_attributes"
Status = ComputedAttribute.Status
RunStatus = ComputedRun.Status


def start_run_of(attribute: ComputedAttribute, *, source: str, actor: Actor) -> ComputedRun:
    """Evaluate one attribute soon; a run that waits for it already will do."""
    waiting = find_open_run(attribute)
    if waiting is not None and waiting.status == RunStatus.NEW:
        return waiting
    return _start(attribute.sandbox, [attribute], source=source, actor=actor)


def start_due_runs() -> int:
    """Start a run for every sandbox with attributes whose time has come; answers how many."""
    due = _due().values_list("sandbox", flat=True).distinct()
    return sum(_start_due(number) for number in list(due))


def resume_runs() -> None:
    """Nudge the next run of every sandbox: messages get lost, workers die."""
    stale = Q(status=RunStatus.PROCESSING, updated_ms__lt=clock.now_ms() - work.STALE_MS)
    runs = ComputedRun.objects.filter(
        Q(status=RunStatus.NEW) | stale, sandbox__state=Sandbox.State.ACTIVE
    )
    first = runs.order_by("sandbox", "created_ms").distinct("sandbox")
    for pk in first.values_list("pk", flat=True):
        nudge(RUN_TASK, within=30, run=str(pk))


def compute(run_id: str) -> None:
    """Do a run, unless it is another one's turn; then nudge the next."""
    claim = _take(run_id)
    if claim is None:
        return
    run = claim.row

    def report(done: int, total: int, *, matched: int = 0) -> None:
        del matched
        claim.report(values_done=done, values_total=total)

    assert run.started_ms is not None, "a claimed run has started"
    attributes = ComputedAttribute.objects.filter(pk__in=run.attributes, status__in=IN_USE)
    numbers = list(attributes.order_by("number").values_list("number", flat=True))
    attributes.filter(status__in=(Status.NEW, Status.INITIALIZED)).update(status=Status.PROCESSING)
    found = work.attempt(
        claim,
        engines.computer,
        ComputedWork(str(run.pk), run.sandbox_id, run.started_ms, tuple(numbers)),
        report=report,
        failed=RunStatus.FAILED,
    )
    if found is not None:
        _finish(claim, found)
    else:
        _note_failure(run.pk)
    _start_next(run.sandbox_id)


def _due() -> QuerySet[ComputedAttribute]:
    return ComputedAttribute.objects.filter(
        status__in=IN_USE,
        next_ms__lte=clock.now_ms(),
        sandbox__state=Sandbox.State.ACTIVE,
    )


@transaction.atomic
def _start_due(number: int) -> bool:
    # Two sweeps, or a sweep and an edit, come one after the other.
    sandbox = Sandbox.objects.select_for_update(no_key=True).get(pk=number)
    due = list(_due().filter(sandbox=sandbox).order_by("number"))
    if due:
        _start(sandbox, due, source="schedule", actor=SYSTEM)
    return bool(due)


def _start(
    sandbox: Sandbox, attributes: Sequence[ComputedAttribute], *, source: str, actor: Actor
) -> ComputedRun:
    now = clock.now_ms()
    run = ComputedRun.objects.create(
        sandbox=sandbox,
        source=source,
        attributes=[str(each.pk) for each in attributes],
        request_id=current_request_id(),
        created_ms=now,
        updated_ms=now,
        created_by=actor.id,
    )
    for each in attributes:
        # A time that passed while nothing ran is made up for, once.
        each.next_ms = next_refresh(refresh_by(each), now)
        each.save(update_fields=["next_ms"])
    enqueue(RUN_TASK, run=str(run.pk))
    return run


@transaction.atomic
def _take(run_id: str) -> work.Claim[ComputedRun] | None:
    run = ComputedRun.objects.filter(pk=run_id).first()
    if run is None:
        return None
    # FOR NO KEY UPDATE of the sandbox: two workers decide one after the other who runs.
    Sandbox.objects.select_for_update(no_key=True).get(pk=run.sandbox_id)
    running = ComputedRun.objects.filter(
        sandbox=run.sandbox_id,
        status=RunStatus.PROCESSING,
        updated_ms__gte=clock.now_ms() - work.STALE_MS,
    )
    if running.exclude(pk=run.pk).exists():
        return None
    return work.take(
        ComputedRun.objects.select_related("sandbox"),
        run.pk,
        claimable=work.free("status", (RunStatus.NEW,), RunStatus.PROCESSING),
        column="status",
        running=RunStatus.PROCESSING,
    )


@transaction.atomic
def _finish(claim: work.Claim[ComputedRun], found: ComputedResult) -> None:
    done = sum(found.counts.values())
    failures = [work.trouble(message, "invalid_pql") for message in found.failures.values()]
    status = RunStatus.SUCCEEDED if found.counts or not failures else RunStatus.FAILED
    if not claim.end(status, values_done=done, values_total=done, errors=failures):
        return
    lock(claim.row.sandbox)
    rows = ComputedAttribute.objects.filter(sandbox=claim.row.sandbox_id, status__in=IN_USE)
    for attribute in rows.filter(number__in=found.counts).select_related("sandbox"):
        # Who reads the values follows them.
        for segment in users_of_attribute(attribute):
            if segment.state in EVALUATED:
                evaluate_soon(segment)
    for number, count in found.counts.items():
        rows.filter(number=number).update(
            status=Status.ENABLED,
            error="",
            profile_count=count,
            evaluated_ms=claim.row.started_ms,
        )
    for number, message in found.failures.items():
        rows.filter(number=number).update(status=Status.FAILED, error=message)
    config_changed("computed_attribute")


def _note_failure(pk: uuid.UUID) -> None:
    """Say on the attributes why they have no new values; those of before stay."""
    run = ComputedRun.objects.filter(pk=pk, status=RunStatus.FAILED).first()
    if run is not None:
        message = run.errors[0]["message"] if run.errors else "The evaluation failed."
        rows = ComputedAttribute.objects.filter(pk__in=run.attributes, status__in=IN_USE)
        rows.update(status=Status.FAILED, error=message)


def _start_next(sandbox: int) -> None:
    waiting = ComputedRun.objects.filter(sandbox=sandbox, status=RunStatus.NEW)
    following = waiting.order_by("created_ms").values_list("pk", flat=True).first()
    if following is not None:
        enqueue(RUN_TASK, run=str(following))
