"""`/data/core/ups/preview` and `/estimate`."""

import uuid
from typing import Any

import pytest

from core.sandboxes.models import Sandbox
from profiles.segmentation import engines
from profiles.segmentation.models import SegmentPreview
from profiles.segmentation.run_others import run_preview
from profiles.segmentation.work_types import PreviewResult, PreviewWork, Report, SampledProfile
from tests.api_client import ApiClient
from tests.factories.loyalty import Loyalty, make_loyalty
from tests.factories.segments import FINNISH, SCHEMA, make_policy

UPS = "/data/core/ups"
BODY = {
    "predicateExpression": FINNISH,
    "predicateType": "pql/text",
    "predicateModel": SCHEMA,
    "graphType": "pdg",
}
pytestmark = pytest.mark.django_db


@pytest.fixture
def loyalty(sandbox: Sandbox) -> Loyalty:
    """The union schema the rules are about."""
    return make_loyalty(sandbox)


@pytest.mark.django_db(transaction=True)
def test_starts_a_preview(api: ApiClient, loyalty: Loyalty, sent: list[Any]) -> None:
    started = api.post(f"{UPS}/preview", BODY)
    assert started.status_code == 201
    body = started.json()
    assert (body["state"], body["previewQueryStatus"]) == ("NEW", "NEW")
    assert (body["previewExecutionId"], bool(body["previewQueryId"])) == (0, True)
    assert sent[-1] == ("profiles.tasks.preview_segment", {"preview": body["previewId"]})
    waiting = api.get(f"{UPS}/preview/{body['previewId']}").json()
    assert (waiting["state"], waiting["results"]) == ("NEW", [])
    assert waiting["page"] == {"offset": 0, "size": 0}
    estimate = api.get(f"{UPS}/estimate/{body['previewId']}").json()
    assert (estimate["state"], estimate["estimatedSize"]) == ("NEW", 0)


def test_shows_who_matches_and_how_many(api: ApiClient, loyalty: Loyalty) -> None:
    def preview(work: PreviewWork, report: Report) -> PreviewResult:
        report(1000, 4000)
        sample = tuple(
            SampledProfile(f"XID{number}", {"email": (f"{number}@example.test",)})
            for number in range(3)
        )
        return PreviewResult(1000, 250, 4000, by_namespace={6: 250}, sample=sample)

    engines.previewer.install(preview)
    try:
        key = api.post(f"{UPS}/preview", BODY).json()["previewId"]
        run_preview(key)
    finally:
        engines.previewer.remove()
    first = api.get(f"{UPS}/preview/{key}", query={"limit": 2}).json()
    assert first["state"] == "RESULT_READY"
    assert first["results"][0] == {
        "XID0": {
            "_href": f"{UPS}/access/entities?schema.name={SCHEMA}&entityId=XID0",
            "endCustomerIds": {"email": {"id": ["0@example.test"]}},
        }
    }
    assert first["page"] == {"offset": 0, "size": 2}
    assert (bool(first["links"]["_self"]), first["links"]["prev"]) == (True, "")
    rest = api.get(first["links"]["next"]).json()
    assert [list(each) for each in rest["results"]] == [["XID2"]]
    assert rest["links"]["next"] == ""
    estimate = api.get(f"{UPS}/estimate/{key}").json()
    assert estimate == {
        "estimatedSize": 1000,
        "numRowsToRead": 1000,
        "totalRows": 4000,
        "profilesReadSoFar": 1000,
        "profilesMatchedSoFar": 250,
        "standardError": 55,
        "confidenceInterval": "95%",
        "estimatedNamespaceDistribution": [{"namespaceId": "6", "profilesMatchedSoFar": 250}],
        "state": "RESULT_READY",
        "error": {"description": "", "traceback": ""},
        "_links": {"preview": f"{UPS}/preview/{key}"},
    }


def test_a_preview_that_fails_says_why(api: ApiClient, loyalty: Loyalty) -> None:
    def preview(work: PreviewWork, report: Report) -> PreviewResult:
        message = "no memory left"
        raise ValueError(message)

    engines.previewer.install(preview)
    try:
        key = api.post(f"{UPS}/preview", BODY).json()["previewId"]
        run_preview(key)
    finally:
        engines.previewer.remove()
    estimate = api.get(f"{UPS}/estimate/{key}").json()
    assert estimate["state"] == "FAILED"
    assert "no memory left" in estimate["error"]["description"]


@pytest.mark.parametrize(
    "change",
    [
        {"predicateExpression": None},
        {"predicateExpression": "homeAddress.country = "},
        {"predicateType": "pql/xml"},
        {"predicateModel": "_xdm.context.account"},
        {"graphType": "all"},
    ],
)
def test_refuses_what_cannot_be_tried(
    api: ApiClient, loyalty: Loyalty, change: dict[str, Any]
) -> None:
    assert api.post(f"{UPS}/preview", BODY | change).status_code == 400


def test_uses_the_policy_asked_for(api: ApiClient, sandbox: Sandbox, loyalty: Loyalty) -> None:
    policy = make_policy(sandbox)
    key = api.post(f"{UPS}/preview", BODY | {"mergePolicyId": str(policy.pk)}).json()["previewId"]
    assert SegmentPreview.objects.get(pk=key).merge_policy == policy
    unknown = BODY | {"mergePolicyId": str(uuid.uuid4())}
    assert api.post(f"{UPS}/preview", unknown).status_code == 404


def test_is_gone_when_deleted(api: ApiClient, other_sandbox: Sandbox, loyalty: Loyalty) -> None:
    key = api.post(f"{UPS}/preview", BODY).json()["previewId"]
    assert api.within("dev1").get(f"{UPS}/preview/{key}").status_code == 404
    deleted = api.delete(f"{UPS}/preview/{key}")
    assert (deleted.status_code, deleted.json()["status"]) == (200, True)
    for path in (f"{UPS}/preview/{key}", f"{UPS}/estimate/{key}", f"{UPS}/preview/x"):
        assert api.get(path).status_code == 404
