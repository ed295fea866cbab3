"""`/data/core/ups/access/entities`."""

from dataclasses import dataclass
from typing import Any

import pytest

from core.audit.models import AuditEvent
from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset
from ingestion.namespaces.models import IdentityNamespace
from profiles.identity.ids import xid_text
from profiles.identity.types import Identity
from tests.api_client import ApiClient
from tests.factories.profiles import (
    NOW_MS,
    add_event,
    add_fragment,
    add_graph,
    add_profile,
    make_dataset,
)

PATH = "/data/core/ups/access/entities"
POLICIES = "/data/core/ups/config/mergePolicies"
PROFILE = {"schema.name": "_xdm.context.profile"}
EVENTS = {
    "schema.name": "_xdm.context.experienceevent",
    "relatedSchema.name": "_xdm.context.profile",
}
CRMID = 10_000_000
ECID = "70000000000000000000000000000000000011"
pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class World:
    """One person with two identities, two record datasets and three events."""

    crm: Identity
    ecid: Identity
    crm_data: Dataset
    web_data: Dataset


@pytest.fixture
def world(sandbox: Sandbox) -> World:
    IdentityNamespace.objects.create(
        id=CRMID,
        organization=sandbox.organization,
        code="CRMID",
        name="CRM",
        id_type="CROSS_DEVICE",
        created_ms=1,
        updated_ms=1,
    )
    crm_data, web_data = make_dataset(sandbox), make_dataset(sandbox)
    crm, ecid = add_graph(sandbox, (CRMID, "C-1001"), (4, ECID))
    old = {"person": {"name": {"firstName": "Ida", "lastName": "Old"}}, "workEmail": None}
    new = {"person": {"name": {"lastName": "New"}}, "tags": ["a"]}
    add_fragment(crm, old, dataset=crm_data, effective_at=NOW_MS * 1000, seq=1)
    add_fragment(ecid, new, dataset=web_data, effective_at=NOW_MS * 1000 + 5, seq=2)
    merged = {"person": {"name": {"firstName": "Ida", "lastName": "New"}}, "tags": ["a"]}
    add_profile([crm, ecid], merged, datasets=[crm_data, web_data])
    for number, kind in enumerate(("web.visit", "commerce.purchases", "web.visit")):
        document = {
            "timestamp": f"2026-05-28T20:26:4{number}Z",
            "eventType": kind,
            "commerce": {"order": {"priceTotal": 10.5 * number}},
        }
        add_event(
            ecid,
            f"ev-{number}",
            document,
            dataset=web_data,
            timestamp=NOW_MS + number * 1000,
        )
    return World(crm, ecid, crm_data, web_data)


def look_up(api: ApiClient, **query: Any) -> Any:
    return api.get(PATH, query={**PROFILE, "entityId": "C-1001", "entityIdNS": "crmid", **query})


def policy(api: ApiClient, **change: Any) -> str:
    body = {
        "name": "Other",
        "schema": {"name": "_xdm.context.profile"},
        "identityGraph": {"type": "pdg"},
        "attributeMerge": {"type": "timestampOrdered"},
        **change,
    }
    created: str = api.post(POLICIES, body).json()["id"]
    return created


def test_answers_the_merged_profile_under_its_xid(api: ApiClient, world: World) -> None:
    response = look_up(api)
    assert response.status_code == 200
    key = xid_text(world.crm.xid)
    body = response.json()[key]
    members = sorted([world.crm, world.ecid], key=lambda one: one.id)
    assert body["requestedIdentity"] == {"entityId": "C-1001", "entityIdNS": {"code": "CRMID"}}
    assert body["entityId"] == key
    assert body["sources"] == [world.crm_data.id, world.web_data.id]
    assert body["tags"] == []
    assert body["identityGraph"] == [xid_text(one.xid) for one in members]
    assert body["lastModifiedAt"] == "2026-05-28T20:26:40.000Z"
    entity = body["entity"]
    assert entity["person"] == {"name": {"firstName": "Ida", "lastName": "New"}}
    assert entity["identityMap"] == {"crmid": [{"id": "C-1001"}], "ecid": [{"id": ECID}]}
    assert {"id": "C-1001", "namespace": {"code": "CRMID"}, "primary": True} in entity["identities"]


def test_finds_by_xid_and_by_any_linked_identity(api: ApiClient, world: World) -> None:
    by_xid = api.get(PATH, query={**PROFILE, "entityId": xid_text(world.ecid.xid)})
    by_value = look_up(api, entityId=ECID, entityIdNS="ECID")
    assert by_xid.json() == by_value.json()
    (body,) = by_value.json().values()
    assert body["entity"]["person"]["name"]["lastName"] == "New"


def test_cuts_to_the_fields_asked_for(api: ApiClient, world: World) -> None:
    (body,) = look_up(api, fields="person.name.firstName,identityMap.ecid,absent").json().values()
    assert body["entity"] == {
        "person": {"name": {"firstName": "Ida"}},
        "identityMap": {"ecid": [{"id": ECID}]},
    }


def test_unites_identities_a_merged_document_names_itself(
    api: ApiClient, sandbox: Sandbox, world: World
) -> None:
    dataset = world.crm_data
    (other,) = add_graph(sandbox, (6, "ida@example.org"))
    document = {"identityMap": {"Email": [{"id": "ida@example.org", "primary": True}, {"id": "b"}]}}
    add_profile([other], document, datasets=[dataset])
    (body,) = look_up(api, entityId="ida@example.org", entityIdNS="email").json().values()
    assert body["entity"]["identityMap"] == {"email": [{"id": "ida@example.org"}, {"id": "b"}]}


def test_merges_on_read_under_another_policy(api: ApiClient, world: World) -> None:
    order = [world.crm_data.id, world.web_data.id]
    merge = {"type": "dataSetPrecedence", "order": order}
    (body,) = look_up(api, mergePolicyId=policy(api, attributeMerge=merge)).json().values()
    assert body["entity"]["person"]["name"] == {"firstName": "Ida", "lastName": "Old"}
    assert body["sources"] == sorted(order) or body["sources"] == order
    only = {"type": "dataSetPrecedence", "order": [world.crm_data.id]}
    (body,) = look_up(api, mergePolicyId=policy(api, attributeMerge=only)).json().values()
    assert "tags" not in body["entity"]
    assert body["sources"] == [world.crm_data.id]


def test_a_policy_without_stitching_sees_the_requested_identity_alone(
    api: ApiClient, world: World
) -> None:
    alone = policy(api, identityGraph={"type": "none"})
    (body,) = look_up(api, mergePolicyId=alone).json().values()
    assert body["identityGraph"] == [xid_text(world.crm.xid)]
    assert body["entity"]["person"]["name"] == {"firstName": "Ida", "lastName": "Old"}
    assert body["entity"]["identityMap"] == {"crmid": [{"id": "C-1001"}]}
    events = api.get(
        PATH, query={**EVENTS, "entityId": "C-1001", "entityIdNS": "CRMID", "mergePolicyId": alone}
    )
    assert events.json()["children"] == []


def test_a_new_default_policy_holds_at_once(api: ApiClient, world: World) -> None:
    look_up(api)
    policy(api, identityGraph={"type": "none"}, default=True)
    (body,) = look_up(api).json().values()
    assert body["identityGraph"] == [xid_text(world.crm.xid)]


def test_unknown_entities_are_not_found(
    api: ApiClient, world: World, other_sandbox: Sandbox
) -> None:
    missing = look_up(api, entityId="C-9")
    assert missing.status_code == 404
    assert missing.json()["status"] == 404
    assert missing.json()["errors"]["404"][0]["code"] == 404
    assert api.get(PATH, query={**PROFILE, "entityId": "AJoNq1"}).status_code == 404
    assert look_up(api, mergePolicyId="nope").status_code == 404
    assert look_up(api.within("dev1")).status_code == 404


def test_refuses_what_it_cannot_read(api: ApiClient, world: World) -> None:
    assert look_up(api, entityIdNS="Nowhere").status_code == 400
    assert api.get(PATH, query=PROFILE).status_code == 400
    assert api.get(PATH, query={"entityId": "x"}).status_code == 400
    without_policy = look_up(api, **{"schema.name": "_xdm.context.account"})
    assert without_policy.status_code == 422
    assert without_policy.json()["status"] == 422


def test_refuses_a_graph_of_more_than_fifty(api: ApiClient, sandbox: Sandbox, world: World) -> None:
    members = [(6, f"{number}@example.org") for number in range(51)]
    add_profile(add_graph(sandbox, *members), {"vip": True}, datasets=[world.crm_data])
    refused = look_up(api, entityId="7@example.org", entityIdNS="Email")
    assert refused.status_code == 422
    asked = {"identities": [{"entityId": "7@example.org", "entityIdNS": {"code": "Email"}}]}
    several = api.post(PATH, {"schema": {"name": "_xdm.context.profile"}, **asked})
    assert several.status_code == 207
    assert several.json()[0]["error"]["statusCode"] == 422


def test_a_person_known_by_events_alone_is_a_profile(
    api: ApiClient, sandbox: Sandbox, world: World
) -> None:
    (visitor,) = add_graph(sandbox, (4, "7" * 38))
    assert look_up(api, entityId="7" * 38, entityIdNS="ECID").status_code == 404
    add_event(visitor, "only", {"eventType": "web.visit"}, dataset=world.web_data)
    (body,) = look_up(api, entityId="7" * 38, entityIdNS="ECID").json().values()
    assert body["entity"]["identityMap"] == {"ecid": [{"id": "7" * 38}]}


def test_an_identity_without_attributes_and_events_is_no_profile(
    api: ApiClient, sandbox: Sandbox, world: World
) -> None:
    (known,) = add_graph(sandbox, (6, "graph@example.org"))
    add_profile([known], {}, datasets=[world.crm_data])
    asked = {"entityId": "graph@example.org", "entityIdNS": "Email"}
    assert look_up(api, **asked).status_code == 404
    add_event(known, "first", {"eventType": "web.visit"}, dataset=world.web_data)
    assert look_up(api, **asked).status_code == 200


def test_looks_up_several_and_shows_unknown_ones_empty(api: ApiClient, world: World) -> None:
    identities: list[dict[str, Any]] = [
        {"entityId": "C-1001", "entityIdNS": {"code": "CRMID"}},
        {"entityId": xid_text(world.ecid.xid)},
        {"entityId": "C-9", "entityIdNS": {"code": "CRMID"}},
    ]
    body = {"schema": {"name": "_xdm.context.profile"}, "fields": ["tags"]}
    found = api.post(PATH, {**body, "identities": identities})
    assert found.status_code == 200
    known = [one["entity"] for one in found.json().values()]
    assert known == [{"tags": ["a"]}, {"tags": ["a"]}, {}]
    unknown = list(found.json().values())[2]
    assert unknown["sources"] == [""]
    assert unknown["lastModifiedAt"] == "1970-01-01T00:00:00Z"
    identities[2]["entityIdNS"] = {"code": "Nowhere"}
    partial = api.post(PATH, {**body, "identities": identities})
    assert partial.status_code == 207
    assert [one["error"]["statusCode"] for one in partial.json() if "error" in one] == [400]


@pytest.mark.parametrize("change", [{"identities": []}, {"schema": {}}, {"fields": 3}])
def test_refuses_bad_bodies(api: ApiClient, world: World, change: dict[str, Any]) -> None:
    body = {
        "schema": {"name": "_xdm.context.profile"},
        "identities": [{"entityId": "C-1001", "entityIdNS": {"code": "CRMID"}}],
    }
    assert api.post(PATH, {**body, **change}).status_code == 400


def test_lists_the_events_of_all_linked_identities(api: ApiClient, world: World) -> None:
    response = api.get(PATH, query={**EVENTS, "entityId": "C-1001", "entityIdNS": "crmid"})
    assert response.status_code == 200
    body = response.json()
    assert [one["entityId"] for one in body["children"]] == ["ev-0", "ev-1", "ev-2"]
    first = body["children"][0]
    assert first["relatedEntityId"] == xid_text(world.crm.xid)
    assert first["timestamp"] == NOW_MS
    assert first["entity"]["_id"] == "ev-0"
    assert body["_page"]["count"] == 3
    assert body["_page"]["next"] == ""
    assert body["_links"]["next"]["href"] == ""


def test_pages_through_events_by_the_link(api: ApiClient, world: World) -> None:
    query = {**EVENTS, "relatedEntityId": "C-1001", "relatedEntityIdNS": "CRMID", "limit": 2}
    first = api.get(PATH, query={**query, "orderby": "-timestamp", "startTime": NOW_MS}).json()
    assert [one["entityId"] for one in first["children"]] == ["ev-2", "ev-1"]
    href = first["_links"]["next"]["href"]
    assert href.startswith(f"/entities?start={first['_page']['next']}&orderby=-timestamp")
    assert f"startTime={NOW_MS}" in href
    second = api.get("/data/core/ups/access" + href).json()
    assert [one["entityId"] for one in second["children"]] == ["ev-0"]
    assert second["_page"]["start"] == first["_page"]["next"]
    assert second["_links"]["next"]["href"] == ""


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({"startTime": NOW_MS + 1000}, ["ev-1", "ev-2"]),
        ({"endTime": NOW_MS + 1000}, ["ev-0"]),
        ({"property": "eventType=commerce.purchases"}, ["ev-1"]),
        ({"property": "commerce.order.priceTotal>10"}, ["ev-1", "ev-2"]),
        ({"property": ["eventType=web.visit", "commerce.order.priceTotal>=21"]}, ["ev-2"]),
        ({"property": "eventType=web.visit", "limit": 1, "orderby": "+timestamp"}, ["ev-0"]),
        ({"property": "eventType!=web.visit"}, ["ev-1"]),
        ({"fields": "eventType", "limit": 1}, ["ev-0"]),
    ],
)
def test_filters_events(
    api: ApiClient, world: World, query: dict[str, Any], ids: list[str]
) -> None:
    found = api.get(PATH, query={**EVENTS, "entityId": ECID, "entityIdNS": "ecid", **query}).json()
    assert [one["entityId"] for one in found["children"]] == ids
    if "fields" in query:
        assert found["children"][0]["entity"] == {"eventType": "web.visit"}


def test_a_filtered_page_continues_where_it_ended(api: ApiClient, world: World) -> None:
    query = {**EVENTS, "entityId": ECID, "entityIdNS": "ecid", "property": "eventType=web.visit"}
    first = api.get(PATH, query={**query, "limit": 1}).json()
    second = api.get("/data/core/ups/access" + first["_links"]["next"]["href"]).json()
    assert [one["entityId"] for one in second["children"]] == ["ev-2"]


def test_events_follow_the_datasets_of_the_policy(api: ApiClient, world: World) -> None:
    only = policy(api, attributeMerge={"type": "dataSetPrecedence", "order": [world.crm_data.id]})
    query = {**EVENTS, "entityId": ECID, "entityIdNS": "ecid", "mergePolicyId": only}
    assert api.get(PATH, query=query).json()["children"] == []


@pytest.mark.parametrize(
    "query",
    [
        {"start": "garbage"},
        {"orderby": "name"},
        {"limit": "0"},
        {"property": "eventType"},
        {"property": ["a=1", "b=1", "c=1", "d=1"]},
        {"startTime": "yesterday"},
    ],
)
def test_refuses_bad_event_queries(api: ApiClient, world: World, query: dict[str, Any]) -> None:
    sent = {**EVENTS, "entityId": ECID, "entityIdNS": "ecid", **query}
    assert api.get(PATH, query=sent).status_code == 400


def test_events_of_an_unknown_entity_are_not_found(api: ApiClient, world: World) -> None:
    query = {**EVENTS, "entityId": "C-9", "entityIdNS": "CRMID"}
    assert api.get(PATH, query=query).status_code == 404


def test_lists_events_of_several_and_pages_by_payload(api: ApiClient, world: World) -> None:
    body = {
        "schema": {"name": "_xdm.context.experienceevent"},
        "relatedSchema": {"name": "_xdm.context.profile"},
        "identities": [{"relatedEntityId": "C-1001", "relatedEntityIdNS": {"code": "CRMID"}}],
        "limit": 2,
        "timeFilter": {"startTime": NOW_MS, "endTime": NOW_MS + 60_000},
        "orderby": "-timestamp",
    }
    key = xid_text(world.crm.xid)
    first = api.post(PATH, body).json()[key]
    assert [one["entityId"] for one in first["children"]] == ["ev-2", "ev-1"]
    payload = first["_links"]["next"]["payload"]
    second = api.post(PATH, payload).json()[key]
    assert [one["entityId"] for one in second["children"]] == ["ev-0"]
    assert second["_links"]["next"] == {"href": ""}


def test_deletes_attributes_and_events_of_the_whole_graph(api: ApiClient, world: World) -> None:
    query = {**PROFILE, "entityId": "C-1001", "entityIdNS": "CRMID"}
    deleted = api.delete(PATH, query=query)
    assert (deleted.status_code, deleted.content) == (202, b"")
    assert look_up(api).status_code == 404
    assert look_up(api, mergePolicyId=policy(api)).status_code == 404
    events = api.get(PATH, query={**EVENTS, "entityId": ECID, "entityIdNS": "ecid"})
    assert events.json()["children"] == []
    assert api.delete(PATH, query=query).status_code == 404
    audited = AuditEvent.objects.get(asset_type="Profile")
    assert audited.details["events"] == 3
    assert audited.details["fragments"] == 2


def test_deleting_without_stitching_leaves_the_linked_identities(
    api: ApiClient, world: World
) -> None:
    alone = policy(api, identityGraph={"type": "none"})
    query = {**PROFILE, "entityId": "C-1001", "entityIdNS": "CRMID", "mergePolicyId": alone}
    assert api.delete(PATH, query=query).status_code == 202
    (body,) = look_up(api).json().values()
    assert body["entity"]["person"] == {"name": {"lastName": "New"}}
    assert body["sources"] == [world.web_data.id]
    assert look_up(api, mergePolicyId=alone).status_code == 404
