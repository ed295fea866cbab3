"""Bring a file into a dataset: keep it, map its columns, append its rows to the journal.

The upload's row says how many rows are in the journal; it moves in the transaction that appends
them, so an import that stops goes on where it was and no row is appended twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import batched
from typing import Any

import orjson
from django.db import transaction

from core import clock, sql
from core.access.permissions import require
from core.access.types import Actor
from core.audit.actions import record
from core.errors import AppError, Conflict, Invalid
from core.notifications.actions import tell_person
from core.notifications.types import Kind, Notice
from core.sandboxes.models import Sandbox
from core.tasks import enqueue
from ingestion.catalog.queries import get_dataset
from ingestion.journal.append import append_in_django
from ingestion.journal.queries import add_counts
from ingestion.journal.types import RECEIVED, Append, Count
from ingestion.schemas.queries import compiled_schema
from ingestion.uploads.files import CSV, BadFile, detect, head_of, path_of, read, store
from ingestion.uploads.models import Upload
from ingestion.uploads.rows import MOST_SHOWN, Trouble, check_rows, entity_of, mapping_of

MOST_BYTES = 256 * 1024 * 1024
BATCH = 1000
NO_INLET = 0


def keep_file(
    *, actor: Actor, sandbox: Sandbox, dataset_id: str, name: str, chunks: Iterable[bytes]
) -> Upload:
    """A new upload with the file's bytes; raises BadFile when they are nothing we read."""
    require(actor, "manage-datasets", sandbox)
    dataset = get_dataset(sandbox=sandbox, dataset_id=dataset_id)
    now = clock.now_ms()
    upload = Upload(
        sandbox=sandbox,
        dataset=dataset,
        name=name[:300],
        created_ms=now,
        updated_ms=now,
        created_by=actor.id,
    )
    try:
        upload.size = store(upload, chunks, most=MOST_BYTES)
        upload.options = detect(name, head_of(upload))
        next(iter(read(upload)), None)
    except BadFile:
        path_of(upload).unlink(missing_ok=True)
        raise
    upload.save(force_insert=True)
    return upload


def change_upload(
    upload: Upload, *, options: Mapping[str, Any], mapping: Sequence[Mapping[str, Any]]
) -> Upload:
    """How to read the file and what its columns become; an earlier validation counts no more."""
    upload.options = {**upload.options, **options}
    upload.mapping, upload.report = list(mapping), {}
    upload.updated_ms = clock.now_ms()
    upload.save(update_fields=["options", "mapping", "report", "updated_ms"])
    return upload


def validate_upload(upload: Upload) -> Upload:
    """Check every row without storing anything; the report stays with the upload."""
    upload.report = check_rows(upload)
    upload.updated_ms = clock.now_ms()
    upload.save(update_fields=["report", "updated_ms"])
    return upload


def start_import(*, actor: Actor, upload: Upload) -> None:
    """Append the rows in the background."""
    require(actor, "manage-datasets", upload.sandbox)
    with transaction.atomic():
        locked = Upload.objects.select_for_update(of=("self",)).get(pk=upload.pk)
        if locked.state != Upload.State.DRAFT:
            raise Conflict(f"{locked.name} was imported already.")
        if locked.options["format"] == CSV and not any(row["target"] for row in locked.mapping):
            raise Invalid("Map at least one column.")
        locked.state, locked.updated_ms = Upload.State.IMPORTING, clock.now_ms()
        locked.save(update_fields=["state", "updated_ms"])
        record(
            actor=actor,
            action="Import",
            asset=("Upload", str(locked.pk), locked.name),
            sandbox=locked.sandbox,
            details={"dataset": locked.dataset_id, "bytes": locked.size},
        )
        enqueue("ingestion.tasks.import_upload", upload=str(locked.pk))


def continue_import(upload_id: str) -> None:
    """Append what is left of the file's rows; a file that cannot be read ends the import."""
    upload = Upload.objects.select_related("sandbox__organization", "dataset").get(pk=upload_id)
    if upload.state != Upload.State.IMPORTING:
        return
    try:
        _import_rows(upload)
    except (AppError, OSError, ValueError) as error:
        _end(upload, Upload.State.FAILED, trouble=str(error)[:1000])
        return
    with suppress(FileNotFoundError):
        path_of(upload).unlink()


def resume_imports() -> None:
    """Nudge those that run: a message may have been lost."""
    stale = clock.now_ms() - 60_000
    running = Upload.objects.filter(state=Upload.State.IMPORTING, updated_ms__lt=stale)
    for pk in running.values_list("pk", flat=True):
        enqueue("ingestion.tasks.import_upload", upload=str(pk))


def _import_rows(upload: Upload) -> None:
    schema = compiled_schema(upload.sandbox_id, upload.dataset.schema_uri)
    mapping = mapping_of(upload, schema)
    done = upload.rows_done
    rows = (row for row in enumerate(read(upload), start=1) if row[0] > done)
    for batch in batched(rows, BATCH, strict=False):
        entities = [entity_of(number, row, mapping) for _, (number, row) in batch]
        if not _append_batch(upload, entities, before=done):
            return
        done += len(batch)
    _end(upload, Upload.State.DONE, rows_done=done)


@transaction.atomic
def _end(
    upload: Upload, state: Upload.State, *, trouble: str = "", rows_done: int | None = None
) -> None:
    """End the import and tell who began it; nothing when another worker did, or goes on."""
    rows = Upload.objects.select_for_update(of=("self",)).filter(state=Upload.State.IMPORTING)
    row = rows.filter(pk=upload.pk).first()
    if row is None or (rows_done is not None and row.rows_done != rows_done):
        return
    row.state, row.trouble, row.updated_ms = state, trouble, clock.now_ms()
    row.save(update_fields=["state", "trouble", "updated_ms"])
    tell_person(row.created_by, _notice(row, upload.dataset.name), sandbox=upload.sandbox)


def _notice(upload: Upload, dataset: str) -> Notice:
    failed = f", {upload.rows_failed:,} could not be mapped" if upload.rows_failed else ""
    is_done = upload.state == Upload.State.DONE
    return Notice(
        Kind.IMPORT_FINISHED if is_done else Kind.IMPORT_FAILED,
        f"Import of {upload.name} {'finished' if is_done else 'failed'}",
        f"{upload.rows_done - upload.rows_failed:,} rows went to {dataset}{failed}."
        if is_done
        else upload.trouble,
        subject=str(upload.pk),
        permission="view-sources",
    )


def _append_batch(
    upload: Upload, entities: Sequence[dict[str, Any] | Trouble], *, before: int
) -> bool:
    """Append one batch; False when another worker was faster."""
    good = [each for each in entities if not isinstance(each, Trouble)]
    bad = [each for each in entities if isinstance(each, Trouble)]
    received_at = clock.now_us()
    with transaction.atomic():
        row = Upload.objects.select_for_update(of=("self",)).get(pk=upload.pk)
        if row.rows_done != before or row.state != Upload.State.IMPORTING:
            return False
        row.rows_done += len(entities)
        row.rows_failed += len(bad)
        failed = [*row.report.get("failed", ()), *map(_shown, bad)][:MOST_SHOWN]
        row.report = {**row.report, "failed": failed}
        row.updated_ms = clock.now_ms()
        row.save(update_fields=["rows_done", "rows_failed", "report", "updated_ms"])
        if good:
            _count(upload, len(good), received_at)
            payloads = [_message(upload, entity) for entity in good]
            # Last, because the stream is locked for all senders from here to the commit.
            append_in_django([Append(upload.sandbox_id, NO_INLET, received_at, payloads)])
    return True


def _shown(trouble: Trouble) -> dict[str, Any]:
    return {"row": trouble.row, "column": trouble.column, "message": trouble.message}


def _count(upload: Upload, records: int, received_at: int) -> None:
    minute = received_at // 60_000_000
    with sql.transaction_cursor() as cursor:
        number = upload.dataset.number
        add_counts(cursor, [Count(upload.sandbox_id, minute, NO_INLET, number, RECEIVED, records)])


def _message(upload: Upload, entity: Mapping[str, Any]) -> bytes:
    dataset = upload.dataset
    reference = {"id": dataset.schema_uri, "contentType": dataset.schema_content_type}
    header = {
        "schemaRef": reference,
        "imsOrgId": upload.sandbox.organization.ims_org_id,
        "datasetId": dataset.pk,
        "source": {"name": upload.name},
    }
    body = {"xdmMeta": {"schemaRef": reference}, "xdmEntity": entity}
    return orjson.dumps({"header": header, "body": body})
