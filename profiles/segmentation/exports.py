"""Export jobs: profiles, or members of audiences, written out as lines of JSON."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from core import clock
from core.access.permissions import require
from core.access.types import Actor
from core.audit import actions as audit
from core.errors import Invalid, NotFound
from core.http.request_id import current_request_id
from core.sandboxes.models import Sandbox
from core.tasks import enqueue
from ingestion.catalog.models import Dataset
from profiles.segmentation.export_files import remove_files
from profiles.segmentation.models import ExportJob
from profiles.segmentation.queries import find_segments
from profiles.segmentation.types import ExportInput, unknown_audience
from profiles.store.models import MergePolicy
from profiles.store.queries import find_default_policy, get_merge_policy

EXPORT_TASK = "profiles.tasks.export_profiles"
PERMISSION = "export-audience-for-segment"
UNION_SUFFIX = "__union"
_LARGEST_ID = 2**31 - 1


@transaction.atomic
def start_export(given: ExportInput, *, actor: Actor, sandbox: Sandbox) -> ExportJob:
    """Write profiles out in the background. A target dataset holds the union schema."""
    require(actor, PERMISSION, sandbox)
    policy = _policy(given, sandbox)
    _check_dataset(given.dataset_id, sandbox)
    _check_segments(given.filter, sandbox)
    now = clock.now_ms()
    job = ExportJob.objects.create(
        sandbox=sandbox,
        schema_name=given.schema_name,
        merge_policy=policy,
        fields=given.fields,
        filter=dict(given.filter),
        additional_fields=dict(given.additional_fields),
        dataset_id=given.dataset_id,
        segment_per_batch=given.segment_per_batch,
        request_id=current_request_id(),
        created_ms=now,
        updated_ms=now,
        created_by=actor.id,
    )
    asset = ("ExportJob", str(job.pk), f"export job {job.pk}")
    audit.record(actor=actor, action="Export", asset=asset, sandbox=sandbox)
    enqueue(EXPORT_TASK, job=job.pk)
    return job


@transaction.atomic
def delete_export(*, actor: Actor, sandbox: Sandbox, job_id: str) -> None:
    """Remove an export and its files; one that runs ends when it next reports."""
    require(actor, PERMISSION, sandbox)
    job = get_export(sandbox=sandbox, job_id=job_id)
    asset = ("ExportJob", str(job.pk), f"export job {job.pk}")
    audit.record(actor=actor, action="Delete", asset=asset, sandbox=sandbox)
    number = job.pk
    job.delete()
    transaction.on_commit(lambda: remove_files(number))


def get_export(*, sandbox: Sandbox, job_id: str) -> ExportJob:
    """The export job with this number; raises NotFound."""
    found = None
    if job_id.isdecimal() and len(job_id) < 11 and int(job_id) <= _LARGEST_ID:
        found = list_exports(sandbox=sandbox).filter(pk=int(job_id)).first()
    if found is None:
        raise NotFound(f"The export job {job_id} is not found.", jobId=job_id)
    return found


def list_exports(*, sandbox: Sandbox, status: str = "") -> QuerySet[ExportJob]:
    """Export jobs, newest first."""
    rows = ExportJob.objects.filter(sandbox=sandbox).select_related("merge_policy")
    if status:
        rows = rows.filter(status__iexact=status)
    return rows.order_by("-created_ms", "-pk")


def _policy(given: ExportInput, sandbox: Sandbox) -> MergePolicy:
    if given.merge_policy_id:
        return get_merge_policy(sandbox=sandbox, policy_id=given.merge_policy_id)
    default = find_default_policy(sandbox=sandbox, schema_name=given.schema_name)
    if default is None:
        message = f"No merge policy is configured for the schema class {given.schema_name}."
        raise Invalid(message, path="schema.name", received=given.schema_name)
    return default


def _check_dataset(dataset_id: str, sandbox: Sandbox) -> None:
    if not dataset_id:
        return
    rows = Dataset.objects.filter(sandbox=sandbox, deleted_ms__isnull=True)
    dataset = rows.filter(pk=dataset_id).first()
    path = "destination.datasetId"
    if dataset is None:
        raise NotFound(f"Dataset {dataset_id} is not found.", path=path)
    if not dataset.schema_uri.endswith(UNION_SUFFIX):
        message = f"Dataset {dataset.name} does not hold the union schema of profiles."
        raise Invalid(message, path=path, received=dataset.schema_uri)


def _check_segments(given: Mapping[str, Any], sandbox: Sandbox) -> None:
    wanted = [each["segmentId"] for each in given.get("segments") or []]
    found = {str(each.pk) for each in find_segments(sandbox=sandbox, segment_ids=wanted)}
    for each in wanted:
        if each.lower() not in found:
            raise unknown_audience(each)
