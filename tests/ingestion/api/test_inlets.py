"""Legacy inlets: the same table as streaming connections."""

from typing import Any

import pytest

from core.sandboxes.models import Sandbox
from ingestion.connections.queries import inlet_directory
from tests.api_client import ApiClient
from tests.factories.connections import connection_body, created

pytestmark = pytest.mark.django_db

URL = "/data/core/edge/inlet"
BODY = {
    "name": "Acme streaming",
    "description": "Inlet for the loyalty feed",
    "sourceId": "AcmeIngest",
    "dataType": "xdm",
    "authenticationRequired": False,
}


def test_an_inlet_is_created_listed_read_and_deleted(api: ApiClient, sandbox: Sandbox) -> None:
    response = api.post(URL, BODY)
    assert response.status_code == 201
    inlet = response.json()
    assert inlet["inletUrl"].endswith(f"/collection/{inlet['inletId']}")
    assert inlet["sourceId"] == "AcmeIngest"
    assert inlet["validationRequired"] is True
    assert inlet["createdAt"].endswith("Z")
    assert inlet["imsOrg"] == sandbox.organization.ims_org_id
    assert api.get(URL).json() == {"items": [inlet], "total": 1}
    assert api.get(f"{URL}/{inlet['inletId']}").json() == inlet
    assert inlet_directory()[inlet["inletId"]].enabled
    assert api.delete(f"{URL}/{inlet['inletId']}").status_code == 204
    assert api.get(f"{URL}/{inlet['inletId']}").status_code == 404
    assert api.delete(f"{URL}/{inlet['inletId']}").status_code == 404


def test_any_declared_type_of_body_is_read(api: ApiClient) -> None:
    assert api.post(URL, BODY, content_type="text/plain").status_code == 201


def test_inlets_of_connections_are_shown_and_close_with_them(api: ApiClient) -> None:
    created(api, "connections", connection_body())
    (inlet,) = api.get(URL).json()["items"]
    assert api.delete(f"{URL}/{inlet['inletId']}").status_code == 204
    assert api.get("/data/foundation/flowservice/connections").json()["items"] == []


@pytest.mark.parametrize(
    "change",
    [{"name": ""}, {"name": 3}, {"dataType": "csv"}, {"authenticationRequired": "x"},
     {"sourceId": 5}, {"description": ["x"]}],
)  # fmt: skip
def test_a_wrong_inlet_is_refused(api: ApiClient, change: dict[str, Any]) -> None:
    response = api.post(URL, {**BODY, **change})
    assert response.status_code == 400
    assert response.json()["report"]["path"] == next(iter(change))


@pytest.mark.parametrize("sent", [b"[]", b'"x"', b"{", b""])
def test_a_body_that_is_no_inlet_is_refused(api: ApiClient, sent: bytes) -> None:
    assert api.post(URL, sent).status_code == 400


def test_an_inlet_of_another_sandbox_is_not_found(api: ApiClient, other_sandbox: Sandbox) -> None:
    inlet_id = api.post(URL, BODY).json()["inletId"]
    other = api.within("dev1")
    assert other.get(f"{URL}/{inlet_id}").status_code == 404
    assert other.get(URL).json() == {"items": [], "total": 0}
