"""`/data/core/ups/config/schedules`."""

import uuid

import pytest

from core.sandboxes.models import Sandbox
from tests.api_client import ApiClient
from tests.factories.loyalty import make_loyalty
from tests.factories.segments import make_segment

PATH = "/data/core/ups/config/schedules"
BODY = {
    "name": "profile-default",
    "type": "batch_segmentation",
    "properties": {"segments": ["*"]},
    "schedule": "0 0 1 * * ?",
}
pytestmark = pytest.mark.django_db


def test_creates_lists_and_deletes(api: ApiClient, sandbox: Sandbox) -> None:
    created = api.post(PATH, BODY)
    assert created.status_code == 200
    shown = created.json()
    assert shown.items() >= BODY.items()
    assert (shown["state"], shown["imsOrgId"]) == ("inactive", api.headers["x-gw-ims-org-id"])
    assert shown["sandbox"]["sandboxName"] == "prod"
    assert shown["createEpoch"] == shown["updateEpoch"]
    assert api.get(f"{PATH}/{shown['id']}").json() == shown
    export = api.post(PATH, BODY | {"type": "export", "name": "export"}).json()
    listed = api.get(PATH, query={"limit": 1}).json()
    assert listed["children"] == [shown]
    assert listed["_page"] == {"totalCount": 2, "pageSize": 1, "next": "1"}
    rest = api.get("/data/core/ups" + listed["_links"]["next"]["href"][1:]).json()
    assert rest["children"] == [export]
    deleted = api.delete(f"{PATH}/{shown['id']}")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert api.get(f"{PATH}/{shown['id']}").status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"name": " "},
        {"type": "weekly"},
        {"properties": None},
        {"properties": {"segments": ["x"]}},
        {"state": "paused"},
        {"schedule": "daily"},
        {"schedule": "0 0 1 * *"},
        {"schedule": "0 0 1,2 * * ?"},
        {"schedule": "0 0 1 31 2 ?"},
        {"schedule": "0 0 1 * * ? " + "9" * 200},
    ],
)
def test_refuses_what_is_no_schedule(api: ApiClient, change: dict[str, object]) -> None:
    refused = api.post(PATH, BODY | change)
    assert refused.status_code == 400
    assert refused.json()["errors"]["400"][0]["message"]
    assert api.get(PATH).json()["children"] == []


def test_a_sandbox_has_one_schedule_of_batch_segmentation(
    api: ApiClient, other_sandbox: Sandbox
) -> None:
    assert api.post(PATH, BODY).status_code == 200
    assert api.post(PATH, BODY | {"name": "second"}).status_code == 409
    assert api.within("dev1").post(PATH, BODY).status_code == 200


def test_is_turned_on_and_moved_by_patches(api: ApiClient) -> None:
    created = api.post(PATH, BODY).json()
    path = f"{PATH}/{created['id']}"
    moved = api.patch(
        path,
        [
            {"op": "add", "path": "/state", "value": "active"},
            {"op": "replace", "path": "/schedule", "value": "0 30 5 ? * MON#1"},
        ],
    )
    assert (moved.status_code, moved.content) == (204, b"")
    shown = api.get(path).json()
    assert (shown["state"], shown["schedule"]) == ("active", "0 30 5 ? * MON#1")
    for wrong in (
        {"op": "add", "path": "/type", "value": "export"},
        {"op": "remove", "path": "/state", "value": "x"},
        {"op": "add", "path": "/state", "value": "on"},
        {"op": "add", "path": "/schedule", "value": "never"},
        {"op": "add", "path": "/schedule"},
    ):
        assert api.patch(path, [wrong]).status_code == 400, wrong
    assert api.patch(f"{PATH}/{uuid.uuid4()}", []).status_code == 404


def test_stays_on_while_there_are_streaming_audiences(api: ApiClient, sandbox: Sandbox) -> None:
    make_loyalty(sandbox)
    created = api.post(PATH, BODY | {"state": "active"}).json()
    path, off = f"{PATH}/{created['id']}", [{"op": "add", "path": "/state", "value": "inactive"}]
    streaming = make_segment(sandbox, method="streaming")
    assert api.patch(path, off).status_code == 400
    assert api.delete(path).status_code == 400
    assert api.get(path).json()["state"] == "active"
    api.delete(f"/data/core/ups/audiences/{streaming.pk}")
    assert api.patch(path, off).status_code == 204
