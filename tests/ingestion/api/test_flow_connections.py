"""Base connections of Flow Service, their inlets, etags and errors."""

from typing import Any

import pytest
from django.conf import settings

from core.audit.models import AuditEvent
from core.sandboxes.models import Sandbox
from ingestion.connections.models import FlowObject, Inlet
from ingestion.connections.queries import inlet_directory
from tests.api_client import ApiClient
from tests.factories.connections import FLOW_SERVICE, connection_body, created

pytestmark = pytest.mark.django_db

URL = f"{FLOW_SERVICE}/connections"


def read(api: ApiClient, connection_id: str) -> dict[str, Any]:
    (item,) = api.get(f"{URL}/{connection_id}").json()["items"]
    return dict(item)


def code(response: Any) -> tuple[int, str]:
    body = response.json()
    assert body["report"]["request-id"] == response["x-request-id"]
    assert body["status"] == response.status_code
    return response.status_code, body["type"].rpartition("/")[2]


def test_a_streaming_connection_opens_an_inlet_with_an_absolute_address(
    api: ApiClient, sandbox: Sandbox
) -> None:
    connection_id = created(api, "connections", connection_body(authenticationRequired=True))
    document = read(api, connection_id)
    params = document["auth"]["params"]
    assert len(params["inletId"]) == 64
    base = settings.CONFIG.collector_public_url
    assert params["inletUrl"] == f"{base}/collection/{params['inletId']}"
    assert params["sourceId"] == "Acme stream"
    assert params["authenticationRequired"] is True
    assert document["state"] == "enabled"
    assert document["sandboxName"] == "prod"
    assert document["imsOrgId"] == sandbox.organization.ims_org_id
    assert document["etag"] == document["version"]
    assert document["etag"].startswith('"')
    info = inlet_directory()[params["inletId"]]
    assert (info.enabled, info.data_type, info.authentication_required) == (True, "xdm", True)
    assert info.sandbox == sandbox.number
    assert info.ims_org_id == sandbox.organization.ims_org_id
    event = AuditEvent.objects.get(asset_type="Connection")
    assert (event.action, event.asset_id) == ("Create", connection_id)


def test_the_old_body_with_provider_and_source_works_too(api: ApiClient) -> None:
    body = connection_body(sourceId="acme-stream", dataType="raw")
    body["providerId"] = "521eee4d-8cbe-4906-bb48-fb6bd4450033"
    params = read(api, created(api, "connections", body))["auth"]["params"]
    assert (params["sourceId"], params["dataType"]) == ("acme-stream", "raw")
    assert params["authenticationRequired"] is False


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"name": None}, "FLOW-1402-400"),
        ({"name": "  "}, "FLOW-1402-400"),
        ({"name": "x" * 301}, "FLOW-1402-400"),
        ({"connectionSpec": {"id": "none"}}, "FLOW-1413-400"),
        ({"connectionSpec": None}, "FLOW-1413-400"),
        ({"auth": {"specName": "OAuth"}}, "FLOW-1415-400"),
        ({"auth": "x"}, "FLOW-1415-400"),
        ({"auth": {"params": {"dataType": "csv"}}}, "FLOW-1402-400"),
        ({"auth": {"params": {"sourceId": 3}}}, "FLOW-1402-400"),
        ({"auth": {"params": {"authenticationRequired": "maybe"}}}, "FLOW-1402-400"),
        ({"description": ["x"]}, "FLOW-1402-400"),
    ],
)
def test_a_wrong_connection_has_its_code(
    api: ApiClient, change: dict[str, Any], expected: str
) -> None:
    response = api.post(URL, {**connection_body(), **change})
    assert code(response) == (400, expected)
    assert not FlowObject.objects.exists()
    assert not Inlet.objects.exists()


@pytest.mark.parametrize(
    ("sent", "expected"),
    [(b"", "FLOW-1405-400"), (b"{}", "FLOW-1405-400"), (b"[1]", "FLOW-1402-400"),
     (b"{", "FLOW-1402-400")],
)  # fmt: skip
def test_a_body_that_is_no_connection_is_refused(
    api: ApiClient, sent: bytes, expected: str
) -> None:
    assert code(api.post(URL, sent)) == (400, expected)


def test_a_patch_needs_the_current_etag(api: ApiClient) -> None:
    connection_id = created(api, "connections", connection_body())
    url = f"{URL}/{connection_id}"
    etag = api.get(url)["ETag"]
    patch = [{"op": "Replace", "path": "/description", "value": "new"}]
    assert code(api.patch(url, patch)) == (400, "FLOW-1403-400")
    response = api.patch(url, patch, headers={"if-match": etag})
    assert response.status_code == 200
    assert response.json()["id"] == connection_id
    assert response.json()["etag"] != etag
    assert code(api.patch(url, patch, headers={"if-match": etag})) == (412, "FLOW-1404-412")
    assert read(api, connection_id)["description"] == "new"
    assert code(api.delete(url, headers={"if-match": etag})) == (412, "FLOW-1404-412")


def test_a_patch_of_the_parameters_changes_the_inlet(api: ApiClient) -> None:
    connection_id = created(api, "connections", connection_body())
    before = read(api, connection_id)
    patch = [
        {"op": "REPLACE", "path": "/auth/params/authenticationRequired", "value": True},
        {"op": "replace", "path": "/auth/params/sourceId", "value": "renamed"},
        {"op": "add", "path": "/auth/params/inletId", "value": "forged"},
        {"op": "replace", "path": "/name", "value": "Another"},
    ]
    url = f"{URL}/{connection_id}"
    response = api.patch(url, patch, headers={"if-match": before["etag"]})
    assert response.status_code == 200, response.content
    after = read(api, connection_id)
    assert after["name"] == "Another"
    assert after["auth"]["params"]["inletId"] == before["auth"]["params"]["inletId"]
    info = inlet_directory()[before["auth"]["params"]["inletId"]]
    assert (info.authentication_required, info.source_id) == (True, "renamed")


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ([{"op": "test", "path": "/name", "value": "x"}], "FLOW-1434-400"),
        ([{"op": "replace", "path": "/connectionSpec/id", "value": "x"}], "FLOW-1414-400"),
        ([{"op": "replace", "path": "/none/x", "value": "x"}], "FLOW-1402-400"),
        ([{"op": "replace", "path": "/auth/params/dataType", "value": "x"}], "FLOW-1402-400"),
        ([{"op": "remove", "path": "/name"}], "FLOW-1402-400"),
        ({"name": "x"}, "FLOW-1402-400"),
        (["x"], "FLOW-1402-400"),
        (None, "FLOW-1405-400"),
    ],
)
def test_a_wrong_patch_changes_nothing(api: ApiClient, patch: Any, expected: str) -> None:
    connection_id = created(api, "connections", connection_body())
    before = read(api, connection_id)
    response = api.patch(f"{URL}/{connection_id}", patch, headers={"if-match": before["etag"]})
    assert code(response) == (400, expected)
    assert read(api, connection_id) == before


def test_a_deleted_connection_closes_its_inlet(api: ApiClient) -> None:
    connection_id = created(api, "connections", connection_body())
    assert api.delete(f"{URL}/{connection_id}").status_code == 204
    assert code(api.get(f"{URL}/{connection_id}")) == (404, "FLOW-1439-404")
    assert inlet_directory() == {}


def test_a_switched_off_connection_takes_no_records(api: ApiClient) -> None:
    connection_id = created(api, "connections", connection_body())
    url = f"{URL}/{connection_id}"
    assert api.get(f"{url}/test").json() == {"result": {"status": "success"}}
    assert api.post(f"{url}/action", query={"op": "disable"}).status_code == 200
    (info,) = inlet_directory().values()
    assert not info.enabled
    assert api.get(f"{url}/test").json() == {"result": {"status": "failed"}}
    assert code(api.post(f"{url}/action", query={"op": "disable"})) == (400, "FLOW-1420-400")
    assert code(api.post(f"{url}/action", query={"op": "explode"})) == (400, "FLOW-1435-400")


def test_inlets_of_a_sandbox_out_of_use_are_closed(api: ApiClient, other_sandbox: Sandbox) -> None:
    created(api.within("dev1"), "connections", connection_body())
    Sandbox.objects.filter(pk=other_sandbox.pk).update(state=Sandbox.State.DELETED)
    (info,) = inlet_directory().values()
    assert not info.enabled


@pytest.mark.parametrize("method", ["get", "delete", "patch"])
@pytest.mark.parametrize("object_id", ["00000000-0000-4000-8000-000000000000", "none"])
def test_an_unknown_connection_is_not_found(api: ApiClient, method: str, object_id: str) -> None:
    kwargs: dict[str, Any] = {}
    if method == "patch":
        kwargs = {"body": [{"op": "remove", "path": "/x"}], "headers": {"if-match": '"x"'}}
    response = getattr(api, method)(f"{URL}/{object_id}", **kwargs)
    assert code(response) == (404, "FLOW-1439-404")
    assert response.json()["report"]["id"] == object_id
    assert response.json()["report"]["type"] == "connections"


def test_a_connection_of_another_sandbox_is_not_found(
    api: ApiClient, other_sandbox: Sandbox
) -> None:
    connection_id = created(api, "connections", connection_body())
    other = api.within("dev1")
    assert other.get(f"{URL}/{connection_id}").status_code == 404
    assert other.delete(f"{URL}/{connection_id}").status_code == 404
    assert other.get(URL).json() == {"items": [], "_links": {}}


def test_lists_page_by_a_token_a_client_can_cut_out(api: ApiClient) -> None:
    for number in range(5):
        created(api, "connections", connection_body(f"c{number}"))
    names: list[str] = []
    query: dict[str, Any] = {"limit": 2, "orderby": "-name", "property": "name!=c2"}
    while query:
        body = api.get(URL, query=query).json()
        names += [item["name"] for item in body["items"]]
        href = body["_links"].get("next", {}).get("href", "")
        assert href.count("=") <= 1
        query = {"continuationToken": href.split("=")[1]} if href else {}
    assert names == ["c4", "c3", "c1", "c0"]


def test_a_page_continues_where_it_stopped_though_objects_went(api: ApiClient) -> None:
    ids = [created(api, "connections", connection_body(f"c{n}")) for n in range(4)]
    body = api.get(URL, query={"limit": 2}).json()
    api.delete(f"{URL}/{ids[0]}")
    token = body["_links"]["next"]["href"].split("=")[1]
    rest = api.get(URL, query={"continuationToken": token}).json()
    assert [item["name"] for item in rest["items"]] == ["c2", "c3"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"limit": 2, "count": "true"}, "FLOW-1401-400"),
        ({"limit": 0}, "FLOW-1402-400"),
        ({"orderby": "+-name"}, "FLOW-1432-400"),
        ({"orderby": "colour"}, "FLOW-1433-400"),
        ({"continuationToken": "x!"}, "FLOW-1402-400"),
        ({"continuationToken": "WzBd"}, "FLOW-1402-400"),
        ({"property": "=="}, "FLOW-1402-400"),
    ],
)
def test_a_wrong_list_question_has_its_code(
    api: ApiClient, query: dict[str, Any], expected: str
) -> None:
    assert code(api.get(URL, query=query)) == (400, expected)


def test_lists_filter_count_and_order(api: ApiClient) -> None:
    created(api, "connections", connection_body("a"))
    created(api, "connections", connection_body("b", dataType="raw"))
    by_type = {"property": 'auth.params.dataType=="raw"'}
    assert [i["name"] for i in api.get(URL, query=by_type).json()["items"]] == ["b"]
    assert api.get(URL, query={"count": "True"}).json()["count"] == 2
    ordered = api.get(URL, query={"orderby": "+name"}).json()
    assert [i["name"] for i in ordered["items"]] == ["a", "b"]
    newer = api.get(URL, query={"property": "createdAt>=1"}).json()
    assert len(newer["items"]) == 2


def test_specifications_are_fixed(api: ApiClient) -> None:
    specs = api.get(f"{FLOW_SERVICE}/connectionSpecs").json()["items"]
    assert "bc7b00d6-623a-4dfc-9fdb-f1240aeadaeb" in {spec["id"] for spec in specs}
    named = {"property": 'name=="Streaming Connection"'}
    (spec,) = api.get(f"{FLOW_SERVICE}/connectionSpecs", query=named).json()["items"]
    (one,) = api.get(f"{FLOW_SERVICE}/connectionSpecs/{spec['id']}").json()["items"]
    assert one == spec
    (flow_spec, *_) = api.get(f"{FLOW_SERVICE}/flowSpecs").json()["items"]
    found = api.get(f"{FLOW_SERVICE}/flowSpecs/{flow_spec['id']}").json()
    assert found["items"] == [flow_spec]
    assert code(api.get(f"{FLOW_SERVICE}/flowSpecs/none")) == (404, "FLOW-1439-404")
