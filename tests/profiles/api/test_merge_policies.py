"""`/data/core/ups/config/mergePolicies`."""

from typing import Any

import pytest

from core.sandboxes.models import Sandbox
from profiles.store.models import MergePolicy
from tests.api_client import ApiClient
from tests.factories.profiles import make_dataset

PATH = "/data/core/ups/config/mergePolicies"
BODY = {
    "name": "Newest wins",
    "schema": {"name": "_xdm.context.profile"},
    "identityGraph": {"type": "none"},
    "attributeMerge": {"type": "timestampOrdered"},
}
pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Names of the tasks that left."""
    names: list[Any] = []
    monkeypatch.setattr("core.tasks._send", lambda name, kwargs: names.append((name, kwargs)))
    return names


def test_shows_the_seeded_policy(api: ApiClient, sandbox: Sandbox) -> None:
    listed = api.get(PATH).json()
    assert listed["_page"]["totalCount"] == 1
    assert listed["_links"]["next"]["href"] == ""
    (policy,) = listed["children"]
    assert policy["default"] is True
    assert policy["isActiveOnEdge"] is True
    assert policy["sandbox"] == {
        "sandboxId": str(sandbox.uuid),
        "sandboxName": "prod",
        "type": "production",
        "default": True,
    }
    assert policy["imsOrgId"] == api.headers["x-gw-ims-org-id"]
    assert policy["version"] == 1


def test_creates_and_deletes(api: ApiClient) -> None:
    created = api.post(PATH, BODY)
    assert created.status_code == 200
    body = created.json()
    assert body["identityGraph"] == {"type": "none"}
    assert body["attributeMerge"] == {"type": "timestampOrdered"}
    assert (body["default"], body["isActiveOnEdge"], body["version"]) == (False, False, 1)
    assert api.get(f"{PATH}/{body['id']}").json() == body
    deleted = api.delete(f"{PATH}/{body['id']}")
    assert (deleted.status_code, deleted.content) == (200, b"")
    missing = api.get(f"{PATH}/{body['id']}")
    assert missing.status_code == 404
    assert missing.json()["errors"]["404"][0]["code"] == 404
    assert missing.json()["requestId"] == missing["x-request-id"]


def test_orders_datasets_of_this_sandbox_only(
    api: ApiClient, sandbox: Sandbox, other_sandbox: Sandbox
) -> None:
    ours, theirs = make_dataset(sandbox), make_dataset(other_sandbox)
    merge = {"type": "dataSetPrecedence", "order": [ours.id]}
    created = api.post(PATH, {**BODY, "attributeMerge": merge})
    assert created.json()["attributeMerge"] == merge
    for order in ([theirs.id], [ours.id, ours.id], [], None, ["x"]):
        refused = api.post(
            PATH, {**BODY, "attributeMerge": {"type": "dataSetPrecedence", "order": order}}
        )
        assert refused.status_code == 400, order


@pytest.mark.parametrize(
    "change",
    [
        {"schema": {}},
        {"identityGraph": {"type": "pdgx"}},
        {"attributeMerge": {}},
        {"name": 3},
        {"default": "maybe"},
    ],
)
def test_refuses_a_bad_policy(api: ApiClient, change: dict[str, Any]) -> None:
    assert api.post(PATH, {**BODY, **change}).status_code == 400


def test_default_and_edge_flags_move(
    api: ApiClient, sent: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    seeded = api.get(PATH).json()["children"][0]
    with django_capture_on_commit_callbacks(execute=True):
        created = api.post(PATH, {**BODY, "default": True, "isActiveOnEdge": True}).json()
    assert (created["default"], created["isActiveOnEdge"]) == (True, True)
    before = api.get(f"{PATH}/{seeded['id']}").json()
    assert (before["default"], before["isActiveOnEdge"]) == (False, False)
    assert [name for name, _ in sent] == [
        "profiles.tasks.settle_audiences",
        "profiles.tasks.rebuild_profiles",
    ]


def test_a_rename_does_not_rebuild(
    api: ApiClient, sent: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    seeded = api.get(PATH).json()["children"][0]
    with django_capture_on_commit_callbacks(execute=True):
        api.patch(f"{PATH}/{seeded['id']}", [{"op": "add", "path": "/name", "value": "New"}])
    assert sent == []


@pytest.mark.parametrize(
    "patch",
    [
        [{"op": "add", "path": "/name", "value": "Renamed"}],
        {"op": "replace", "path": "/name", "value": "Renamed"},
        {"name": "Renamed"},
    ],
)
def test_patches_in_three_spellings(api: ApiClient, patch: Any) -> None:
    created = api.post(PATH, BODY).json()
    patched = api.patch(f"{PATH}/{created['id']}", patch).json()
    assert patched["name"] == "Renamed"
    assert patched["version"] == 2


def test_patches_nested_members(api: ApiClient) -> None:
    path = f"{PATH}/{api.post(PATH, BODY).json()['id']}"
    graph = [
        {"op": "add", "path": "/identityGraph.type", "value": "pdg"},
        {"op": "add", "path": "/version", "value": 9},
    ]
    assert api.patch(path, graph).json()["identityGraph"] == {"type": "pdg"}
    assert api.patch(path, [{"op": "add", "path": "/id", "value": "x"}]).status_code == 400
    assert api.patch(path, [{"op": "remove", "path": "/name"}]).status_code == 400


def test_replaces(api: ApiClient) -> None:
    created = api.post(PATH, BODY).json()
    put = api.put(f"{PATH}/{created['id']}", {**BODY, "name": "B", "default": True}).json()
    assert (put["name"], put["default"], put["version"]) == ("B", True, 2)
    assert MergePolicy.objects.filter(is_default=True).count() == 1


def test_a_flag_can_only_be_handed_over(api: ApiClient) -> None:
    seeded = api.get(PATH).json()["children"][0]
    for name in ("default", "isActiveOnEdge"):
        patch = [{"op": "add", "path": f"/{name}", "value": False}]
        assert api.patch(f"{PATH}/{seeded['id']}", patch).status_code == 400


def test_the_policy_on_edge_cannot_be_deleted(api: ApiClient) -> None:
    seeded = api.get(PATH).json()["children"][0]
    assert api.delete(f"{PATH}/{seeded['id']}").status_code == 400


def test_deleting_the_default_passes_the_flag_on(api: ApiClient) -> None:
    seeded = api.get(PATH).json()["children"][0]
    other = api.post(PATH, {**BODY, "default": True}).json()
    assert api.get(f"{PATH}/{seeded['id']}").json()["default"] is False
    assert api.delete(f"{PATH}/{other['id']}").status_code == 200
    assert api.get(f"{PATH}/{seeded['id']}").json()["default"] is True


def test_pages_and_filters(api: ApiClient) -> None:
    for name in "abc":
        api.post(PATH, {**BODY, "name": name})
    page = api.get(PATH, query={"limit": 2, "orderBy": "-name", "identityGraph.type": "none"})
    body = page.json()
    assert [one["name"] for one in body["children"]] == ["c", "b"]
    assert body["_page"]["totalCount"] == 3
    href = body["_links"]["next"]["href"]
    assert href.startswith("@/mergePolicies?start=2")
    rest = api.get("/data/core/ups/config" + href[1:]).json()
    assert [one["name"] for one in rest["children"]] == ["a"]
    assert rest["_links"]["next"]["href"] == ""
    assert api.get(PATH, query={"default": "True"}).json()["_page"]["totalCount"] == 1
    assert api.get(PATH, query={"limit": "x"}).status_code == 400


def test_gets_several_by_id(api: ApiClient) -> None:
    created = api.post(PATH, BODY).json()
    ids = [{"id": created["id"]}, {"id": "no-such-policy"}]
    found = api.post(f"{PATH}/bulk-get", {"ids": ids})
    assert found.status_code == 207
    assert found.json() == {"results": {created["id"]: created}}
    assert api.post(f"{PATH}/bulk-get", {}).status_code == 400


def test_policies_of_another_sandbox_do_not_exist(api: ApiClient, other_sandbox: Sandbox) -> None:
    created = api.post(PATH, BODY).json()
    there = api.within("dev1")
    assert there.get(f"{PATH}/{created['id']}").status_code == 404
    assert there.get(PATH).json()["_page"]["totalCount"] == 1


def test_an_unparsable_body_is_refused_in_the_services_shape(api: ApiClient) -> None:
    refused = api.post(PATH, b"{")
    assert refused.status_code == 400
    assert refused.json()["type"].endswith("UPLIB-101206-500")
