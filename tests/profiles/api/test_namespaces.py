"""`/data/core/idnamespace`."""

from typing import Any

import pytest

from core.audit.models import AuditEvent
from tests.api_client import ApiClient

pytestmark = pytest.mark.django_db
PATH = "/data/core/idnamespace/identities"
CRM = {"name": "CRM number", "code": "CRMID", "idType": "cross_device", "description": "Ours"}


def test_lists_standard_namespaces_as_a_bare_array(api: ApiClient) -> None:
    listed = api.get(PATH).json()
    email = next(one for one in listed if one["id"] == 6)
    assert email["code"] == "Email"
    assert email["custom"] is False
    assert set(email) == {
        "updateTime", "code", "status", "description", "id", "createTime", "idType", "name",
        "custom",
    }  # fmt: skip


def test_creates_a_custom_namespace_with_a_number_of_its_own(api: ApiClient) -> None:
    first = api.post(PATH, CRM)
    second = api.post(PATH + "/", {**CRM, "code": "LOYALTY"})
    assert first.status_code == 200
    assert first.json()["id"] == 10_000_000
    assert first.json()["idType"] == "CROSS_DEVICE"
    assert first.json()["custom"] is True
    assert second.json()["id"] == 10_000_001
    assert api.get(f"{PATH}/10000000").json() == first.json()
    assert AuditEvent.objects.filter(action="Create", asset_id="10000000").exists()


def test_refuses_a_code_in_use(api: ApiClient) -> None:
    api.post(PATH, CRM)
    refused = api.post(PATH, CRM)
    assert refused.status_code == 409
    assert "CRMID" in refused.json()["title"]


@pytest.mark.parametrize(
    "change",
    [{"name": ""}, {"code": "two words"}, {"code": None}, {"idType": "PERSON"}, {"idType": 3}],
)
def test_refuses_bad_data_naming_the_field(api: ApiClient, change: dict[str, Any]) -> None:
    refused = api.post(PATH, {**CRM, **change})
    assert refused.status_code == 400
    assert refused.json()["report"]["path"] == next(iter(change))


def test_edits_name_and_description_only(api: ApiClient) -> None:
    created = api.post(PATH, CRM).json()
    path = f"{PATH}/{created['id']}"
    edited = api.put(path, {**CRM, "name": "Customer number"})
    assert edited.status_code == 200
    assert edited.json()["name"] == "Customer number"
    assert api.put(path, {**CRM, "code": "OTHER"}).status_code == 400
    assert api.put(path, {**CRM, "idType": "EMAIL"}).status_code == 400


def test_standard_namespaces_cannot_change(api: ApiClient) -> None:
    body = {"name": "Mail", "code": "Email", "idType": "EMAIL"}
    assert api.put(f"{PATH}/6", body).status_code == 400


def test_an_unknown_namespace_is_not_found(api: ApiClient) -> None:
    assert api.get(f"{PATH}/10999999").status_code == 404
    assert api.put(f"{PATH}/10999999", CRM).status_code == 404


def test_lists_under_the_address_of_the_own_organization_only(api: ApiClient) -> None:
    own = api.headers["x-gw-ims-org-id"]
    assert api.get(f"/data/core/idnamespace/orgs/{own}/identities").json() == api.get(PATH).json()
    strange = api.get("/data/core/idnamespace/orgs/FFFF@AdobeOrg/identities")
    assert strange.status_code == 403
