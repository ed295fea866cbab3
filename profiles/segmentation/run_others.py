"""Run previews, exports and imports of members: each on its own, as soon as a worker is free."""

from typing import Any

from django.db import transaction
from django.db.models import Q

from core import clock
from core.tasks import nudge
from profiles.segmentation import engines, work
from profiles.segmentation.exports import EXPORT_TASK
from profiles.segmentation.external import IMPORT_TASK, find_source
from profiles.segmentation.models import (
    ExportJob,
    ExternalUpload,
    SegmentCount,
    SegmentDefinition,
    SegmentPreview,
)
from profiles.segmentation.previews import PREVIEW_TASK, forget_old_previews
from profiles.segmentation.queries import find_segments
from profiles.segmentation.work_types import (
    ExportWork,
    ImportResult,
    ImportWork,
    PreviewResult,
    PreviewWork,
    Selection,
)

Preview, Export, Upload = SegmentPreview.State, ExportJob.Status, ExternalUpload.Status
# A message this old was lost, as far as anybody can tell.
_OVERDUE_MS = 15_000


def run_preview(preview_id: str) -> None:
    """Try a rule out and keep what came of it."""
    claim = work.take(
        SegmentPreview.objects.all(),
        preview_id,
        claimable=work.free("state", (Preview.NEW,), Preview.RUNNING),
        column="state",
        running=Preview.RUNNING,
    )
    if claim is None:
        return

    def report(done: int, total: int, *, matched: int = 0) -> None:
        claim.report(estimate={"read": done, "total": total, "matched": matched})

    found = work.attempt(
        claim,
        engines.previewer,
        _preview_work(claim.row),
        report=report,
        failed=Preview.FAILED,
    )
    if found is not None:
        claim.end(Preview.READY, estimate=_estimate(found), sample=_sample(found))


def run_export(number: int) -> None:
    """Write profiles out."""
    claim = work.take(
        ExportJob.objects.select_related("sandbox"),
        number,
        claimable=work.free("status", (Export.NEW,), Export.PROCESSING),
        column="status",
        running=Export.PROCESSING,
    )
    if claim is None:
        return
    found = work.attempt(
        claim,
        engines.exporter,
        _export_work(claim.row),
        report=lambda *_, **__: claim.report(),
        failed=Export.FAILED,
    )
    if found is None:
        return
    batches = [
        {"batch_id": each.batch_id, "profiles": each.profiles, "segment_id": each.segment_id}
        for each in found.batches
    ]
    metrics = {"started_ms": claim.row.started_ms, "ended_ms": clock.now_ms()}
    claim.end(Export.SUCCEEDED, batches=batches, metrics=metrics)


def run_import(run_id: str) -> None:
    """Read the members of an external audience from its file."""
    # Its status is PROCESSING from the start, as the API says; `started_ms` tells who began.
    claim = work.take(
        ExternalUpload.objects.select_related("segment"),
        run_id,
        claimable=_never_started() & Q(status=Upload.PROCESSING),
        column="status",
        running=Upload.PROCESSING,
    )
    if claim is None:
        return
    found = work.attempt(
        claim,
        engines.importer,
        _import_work(claim.row),
        report=lambda done, *_, **__: claim.report(rows_read=done),
        failed=Upload.FAILED,
    )
    if found is not None:
        _finish_import(claim, found)


def _finish_import(claim: work.Claim[ExternalUpload], found: ImportResult) -> None:
    now, run = clock.now_ms(), claim.row
    counted = {"rows_read": found.rows_read, "rows_failed": found.rows_failed}
    with transaction.atomic():
        if not claim.end(Upload.SUCCESS, errors=list(found.troubles), **counted):
            return
        SegmentDefinition.objects.filter(pk=run.segment_id).update(
            profile_count=found.members, evaluated_ms=now
        )
        SegmentCount.objects.create(
            sandbox_id=run.sandbox_id, segment=run.segment, at_ms=now, realized=found.members
        )


def resume_others() -> None:
    """Nudge what waits too long or stands still; drop old previews."""
    forget_old_previews()
    for rows, task, name, column, waiting, running in (
        (SegmentPreview.objects, PREVIEW_TASK, "preview", "state", Preview.NEW, Preview.RUNNING),
        (ExportJob.objects, EXPORT_TASK, "job", "status", Export.NEW, Export.PROCESSING),
    ):
        for pk in rows.filter(_overdue(column, waiting, running)).values_list("pk", flat=True):
            nudge(task, within=30, **{name: pk if isinstance(pk, int) else str(pk)})
    imports = ExternalUpload.objects.filter(_never_started(), status=Upload.PROCESSING)
    overdue = imports.filter(updated_ms__lt=clock.now_ms() - _OVERDUE_MS)
    for pk in overdue.values_list("pk", flat=True):
        nudge(IMPORT_TASK, within=30, run=str(pk))


def _overdue(column: str, waiting: str, running: str) -> Q:
    now = clock.now_ms()
    lost = Q(**{column: waiting}, updated_ms__lt=now - _OVERDUE_MS)
    return lost | Q(**{column: running}, updated_ms__lt=now - work.STALE_MS)


def _never_started() -> Q:
    stale = clock.now_ms() - work.STALE_MS
    return Q(started_ms__isnull=True) | Q(updated_ms__lt=stale)


def _preview_work(preview: SegmentPreview) -> PreviewWork:
    policy = preview.merge_policy_id
    return PreviewWork(
        id=str(preview.pk),
        sandbox=preview.sandbox_id,
        started_ms=preview.started_ms or clock.now_ms(),
        expression=preview.expression,
        schema_name=preview.schema_name,
        policy_id=str(policy) if policy else None,
        identity_graph=preview.identity_graph,
    )


def _estimate(found: PreviewResult) -> dict[str, Any]:
    return {
        "read": found.read,
        "matched": found.matched,
        "total": found.total,
        "by_namespace": {str(key): count for key, count in found.by_namespace.items()},
        "funnel": [
            {"text": each.text, "alone": each.alone, "left": each.left} for each in found.funnel
        ],
        "as_of": found.as_of,
    }


def _sample(found: PreviewResult) -> list[dict[str, Any]]:
    return [{"xid": each.xid, "identities": dict(each.identities)} for each in found.sample]


def _export_work(job: ExportJob) -> ExportWork:
    policy = job.merge_policy_id
    return ExportWork(
        id=job.pk,
        sandbox=job.sandbox_id,
        started_ms=job.started_ms or clock.now_ms(),
        schema_name=job.schema_name,
        policy_id=str(policy) if policy else None,
        fields=tuple(each.strip() for each in job.fields.split(",") if each.strip()),
        selections=_selections(job),
        filter=job.filter,
        additional_fields=job.additional_fields,
        dataset_id=job.dataset_id,
        segment_per_batch=job.segment_per_batch,
    )


def _selections(job: ExportJob) -> tuple[Selection, ...]:
    wanted = {str(each["segmentId"]).lower(): each for each in job.filter.get("segments") or ()}
    segments: list[SegmentDefinition] = find_segments(sandbox=job.sandbox, segment_ids=list(wanted))
    return tuple(
        Selection(
            segment_id=str(each.pk),
            segment_number=each.number,
            statuses=frozenset(wanted[str(each.pk)].get("status") or ()),
        )
        for each in segments
    )


def _import_work(run: ExternalUpload) -> ImportWork:
    segment = run.segment
    source = find_source(segment)
    request = source.request if source else {}
    return ImportWork(
        id=str(run.pk),
        sandbox=run.sandbox_id,
        started_ms=run.started_ms or clock.now_ms(),
        segment_id=str(segment.pk),
        segment_number=segment.number,
        namespace=segment.namespace,
        audience_id=segment.audience_id,
        ttl_days=segment.ttl_days,
        fields=tuple(request.get("fields", ())),
        source=request.get("sourceSpec", {}),
        request=run.request,
        file=str(request.get("file", "")),
        options=request.get("fileOptions", {}),
    )
