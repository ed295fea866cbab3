"""`/data/core/ups/segment/definitions` and `/segment/conversion`."""

import uuid

import pytest

from core.sandboxes.models import Sandbox
from tests.api_client import ApiClient
from tests.factories.loyalty import Loyalty, make_loyalty
from tests.factories.segments import FINNISH, body, make_segment, method, rule

PATH = "/data/core/ups/segment/definitions"
pytestmark = pytest.mark.django_db


@pytest.fixture
def loyalty(sandbox: Sandbox) -> Loyalty:
    """The union schema the rules are about."""
    return make_loyalty(sandbox)


def test_creates_and_shows_all_there_is(api: ApiClient, sandbox: Sandbox, loyalty: Loyalty) -> None:
    policy = api.get("/data/core/ups/config/mergePolicies").json()["children"][0]
    created = api.post(PATH, body(description="Who lives there", payloadSchema="string"))
    assert created.status_code == 200
    shown = created.json()
    assert str(uuid.UUID(shown["id"])) == shown["id"]
    assert shown["schema"] == {"name": "_xdm.context.profile"}
    assert shown["profileInstanceId"] == "ups"
    assert shown["imsOrgId"] == api.headers["x-gw-ims-org-id"]
    assert shown["sandbox"] == {
        "sandboxId": str(sandbox.uuid),
        "sandboxName": "prod",
        "type": "production",
        "default": True,
    }
    assert (shown["name"], shown["description"]) == ("Finnish buyers", "Who lives there")
    assert shown["ttlInDays"] == 30
    assert shown["expression"] == rule(FINNISH)
    assert shown["mergePolicyId"] == policy["id"]
    assert shown["evaluationInfo"] == method("batch")
    assert shown["dataGovernancePolicy"] == {"excludeOptOut": True}
    assert shown["payloadSchema"] == "string"
    assert shown["lifecycleState"] == "published"
    assert shown["creationTime"] == shown["baselineTime"] <= shown["updateTime"]
    assert shown["updateEpoch"] == shown["updateTime"] // 1000
    assert (shown["labels"], shown["dependents"], shown["dependencies"]) == ([], [], [])
    assert shown["definedOn"] == [
        {
            "meta:resourceType": "unions",
            "meta:containerId": "tenant",
            "$ref": "https://ns.adobe.com/xdm/context/profile__union",
        }
    ]
    assert (shown["type"], shown["originName"]) == (
        "SegmentDefinition",
        "REAL_TIME_CUSTOMER_PROFILE",
    )
    assert (shown["namespace"], shown["isSystem"]) == ("AEPSegments", False)
    assert shown["overridePerformanceWarnings"] is False
    assert (shown["createdBy"], shown["_etag"]) == (f"{shown['createdBy']}", '"1"')
    assert api.get(f"{PATH}/{shown['id']}").json() == shown


def test_what_a_client_sent_comes_back_as_it_was(api: ApiClient, loyalty: Loyalty) -> None:
    spaced = 'homeAddress.country="FI"   and not(person.name.firstName = "Ida")'
    created = api.post(PATH, body(value=spaced)).json()
    assert created["expression"]["value"] == spaced


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 301}, "name"),
        ({"schema": None}, "schema.name"),
        ({"schema": {"name": "_xdm.context.account"}}, "_xdm.context.account"),
        ({"expression": None}, "expression.value"),
        ({"expression": rule("")}, "expression.value"),
        ({"expression": {**rule(), "type": "ARL"}}, "PQL"),
        ({"expression": rule(form="pql/xml")}, "pql/text"),
        ({"expression": rule('homeAddress.country = "FI" and')}, "line 1, column"),
        ({"expression": rule('homeAddress.nowhere = "FI"')}, "nowhere"),
        ({"expression": rule("homeAddress.country")}, "line 1, column"),
        ({"mergePolicyId": str(uuid.uuid4())}, "merge policy"),
        ({"ttlInDays": 0}, "ttlInDays"),
        ({"ttlInDays": "many"}, "ttlInDays"),
        ({"labels": "core/C1"}, "labels"),
        ({"lifecycleState": "inactive"}, "draft or published"),
        ({"lifecycleState": "asleep"}, "lifecycleState"),
        ({"evaluationInfo": {"batch": {"enabled": True}, "continuous": {"enabled": True}}}, "one"),
        ({"expression": rule('inSegment("0b1c0000-0000-4000-8000-000000000000")')}, "not exist"),
    ],
)
def test_refuses_what_cannot_be_an_audience(
    api: ApiClient, loyalty: Loyalty, change: dict[str, object], word: str
) -> None:
    refused = api.post(PATH, body() | change)
    assert refused.status_code == 400, refused.json()
    (entry,) = refused.json()["errors"]["400"]
    assert entry["code"] == 400
    assert word in entry["message"]
    assert refused.json()["title"] == entry["message"]
    assert api.get(PATH).json()["page"]["totalCount"] == 0


def test_a_bad_rule_is_refused_with_its_place(api: ApiClient, loyalty: Loyalty) -> None:
    refused = api.post(PATH, body(value='homeAddress.country = "FI"\nand homeAddress.nowhere = 1'))
    assert refused.json()["type"].endswith("UPAPI-113434-400")
    assert refused.json()["title"].startswith("line 2, column ")


def test_a_name_or_an_id_in_use_is_refused_with_422(api: ApiClient, loyalty: Loyalty) -> None:
    created = api.post(PATH, body()).json()
    again = api.post(PATH, body())
    assert again.status_code == 422
    assert again.json()["errors"]["422"][0]["code"] == 422
    same_id = api.post(PATH, body("Another") | {"id": created["id"]})
    assert same_id.status_code == 422


def test_the_name_of_a_deleted_audience_is_free(api: ApiClient, loyalty: Loyalty) -> None:
    created = api.post(PATH, body()).json()
    deleted = api.delete(f"{PATH}/{created['id']}")
    assert deleted.status_code == 200
    assert deleted.json()["status"] is True
    assert api.get(f"{PATH}/{created['id']}").status_code == 404
    assert api.delete(f"{PATH}/{created['id']}").status_code == 404
    assert api.post(PATH, body()).status_code == 200


def test_an_unknown_audience_is_named_in_the_services_words(api: ApiClient) -> None:
    for name in (str(uuid.uuid4()), "no-such-id"):
        missing = api.get(f"{PATH}/{name}")
        assert missing.status_code == 404
        assert missing.json()["type"].endswith("UPAPI-113430-404")
        assert missing.json()["title"] == (
            f"The audience entity {name} is not found. Use a valid entity and try again."
        )


def test_a_patch_takes_the_place_of_the_whole_definition(api: ApiClient, loyalty: Loyalty) -> None:
    created = api.post(PATH, body(description="Old", labels=["core/C1"])).json()
    path = f"{PATH}/{created['id']}"
    changed = api.patch(path, body("Swedes", 'homeAddress.country = "SE"', ttlInDays="60"))
    assert changed.status_code == 200
    shown = changed.json()
    assert (shown["name"], shown["description"], shown["labels"]) == ("Swedes", "", [])
    assert (shown["ttlInDays"], shown["_etag"]) == (60, '"2"')
    assert shown["mergePolicyId"] == created["mergePolicyId"]
    assert api.patch(path, {"name": "Only a name"}).status_code == 400
    assert api.patch(f"{PATH}/{uuid.uuid4()}", body()).status_code == 404


def test_what_was_read_can_be_written_back(api: ApiClient, loyalty: Loyalty) -> None:
    created = api.post(PATH, body(evaluationInfo=method("continuous"))).json()
    written = api.patch(f"{PATH}/{created['id']}", created).json()
    ignored = {"_etag", "updateTime", "updateEpoch"}
    assert {k: v for k, v in written.items() if k not in ignored} == {
        k: v for k, v in created.items() if k not in ignored
    }


def test_a_stale_version_is_refused_with_all_sides(api: ApiClient, loyalty: Loyalty) -> None:
    created = api.post(PATH, body()).json()
    path = f"{PATH}/{created['id']}"
    fresh = {"If-Match": created["_etag"]}
    assert api.patch(path, body("Ada's"), headers=fresh).status_code == 200
    late = api.patch(path, body("Bo's", 'homeAddress.country = "SE"'), headers=fresh)
    assert late.status_code == 412
    report = late.json()["report"]
    assert report["base"]["name"] == "Finnish buyers"
    assert report["stored"]["name"] == "Ada's"
    assert report["given"]["name"] == "Bo's"
    assert report["given"]["expression"] == 'homeAddress.country = "SE"'
    assert api.get(path).json()["name"] == "Ada's"
    for header in ('W/"2"', "*"):
        assert api.patch(path, body("Ada's"), headers={"If-Match": header}).status_code == 200


def test_lists_page_by_page_from_zero(api: ApiClient, sandbox: Sandbox, loyalty: Loyalty) -> None:
    names = [f"Audience {number}" for number in range(5)]
    for name in names:
        make_segment(sandbox, name)
    listed = api.get(PATH, query={"limit": 2, "sort": "name:asc"}).json()
    assert listed["page"] == {
        "totalCount": 5,
        "totalPages": 3,
        "sortField": "name",
        "sort": "asc",
        "pageSize": 2,
        "limit": 2,
    }
    assert listed["link"] == {}
    found = [
        one["name"]
        for page in range(4)
        for one in api.get(PATH, query={"limit": 2, "page": page, "sort": "name:asc"}).json()[
            "segments"
        ]
    ]
    assert found == names
    rest = api.get(PATH, query={"start": 3, "sort": "name:desc"}).json()["segments"]
    assert [one["name"] for one in rest] == names[1::-1]
    newest = api.get(PATH).json()
    assert (newest["page"]["sortField"], newest["page"]["limit"]) == ("updateTime", 100)
    assert newest["segments"][0]["name"] == names[-1]


def test_lists_one_method(api: ApiClient, loyalty: Loyalty) -> None:
    api.post(PATH, body("Now", evaluationInfo=method("continuous")))
    api.post(PATH, body("Daily"))
    for name, expected in (("continuous", ["Now"]), ("batch", ["Daily"]), ("synchronous", [])):
        found = api.get(PATH, query={f"evaluationInfo.{name}.enabled": "True"}).json()
        assert [one["name"] for one in found["segments"]] == expected


def test_gets_several_by_id(api: ApiClient, loyalty: Loyalty) -> None:
    created = api.post(PATH, body()).json()
    for ids in ({"ids": [{"id": created["id"]}, {"id": "unknown"}]}, [{"id": created["id"]}]):
        found = api.post(f"{PATH}/bulk-get", ids)
        assert found.status_code == 207
        assert found.json() == {"results": {created["id"]: created}}
    refused = api.post(f"{PATH}/bulk-get", {"ids": []})
    assert refused.status_code == 400
    assert refused.json()["type"].endswith("UPAPI-113015-400")


def test_audiences_of_another_sandbox_do_not_exist(
    api: ApiClient, loyalty: Loyalty, other_sandbox: Sandbox
) -> None:
    created = api.post(PATH, body()).json()
    there = api.within("dev1")
    assert there.get(f"{PATH}/{created['id']}").status_code == 404
    assert there.get(PATH).json()["segments"] == []
    assert there.post(f"{PATH}/bulk-get", [{"id": created["id"]}]).json() == {"results": {}}


def test_a_rule_is_converted_both_ways(api: ApiClient, loyalty: Loyalty) -> None:
    path = "/data/core/ups/segment/conversion"
    sent = body(description=None)
    tree = api.post(path, sent)
    assert tree.status_code == 200
    shown = tree.json()
    assert shown["imsOrgId"] == api.headers["x-gw-ims-org-id"]
    assert (shown["ttlInDays"], shown["sandbox"]["sandboxName"]) == (30, "prod")
    assert shown["expression"]["format"] == "pql/json"
    assert '"fnName":"="' in shown["expression"]["value"].replace(" ", "")
    back = api.post(path, {**sent, "expression": shown["expression"]}).json()
    assert back["expression"] == rule(FINNISH)
    assert api.get(PATH).json()["segments"] == []
    assert api.post(path, {**sent, "expression": rule("nonsense (")}).status_code == 400


def test_a_rule_given_as_a_tree_is_kept_as_a_tree(api: ApiClient, loyalty: Loyalty) -> None:
    tree = api.post("/data/core/ups/segment/conversion", body()).json()["expression"]
    created = api.post(PATH, body() | {"expression": tree})
    assert created.status_code == 200
    assert created.json()["expression"] == tree
    text = api.post("/data/core/ups/segment/conversion", created.json()).json()["expression"]
    assert text == rule(FINNISH)
    assert api.post(PATH, body("x") | {"expression": rule("{", "pql/json")}).status_code == 400
