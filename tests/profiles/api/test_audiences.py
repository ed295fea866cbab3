"""`/data/core/ups/audiences`."""

import uuid
from typing import Any

import pytest

from core.sandboxes.models import Sandbox
from profiles.segmentation.models import SegmentDefinition
from tests.api_client import ApiClient
from tests.factories.loyalty import Loyalty, make_loyalty
from tests.factories.segments import body, make_segment, method, rule

PATH = "/data/core/ups/audiences"
EXTERNAL = {
    "type": "ExternalSegment",
    "name": "Newsletter readers",
    "description": "From the mailing tool",
    "audienceId": "ext-1",
    "namespace": "CustomerAudienceUpload",
    "originName": "CUSTOM_UPLOAD",
    "labels": ["core/C1"],
    "audienceMeta": {"owner": "mail"},
    "linkedAudienceRef": {"flowId": "f1"},
}
pytestmark = pytest.mark.django_db


@pytest.fixture
def loyalty(sandbox: Sandbox) -> Loyalty:
    """The union schema the rules are about."""
    return make_loyalty(sandbox)


def test_an_audience_is_its_definition_and_more(api: ApiClient, loyalty: Loyalty) -> None:
    created = api.post(PATH, body())
    assert created.status_code == 201
    shown = created.json()
    definition = api.get(f"/data/core/ups/segment/definitions/{shown['id']}").json()
    assert {key: shown[key] for key in definition} == definition
    assert shown["audienceId"] == shown["id"]
    assert shown["createEpoch"] == shown["creationTime"] // 1000
    assert (shown["saveSegmentMembership"], shown["state"]) == (True, "enabled")
    assert shown["lastModifiedBy"] == shown["createdBy"]
    assert api.get(f"{PATH}/{shown['id']}").json() == shown


def test_an_external_audience_has_the_clients_id(api: ApiClient) -> None:
    created = api.post(PATH, EXTERNAL)
    assert created.status_code == 201
    shown = created.json()
    assert shown["audienceId"] == "ext-1"
    assert str(uuid.UUID(shown["id"])) == shown["id"]
    assert shown.items() >= {k: v for k, v in EXTERNAL.items() if k != "type"}.items()
    assert (shown["type"], shown["lifecycleState"]) == ("ExternalSegment", "published")
    assert "expression" not in shown
    found = api.get(PATH, query={"property": "audienceId==ext-1"}).json()["children"]
    assert found == [shown]
    assert api.get(f"/data/core/ups/segment/definitions/{shown['id']}").status_code == 404
    again = api.post(PATH, EXTERNAL | {"name": "Another"})
    assert again.status_code == 409
    assert (
        api.post(PATH, EXTERNAL | {"type": "ExternalAudience", "audienceId": "2"}).status_code
        == 409
    )


@pytest.mark.parametrize(
    "change",
    [{"namespace": "AEPSegments"}, {"namespace": "mine"}, {"originName": "mine"}, {"type": "mine"}],
)
def test_an_external_audience_needs_known_names(api: ApiClient, change: dict[str, Any]) -> None:
    refused = api.post(PATH, EXTERNAL | change)
    assert refused.status_code == 400
    assert refused.json()["type"].endswith("UPAPI-113434-400")


def test_namespace_and_id_of_an_audience_never_change(api: ApiClient, loyalty: Loyalty) -> None:
    external = api.post(PATH, EXTERNAL).json()
    own = api.post(PATH, body()).json()
    for shown, namespace in ((external, "AO"), (own, "CustomerAudienceUpload")):
        path = f"{PATH}/{shown['id']}"
        assert api.put(path, shown | {"namespace": namespace}).status_code == 400
        assert api.put(path, shown | {"audienceId": "other"}).status_code == 400
        renamed = api.put(path, shown | {"name": f"New {shown['name']}"})
        assert renamed.status_code == 201
        assert renamed.json()["name"] == f"New {shown['name']}"
        assert renamed.json()["audienceId"] == shown["audienceId"]


def test_parts_are_changed_by_json_patch(api: ApiClient, loyalty: Loyalty) -> None:
    created = api.post(PATH, body(description="Old", tags=["a"])).json()
    path = f"{PATH}/{created['id']}"
    operations = [
        {"op": "add", "path": "/expression", "value": rule('homeAddress.country = "SE"')},
        {"op": "replace", "path": "/description", "value": "New"},
        {"op": "add", "path": "linkedAudienceRef", "value": {"audienceFolderId": "f7"}},
    ]
    changed = api.patch(path, operations)
    assert changed.status_code == 201
    shown = changed.json()
    assert shown["expression"]["value"] == 'homeAddress.country = "SE"'
    assert (shown["description"], shown["name"]) == ("New", created["name"])
    assert shown["linkedAudienceRef"] == {"audienceFolderId": "f7"}
    assert shown["tags"] == ["a"]
    assert shown["_etag"] == '"2"'
    for wrong in (
        {"op": "replace", "path": "/nowhere/deep", "value": 1},
        {"op": "fly", "path": "/name", "value": "x"},
        {"op": "replace", "path": "/lifecycleState", "value": "deleted"},
        {"op": "replace", "path": "/audienceId", "value": "x"},
    ):
        assert api.patch(path, [wrong]).status_code == 400, wrong
    deleted = api.patch(path, [{"op": "add", "path": "/lifecycleState", "value": "deleted"}])
    assert deleted.json()["type"].endswith("UPAPI-113434-400")


def test_an_external_audience_is_patched_too(api: ApiClient) -> None:
    created = api.post(PATH, EXTERNAL).json()
    operations = [{"op": "add", "path": "/name", "value": "Readers"}]
    changed = api.patch(f"{PATH}/{created['id']}", operations)
    assert (changed.status_code, changed.json()["name"]) == (201, "Readers")
    assert changed.json()["audienceMeta"] == {"owner": "mail"}


def test_an_audience_others_use_cannot_be_deleted(
    api: ApiClient, sandbox: Sandbox, loyalty: Loyalty
) -> None:
    used = make_segment(sandbox, "Used")
    user = api.post(PATH, body("User", f'inSegment("{used.pk}")')).json()
    assert user["dependencies"] == [str(used.pk)]
    assert api.get(f"{PATH}/{used.pk}").json()["dependents"] == [user["id"]]
    refused = api.delete(f"{PATH}/{used.pk}")
    assert refused.status_code == 400
    assert refused.json()["type"].endswith("UPAPI-113631-403")
    assert refused.json()["title"].startswith("The audience cannot be deleted.")
    assert "User" in refused.json()["title"]
    gone = api.delete(f"{PATH}/{user['id']}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert api.delete(f"{PATH}/{used.pk}").status_code == 204


def test_a_rule_that_leads_back_to_its_audience_is_refused(
    api: ApiClient, sandbox: Sandbox, loyalty: Loyalty
) -> None:
    first = make_segment(sandbox, "First")
    second = make_segment(sandbox, "Second", f'inSegment("{first.pk}")')
    for target in (first.pk, second.pk):
        patch = [{"op": "add", "path": "/expression", "value": rule(f'inSegment("{target}")')}]
        refused = api.patch(f"{PATH}/{first.pk}", patch)
        assert refused.status_code == 400
        assert "depend on itself" in refused.json()["title"]


def test_lists_with_links_a_client_can_follow(
    api: ApiClient, sandbox: Sandbox, loyalty: Loyalty
) -> None:
    for number in range(3):
        make_segment(sandbox, f"Audience {number}")
    listed = api.get(PATH, query={"limit": 2, "sort": "name:asc", "name": "AUDIENCE"}).json()
    assert listed["_page"] == {"totalCount": 3, "pageSize": 2, "next": "2"}
    href = listed["_links"]["next"]["href"]
    assert href.startswith("@/audiences?start=2&limit=2&totalCount=3")
    rest = api.get("/data/core/ups" + href[1:]).json()
    assert [one["name"] for one in rest["children"]] == ["Audience 2"]
    # A known client goes on as long as `next` is there.
    assert "next" not in rest["_page"]
    assert rest["_links"]["next"]["href"] == ""


def test_narrows_a_list(api: ApiClient, sandbox: Sandbox, loyalty: Loyalty) -> None:
    make_segment(sandbox, "Gold members", description="Spend MUCH")
    make_segment(sandbox, "Others", state="draft")
    api.post(PATH, EXTERNAL)

    def names(**query: str) -> list[str]:
        found = api.get(PATH, query={"sort": "name:asc", **query}).json()["children"]
        return [one["name"] for one in found]

    assert names(name="gold") == ["Gold members"]
    assert names(description="much") == ["Gold members"]
    assert names(property="lifecycleState==draft") == ["Others"]
    assert names(property="type==ExternalSegment") == ["Newsletter readers"]
    assert names(property="id==nonsense") == []
    assert names(entityType="_xdm.context.account") == []
    assert names(entityType="_xdm.context.profile") == [
        "Gold members",
        "Newsletter readers",
        "Others",
    ]
    for wrong in ("color==red", "name~G", "name"):
        assert api.get(PATH, query={"property": wrong}).status_code == 400


def test_each_of_several_answers_for_itself(api: ApiClient, loyalty: Loyalty) -> None:
    created = api.post(PATH, body()).json()
    unknown = str(uuid.uuid4())
    found = api.post(f"{PATH}/bulk-get", {"ids": [{"id": created["id"]}, {"id": unknown}]})
    assert found.status_code == 207
    results = found.json()["results"]
    assert results[created["id"]] == created
    assert results[unknown]["errors"] == {"404": [{"code": 404, "message": "Not found."}]}
    assert results[unknown]["requestId"] == found["x-request-id"]
    none = api.post(f"{PATH}/bulk-get", {"ids": [{"id": unknown}]})
    assert none.status_code == 404
    assert none.json()["type"].endswith("UPAPI-113000-404")
    for ids in ([], [{"id": unknown}] * 101):
        assert api.post(f"{PATH}/bulk-get", {"ids": ids}).status_code == 400


def test_a_state_changes_by_the_rules_only(api: ApiClient, loyalty: Loyalty) -> None:
    created = api.post(PATH, body(lifecycleState="draft")).json()
    path = f"{PATH}/{created['id']}"

    def become(state: str) -> int:
        answer = api.patch(path, [{"op": "add", "path": "/lifecycleState", "value": state}])
        code: int = answer.status_code
        return code

    assert become("inactive") == 400
    assert become("active") == 201
    assert api.get(path).json()["lifecycleState"] == "published"
    assert become("draft") == 400
    assert become("inactive") == 201
    assert become("published") == 201
    assert become("archived") == 201
    assert become("published") == 400
    assert api.get(path).json()["lifecycleState"] == "archived"
    assert api.get(PATH).json()["children"] == []
    asked = api.get(PATH, query={"property": "lifecycleState==archived"}).json()
    assert [one["id"] for one in asked["children"]] == [created["id"]]
    # Its name is free again.
    assert api.post(PATH, body()).status_code == 201


def test_a_method_the_rule_does_not_allow_is_refused_with_the_reason(
    api: ApiClient, loyalty: Loyalty
) -> None:
    week = 'CHAIN(xEvent, timestamp, [C0: WHAT(eventType = "x") WHEN(<= 7 days before now)])'
    for name in ("continuous", "synchronous"):
        refused = api.post(PATH, body(value=week, evaluationInfo=method(name)))
        assert refused.status_code == 400
        assert "24 hours" in refused.json()["title"]
    created = api.post(PATH, body(evaluationInfo=method("continuous"))).json()
    assert created["evaluationInfo"] == method("continuous")
    patch = [{"op": "add", "path": "/expression", "value": rule(week)}]
    changed = api.patch(f"{PATH}/{created['id']}", patch)
    assert changed.status_code == 201
    assert changed.json()["evaluationInfo"] == method("batch")


def test_unicode_names_and_patches_without_a_body_are_no_trouble(
    api: ApiClient, loyalty: Loyalty
) -> None:
    created = api.post(PATH, body("Käufer \N{PARTY POPPER}")).json()
    assert created["name"] == "Käufer \N{PARTY POPPER}"
    assert api.patch(f"{PATH}/{created['id']}", []).status_code == 201
    assert api.put(f"{PATH}/{created['id']}", []).status_code == 400
    assert SegmentDefinition.objects.get(pk=created["id"]).version == 2


@pytest.mark.parametrize("given", [body(), EXTERNAL], ids=["rule", "list"])
def test_a_client_that_does_not_speak_of_folders_takes_no_audience_out_of_its_own(
    api: ApiClient, loyalty: Loyalty, given: dict[str, Any]
) -> None:
    lies = {"audienceFolderId": "Season", "flowId": "f1"}
    shown = api.post(PATH, given | {"linkedAudienceRef": lies}).json()
    path = f"{PATH}/{shown['id']}"
    silent = {key: value for key, value in shown.items() if key != "linkedAudienceRef"}
    assert api.put(path, silent | {"name": "Renamed"}).status_code == 201
    assert api.get(path).json()["linkedAudienceRef"] == lies
    assert api.put(path, silent | {"linkedAudienceRef": {}}).status_code == 201
    assert api.get(path).json()["linkedAudienceRef"] == {}
