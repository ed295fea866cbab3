"""Mapping sets over the API, and a raw record through a flow made by the API."""

from typing import Any

import orjson
import pytest

from core.sandboxes.models import Sandbox
from ingestion.connections.specs import FLOW_WITH_TRANSFORMATION
from ingestion.journal.queries import list_rejects
from profiles.store.contents import count_contents
from tests.api_client import ApiClient
from tests.factories.connections import (
    connection_body,
    created,
    flow_body,
    source_body,
    target_body,
)
from tests.factories.loyalty import Loyalty, append, make_loyalty, process

SETS = "/data/foundation/conversion/mappingSets"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def loyalty(sandbox: Sandbox) -> Loyalty:
    return make_loyalty(sandbox)


def _body(loyalty: Loyalty, *mappings: dict[str, Any]) -> dict[str, Any]:
    reference = {
        "id": loyalty.members.schema_uri,
        "contentType": "application/vnd.adobe.xed-full+json;version=1",
    }
    return {"outputSchema": {"schemaRef": reference}, "mappings": list(mappings)}


def _field(source: str, destination: str) -> dict[str, Any]:
    return {"sourceType": "ATTRIBUTE", "source": source, "destination": destination}


def test_a_mapping_set_is_created_read_and_listed(api: ApiClient, loyalty: Loyalty) -> None:
    sent = _body(loyalty, _field("mail", "personalEmail.address"))
    receipt = api.post(SETS, sent).json()
    assert receipt["version"] == 0
    assert len(receipt["id"]) == 32
    found = api.get(f"{SETS}/{receipt['id']}").json()
    assert found["mappings"][0]["sourceAttribute"] == "mail"
    assert found["outputSchema"]["id"] == loyalty.members.schema_uri
    listed = api.get("/data/foundation/mappingSets?limit=5").json()
    assert [each["id"] for each in listed["data"]] == [receipt["id"]]
    assert api.get(f"{SETS}/{'0' * 32}").status_code == 404


def test_the_older_body_means_the_same(api: ApiClient, loyalty: Loyalty) -> None:
    mapping = {"sourceAttribute": "mail", "destinationXdmPath": "personalEmail.address"}
    sent = {"version": 0, "xdmSchema": loyalty.members.schema_uri, "mappings": [mapping]}
    receipt = api.post(SETS, sent).json()
    assert api.get(f"{SETS}/{receipt['id']}").json()["mappings"][0]["source"] == "mail"


@pytest.mark.parametrize(
    "mapping",
    [
        _field("mail", "person.nowhere"),
        {
            "sourceType": "EXPRESSION",
            "source": "lower(mail)",
            "destination": "personalEmail.address",
        },
        {"source": "mail"},
        "mail",
    ],
)
def test_what_cannot_work_is_refused(api: ApiClient, loyalty: Loyalty, mapping: Any) -> None:
    assert api.post(SETS, _body(loyalty, mapping)).status_code == 400


def test_validation_stores_nothing(api: ApiClient, loyalty: Loyalty) -> None:
    sent = _body(loyalty, _field("mail", "person.nowhere"))
    answer = api.post(f"{SETS}/validate", sent).json()["validationResponse"]
    assert answer[0]["status"] == "ERROR"
    assert api.get(SETS).json()["data"] == []


def test_a_raw_record_through_a_flow_made_by_the_api_reaches_its_profile(
    api: ApiClient, loyalty: Loyalty
) -> None:
    mappings = (
        _field("id", f"{loyalty.tenant}.crmId"),
        {"sourceType": "STATIC", "source": "gold", "destination": f"{loyalty.tenant}.tier"},
    )
    mapping_id = api.post(SETS, _body(loyalty, *mappings)).json()["id"]
    connection = created(api, "connections", connection_body(dataType="raw"))
    source = created(api, "sourceConnections", source_body(connection))
    members = loyalty.members
    target = created(api, "targetConnections", target_body(members.id, members.schema_uri))
    step = {"name": "Mapping", "params": {"mappingId": mapping_id, "mappingVersion": 0}}
    spec = {"id": FLOW_WITH_TRANSFORMATION, "version": "1.0"}
    flow = created(api, "flows", flow_body(source, target, flowSpec=spec, transformations=[step]))
    append(loyalty, orjson.dumps({"header": {"flowId": flow}, "body": {"id": "c1"}}))
    append(loyalty, orjson.dumps({"header": {"flowId": "gone"}, "body": {"id": "c2"}}))
    process(loyalty.sandbox)
    assert count_contents(members.number).records == 1
    (reject,) = list_rejects(loyalty.sandbox.number)
    assert (reject.code, reject.path) == ("ONEFOLD-1005-404", "/header/flowId")
