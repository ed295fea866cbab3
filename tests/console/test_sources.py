"""Setting up, trying and watching a streaming connection."""

import json

import pytest
from django.test import Client

from console.trial import Trial, trial_of
from console.tryout import LANGUAGES, make_tryout, snippet, validate
from core.access.models import Role, User
from core.access.types import SYSTEM
from core.errors import Invalid
from ingestion.catalog.models import Dataset
from ingestion.connections.browse import flow_targets
from ingestion.connections.http_api import Dataflow, open_stream
from ingestion.connections.models import Inlet
from ingestion.connections.types import InletInput, Writer
from ingestion.journal.queries import list_rejects
from ingestion.prep.actions import create_mapping_set
from tests.console.conftest import World
from tests.factories.loyalty import append, process

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_connection_can_be_switched_off_and_on(signed_in: Client, world: World) -> None:
    page = f"/s/prod/sources/{world.inlet.inlet_id}/"
    signed_in.post(f"{page}switch/", {"to": "disable"})
    assert b"Disabled" in signed_in.get(page).content
    signed_in.post(f"{page}switch/", {"to": "enable"})
    assert b"Waiting for first record" in signed_in.get(page).content


def test_deleting_needs_the_typed_name(signed_in: Client, world: World) -> None:
    page = f"/s/prod/sources/{world.inlet.inlet_id}/"
    signed_in.post(f"{page}delete/", {"name": "Shop"})
    assert Inlet.objects.filter(pk=world.inlet.pk).exists()
    signed_in.post(f"{page}delete/", {"name": "Shop stream"})
    assert signed_in.get(page).status_code == 404


@pytest.mark.parametrize("which", ["members", "events"])
def test_the_sample_record_is_accepted_by_the_real_schema(world: World, which: str) -> None:
    dataset: Dataset = getattr(world.loyalty, which)
    message = make_tryout(world.inlet, dataset).message
    assert validate(world.inlet, dataset, _json(message)) == ()
    append(world.loyalty, _json(message).encode())
    process(world.loyalty.sandbox)
    assert list_rejects(world.loyalty.sandbox.number) == []


def test_snippets_carry_address_and_message_in_every_language(world: World) -> None:
    tryout = make_tryout(world.inlet, world.loyalty.members)
    for language, _ in LANGUAGES:
        code = snippet(tryout, language)
        assert world.inlet.inlet_id in code
        assert world.loyalty.members.id in code
    compile(snippet(tryout, "python"), "snippet", "exec")


def test_snippets_of_a_guarded_endpoint_take_the_token_from_the_environment(world: World) -> None:
    world.inlet.authentication_required = True
    tryout = make_tryout(world.inlet, world.loyalty.members)
    assert '"Authorization: Bearer $ACCESS_TOKEN"' in snippet(tryout, "curl")
    assert 'f"Bearer {token}"' in snippet(tryout, "python")
    assert "`Bearer ${process.env.ACCESS_TOKEN}`" in snippet(tryout, "javascript")


def test_validation_names_path_value_and_rule(world: World) -> None:
    record = {world.loyalty.tenant: {"crmId": "c1", "points": "many"}}
    (problem,) = validate(world.inlet, world.loyalty.members, _json(record))
    assert problem.path.endswith("/points")
    assert problem.received == '"many"'
    assert problem.expected
    assert problem.fix


def test_broken_json_is_placed(world: World) -> None:
    (problem,) = validate(world.inlet, world.loyalty.members, '{"a": 1,\n "b" 2}')
    assert problem.path.startswith("line 2, column ")


def test_a_failed_record_can_be_corrected_and_sent_again(signed_in: Client, world: World) -> None:
    loyalty = world.loyalty
    bad = loyalty.member("c1", custom={"points": "many"})
    (seq,) = append(loyalty, bad)
    process(loyalty.sandbox)
    page = f"/s/prod/records/{loyalty.sandbox.number}-{seq}/"
    assert b"How to fix" in signed_in.get(page).content
    good = bad.decode().replace('"many"', "7")
    response = signed_in.post(f"{page}retry/", {"payload": good})
    process(loyalty.sandbox)
    assert response["Location"].endswith(f"-{seq + 1}/")
    assert b"Profile updated" in signed_in.get(response["Location"]).content
    assert b"Sent again as" in signed_in.get(page).content
    assert signed_in.post(f"{page}retry/", {"payload": good})["Location"] == page


def _json(value: object) -> str:
    return json.dumps(value)


RAW = InletInput(name="Raw till", data_type="raw")


@pytest.fixture
def raw(world: World) -> Inlet:
    """A connection that takes any JSON; its dataflow maps what it receives to members."""
    members, tenant = world.loyalty.members, world.loyalty.tenant
    pairs = {
        "customer.no": f"{tenant}.crmId",
        "contacts[0].mail": "personalEmail.address",
        "Points": f"{tenant}.points",
        "born": "person.birthDate",
    }
    document = {
        "outputSchema": {"schemaRef": {"id": members.schema_uri}},
        "mappings": [
            {"sourceType": "ATTRIBUTE", "source": source, "destination": target}
            for source, target in pairs.items()
        ],
    }
    stored = create_mapping_set(
        actor=SYSTEM,
        sandbox=members.sandbox,
        schema_uri=members.schema_uri,
        name="Till",
        document=document,
    )
    dataflow = Dataflow(dataset=members, name="Till flow", description="", mapping_id=stored.set_id)
    return open_stream(writer=Writer(SYSTEM), sandbox=members.sandbox, given=RAW, dataflow=dataflow)


def trial(inlet: Inlet) -> Trial:
    assert inlet.connection_id is not None
    ((target,),) = flow_targets(sandbox=inlet.sandbox, connections=[inlet.connection_id]).values()
    assert target.dataset is not None
    return trial_of(inlet, target.dataset, flow_id=target.flow_id)


def test_the_sample_of_a_raw_endpoint_holds_every_mapped_field_and_is_accepted(
    world: World, raw: Inlet
) -> None:
    given = trial(raw)
    record = given.tryout.message
    assert set(record) == {"customer", "contacts", "Points", "born"}
    assert record["contacts"][0]["mail"]
    assert given.validate(_json(record)) == ()
    header = {"flowId": given.tryout.headers["x-adobe-flow-id"]}
    append(world.loyalty, _json({"header": header, "body": record}).encode())
    process(world.loyalty.sandbox)
    assert list_rejects(world.loyalty.sandbox.number) == []


def test_a_raw_endpoint_is_tried_without_an_envelope(signed_in: Client, raw: Inlet) -> None:
    page = f"/s/prod/sources/{raw.inlet_id}/"
    shown = signed_in.get(page).context["page"].tryout
    assert shown.trouble == ""
    assert "x-adobe-flow-id" in shown.code
    assert "xdmEntity" not in shown.code
    assert "synchronousValidation" not in shown.code
    for language, _ in LANGUAGES:
        code = signed_in.get(f"{page}?lang={language}").context["page"].tryout.code
        assert "contacts" in code


@pytest.mark.parametrize(
    ("record", "path", "code"),
    [
        ({"Points": "many"}, "/Points", "MAPPER-3700-400"),
        ({"header": {}, "body": {"Points": "many"}}, "/Points", "MAPPER-3700-400"),
        ({"header": {}, "body": []}, "/body", "MAPPER-3700-400"),
        ({"born": "yesterday"}, "/born", "MAPPER-3700-400"),
    ],
)
def test_a_raw_record_is_validated_through_its_mapping(
    signed_in: Client, raw: Inlet, record: object, path: str, code: str
) -> None:
    answer = signed_in.post(f"/s/prod/sources/{raw.inlet_id}/check/", {"body": _json(record)})
    problems = answer.context["page"].tryout.problems
    assert (problems[0].path, problems[0].code) == (path, code)
    assert list_rejects(raw.sandbox_id) == []


def test_what_the_mapping_makes_is_held_against_the_schema(
    signed_in: Client, world: World, raw: Inlet
) -> None:
    body = _json({"customer": {"no": "c1"}, "contacts": [{"mail": "no address"}]})
    answer = signed_in.post(f"/s/prod/sources/{raw.inlet_id}/check/", {"body": body})
    assert [each.path for each in answer.context["page"].tryout.problems] == [
        "/personalEmail/address"
    ]


def test_a_raw_endpoint_without_a_dataflow_says_what_is_missing(
    signed_in: Client, world: World
) -> None:
    bare = open_stream(writer=Writer(SYSTEM), sandbox=world.loyalty.sandbox, given=RAW)
    with pytest.raises(Invalid):
        trial_of(bare, world.loyalty.members, flow_id="")
    page = signed_in.get(f"/s/prod/sources/{bare.inlet_id}/").content.decode()
    assert "Raw records need a dataflow with a mapping" in page


def test_sending_needs_more_than_looking(world: World) -> None:
    viewer = User.objects.create_user(username="bo", password="correct horse")
    viewer.roles.set(Role.objects.filter(name="Viewer"))
    client = Client()
    client.force_login(viewer)
    page = f"/s/prod/sources/{world.inlet.inlet_id}/"
    assert b"Send as is" not in client.get(page).content
    assert client.post(f"{page}check/", {"body": "{}"}).status_code == 200
    assert client.post(f"{page}send-as-is/", {"body": "{}"}).status_code == 403


def test_a_collector_that_is_away_is_said_so(signed_in: Client, world: World) -> None:
    page = f"/s/prod/sources/{world.inlet.inlet_id}/"
    answer = signed_in.post(f"{page}send-as-is/", {"body": "{}"}, headers={"HX-Request": "true"})
    assert "The collector did not answer" in answer.content.decode()
    assert answer.content.decode().lstrip().startswith('<div id="verdict"')
