"""Celery tasks of this app: ids in, one action, nothing out."""

from core.tasks import task
from ingestion.journal.partitions import ensure_partitions
from ingestion.journal.retention import forget_old


@task(name="ingestion.tasks.maintain", queue="ops", time_limit=600)
def maintain() -> None:
    """Make the journal's next partitions and drop what is past its time."""
    ensure_partitions()
    forget_old()
