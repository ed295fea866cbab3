"""`/data/core/ups/segment/jobs`."""

import uuid
from typing import Any

import pytest

from core.sandboxes.models import Sandbox
from profiles.segmentation import engines
from profiles.segmentation.models import SegmentJob
from profiles.segmentation.run_jobs import run_job
from profiles.segmentation.types import MOST_OPEN_JOBS
from profiles.segmentation.work_types import JobResult, JobWork, Report, SegmentResult
from tests.api_client import ApiClient
from tests.factories.loyalty import Loyalty, make_loyalty
from tests.factories.segments import make_segment

PATH = "/data/core/ups/segment/jobs"
pytestmark = pytest.mark.django_db


@pytest.fixture
def loyalty(sandbox: Sandbox) -> Loyalty:
    """The union schema the rules are about."""
    return make_loyalty(sandbox)


@pytest.mark.django_db(transaction=True)
def test_starts_a_job_and_shows_it(
    api: ApiClient, sandbox: Sandbox, loyalty: Loyalty, sent: list[Any]
) -> None:
    segment = make_segment(sandbox)
    started = api.post(PATH, [{"segmentId": str(segment.pk)}])
    assert started.status_code == 200
    job = started.json()
    policy = segment.merge_policy
    assert policy is not None
    assert job["segments"] == [
        {
            "segmentId": str(segment.pk),
            "segment": {
                "id": str(segment.pk),
                "version": 1,
                "expression": {
                    "type": "PQL",
                    "format": "pql/text",
                    "value": segment.expression_value,
                },
                "mergePolicyId": str(policy.pk),
                "mergePolicy": {"id": str(policy.pk), "version": policy.version},
            },
        }
    ]
    assert (job["status"], job["source"], job["profileInstanceId"]) == ("NEW", "api", "ups")
    assert job["schema"] == {"name": "_xdm.context.profile"}
    assert (len(job["batchId"]), job["errors"]) == (26, [])
    assert isinstance(job["computeJobId"], int)
    assert job["requestId"] == started["x-request-id"]
    href = f"/segment/jobs/{job['id']}"
    assert job["_links"] == {
        "cancel": {"href": href, "method": "DELETE"},
        "checkStatus": {"href": href, "method": "GET"},
    }
    assert job["updateEpoch"] == job["updateTime"] // 1000
    assert api.get(f"{PATH}/{job['id']}").json() == job
    assert sent[-1] == ("profiles.tasks.evaluate_segments", {"job": job["id"]})


def test_metrics_tell_what_was_found(api: ApiClient, sandbox: Sandbox, loyalty: Loyalty) -> None:
    segment = make_segment(sandbox)
    key = str(segment.pk)

    def evaluate(work: JobWork, report: Report) -> JobResult:
        report(1000, 1000)
        found = SegmentResult(realized=40, exited=3, by_namespace={"crmid": 40, "email": 31})
        return JobResult(1000, {key: found}, {work.segments[0].policy_id: 1000})

    engines.evaluator.install(evaluate)
    try:
        job = api.post(PATH, [{"segmentId": key}]).json()
        run_job(job["id"])
    finally:
        engines.evaluator.remove()
    done = api.get(f"{PATH}/{job['id']}").json()
    metrics = done["metrics"]
    assert done["status"] == "SUCCEEDED"
    assert metrics["totalProfiles"] == 1000
    assert metrics["segmentedProfileCounter"] == {key: 40}
    assert metrics["segmentedProfileByNamespaceCounter"] == {key: {"crmid": 40, "email": 31}}
    assert metrics["segmentedProfileByStatusCounter"] == {
        key: {"realized": 40, "existing": 0, "exited": 3}
    }
    assert metrics["totalProfilesByMergePolicy"] == {str(segment.merge_policy_id): 1000}
    for span in (metrics["totalTime"], metrics["profileSegmentationTime"]):
        assert span["totalTimeInMs"] == span["endTimeInMs"] - span["startTimeInMs"] >= 0


def test_all_audiences_at_once(api: ApiClient, sandbox: Sandbox, loyalty: Loyalty) -> None:
    names = {str(make_segment(sandbox, f"Audience {number}").pk) for number in range(3)}
    body = {"schema": {"name": "_xdm.context.profile"}, "segments": [{"segmentId": "*"}]}
    job = api.post(PATH, body).json()
    assert {one["segmentId"] for one in job["segments"]} == names


def test_only_audiences_that_are_evaluated_can_be(
    api: ApiClient, sandbox: Sandbox, loyalty: Loyalty
) -> None:
    draft = make_segment(sandbox, "Draft", state="draft")
    assert api.post(PATH, [{"segmentId": str(draft.pk)}]).status_code == 200
    sleeping = make_segment(sandbox, "Sleeping")
    type(sleeping).objects.filter(pk=sleeping.pk).update(state="inactive")
    refused = api.post(PATH, [{"segmentId": str(sleeping.pk)}])
    assert refused.status_code == 400
    assert "inactive" in refused.json()["title"]
    external = api.post(
        "/data/core/ups/audiences", {"type": "ExternalSegment", "name": "x", "audienceId": "1"}
    ).json()
    assert api.post(PATH, [{"segmentId": external["id"]}]).status_code == 400
    assert api.post(PATH, [{"segmentId": str(uuid.uuid4())}]).status_code == 404
    wrong: Any
    for wrong in ([], {}, [{}], "x", [{"segmentId": 1}]):
        assert api.post(PATH, wrong).status_code == 400, wrong


def test_lists_newest_first(api: ApiClient, sandbox: Sandbox, loyalty: Loyalty) -> None:
    one, two = make_segment(sandbox, "One"), make_segment(sandbox, "Two")
    SegmentJob.objects.all().delete()  # that of the new audiences
    ids = [api.post(PATH, [{"segmentId": str(each.pk)}]).json()["id"] for each in (one, two, one)]
    listed = api.get(PATH, query={"limit": 2}).json()
    assert [each["id"] for each in listed["children"]] == ids[:0:-1]
    assert listed["_page"] == {"totalCount": 3, "pageSize": 2, "next": "2"}
    href = listed["_links"]["next"]["href"]
    rest = api.get("/data/core/ups" + href[1:]).json()
    assert [each["id"] for each in rest["children"]] == ids[:1]
    oldest = api.get(PATH, query={"sort": "creationTime:asc"}).json()
    assert [each["id"] for each in oldest["children"]] == ids
    of_two = api.get(PATH, query={"property": f"segments~segmentId=={two.pk}"}).json()
    assert [each["id"] for each in of_two["children"]] == [ids[1]]
    assert api.get(PATH, query={"status": "SUCCEEDED"}).json()["children"] == []
    assert api.get(PATH, query={"property": "color==red"}).status_code == 400


def test_a_job_that_waits_is_cancelled_at_once(
    api: ApiClient, sandbox: Sandbox, loyalty: Loyalty
) -> None:
    segment = make_segment(sandbox)
    job = api.post(PATH, [{"segmentId": str(segment.pk)}]).json()
    cancelled = api.delete(f"{PATH}/{job['id']}")
    assert (cancelled.status_code, cancelled.content) == (204, b"")
    assert api.get(f"{PATH}/{job['id']}").json()["status"] == "CANCELLED"
    assert api.delete(f"{PATH}/{job['id']}").status_code == 204
    assert api.delete(f"{PATH}/{uuid.uuid4()}").status_code == 404


def test_too_many_jobs_at_once_are_refused(
    api: ApiClient, sandbox: Sandbox, loyalty: Loyalty
) -> None:
    segment = make_segment(sandbox)
    body = [{"segmentId": str(segment.pk)}]
    for _ in range(MOST_OPEN_JOBS):
        assert api.post(PATH, body).status_code == 200
    refused = api.post(PATH, body)
    assert refused.status_code == 429
    assert refused.json() == {
        "title": "RequestRateTooLarge",
        "status": 429,
        "detail": "Request rate is large. Please try again later.",
    }
    SegmentJob.objects.update(status="SUCCEEDED")
    assert api.post(PATH, body).status_code == 200


def test_gets_several_by_id(api: ApiClient, sandbox: Sandbox, loyalty: Loyalty) -> None:
    job = api.post(PATH, [{"segmentId": str(make_segment(sandbox).pk)}]).json()
    found = api.post(f"{PATH}/bulk-get", {"ids": [{"id": job["id"]}, {"id": "x"}]})
    assert (found.status_code, found.json()) == (207, {"results": {job["id"]: job}})


def test_jobs_of_another_sandbox_do_not_exist(
    api: ApiClient, sandbox: Sandbox, other_sandbox: Sandbox, loyalty: Loyalty
) -> None:
    job = api.post(PATH, [{"segmentId": str(make_segment(sandbox).pk)}]).json()
    there = api.within("dev1")
    assert there.get(f"{PATH}/{job['id']}").status_code == 404
    assert there.delete(f"{PATH}/{job['id']}").status_code == 404
    assert there.get(PATH).json()["children"] == []
