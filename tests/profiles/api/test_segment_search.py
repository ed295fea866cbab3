"""`/data/core/ups/search`."""

from base64 import urlsafe_b64decode

import pytest

from core.sandboxes.models import Sandbox
from profiles.segmentation.models import SegmentDefinition
from tests.api_client import ApiClient
from tests.factories.loyalty import make_loyalty
from tests.factories.segments import make_segment

UPS = "/data/core/ups/search"
SCHEMA = {"schema.name": "_xdm.context.segmentdefinition"}
pytestmark = pytest.mark.django_db


@pytest.fixture
def gold(sandbox: Sandbox, api: ApiClient) -> SegmentDefinition:
    """One of three audiences, in a folder."""
    make_loyalty(sandbox)
    make_segment(sandbox, "Silver members", description="They spend some")
    external = {"type": "ExternalSegment", "name": "Gold readers", "audienceId": "ext-9"}
    assert api.post("/data/core/ups/audiences", external).status_code == 201
    return make_segment(
        sandbox,
        "Gold members",
        description="They spend much",
        linked_audience_ref={"audienceFolderId": "f1"},
    )


def names(api: ApiClient, text: str, **query: str) -> list[str]:
    asked = {**SCHEMA, "namespace": "AEPSegments", "s": text, **query}
    found = api.get(f"{UPS}/entities", query=asked)
    assert found.status_code == 200, found.json()
    return [each["name"] for each in found.json()["entities"]]


def test_counts_what_each_namespace_has(api: ApiClient, gold: SegmentDefinition) -> None:
    headers: dict[str, str | None] = {"x-ups-search-version": "1.0"}
    found = api.get(f"{UPS}/namespaces", query={**SCHEMA, "s": "segmentName:gold"}, headers=headers)
    assert found.json() == {
        "namespaces": [
            {"namespace": "AEPSegments", "displayName": "Platform audiences", "count": 1},
            {
                "namespace": "CustomerAudienceUpload",
                "displayName": "Uploaded audiences",
                "count": 1,
            },
        ],
        "totalCount": 2,
        "status": {"message": "Success"},
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["Gold members", "Silver members"]),
        ("*", ["Gold members", "Silver members"]),
        ("gold", ["Gold members"]),
        ("segmentName:g*s", ["Gold members"]),
        ("segmentName:g?ld", []),
        ("segmentDescription:MUCH", ["Gold members"]),
        ('segmentName:"silver members"', ["Silver members"]),
        ("gold silver", ["Gold members", "Silver members"]),
        ("gold OR silver", ["Gold members", "Silver members"]),
        ("segmentName:members AND segmentDescription:some", ["Silver members"]),
        ("folderId:f1", ["Gold members"]),
        ("name:*", ["Gold members", "Silver members"]),
    ],
)
def test_understands_simple_lucene(
    api: ApiClient, gold: SegmentDefinition, text: str, expected: list[str]
) -> None:
    assert names(api, text) == expected


def test_shows_entities_page_by_page(api: ApiClient, gold: SegmentDefinition) -> None:
    asked = {"schemaClass": SCHEMA["schema.name"], "namespace": "aepsegments", "limit": "1"}
    page = api.get(f"{UPS}/entities", query=asked).json()
    (entity,) = page["entities"]
    assert entity["id"] == entity["sourceId"] == str(gold.pk)
    assert urlsafe_b64decode(entity["base64EncodedSourceId"]).decode() == str(gold.pk)
    assert (entity["isFolder"], entity["parentFolderId"]) == (False, "f1")
    assert page["page"] == {"totalCount": 2, "totalPages": 2, "pageOffset": 0, "pageSize": 1}
    second = api.get(f"{UPS}/entities", query={**asked, "page": "1"}).json()
    assert [each["name"] for each in second["entities"]] == ["Silver members"]
    assert names(api, "", entityId="f1") == ["Gold members"]
    nobody = api.get(f"{UPS}/entities", query={**SCHEMA, "namespace": "ECID", "s": "x"}).json()
    assert (nobody["entities"], nobody["page"]["totalPages"]) == ([], 1)


def test_says_where_an_audience_lies(api: ApiClient, gold: SegmentDefinition) -> None:
    found = api.get(f"{UPS}/taxonomy", query={**SCHEMA, "entityId": str(gold.pk)}).json()
    assert [each["id"] for each in found["taxonomy"]] == ["f1", str(gold.pk)]
    assert found["taxonomy"][1]["parentFolderId"] == "f1"
    external = api.get(f"{UPS}/taxonomy", query={**SCHEMA, "entityId": "ext-9"}).json()
    assert [each["name"] for each in external["taxonomy"]] == ["Gold readers"]
    assert api.get(f"{UPS}/taxonomy", query={**SCHEMA, "entityId": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("namespaces", {"schema.name": "_xdm.context.profile"}),
        ("namespaces", {"s": "color:red"}),
        ("namespaces", {"s": "x" * 501}),
        ("namespaces", {"s": "x " * 21}),
        ("entities", {"s": "x"}),
        ("taxonomy", {}),
    ],
)
def test_refuses_what_it_does_not_know(api: ApiClient, path: str, query: dict[str, str]) -> None:
    assert api.get(f"{UPS}/{path}", query=query).status_code == 400


def test_refuses_another_version(api: ApiClient) -> None:
    headers: dict[str, str | None] = {"x-ups-search-version": "2.0"}
    assert api.get(f"{UPS}/namespaces", query=SCHEMA, headers=headers).status_code == 400
