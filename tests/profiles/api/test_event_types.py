"""`/data/core/ups/config/eventTypes`."""

import pytest

from tests.api_client import ApiClient

PATH = "/data/core/ups/config/eventTypes"
pytestmark = pytest.mark.django_db


def test_announces_lists_and_forgets(api: ApiClient) -> None:
    body = {"id": "loyalty.earn", "title": "Earned", "description": "Points", "global": True}
    created = api.post(PATH, body, content_type="")
    assert created.status_code == 200
    assert created.json() == {
        **body,
        "imsOrgId": api.headers["x-gw-ims-org-id"],
        "updateEpoch": created.json()["updateEpoch"],
    }
    again = api.post(PATH, {**body, "title": "Earned points"}, content_type="text/plain")
    assert again.json()["title"] == "Earned points"
    listed = api.get(PATH).json()
    assert listed["_page"] == {"count": 1, "next": ""}
    assert listed["children"] == [again.json()]
    assert api.get(f"{PATH}/loyalty.earn").json() == again.json()
    assert api.put(f"{PATH}/loyalty.earn", {"title": "T"}).json()["title"] == "T"
    assert api.delete(f"{PATH}/loyalty.earn").status_code == 200
    assert api.get(f"{PATH}/loyalty.earn").status_code == 404
    assert api.put(f"{PATH}/loyalty.earn", {"title": "T"}).status_code == 404


def test_pages(api: ApiClient) -> None:
    for name in "abc":
        api.post(PATH, {"id": name})
    first = api.get(PATH, query={"limit": 2}).json()
    assert first["_page"] == {"count": 2, "next": "2"}
    rest = api.get(PATH, query={"limit": 2, "start": first["_page"]["next"]}).json()
    assert [one["id"] for one in rest["children"]] == ["c"]


def test_an_event_type_without_id_gets_one(api: ApiClient) -> None:
    assert api.post(PATH, {"title": "Nameless"}).json()["id"]
