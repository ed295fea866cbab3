"""Long work: claimed once, reported, cancelled, failed, taken up again when a worker dies."""

from typing import Any

import pytest

from core import clock
from core.access.types import SYSTEM
from core.sandboxes.models import Sandbox
from profiles.segmentation import engines, jobs, work
from profiles.segmentation.exports import start_export
from profiles.segmentation.external import create_with_source, start_run
from profiles.segmentation.models import (
    ExportJob,
    ExternalUpload,
    SegmentCount,
    SegmentDefinition,
    SegmentJob,
    SegmentPreview,
)
from profiles.segmentation.previews import KEPT_MS, start_preview
from profiles.segmentation.run_jobs import resume_jobs, run_job
from profiles.segmentation.run_others import resume_others, run_export, run_import, run_preview
from profiles.segmentation.types import ExportInput, Expression, ExternalInput, PreviewInput
from profiles.segmentation.work_types import (
    ExportResult,
    ExportWork,
    ImportResult,
    ImportWork,
    JobResult,
    JobWork,
    PreviewResult,
    PreviewWork,
    Report,
    SegmentResult,
    Stopped,
    WrittenBatch,
)
from tests.factories.loyalty import Loyalty, make_loyalty
from tests.factories.segments import FINNISH
from tests.factories.segments import make_segment as make_evaluated_segment

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def loyalty(sandbox: Sandbox) -> Loyalty:
    """The union schema the rules are about."""
    return make_loyalty(sandbox)


@pytest.fixture(autouse=True)
def _engines_leave() -> Any:
    yield
    for each in (engines.evaluator, engines.previewer, engines.exporter, engines.importer):
        each.remove()


@pytest.fixture
def nudged(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Names and arguments of the nudges that left."""
    left: list[Any] = []

    def nudge(name: str, *, within: float, **kwargs: Any) -> None:
        left.append((name, kwargs))

    for module in ("run_jobs", "run_others"):
        monkeypatch.setattr(f"profiles.segmentation.{module}.nudge", nudge)
    return left


def make_segment(
    sandbox: Sandbox, name: str = "Finnish buyers", value: str = FINNISH, **more: Any
) -> SegmentDefinition:
    """An audience whose evaluation, which starts by itself, is out of the way."""
    segment = make_evaluated_segment(sandbox, name, value, **more)
    SegmentJob.objects.filter(source=jobs.SYSTEM_SOURCE).delete()
    return segment


def start(sandbox: Sandbox, *segments: SegmentDefinition) -> SegmentJob:
    """A job for these audiences, or for all."""
    ids = [str(each.pk) for each in segments] or ["*"]
    return jobs.start_job(ids, actor=SYSTEM, sandbox=sandbox)


def status(job: SegmentJob) -> str:
    job.refresh_from_db()
    return job.status


def age(rows: Any, by_ms: int) -> None:
    """As if nothing had happened to the rows for so long."""
    rows.update(updated_ms=clock.now_ms() - by_ms)


def nobody(given: JobWork, report: Report) -> JobResult:
    return JobResult(0, {each.id: SegmentResult() for each in given.segments})


# --- jobs ----------------------------------------------------------------------------------------


def test_an_engine_gets_audiences_with_those_they_need_first(sandbox: Sandbox) -> None:
    used = make_segment(sandbox, "Used")
    user = make_segment(sandbox, "User", f'inSegment("{used.pk}")', exclude_opt_out=False)
    make_segment(sandbox, "Other")
    seen: list[JobWork] = []

    def evaluate(given: JobWork, report: Report) -> JobResult:
        seen.append(given)
        return nobody(given, report)

    engines.evaluator.install(evaluate)
    job = start(sandbox, user)
    run_job(str(job.pk))
    (given,) = seen
    assert (given.id, given.sandbox) == (str(job.pk), sandbox.number)
    assert [(each.id, each.number) for each in given.segments] == [
        (str(used.pk), used.number),
        (str(user.pk), user.number),
    ]
    last = given.segments[1]
    assert (last.expression, last.method, last.exclude_opt_out) == (user.expression, "batch", False)
    assert last.policy_id == str(user.merge_policy_id)


def test_results_become_counts_of_the_audience(sandbox: Sandbox) -> None:
    segment = make_segment(sandbox)
    version = segment.version

    def evaluate(given: JobWork, report: Report) -> JobResult:
        found = SegmentResult(realized=40, existing=2, exited=3)
        return JobResult(100, {str(segment.pk): found})

    engines.evaluator.install(evaluate)
    job = start(sandbox)
    run_job(str(job.pk))
    assert status(job) == "SUCCEEDED"
    segment.refresh_from_db()
    assert (segment.profile_count, segment.evaluated_ms) == (42, job.metrics["ended_ms"])
    # Counting is no edit.
    assert segment.version == version
    (count,) = SegmentCount.objects.filter(segment=segment)
    assert (count.realized, count.existing, count.exited) == (40, 2, 3)


def test_without_an_engine_a_job_fails_and_says_so(sandbox: Sandbox) -> None:
    make_segment(sandbox)
    engines.evaluator.remove()
    job = start(sandbox)
    run_job(str(job.pk))
    assert status(job) == "FAILED"
    assert job.errors == [
        {"code": "no_engine", "message": "Nothing is installed that evaluates audiences."}
    ]


def test_an_engine_that_breaks_fails_its_job_only(sandbox: Sandbox) -> None:
    make_segment(sandbox)

    def evaluate(given: JobWork, report: Report) -> JobResult:
        raise KeyError(given.id)

    engines.evaluator.install(evaluate)
    job = start(sandbox)
    run_job(str(job.pk))
    assert status(job) == "FAILED"
    assert job.errors[0]["code"] == "internal"
    engines.evaluator.install(nobody)
    following = start(sandbox)
    run_job(str(following.pk))
    assert status(following) == "SUCCEEDED"


def test_a_job_runs_once_whoever_is_nudged(sandbox: Sandbox) -> None:
    make_segment(sandbox)
    runs: list[str] = []

    def evaluate(given: JobWork, report: Report) -> JobResult:
        runs.append(given.id)
        run_job(given.id)
        return nobody(given, report)

    engines.evaluator.install(evaluate)
    job = start(sandbox)
    for _ in range(3):
        run_job(str(job.pk))
    assert runs == [str(job.pk)]


@pytest.mark.django_db(transaction=True)
def test_one_job_at_a_time_in_a_sandbox(
    sandbox: Sandbox, other_sandbox: Sandbox, sent: list[Any]
) -> None:
    make_segment(sandbox)
    first, second = start(sandbox), start(sandbox)
    elsewhere = start(other_sandbox)

    def evaluate(given: JobWork, report: Report) -> JobResult:
        if given.id == str(first.pk):
            run_job(str(second.pk))
            assert status(second) == "QUEUED"
            run_job(str(elsewhere.pk))
            assert status(elsewhere) == "SUCCEEDED"
        return nobody(given, report)

    engines.evaluator.install(evaluate)
    run_job(str(first.pk))
    assert status(first) == "SUCCEEDED"
    assert sent[-1] == ("profiles.tasks.evaluate_segments", {"job": str(second.pk)})
    run_job(str(second.pk))
    assert status(second) == "SUCCEEDED"


def test_a_running_job_stops_when_it_is_cancelled(sandbox: Sandbox) -> None:
    make_segment(sandbox)

    def evaluate(given: JobWork, report: Report) -> JobResult:
        report(10, 100)
        jobs.cancel_job(actor=SYSTEM, sandbox=sandbox, job_id=given.id)
        assert SegmentJob.objects.get(pk=given.id).status == "CANCELLING"
        report(20, 100)
        raise AssertionError

    engines.evaluator.install(evaluate)
    job = start(sandbox)
    run_job(str(job.pk))
    assert status(job) == "CANCELLED"
    assert (job.profiles_read, job.profiles_total, job.errors) == (10, 100, [])


def test_what_a_dead_worker_left_is_taken_up_and_its_late_word_ignored(
    sandbox: Sandbox, nudged: list[Any]
) -> None:
    make_segment(sandbox)
    job = start(sandbox)

    def dies(given: JobWork, report: Report) -> JobResult:
        age(SegmentJob.objects.filter(pk=job.pk), work.STALE_MS + 1)
        engines.evaluator.install(nobody)
        resume_jobs()
        run_job(given.id)
        with pytest.raises(Stopped):
            report(1, 2)
        return JobResult(99, {})

    engines.evaluator.install(dies)
    run_job(str(job.pk))
    assert nudged == [("profiles.tasks.evaluate_segments", {"job": str(job.pk)})]
    assert status(job) == "SUCCEEDED"
    assert (job.attempts, job.metrics["total_profiles"]) == (2, 0)


def test_a_job_that_kills_its_workers_is_given_up(sandbox: Sandbox) -> None:
    make_segment(sandbox)
    job = start(sandbox)
    SegmentJob.objects.filter(pk=job.pk).update(
        status="PROCESSING", attempts=work.MOST_ATTEMPTS, updated_ms=1
    )
    engines.evaluator.install(nobody)
    run_job(str(job.pk))
    assert (status(job), job.errors[0]["code"]) == ("FAILED", "gave_up")


def test_the_sweep_nudges_the_oldest_job_of_a_sandbox(
    sandbox: Sandbox, other_sandbox: Sandbox, nudged: list[Any]
) -> None:
    make_segment(sandbox)
    first, _, elsewhere = start(sandbox), start(sandbox), start(other_sandbox)
    resume_jobs()
    assert [each["job"] for _, each in nudged] == [str(first.pk), str(elsewhere.pk)]


def test_a_cancellation_ends_without_its_worker(sandbox: Sandbox, nudged: list[Any]) -> None:
    make_segment(sandbox)
    job = start(sandbox)
    SegmentJob.objects.filter(pk=job.pk).update(status="CANCELLING", updated_ms=1)
    resume_jobs()
    assert (status(job), nudged) == ("CANCELLED", [])


# --- previews, exports, imports ------------------------------------------------------------------


def test_a_preview_reports_and_ends(sandbox: Sandbox) -> None:
    given = PreviewInput(Expression(FINNISH))
    preview = start_preview(given, actor=SYSTEM, sandbox=sandbox)

    def look(asked: PreviewWork, report: Report) -> PreviewResult:
        assert (asked.expression, asked.sandbox) == (FINNISH, sandbox.number)
        report(10, 20, matched=3)
        preview.refresh_from_db()
        assert (preview.state, preview.estimate["matched"]) == ("RUNNING", 3)
        return PreviewResult(read=20, matched=5, total=20)

    engines.previewer.install(look)
    run_preview(str(preview.pk))
    preview.refresh_from_db()
    assert (preview.state, preview.estimate["matched"]) == ("RESULT_READY", 5)


def test_a_superseded_preview_stops(sandbox: Sandbox) -> None:
    preview = start_preview(PreviewInput(Expression(FINNISH)), actor=SYSTEM, sandbox=sandbox)

    def look(asked: PreviewWork, report: Report) -> PreviewResult:
        SegmentPreview.objects.filter(pk=asked.id).delete()
        report(1, 2)
        raise AssertionError

    engines.previewer.install(look)
    run_preview(str(preview.pk))
    assert not SegmentPreview.objects.exists()


def test_an_export_gets_its_selections_and_keeps_its_batches(sandbox: Sandbox) -> None:
    segment = make_segment(sandbox)
    wanted = {"segments": [{"segmentId": str(segment.pk), "status": ["realized"]}]}
    given = ExportInput(fields="identities.id, person.name", filter=wanted)
    job = start_export(given, actor=SYSTEM, sandbox=sandbox)

    def write(asked: ExportWork, report: Report) -> ExportResult:
        assert asked.fields == ("identities.id", "person.name")
        (selection,) = asked.selections
        assert selection.segment_number == segment.number
        assert selection.statuses == {"realized"}
        report(1, 1)
        return ExportResult((WrittenBatch("B1", 7),))

    engines.exporter.install(write)
    run_export(job.pk)
    job.refresh_from_db()
    assert (job.status, job.errors) == ("SUCCEEDED", [])
    assert job.batches == [{"batch_id": "B1", "profiles": 7, "segment_id": None}]


def test_members_are_imported_from_the_source_given_at_creation(sandbox: Sandbox) -> None:
    source = {"fields": [{"name": "mail", "identityNs": "Email"}], "sourceSpec": {"path": "a.csv"}}
    given = ExternalInput(name="Readers", audience_id="r1", ttl_days=10)
    created = create_with_source(given, source, actor=SYSTEM, sandbox=sandbox)
    assert created.status == "SUCCESS"
    run = start_run({}, actor=SYSTEM, sandbox=sandbox, segment_id=str(created.segment.pk))

    def read(asked: ImportWork, report: Report) -> ImportResult:
        assert asked.source == {"path": "a.csv"}
        assert asked.fields[0]["identityNs"] == "Email"
        assert (asked.audience_id, asked.ttl_days) == ("r1", 10)
        report(1, 2)
        return ImportResult(rows_read=2, rows_failed=1)

    engines.importer.install(read)
    run_import(str(created.pk))
    run_import(str(run.pk))
    run_import(str(run.pk))
    run.refresh_from_db()
    assert (run.status, run.rows_read, run.rows_failed, run.attempts) == ("SUCCESS", 2, 1, 1)


def test_the_sweep_takes_up_what_waits_and_drops_what_is_old(
    sandbox: Sandbox, nudged: list[Any]
) -> None:
    given = PreviewInput(Expression(FINNISH))
    late, old, fresh = (start_preview(given, actor=SYSTEM, sandbox=sandbox) for _ in range(3))
    age(SegmentPreview.objects.filter(pk=late.pk), 60_000)
    age(SegmentPreview.objects.filter(pk=old.pk), KEPT_MS + 1)
    job = start_export(ExportInput(), actor=SYSTEM, sandbox=sandbox)
    ExportJob.objects.filter(pk=job.pk).update(status="PROCESSING", updated_ms=1)
    created = create_with_source(ExternalInput(name="E"), {}, actor=SYSTEM, sandbox=sandbox)
    run = start_run({}, actor=SYSTEM, sandbox=sandbox, segment_id=str(created.segment.pk))
    age(ExternalUpload.objects.filter(pk=run.pk), 60_000)
    resume_others()
    assert nudged == [
        ("profiles.tasks.preview_segment", {"preview": str(late.pk)}),
        ("profiles.tasks.export_profiles", {"job": job.pk}),
        ("profiles.tasks.import_members", {"run": str(run.pk)}),
    ]
    assert set(SegmentPreview.objects.all()) == {late, fresh}
