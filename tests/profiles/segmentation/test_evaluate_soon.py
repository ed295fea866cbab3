"""What changes who is in starts an evaluation by itself, one for many changes."""

from dataclasses import replace
from typing import Any

import pytest

from core.access.types import SYSTEM
from core.sandboxes.models import Sandbox
from profiles.segmentation import actions, engines, jobs
from profiles.segmentation.models import SegmentDefinition, SegmentJob
from profiles.segmentation.queries import shown_audiences
from profiles.segmentation.run_jobs import run_job
from profiles.segmentation.types import Expression
from profiles.segmentation.work_types import JobResult, JobWork, Report, SegmentResult
from tests.factories.loyalty import Loyalty, make_loyalty
from tests.factories.segments import make_policy, make_segment

pytestmark = pytest.mark.django_db
SWEDISH = Expression('homeAddress.country = "SE"')


@pytest.fixture(autouse=True)
def loyalty(sandbox: Sandbox) -> Loyalty:
    """The union schema the rules are about."""
    return make_loyalty(sandbox)


def change(segment: SegmentDefinition, **more: Any) -> SegmentDefinition:
    return actions.change_segment(
        lambda stored: replace(actions.input_of(stored), **more),
        actor=SYSTEM,
        sandbox=segment.sandbox,
        segment_id=str(segment.pk),
    )


def become(segment: SegmentDefinition, state: str) -> None:
    actions.set_state(state, actor=SYSTEM, sandbox=segment.sandbox, segment_id=str(segment.pk))


def evaluated(job: SegmentJob) -> list[str]:
    return [SegmentDefinition.objects.get(pk=each["segmentId"]).name for each in job.segments]


def run_all() -> None:
    """Let whatever waits be evaluated."""

    def evaluate(given: JobWork, report: Report) -> JobResult:
        return JobResult(0, {each.id: SegmentResult() for each in given.segments})

    engines.evaluator.install(evaluate)
    for job in SegmentJob.objects.filter(status="NEW").order_by("number"):
        run_job(str(job.pk))


@pytest.mark.parametrize("state", ["draft", "published"])
def test_a_new_audience_is_evaluated(sandbox: Sandbox, state: str) -> None:
    make_segment(sandbox, "New", state=state)
    job = SegmentJob.objects.get()
    assert (job.source, job.status, job.created_by) == ("system", "NEW", "system")
    assert evaluated(job) == ["New"]


@pytest.mark.django_db(transaction=True)
def test_its_message_leaves_once_the_audience_is_committed(
    sandbox: Sandbox, sent: list[Any]
) -> None:
    make_segment(sandbox)
    job = SegmentJob.objects.get()
    assert sent[-1] == ("profiles.tasks.evaluate_segments", {"job": str(job.pk)})


def test_a_refused_audience_starts_nothing(sandbox: Sandbox) -> None:
    make_segment(sandbox, "Taken")
    SegmentJob.objects.all().delete()
    with pytest.raises(Exception, match="already exists"):
        make_segment(sandbox, "Taken")
    assert not SegmentJob.objects.exists()


@pytest.mark.parametrize(
    "edit",
    [
        {"expression": SWEDISH},
        {"exclude_opt_out": False},
        {"method": "streaming"},
    ],
    ids=lambda edit: next(iter(edit)),
)
def test_an_edit_of_what_decides_evaluates(sandbox: Sandbox, edit: dict[str, Any]) -> None:
    segment = make_segment(sandbox)
    run_all()
    change(segment, **edit)
    assert evaluated(SegmentJob.objects.get(status="NEW")) == [segment.name]


def test_another_merge_policy_evaluates(sandbox: Sandbox) -> None:
    segment = make_segment(sandbox)
    run_all()
    change(segment, merge_policy_id=str(make_policy(sandbox).pk))
    assert SegmentJob.objects.filter(status="NEW").count() == 1


def test_a_new_name_evaluates_nothing(sandbox: Sandbox) -> None:
    segment = make_segment(sandbox)
    run_all()
    change(segment, name="Other", description="x", tags=("a",), ttl_days=5)
    assert not SegmentJob.objects.filter(status="NEW").exists()


def test_publishing_again_evaluates_and_deactivating_does_not(sandbox: Sandbox) -> None:
    segment = make_segment(sandbox)
    run_all()
    become(segment, "inactive")
    assert not SegmentJob.objects.filter(status="NEW").exists()
    become(segment, "published")
    assert SegmentJob.objects.filter(status="NEW").count() == 1


def test_audiences_that_build_on_it_are_evaluated_with_it(sandbox: Sandbox) -> None:
    base = make_segment(sandbox, "base")
    middle = make_segment(sandbox, "middle", f'inSegment("{base.pk}")')
    make_segment(sandbox, "top", f'inSegment("{middle.pk}")')
    make_segment(sandbox, "other")
    run_all()
    change(base, expression=SWEDISH)
    assert evaluated(SegmentJob.objects.get(status="NEW")) == ["base", "middle", "top"]


def test_a_job_that_waits_takes_the_next_change_along(sandbox: Sandbox) -> None:
    one = make_segment(sandbox, "one")
    make_segment(sandbox, "two")
    change(one, expression=SWEDISH)
    job = SegmentJob.objects.get()
    assert evaluated(job) == ["one", "two"]
    assert job.segments[0]["segment"]["version"] == 2
    SegmentJob.objects.update(status="PROCESSING")
    make_segment(sandbox, "three")
    assert evaluated(SegmentJob.objects.get(status="NEW")) == ["three"]


def test_a_cancelled_job_takes_nothing_along(sandbox: Sandbox) -> None:
    make_segment(sandbox, "one")
    first = SegmentJob.objects.get()
    jobs.cancel_job(actor=SYSTEM, sandbox=sandbox, job_id=str(first.pk))
    make_segment(sandbox, "two")
    assert evaluated(SegmentJob.objects.get(status="NEW")) == ["two"]


def test_a_job_for_all_that_waits_is_enough(sandbox: Sandbox) -> None:
    jobs.start_job(["*"], actor=SYSTEM, sandbox=sandbox)
    make_segment(sandbox)
    assert SegmentJob.objects.count() == 1


def test_more_than_one_job_may_name_become_all(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "MOST_ON_DEMAND", 2)
    for number in range(3):
        make_segment(sandbox, str(number))
    job = SegmentJob.objects.get()
    assert (job.everything, job.segments) == (True, [{"segmentId": "*"}])


def test_changes_start_however_many_jobs_people_started(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = make_segment(sandbox)
    run_all()
    monkeypatch.setattr(jobs, "MOST_OPEN_JOBS", 1)
    jobs.start_job([str(used.pk)], actor=SYSTEM, sandbox=sandbox)
    make_segment(sandbox, "One more")
    assert SegmentJob.objects.filter(status="NEW", source="system").count() == 1


def test_members_of_what_is_inactive_are_not_shown(sandbox: Sandbox) -> None:
    segment = make_segment(sandbox)
    draft = make_segment(sandbox, "Draft", state="draft")
    assert set(shown_audiences(sandbox)) == {segment.number, draft.number}
    become(segment, "inactive")
    assert set(shown_audiences(sandbox)) == {draft.number}
    become(segment, "published")
    assert set(shown_audiences(sandbox)) == {segment.number, draft.number}
