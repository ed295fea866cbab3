"""Sandbox management as its clients see it."""

import pytest

from core.audit.models import AuditEvent
from core.sandboxes.models import Sandbox
from profiles.store.models import MergePolicy
from tests.api_client import ApiClient

pytestmark = pytest.mark.django_db

BASE = "/data/foundation/sandbox-management"


def test_the_root_lists_active_sandboxes(api: ApiClient, other_sandbox: Sandbox) -> None:
    Sandbox.objects.create(
        organization=other_sandbox.organization,
        name="broken",
        title="x",
        type="development",
        state=Sandbox.State.FAILED,
    )
    names = [s["name"] for s in api.get(f"{BASE}/").json()["sandboxes"]]
    assert names == ["prod", "dev1"]


def test_a_sandbox_shows_every_documented_field(api: ApiClient, sandbox: Sandbox) -> None:
    body = api.get(f"{BASE}/sandboxes/prod").json()
    assert body["id"] == str(sandbox.uuid)
    assert (body["name"], body["type"], body["state"]) == (
        "prod",
        "production",
        "active",
    )
    assert body["isDefault"] is True
    assert {
        "title",
        "region",
        "eTag",
        "createdDate",
        "lastModifiedDate",
        "createdBy",
    } <= set(body)


def test_lists_page_filter_and_order(api: ApiClient, other_sandbox: Sandbox) -> None:
    first = api.get(f"{BASE}/sandboxes", query={"limit": 1}).json()
    assert [s["name"] for s in first["sandboxes"]] == ["prod"]
    second = api.get(first["_links"]["next"]["href"]).json()
    assert [s["name"] for s in second["sandboxes"]] == ["dev1"]
    assert "next" not in second["_links"]
    named = api.get(f"{BASE}/sandboxes", query={"property": "name==dev1"}).json()
    assert [s["name"] for s in named["sandboxes"]] == ["dev1"]
    ordered = api.get(f"{BASE}/sandboxes", query={"orderBy": "name"}).json()
    assert [s["name"] for s in ordered["sandboxes"]] == ["dev1", "prod"]


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": "x"},
        {"offset": -1},
        {"property": "colour==red"},
        {"orderBy": "x"},
    ],
)
def test_a_wrong_list_parameter_is_a_bad_request(api: ApiClient, query: dict[str, str]) -> None:
    response = api.get(f"{BASE}/sandboxes", query=query)
    assert response.status_code == 400
    assert response.json()["report"]["request-id"]


def test_a_created_sandbox_is_usable_at_once(api: ApiClient) -> None:
    response = api.post(
        f"{BASE}/sandboxes", {"name": "dev-2", "title": "Dev 2", "type": "development"}
    )
    assert response.status_code == 202
    assert response.json()["state"] == "creating"
    assert api.get(f"{BASE}/sandboxes/dev-2").json()["state"] == "active"
    assert api.within("dev-2").get(f"{BASE}/").status_code == 200
    assert MergePolicy.objects.filter(sandbox__name="dev-2", is_default=True).exists()
    assert AuditEvent.objects.get(asset_type="Sandbox").asset_id == "dev-2"


def test_a_name_in_use_is_a_conflict(api: ApiClient) -> None:
    body = {"name": "prod", "title": "Again", "type": "production"}
    response = api.post(f"{BASE}/sandboxes", body)
    assert response.status_code == 409
    assert Sandbox.objects.filter(name="prod").count() == 1


@pytest.mark.parametrize(
    "change",
    [{"name": "Dev"}, {"name": ""}, {"title": ""}, {"title": 3}, {"type": "test"}],
)
def test_a_wrong_sandbox_names_its_field(api: ApiClient, change: dict[str, object]) -> None:
    body = {"name": "dev-2", "title": "Dev 2", "type": "development", **change}
    response = api.post(f"{BASE}/sandboxes", body)
    assert response.status_code == 400
    assert response.json()["report"]["path"] == next(iter(change))


def test_only_the_title_can_change(api: ApiClient, other_sandbox: Sandbox) -> None:
    renamed = api.patch(f"{BASE}/sandboxes/dev1", {"title": "Renamed"})
    assert (renamed.json()["title"], renamed.json()["eTag"]) == ("Renamed", 2)
    assert api.patch(f"{BASE}/sandboxes/dev1", {"name": "dev9"}).status_code == 400


def test_a_deleted_sandbox_is_gone(api: ApiClient, other_sandbox: Sandbox) -> None:
    checked = api.delete(f"{BASE}/sandboxes/dev1", query={"validationOnly": "true"})
    assert checked.status_code == 200
    deleted = api.delete(f"{BASE}/sandboxes/dev1")
    assert (deleted.status_code, deleted.json()["state"]) == (202, "deleting")
    assert api.get(f"{BASE}/sandboxes/dev1").status_code == 404
    assert api.delete(f"{BASE}/sandboxes/dev1").status_code == 404


def test_the_default_sandbox_cannot_be_deleted(api: ApiClient) -> None:
    assert api.delete(f"{BASE}/sandboxes/prod").status_code == 400


def test_types_are_listed(api: ApiClient) -> None:
    types = api.get(f"{BASE}/sandboxTypes").json()["sandboxTypes"]
    assert [t["id"] for t in types] == ["production", "development"]
