"""Celery tasks of this app: ids in, one action, nothing out."""

from core import sql
from core.tasks import enqueue, task
from ingestion.journal.queries import streams_behind
from profiles import drain as drains


@task(queue="profile", time_limit=60, name="profiles.tasks.drain")
def drain(*, stream: int) -> None:
    """Merge what waits in a stream; queue the next turn when there is more."""
    if drains.drain(stream):
        enqueue("profiles.tasks.drain", stream=stream)


@task(queue="ops", time_limit=10, name="profiles.tasks.sweep")
def sweep() -> None:
    """Start a drain for every stream that waits and whose nudge was lost."""
    with sql.connect(autocommit=True, application="onefold-sweep") as connection:
        for stream in streams_behind(connection, "profile"):
            enqueue("profiles.tasks.drain", stream=stream)
