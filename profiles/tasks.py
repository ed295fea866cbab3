"""Celery tasks of this app: ids in, one action, nothing out."""

from uuid import UUID

from core import sql
from core.sandboxes.models import Sandbox
from core.tasks import enqueue, nudge, task
from ingestion.journal.queries import streams_behind
from profiles import drain as drains
from profiles.monitoring.watch import watch_traffic
from profiles.nudge import WITHIN_S
from profiles.rebuild import rebuild
from profiles.relink import continue_relinking, resume_relinkings
from profiles.segmentation.actions import settle_methods
from profiles.segmentation.computed.runs import compute, resume_runs, start_due_runs
from profiles.segmentation.due import evaluate_due_memberships
from profiles.segmentation.external_members import expire_members
from profiles.segmentation.forget import forget_members as forget
from profiles.segmentation.forget import resume_forgetting
from profiles.segmentation.jobs import evaluate_policy_soon
from profiles.segmentation.run_jobs import resume_jobs, run_job
from profiles.segmentation.run_others import (
    resume_others,
    run_export,
    run_import,
    run_preview,
)
from profiles.segmentation.schedules import start_due_schedules


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


@task(name="profiles.tasks.evaluate_segments", queue="segmentation", time_limit=4 * 3600)
def evaluate_segments(*, job: str) -> None:
    """Evaluate the audiences of a job over all profiles."""
    run_job(job)


@task(name="profiles.tasks.compute_attributes", queue="segmentation", time_limit=4 * 3600)
def compute_attributes(*, run: str) -> None:
    """Evaluate computed attributes over all profiles."""
    compute(run)


@task(name="profiles.tasks.preview_segment", queue="segmentation", time_limit=600)
def preview_segment(*, preview: str) -> None:
    """Try a rule out: who would match, and about how many."""
    run_preview(preview)


@task(name="profiles.tasks.export_profiles", queue="segmentation", time_limit=4 * 3600)
def export_profiles(*, job: int) -> None:
    """Write profiles out."""
    run_export(job)


@task(name="profiles.tasks.import_members", queue="segmentation", time_limit=4 * 3600)
def import_members(*, run: str) -> None:
    """Read the members of an external audience."""
    run_import(run)


@task(name="profiles.tasks.forget_members", queue="segmentation", time_limit=3600)
def forget_members(*, segment: int) -> None:
    """Drop the memberships of an audience that is over."""
    forget(segment)


@task(name="profiles.tasks.settle_audiences", queue="segmentation", time_limit=600)
def settle_audiences(*, sandbox: int) -> None:
    """Evaluate in batches what another active merge policy keeps from being streamed."""
    settle_methods(sandbox=Sandbox.objects.get(pk=sandbox))


@task(name="profiles.tasks.evaluate_policy", queue="segmentation", time_limit=600)
def evaluate_policy(*, sandbox: int, policy: str) -> None:
    """Have the audiences of a merge policy evaluated after it changed."""
    evaluate_policy_soon(sandbox=Sandbox.objects.get(pk=sandbox), policy_id=UUID(policy))


@task(name="profiles.tasks.sweep_due", queue="segmentation", time_limit=600)
def sweep_due() -> None:
    """Evaluate memberships that time alone changes."""
    evaluate_due_memberships()


@task(name="profiles.tasks.sweep_segments", queue="ops", time_limit=30)
def sweep_segments() -> None:
    """Start schedules that are due, and work whose message was lost or whose worker died."""
    start_due_schedules()
    start_due_runs()
    resume_jobs()
    resume_runs()
    resume_others()
    resume_forgetting()
    expire_members()


@task(name="profiles.tasks.watch", queue="ops", time_limit=50)
def watch() -> None:
    """Notice failing dataflows, and rounds of work that stand still."""
    watch_traffic()
    resume_relinkings()


@task(name="profiles.tasks.relink", queue="ops", time_limit=300)
def relink(*, relinking: int) -> None:
    """Hold some graphs against new linking rules; queue the next turn when there are more."""
    if continue_relinking(relinking):
        enqueue("profiles.tasks.relink", relinking=relinking)
