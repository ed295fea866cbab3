"""Celery tasks of this app: ids in, one action, nothing out."""

from core.notifications.actions import forget_old as forget_notifications
from core.tasks import enqueue, task
from ingestion.backfill.actions import continue_backfill, resume_backfills
from ingestion.journal.partitions import ensure_partitions
from ingestion.journal.retention import forget_old
from ingestion.uploads.actions import continue_import, resume_imports
from ingestion.uploads.held import forget_unclaimed


@task(name="ingestion.tasks.maintain", queue="ops", time_limit=600)
def maintain() -> None:
    """Make the journal's next partitions and drop what is past its time."""
    ensure_partitions()
    forget_old()
    resume_backfills()
    resume_imports()
    forget_notifications()
    forget_unclaimed()


@task(name="ingestion.tasks.backfill", queue="ops", time_limit=300)
def backfill(*, backfill: int) -> None:
    """Append some of a dataset's older records again; queue the next turn when there are more."""
    if continue_backfill(backfill):
        enqueue("ingestion.tasks.backfill", backfill=backfill)


@task(name="ingestion.tasks.import_upload", queue="ops", time_limit=3600)
def import_upload(*, upload: str) -> None:
    """Append a file's rows to the journal."""
    continue_import(upload)
