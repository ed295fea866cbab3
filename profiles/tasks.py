"""Celery tasks of this app: ids in, one action, nothing out."""

from core import sql
from core.tasks import enqueue, nudge, task
from ingestion.journal.queries import streams_behind
from profiles import drain as drains
from profiles.nudge import WITHIN_S
from profiles.rebuild import rebuild


@task(name="profiles.tasks.drain", queue="profile", time_limit=60)
def drain(*, stream: int) -> None:
    """Merge what waits in a stream; queue the next turn when there is more."""
    if drains.drain(stream):
        enqueue("profiles.tasks.drain", stream=stream)


@task(name="profiles.tasks.sweep", queue="ops", time_limit=10)
def sweep() -> None:
    """Start a drain for every stream that waits and whose nudge was lost."""
    with sql.connect(autocommit=True, application="onefold-sweep") as connection:
        for stream in streams_behind(connection, "profile"):
            nudge("profiles.tasks.drain", within=WITHIN_S, stream=stream)


@task(name="profiles.tasks.rebuild_profiles", queue="ops", time_limit=3600)
def rebuild_profiles(*, sandbox: int) -> None:
    """Merge every cached profile of a sandbox again, after its merge policy changed."""
    rebuild(sandbox)
