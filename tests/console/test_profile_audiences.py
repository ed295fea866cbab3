"""The audiences of a profile in the console and by API: which, since when, why and why not."""

from collections.abc import Iterator

import pytest
from django.test import Client

from core import clock
from core.access.models import Role, User
from core.access.types import SYSTEM
from core.audit.models import AuditEvent
from core.sandboxes.models import Sandbox
from profiles.lookup import directory
from profiles.lookup.queries import find_identities
from profiles.segmentation import profile_types
from profiles.segmentation.actions import set_state
from profiles.segmentation.models import SegmentDefinition, SegmentJob
from profiles.segmentation.run_jobs import run_job
from tests.api_client import ApiClient
from tests.console.conftest import World
from tests.factories.loyalty import append, process
from tests.factories.segments import make_policy, make_segment

pytestmark = pytest.mark.django_db(transaction=True)
BOUGHT = 'xEvent[eventType = "purchase" and timestamp occurs <= 24 hours before now]'
ADA = "ada@mail.example"


@pytest.fixture(autouse=True)
def _no_memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    directory.forget()
    profile_types.forget()
    monkeypatch.setattr("core.tasks._send", lambda name, kwargs: None)
    yield
    directory.forget()


@pytest.fixture
def tab(world: World) -> str:
    """The address of the tab of Ada, who has 1500 points."""
    loyalty = world.loyalty
    append(loyalty, loyalty.member("c1", email=ADA, custom={"points": 1500}))
    process(loyalty.sandbox)
    (found, *_) = find_identities(sandbox=loyalty.sandbox, text=ADA)
    return f"/s/prod/profiles/{found.identity.xid}/audiences/"


def purchase(world: World) -> None:
    loyalty = world.loyalty
    entity = {
        "_id": "e1",
        "timestamp": clock.iso_ms(clock.now_ms() - 1000),
        "eventType": "purchase",
        "identityMap": {"Email": [{"id": ADA, "primary": True}]},
    }
    append(loyalty, loyalty.message(loyalty.events, entity))
    process(loyalty.sandbox)


def read(client: Client, address: str, **headers: str) -> str:
    directory.forget()
    response = client.get(address, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def evaluate() -> None:
    for job in SegmentJob.objects.filter(status="NEW"):
        run_job(str(job.pk))


def explained(api: ApiClient, segment: SegmentDefinition) -> dict[str, object]:
    directory.forget()
    answer = api.get(
        f"/data/core/ups/audiences/{segment.pk}/explain",
        query={"entityId": ADA, "entityIdNS": "Email"},
    )
    assert answer.status_code == 200
    body: dict[str, object] = answer.json()
    return body


def causes(body: dict[str, object]) -> list[str]:
    listed = body["differences"]
    assert isinstance(listed, list)
    return [each["code"] for each in listed]


def test_a_streamed_event_is_seen_by_the_next_poll(
    signed_in: Client, world: World, sandbox: Sandbox, tab: str
) -> None:
    make_segment(sandbox, "Bought", BOUGHT, method="streaming")
    assert "In no audience" in read(signed_in, tab)
    purchase(world)
    part = read(signed_in, tab, **{"HX-Request": "true"})
    assert "<html" not in part
    assert ">Bought</a>" in part
    assert "Realized" in part
    assert "Streaming" in part


def test_why_shows_the_rule_with_ticks_and_the_values_that_decided(
    signed_in: Client, sandbox: Sandbox, tab: str
) -> None:
    rule = '_acmeco.points > 1000 and _acmeco.tier = "gold"'
    segment = make_segment(sandbox, "Rich gold", rule)
    html = read(signed_in, f"{tab}?why={segment.pk}")
    assert "Why not in" in html
    assert "_acmeco.points is 1500; the rule wants more than 1000." in html
    assert "_acmeco.tier has no value; the rule wants &quot;gold&quot;." in html
    assert html.count('data-holds="yes"') == 1
    assert html.count('data-holds="no"') == 2


def test_why_names_audiences_and_says_until_when(
    signed_in: Client, world: World, sandbox: Sandbox, tab: str
) -> None:
    bought = make_segment(sandbox, "Bought", BOUGHT, method="streaming")
    purchase(world)
    upon = make_segment(sandbox, "Upon", f'inSegment("{bought.pk}")')
    assert "The profile is a member of audience “Bought”" in read(signed_in, f"{tab}?why={upon.pk}")
    html = read(signed_in, f"{tab}?why={bought.pk}")
    assert "Why in" in html
    assert "Without new data it holds until" in html


@pytest.mark.parametrize("why", ["x", "00000000-0000-4000-8000-000000000000"])
def test_an_unknown_audience_is_told(signed_in: Client, tab: str, why: str) -> None:
    assert 'role="alert"' in read(signed_in, f"{tab}?why={why}")


def test_the_api_explains_and_says_why_the_stored_membership_differs(
    api: ApiClient, sandbox: Sandbox, tab: str
) -> None:
    segment = make_segment(sandbox, "Rich", "_acmeco.points > 1000")
    pending = explained(api, segment)
    assert (pending["isMember"], pending["stored"], causes(pending)) == (True, None, ["pending"])
    SegmentJob.objects.all().delete()
    assert causes(explained(api, segment)) == ["not_evaluated"]
    SegmentDefinition.objects.filter(pk=segment.pk).update(evaluated_ms=1)
    assert causes(explained(api, segment)) == ["batch"]
    set_state("inactive", actor=SYSTEM, sandbox=sandbox, segment_id=str(segment.pk))
    assert causes(explained(api, segment)) == ["inactive"]
    set_state("published", actor=SYSTEM, sandbox=sandbox, segment_id=str(segment.pk))
    evaluate()
    settled = explained(api, segment)
    assert causes(settled) == []
    stored = settled["stored"]
    assert isinstance(stored, dict)
    assert stored["status"] == "realized"
    tree = settled["explanation"]
    assert isinstance(tree, dict)
    assert (tree["kind"], tree["holds"]) == ("comparison", True)
    assert tree["values"] == [{"path": "_acmeco.points", "value": 1500}]


def test_the_api_refuses_what_it_cannot_explain(api: ApiClient, sandbox: Sandbox, tab: str) -> None:
    segment = make_segment(sandbox, "Rich", "_acmeco.points > 1000")
    path = f"/data/core/ups/audiences/{segment.pk}/explain"
    assert api.get(path).status_code == 400
    unknown = {"entityId": "nobody@mail.example", "entityIdNS": "Email"}
    assert api.get(path, query=unknown).status_code == 404
    listed = {"type": "ExternalSegment", "name": "List", "audienceId": "l"}
    key = api.post("/data/core/ups/audiences", listed).json()["id"]
    query = {"entityId": ADA, "entityIdNS": "Email"}
    assert api.get(f"/data/core/ups/audiences/{key}/explain", query=query).status_code == 400


def test_re_evaluating_brings_batch_audiences_up_to_date(
    signed_in: Client, sandbox: Sandbox, tab: str
) -> None:
    make_segment(sandbox, "Rich", "_acmeco.points > 1000")
    make_segment(sandbox, "Poor", "_acmeco.points < 10")
    html = signed_in.post(f"{tab}evaluate/", follow=True).content.decode()
    assert "entered 1, left 0" in html
    assert ">Rich</a>" in html
    again = signed_in.post(f"{tab}evaluate/", follow=True).content.decode()
    assert "nothing changed.<" in again
    event = AuditEvent.objects.filter(action="Evaluate", asset_type="Profile").first()
    assert event is not None
    assert event.details == {"audiences": 2, "changes": 1}


def test_re_evaluating_says_what_only_jobs_evaluate(
    signed_in: Client, sandbox: Sandbox, tab: str
) -> None:
    rich = make_segment(sandbox, "Rich", "_acmeco.points > 1000")
    SegmentDefinition.objects.filter(pk=rich.pk).update(merge_policy=make_policy(sandbox))
    html = signed_in.post(f"{tab}evaluate/", follow=True).content.decode()
    assert "nothing changed. 1 audience on another merge policy waits for the next job." in html


@pytest.mark.parametrize(
    ("permissions", "looks", "evaluates"),
    [
        (["view-profiles", "view-segments"], 200, 403),
        (["view-profiles", "view-segments", "manage-profiles"], 200, 302),
        (["view-profiles", "view-segments", "evaluate-segments"], 200, 302),
        (["view-profiles"], 403, 403),
        (["view-segments"], 403, 403),
    ],
)
def test_it_takes_both_permissions_to_look_and_one_of_two_to_evaluate(
    sandbox: Sandbox, tab: str, permissions: list[str], looks: int, evaluates: int
) -> None:
    user = User.objects.create_user(username="bo", password="correct horse")
    role = Role.objects.create(
        organization=sandbox.organization, name="Some", permissions=permissions
    )
    user.roles.add(role)
    client = Client()
    client.force_login(user)
    response = client.get(tab)
    assert response.status_code == looks
    if looks == 200:
        assert ("Re-evaluate" in response.content.decode()) is (evaluates == 302)
    assert client.post(f"{tab}evaluate/").status_code == evaluates
    if permissions == ["view-profiles"]:
        attributes = client.get(tab.removesuffix("audiences/")).content.decode()
        assert "Audience membership" not in attributes
