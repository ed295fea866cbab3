"""Setting up an HTTP API source step by step, XDM and raw."""

import orjson
import pytest
from django.test import Client

from core.drafts.models import Draft
from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset
from ingestion.connections.browse import flow_targets
from ingestion.connections.models import FlowObject, Inlet
from ingestion.journal.queries import list_rejects
from ingestion.prep.models import MappingSet
from profiles.store.contents import count_contents
from tests.console.conftest import World
from tests.factories.loyalty import append, process

pytestmark = pytest.mark.django_db(transaction=True)
NEW = "/s/prod/sources/new/"
SAMPLE = '{"id": "c1", "mail": "ana@example.test", "points": "7"}'


def _to_mapping(client: Client, world: World) -> str:
    """Address of the wizard's draft, at the mapping step."""
    account = {"name": "Till", "data_type": "raw", "authentication": "on"}
    at = client.post(NEW, account)["Location"].removesuffix("data/")
    client.post(f"{at}data/", {"sample": SAMPLE})
    client.post(f"{at}dataset/", {"mode": "existing", "dataset": world.loyalty.members.pk})
    return at


def _rows(tenant: str, **changes: str) -> dict[str, str]:
    targets = {
        "id": f"{tenant}.crmId",
        "mail": "personalEmail.address",
        "points": f"{tenant}.points",
        **changes,
    }
    rows: dict[str, str] = {}
    for index, (source, target) in enumerate(targets.items()):
        rows |= {f"source-{index}": source, f"target-{index}": target}
    return rows


def test_an_xdm_source_needs_no_mapping(signed_in: Client, world: World) -> None:
    account = {"name": "Till", "data_type": "xdm", "authentication": "on"}
    at = signed_in.post(NEW, account)["Location"].removesuffix("dataset/")
    target = {"mode": "existing", "dataset": world.loyalty.events.pk}
    assert signed_in.post(f"{at}dataset/", target)["Location"] == f"{at}detail/"
    assert signed_in.post(f"{at}detail/", {"flow_name": "Till flow"})["Location"] == f"{at}review/"
    assert Inlet.objects.filter(name="Till").count() == 0
    response = signed_in.post(f"{at}review/")
    inlet = Inlet.objects.get(name="Till")
    assert response["Location"] == f"/s/prod/sources/{inlet.inlet_id}/"
    assert inlet.authentication_required
    assert inlet.connection_id is not None
    targets = flow_targets(sandbox=inlet.sandbox, connections=[inlet.connection_id])
    (flow,) = targets[inlet.connection_id]
    assert (flow.dataset, flow.flow_name) == (world.loyalty.events, "Till flow")
    assert not Draft.objects.exists()


def test_records_may_name_their_dataset_themselves(signed_in: Client, world: World) -> None:
    at = signed_in.post(NEW, {"name": "Till", "data_type": "xdm"})["Location"]
    at = at.removesuffix("dataset/")
    assert signed_in.post(f"{at}dataset/", {"mode": "none"})["Location"] == f"{at}review/"
    signed_in.post(f"{at}review/")
    assert FlowObject.objects.filter(kind="flows", name="Till").count() == 0
    assert not Inlet.objects.get(name="Till").authentication_required


def test_a_nameless_connection_is_refused_with_a_summary(signed_in: Client, world: World) -> None:
    response = signed_in.post(NEW, {"name": " ", "data_type": "xdm"})
    assert response.status_code == 422
    assert b'role="alert"' in response.content
    assert b'aria-invalid="true"' in response.content


@pytest.mark.parametrize("sample", ["", "[]", "[1]", '{"a": 1', '{"a":1}\n{"b"'])
def test_a_sample_that_is_no_record_is_refused(
    signed_in: Client, world: World, sample: str
) -> None:
    at = signed_in.post(NEW, {"name": "Till", "data_type": "raw"})["Location"]
    assert signed_in.post(at, {"sample": sample}).status_code == 422


def test_steps_cannot_be_skipped(signed_in: Client, world: World) -> None:
    at = signed_in.post(NEW, {"name": "Till", "data_type": "raw"})["Location"]
    at = at.removesuffix("data/")
    assert signed_in.get(f"{at}review/")["Location"] == f"{at}data/"


def test_errors_block_the_mapping_and_input_is_kept(signed_in: Client, world: World) -> None:
    at = _to_mapping(signed_in, world)
    rows = _rows(world.loyalty.tenant, mail="person.nowhere", points="person.birthYear")
    response = signed_in.post(f"{at}mapping/", {**rows, "do": "next"})
    assert response.status_code == 422
    assert "The schema has no field person.nowhere" in response.content.decode()
    assert "person.nowhere" in signed_in.get(f"{at}mapping/").content.decode()


def test_a_mapping_outlives_a_second_look_at_the_steps_before_it(
    signed_in: Client, world: World
) -> None:
    at = _to_mapping(signed_in, world)
    rows = _rows(world.loyalty.tenant, points="person.birthYear", mail="")
    signed_in.post(f"{at}mapping/", {**rows, "do": "validate"})
    signed_in.post(f"{at}data/", {"sample": '{"points": "7", "first_name": "Ana", "mail": "a"}'})
    signed_in.post(f"{at}dataset/", {"mode": "existing", "dataset": world.loyalty.members.pk})
    table = signed_in.get(f"{at}mapping/").context["table"]
    assert [(row.source, row.target) for row in table.rows if row.source] == [
        ("points", "person.birthYear"),
        ("first_name", "person.name.firstName"),
        ("mail", ""),
    ]
    target = {"mode": "new", "dataset_name": "Tills", "schema": world.loyalty.events.schema_uri}
    signed_in.post(f"{at}dataset/", target)
    table = signed_in.get(f"{at}mapping/").context["table"]
    assert "person.birthYear" not in [row.target for row in table.rows]


def test_a_raw_source_maps_what_it_receives_into_profiles(
    signed_in: Client, world: World, sandbox: Sandbox
) -> None:
    loyalty = world.loyalty
    at = _to_mapping(signed_in, world)
    assert "personalEmail.address" in signed_in.get(f"{at}mapping/").content.decode()
    given = {**_rows(loyalty.tenant), "do": "next"}
    assert signed_in.post(f"{at}mapping/", given)["Location"] == f"{at}detail/"
    signed_in.post(f"{at}detail/", {"flow_name": "Till flow"})
    assert b"personalEmail.address" in signed_in.get(f"{at}review/").content
    signed_in.post(f"{at}review/")
    assert Inlet.objects.get(name="Till").data_type == "raw"
    assert MappingSet.objects.get().schema_uri == loyalty.members.schema_uri

    flow = FlowObject.objects.get(kind="flows", name="Till flow")
    header = {"flowId": str(flow.pk)}
    good = {"id": "c9", "mail": "eve@example.test", "points": "12"}
    bad = {"id": "c8", "points": "many"}
    append(loyalty, *(orjson.dumps({"header": header, "body": body}) for body in (good, bad)))
    process(sandbox)
    assert count_contents(loyalty.members.number).records == 1
    (reject,) = list_rejects(sandbox.number)
    assert (reject.code, reject.path) == ("MAPPER-3700-400", "/body/points")
    assert reject.dataset == loyalty.members.number
    preview = signed_in.get(f"/s/prod/datasets/{loyalty.members.pk}/preview/").content.decode()
    assert "eve@example.test" in preview


def test_a_new_dataset_is_made_with_the_source(signed_in: Client, world: World) -> None:
    at = signed_in.post(NEW, {"name": "Till", "data_type": "xdm"})["Location"]
    at = at.removesuffix("dataset/")
    target = {"mode": "new", "dataset_name": "Tills", "schema": world.loyalty.members.schema_uri}
    assert signed_in.post(f"{at}dataset/", {**target, "schema": ""}).status_code == 422
    signed_in.post(f"{at}dataset/", {**target, "profile": "on"})
    signed_in.post(f"{at}detail/", {"flow_name": "Till flow"})
    assert not Dataset.objects.filter(name="Tills").exists()
    signed_in.post(f"{at}review/")
    assert Dataset.objects.get(name="Tills").profile_enabled


def test_a_draft_is_listed_resumed_and_discarded(signed_in: Client, world: World) -> None:
    at = signed_in.post(NEW, {"name": "Till", "data_type": "raw"})["Location"]
    draft = Draft.objects.get()
    catalog = signed_in.get("/s/prod/sources/catalog/").content.decode()
    assert str(draft.pk) in catalog
    signed_in.post(at.removesuffix("data/") + "discard/")
    assert not Draft.objects.exists()


def test_dataflows_are_listed_with_both_ends(signed_in: Client, world: World) -> None:
    content = signed_in.get("/s/prod/sources/dataflows/").content.decode()
    assert world.inlet.inlet_id in content
    assert "Members</a>" in content
