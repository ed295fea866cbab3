"""`/data/core/identity`."""

from typing import Any

import pytest

from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset
from profiles.identity.ids import xid, xid_text
from profiles.identity.links import Removal
from profiles.identity.models import LinkingSettings
from profiles.identity.queries import list_ended_links, list_links
from profiles.identity.types import Identity
from tests.api_client import ApiClient
from tests.factories.profiles import NOW_MS, add_ended_link, add_graph, make_dataset

BASE = "/data/core/identity"
EMAIL, PHONE, ECID = 6, 7, 4
DEVICE = "70000000000000000000000000000000000011"
pytestmark = pytest.mark.django_db


@pytest.fixture
def dataset(sandbox: Sandbox) -> Dataset:
    return make_dataset(sandbox)


@pytest.fixture
def ida(sandbox: Sandbox, dataset: Dataset) -> list[Identity]:
    """A graph of three: mail address linked to phone and device."""
    return add_graph(
        sandbox, (EMAIL, "ida@x.org"), (PHONE, "+49170"), (ECID, DEVICE), dataset=dataset
    )


def test_names_an_identity(api: ApiClient) -> None:
    expected = xid_text(xid(EMAIL, "ida@x.org"))
    path = f"{BASE}/identity"
    assert api.get(path, query={"namespace": "email", "id": "ida@x.org"}).json() == {
        "xid": expected
    }
    assert api.get(path, query={"nsid": "6", "id": "ida@x.org"}).json() == {"xid": expected}
    both = {"namespace": "Email", "nsid": "4", "id": "ida@x.org"}
    assert api.get(path, query=both).json() == {"xid": expected}


@pytest.mark.parametrize(
    "query", [{"id": "x"}, {"nsid": "6"}, {"nsid": "77", "id": "x"}, {"namespace": "no", "id": "x"}]
)
def test_refuses_what_is_no_identity(api: ApiClient, query: dict[str, Any]) -> None:
    refused = api.get(f"{BASE}/identity", query=query)
    assert refused.status_code == 400
    assert refused.json()["title"] == "InvalidInput"


def test_answers_members_in_the_form_of_the_question(api: ApiClient, ida: list[Identity]) -> None:
    path = f"{BASE}/v2/graph"
    by_code = api.post(path, {"composite_xids": [{"ns": "Email", "id": "ida@x.org"}]}).json()
    assert by_code["version"] == "2.0"
    assert by_code["algo_type"] == "STITCH_ALL"
    (graph,) = by_code["graphs"]
    assert graph["composite_xid"] == {"ns": "Email", "id": "ida@x.org"}
    assert {"ns": "ECID", "id": DEVICE} in graph["members"]
    assert len(graph["members"]) == 3
    assert "edges" not in graph
    by_number = api.post(path, {"composite_xids": [{"nsid": 6, "id": "ida@x.org"}]}).json()
    assert {"nsid": 4, "id": DEVICE} in by_number["graphs"][0]["members"]
    asked = [xid_text(ida[0].xid)]
    by_xid = api.post(path, {"xids": asked, "projection_type": "set"}).json()
    assert by_xid["graphs"][0]["xid"] == asked[0]
    assert set(by_xid["graphs"][0]["members"]) == {xid_text(one.xid) for one in ida}


def test_answers_edges_with_their_origin_when_asked(
    api: ApiClient, ida: list[Identity], dataset: Dataset
) -> None:
    body = {
        "composite_xids": [{"ns": "ECID", "id": DEVICE}],
        "projection_type": "graph",
        "require_edge_meta_data": True,
    }
    (graph,) = api.post(f"{BASE}/v2/graph", body).json()["graphs"]
    assert "members" not in graph
    assert len(graph["vertices"]) == 3
    assert graph["vertices"][0]["last_updated_ts"] == NOW_MS + 5
    assert len(graph["edges"]) == 2
    edge = graph["edges"][0]
    assert edge["first_established_ts"] == NOW_MS
    assert edge["last_established_ts"] == NOW_MS + 5
    assert edge["dataset_ids"] == [dataset.id]
    assert {"ns": "Email", "id": "ida@x.org"} in edge["composite_xid_pair"]
    plain = api.post(f"{BASE}/v2/graph", {**body, "require_edge_meta_data": False}).json()
    assert "dataset_ids" not in plain["graphs"][0]["edges"][0]


def test_an_identity_without_links_is_its_own_graph(api: ApiClient, sandbox: Sandbox) -> None:
    add_graph(sandbox, (EMAIL, "solo@x.org"))
    body = {"composite_xids": [{"ns": "Email", "id": "solo@x.org"}, {"ns": "Email", "id": "no@x"}]}
    answer = api.post(f"{BASE}/v2/graph", body).json()
    assert answer["graphs"][0]["members"] == [{"ns": "Email", "id": "solo@x.org"}]
    assert answer["unprocessed_composite_xids"] == [{"ns": "Email", "id": "no@x"}]


def test_refuses_an_unknown_projection_in_the_words_of_v2(api: ApiClient) -> None:
    refused = api.post(f"{BASE}/v2/graph", {"xids": ["x"], "projection_type": "tree"})
    assert refused.status_code == 400
    assert refused.json()["message"] == (
        "Graph Request Invalid - projection types available are [graph|set]."
    )
    assert refused.json()["reason"].startswith("Validation error Request id: ")


def test_limits_what_can_be_asked_for(api: ApiClient, sandbox: Sandbox) -> None:
    body = {"compositeXids": [{"nsid": 6, "id": str(number)} for number in range(1001)]}
    assert api.post(f"{BASE}/clusters/members", body).status_code == 400
    add_graph(sandbox, *[(EMAIL, f"{number}@x.org") for number in range(51)])
    large = {"composite_xids": [{"ns": "Email", "id": "7@x.org"}]}
    refused = api.post(f"{BASE}/v2/graph", large)
    assert refused.status_code == 422
    assert "Too many related identities" in refused.json()["title"]
    assert api.post(f"{BASE}/v2/graph", {}).status_code == 400


def test_legacy_members_of_one_and_of_several(api: ApiClient, ida: list[Identity]) -> None:
    one = api.get(f"{BASE}/cluster/members", query={"ns": "email", "id": "ida@x.org"}).json()
    assert one["version"] == "1.1.0"
    (cluster,) = one["clusters"]
    assert cluster["compositeXid"] == {"nsid": 6, "namespace": "Email", "id": "ida@x.org"}
    assert {"nsid": 4, "namespace": "ECID", "id": DEVICE} in cluster["members"]
    by_xid = api.get(f"{BASE}/cluster/members", query={"xid": xid_text(ida[0].xid)}).json()
    assert set(by_xid["clusters"][0]["members"]) == {xid_text(member.xid) for member in ida}
    several = {
        "compositeXidsWithNamespace": [
            {"namespace": "Email", "id": "ida@x.org"},
            {"namespace": "Phone", "id": "+49170"},
            {"namespace": "Nowhere", "id": "1"},
        ]
    }
    answer = api.post(f"{BASE}/clusters/members", several).json()
    assert len(answer["clusters"]) == 2
    assert answer["unprocessedRecords"] == [{"namespace": "Nowhere", "id": "1"}]
    assert api.get(f"{BASE}/cluster/members", query={"id": "x"}).status_code == 400


def test_history_names_the_present_cluster(api: ApiClient, ida: list[Identity]) -> None:
    one = api.get(f"{BASE}/cluster/history", query={"nsid": "6", "id": "ida@x.org"}).json()
    (history,) = one["xidsClusterHistory"]
    (now,) = history["clusterHistory"]
    assert now["clusterId"] in {xid_text(member.xid) for member in ida}
    many = api.post(f"{BASE}/clusters/history", {"xids": [xid_text(ida[1].xid), "bad"]}).json()
    assert many["xidsClusterHistory"][0]["clusterHistory"][0]["clusterId"] == now["clusterId"]
    assert many["unprocessedXids"] == ["bad"]


def test_maps_to_another_namespace(api: ApiClient, ida: list[Identity]) -> None:
    query = {"namespace": "Email", "id": "ida@x.org", "targetNs": "4"}
    answer = api.get(f"{BASE}/mapping", query=query).json()
    (mapping,) = answer["mappings"]
    assert mapping["mapping"][0]["compositeXid"]["id"] == DEVICE
    body = {"xids": [xid_text(ida[0].xid)], "targetNs": "phone"}
    many = api.post(f"{BASE}/mappings", body).json()
    assert many["mappings"][0]["mapping"][0]["xid"] == xid_text(ida[1].xid)
    nothing = api.get(f"{BASE}/mapping", query={**query, "targetNs": "IDFA"})
    assert nothing.status_code == 204


def test_other_sandboxes_have_other_graphs(
    api: ApiClient, ida: list[Identity], other_sandbox: Sandbox
) -> None:
    body = {"composite_xids": [{"ns": "Email", "id": "ida@x.org"}]}
    assert api.within("dev1").post(f"{BASE}/v2/graph", body).json()["graphs"] == []


RULES = {
    "namespaces": [
        {"code": "ecid", "priority": 3, "unique": False},
        {"code": "Email", "priority": 1, "unique": True},
        {"code": "Phone", "priority": 2},
    ]
}


def test_linking_rules_are_off_until_saved(api: ApiClient, sandbox: Sandbox) -> None:
    assert api.get(f"{BASE}/settings").json() == {"namespaces": []}
    saved = api.put(f"{BASE}/settings", RULES)
    assert saved.status_code == 200
    assert saved.json() == {
        "namespaces": [
            {"code": "Email", "priority": 1, "unique": True},
            {"code": "Phone", "priority": 2, "unique": False},
            {"code": "ECID", "priority": 3, "unique": False},
        ]
    }
    assert api.get(f"{BASE}/settings").json() == saved.json()
    api.put(f"{BASE}/settings", RULES)
    assert LinkingSettings.objects.get(sandbox=sandbox).version == 2


@pytest.mark.parametrize(
    "rows",
    [
        [],
        "Email",
        [{"code": "ECID", "priority": 1}, {"code": "Email", "priority": 2}],
        [{"code": "Email", "priority": 1}, {"code": "Phone", "priority": 1}],
        [{"code": "Email", "priority": 1}, {"code": "Email", "priority": 2}],
        [{"code": "Nowhere", "priority": 1}],
        [{"code": "ECID", "priority": 1, "unique": True}],
        [{"code": "Email", "priority": "high"}],
    ],
)
def test_refuses_rules_that_break_the_rules(api: ApiClient, rows: Any) -> None:
    refused = api.put(f"{BASE}/settings", {"namespaces": rows})
    assert refused.status_code == 400
    assert refused.json()["report"]["request-id"]


def test_remembers_links_that_were_cut(sandbox: Sandbox, dataset: Dataset) -> None:
    mail, phone = (
        add_graph(sandbox, (EMAIL, "a@x.org"))[0],
        add_graph(sandbox, (PHONE, "+49"))[0],
    )
    add_ended_link(sandbox, mail, phone, Removal("unique", EMAIL, mail.id, phone.id).text())
    (ended,) = list_ended_links(sandbox=sandbox, identities=[phone])
    assert {ended.link.a, ended.link.b} == {mail, phone}
    assert ended.reason.rule == "unique"
    assert ended.ended_at == NOW_MS
    assert list_links(sandbox=sandbox, identities=[phone]) == []
