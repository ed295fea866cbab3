"""Pages of one audience: what they show and what their buttons do."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.access.models import Role, User
from core.access.types import SYSTEM
from core.sandboxes.models import Sandbox
from profiles.lookup import directory
from profiles.segmentation import jobs, profile_types
from profiles.segmentation.actions import change_segment, input_of, set_state
from profiles.segmentation.external import create_external
from profiles.segmentation.models import SegmentDefinition, SegmentJob
from profiles.segmentation.queries import live
from profiles.segmentation.run_jobs import run_job
from profiles.segmentation.types import ExternalInput
from tests.console.conftest import World
from tests.factories.loyalty import append, process
from tests.factories.segments import FINNISH, make_policy, make_segment

pytestmark = pytest.mark.django_db(transaction=True)
RICH = "_acmeco.points > 1000"


@pytest.fixture(autouse=True)
def _no_memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Reads remember configuration for a second; tasks go nowhere."""
    directory.forget()
    profile_types.forget()
    monkeypatch.setattr("core.tasks._send", lambda name, kwargs: None)
    yield
    directory.forget()


@pytest.fixture
def rich(world: World) -> SegmentDefinition:
    """Two rich people of three, found by an evaluation."""
    loyalty = world.loyalty
    people = [
        loyalty.member(
            f"c{n}",
            email=f"c{n}@mail.example",
            custom={"points": 600 * n},
            person={"name": {"firstName": f"Ada{n}", "lastName": "Berg"}},
        )
        for n in (1, 2, 3)
    ]
    append(loyalty, *people)
    process(loyalty.sandbox)
    segment = make_segment(loyalty.sandbox, "Rich", RICH, description="Many points")
    run_all()
    return segment


def run_all() -> None:
    for job in SegmentJob.objects.filter(status="NEW").order_by("number"):
        run_job(str(job.pk))


def page(client: Client, segment: SegmentDefinition, rest: str = "", **headers: str) -> str:
    response = client.get(f"/s/prod/audiences/{segment.pk}/{rest}", headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def post(client: Client, segment: SegmentDefinition, rest: str, **data: Any) -> str:
    response = client.post(f"/s/prod/audiences/{segment.pk}/{rest}", data, follow=True)
    return response.content.decode()


def viewer() -> Client:
    user = User.objects.create_user(username="vera", password="correct horse")
    user.roles.set(Role.objects.filter(name="Viewer"))
    client = Client()
    client.force_login(user)
    return client


# --- overview ------------------------------------------------------------------------------------


def test_an_audience_shows_rule_members_and_numbers(
    signed_in: Client, rich: SegmentDefinition
) -> None:
    html = page(signed_in, rich)
    assert "67 % of 3 profiles" in html
    assert "_acmeco.points is more than 1000" in html
    assert "c2@mail.example" in html
    assert "c1@mail.example" not in html
    assert "Default Timebased" in html
    assert "Nothing uses this audience yet" in html


def test_the_poll_gets_numbers_alone_and_says_when_the_rest_moved(
    signed_in: Client, rich: SegmentDefinition
) -> None:
    address = f"/s/prod/audiences/{rich.pk}/?seen="
    headers = {"HX-Request": "true"}
    rich.refresh_from_db()
    now = f"{rich.evaluated_ms}-2"
    same = signed_in.get(address + now, headers=headers)
    assert "HX-Trigger" not in same
    assert "c2@mail.example" not in same.content.decode()
    assert f"seen={now}" in same.content.decode()
    moved = signed_in.get(f"{address}{rich.evaluated_ms}-1", headers=headers)
    assert moved["HX-Trigger"] == '{"audience-moved": {}}'
    again = signed_in.get(f"{address}1-1", headers=headers)
    assert again["HX-Trigger"] == '{"audience-moved": {}, "audience-evaluated": {}}'
    samples = signed_in.get(
        f"/s/prod/audiences/{rich.pk}/?part=samples", headers=headers
    ).content.decode()
    assert "c2@mail.example" in samples
    assert "<h1" not in samples


def test_a_page_costs_few_queries(signed_in: Client, rich: SegmentDefinition) -> None:
    page(signed_in, rich)
    with CaptureQueriesContext(connection) as queries:
        page(signed_in, rich)
    assert len(queries) <= 25, [each["sql"][:80] for each in queries]


def test_evaluating_shows_progress_that_can_be_cancelled(
    signed_in: Client, rich: SegmentDefinition
) -> None:
    html = post(signed_in, rich, "evaluate/")
    assert "Evaluation of Rich started" in html
    job = SegmentJob.objects.get(status="NEW")
    assert (job.source, [each["segmentId"] for each in job.segments]) == ("api", [str(rich.pk)])
    assert f"job {job.number}, on demand" in html
    assert f"jobs/{job.pk}/cancel/" in html
    post(signed_in, rich, f"jobs/{job.pk}/cancel/")
    job.refresh_from_db()
    assert job.status == "CANCELLED"


def test_a_draft_is_published_and_a_published_one_deactivated(
    signed_in: Client, world: World
) -> None:
    segment = make_segment(world.loyalty.sandbox, "Idea", FINNISH, state="draft")
    assert "Audience Idea published" in post(signed_in, segment, "state/", to="published")
    html = post(signed_in, segment, "state/", to="inactive")
    assert "Audience Idea deactivated" in html
    assert "Not counted while inactive" in html
    assert "Evaluate now" not in html
    assert "cannot become draft" in post(signed_in, segment, "state/", to="draft")


def test_deleting_needs_the_name_and_says_what_goes(
    signed_in: Client, rich: SegmentDefinition, sandbox: Sandbox
) -> None:
    assert "removes 2 members" in page(signed_in, rich)
    assert "Not deleted: type Rich" in post(signed_in, rich, "delete/", name="rich")
    assert live(sandbox).filter(pk=rich.pk).exists()
    response = signed_in.post(f"/s/prod/audiences/{rich.pk}/delete/", {"name": "Rich"})
    assert response["Location"] == "/s/prod/audiences/"
    assert not live(sandbox).filter(pk=rich.pk).exists()
    assert signed_in.get(f"/s/prod/audiences/{rich.pk}/").status_code == 404


def test_what_is_used_says_by_whom_and_stays(
    signed_in: Client, rich: SegmentDefinition, sandbox: Sandbox
) -> None:
    user = make_segment(sandbox, "Builds on it", f'inSegment("{rich.pk}")')
    html = page(signed_in, rich)
    assert f"/s/prod/audiences/{user.pk}/" in html
    assert "so it cannot be deleted" in html
    assert "It is used by audience Builds on it" in post(signed_in, rich, "delete/", name="Rich")
    assert "Is in the audience “Rich”" in page(signed_in, user)


def test_an_audience_of_another_policy_says_how_it_is_evaluated(
    signed_in: Client, rich: SegmentDefinition, sandbox: Sandbox
) -> None:
    segment = make_segment(sandbox, "Other", merge_policy_id=str(make_policy(sandbox).pk))
    said = "not active on edge: jobs merge the profiles anew"
    assert said in page(signed_in, segment)
    assert said not in page(signed_in, rich)


def test_a_policy_says_before_it_changes_how_many_audiences_are_evaluated_again(
    signed_in: Client, world: World, sandbox: Sandbox
) -> None:
    policy = make_policy(sandbox)
    make_segment(sandbox, "Other", merge_policy_id=str(policy.pk))
    path = f"/s/prod/profiles/merge-policies/{policy.pk}"
    said = "1 audience on it is evaluated again."
    before = signed_in.get(f"{path}/review/")
    assert (before.status_code, said in before.content.decode()) == (200, False)
    chosen = {"method": "dataSetPrecedence", "dataset": world.loyalty.members.pk, "op": "next"}
    signed_in.post(f"{path}/datasets/", chosen)
    assert said in signed_in.get(f"{path}/review/").content.decode()


def test_who_may_only_look_finds_no_button_and_is_refused(
    rich: SegmentDefinition, sandbox: Sandbox
) -> None:
    client = viewer()
    html = page(client, rich)
    for word in ("Evaluate now", "Edit audience", "Delete audience", "Schedule</a>"):
        assert word not in html
    address = f"/s/prod/audiences/{rich.pk}/"
    for rest in ("evaluate/", "state/", "delete/", "properties/"):
        assert client.post(address + rest).status_code == 403, rest
    for path in (f"{address}properties/", "/s/prod/audiences/import/"):
        assert client.get(path).status_code == 403, path
    assert client.post("/s/prod/monitoring/segment-jobs/evaluate/").status_code == 403
    assert client.get("/s/prod/monitoring/segment-jobs/schedule/").status_code == 403


def test_an_audience_of_another_sandbox_does_not_exist(
    signed_in: Client, rich: SegmentDefinition, other_sandbox: Sandbox
) -> None:
    job = SegmentJob.objects.first()
    assert job is not None
    for path in (
        f"audiences/{rich.pk}/",
        f"audiences/{rich.pk}/history/",
        f"audiences/{rich.pk}/jobs/",
        f"audiences/{rich.pk}/properties/",
        f"monitoring/segment-jobs/{job.pk}/",
    ):
        assert signed_in.get(f"/s/dev1/{path}").status_code == 404, path


# --- history and properties ----------------------------------------------------------------------


def test_history_tells_who_changed_what_with_the_rule_woven(
    signed_in: Client, rich: SegmentDefinition, sandbox: Sandbox
) -> None:
    post(signed_in, rich, "properties/", name="Richer", description="x", tags="vip", version=1)
    changed = input_of(live(sandbox).get(pk=rich.pk))
    rule = type(changed.expression)("_acmeco.points > 1700")
    change_segment(
        lambda _: type(changed)(
            **{name: getattr(changed, name) for name in changed.__slots__} | {"expression": rule}
        ),
        actor=SYSTEM,
        sandbox=sandbox,
        segment_id=str(rich.pk),
    )
    html = page(signed_in, rich, "history/")
    assert 'points &gt; <del class="removed">1000</del><ins class="added">1700</ins>' in html
    assert "by ana" in html
    assert "by Onefold" in html
    assert '<del class="removed">Rich</del>' in html


def test_properties_are_saved_and_a_conflict_shows_both_sides(
    signed_in: Client, rich: SegmentDefinition, sandbox: Sandbox
) -> None:
    post(signed_in, rich, "properties/", name="Hers", description="", tags="a, b,a", version=1)
    stored = live(sandbox).get(pk=rich.pk)
    assert (stored.name, stored.tags, stored.version) == ("Hers", ["a", "b"], 2)
    given = {"name": "His", "description": "", "tags": "", "version": 1}
    response = signed_in.post(f"/s/prod/audiences/{rich.pk}/properties/", given)
    assert response.status_code == 422
    html = response.content.decode()
    assert "ana changed this audience while you edited it" in html
    assert "Theirs: <strong>Hers</strong>" in html
    assert "yours: <strong>His</strong>" in html
    assert 'name="version" value="2"' in html
    assert live(sandbox).get(pk=rich.pk).name == "Hers"


def test_a_taken_name_is_an_error_of_the_field(
    signed_in: Client, rich: SegmentDefinition, sandbox: Sandbox
) -> None:
    make_segment(sandbox, "Taken")
    given = {"name": "Taken", "description": "", "tags": "", "version": 1}
    response = signed_in.post(f"/s/prod/audiences/{rich.pk}/properties/", given)
    assert response.status_code == 422
    assert 'href="#id_name"' in response.content.decode()


# --- jobs and schedule ---------------------------------------------------------------------------


def test_jobs_are_listed_with_what_they_found(
    signed_in: Client, rich: SegmentDefinition, sandbox: Sandbox
) -> None:
    job = jobs.list_jobs(sandbox=sandbox).get()
    listed = signed_in.get("/s/prod/monitoring/segment-jobs/").content.decode()
    assert "After a change" in listed
    assert f"segment-jobs/{job.pk}/" in listed
    own = page(signed_in, rich, "jobs/")
    assert f">{job.number}</a>" in own
    one = signed_in.get(f"/s/prod/monitoring/segment-jobs/{job.pk}/").content.decode()
    assert ">Rich</a>" in one
    assert '<td class="number">2</td>' in one
    empty = signed_in.get("/s/prod/monitoring/segment-jobs/?status=FAILED").content.decode()
    assert "No segment job" in empty


def test_all_audiences_are_evaluated_and_a_job_cancelled_from_the_list(
    signed_in: Client, rich: SegmentDefinition
) -> None:
    signed_in.post("/s/prod/monitoring/segment-jobs/evaluate/")
    job = SegmentJob.objects.get(status="NEW")
    assert job.everything
    html = signed_in.get(
        "/s/prod/monitoring/segment-jobs/", headers={"HX-Request": "true"}
    ).content.decode()
    assert 'hx-trigger="every 2s"' in html
    signed_in.post(f"/s/prod/monitoring/segment-jobs/{job.pk}/cancel/")
    job.refresh_from_db()
    assert job.status == "CANCELLED"


def test_a_schedule_is_made_changed_and_refused(
    signed_in: Client, world: World, sandbox: Sandbox
) -> None:
    address = "/s/prod/monitoring/segment-jobs/schedule/"
    given = {"on": "on", "frequency": "weekly", "weekdays": ["THU", "MON"], "time": "02:30"}
    html = signed_in.post(address, given, follow=True).content.decode()
    assert "Every Monday and Thursday at 02:30 UTC" in html
    assert 'value="02:30"' in signed_in.get(address).content.decode()
    own = {"on": "on", "frequency": "own", "expression": "0 * * * * ?"}
    response = signed_in.post(address, own)
    assert response.status_code == 422
    assert "at most once a day" in response.content.decode()
    nothing = signed_in.post(address, {"on": "on", "frequency": "weekly", "time": "01:00"})
    assert "Choose a day at least" in nothing.content.decode()
    make_segment(sandbox, method="streaming")
    off = signed_in.post(address, {"frequency": "daily", "time": "01:00"})
    assert off.status_code == 422
    assert "cannot be turned off" in off.content.decode()


# --- lists from elsewhere ------------------------------------------------------------------------


def test_a_list_has_imports_in_place_of_jobs_and_rules(
    signed_in: Client, world: World, sandbox: Sandbox
) -> None:
    given = ExternalInput(name="Readers", audience_id="readers-7")
    segment = create_external(given, actor=SYSTEM, sandbox=sandbox)
    html = page(signed_in, segment)
    assert "readers-7" in html
    assert "Import again" in html
    assert "Evaluate now" not in html
    assert "PQL" not in html
    assert "Nothing was imported yet" in page(signed_in, segment, "imports/")
    post(signed_in, segment, "properties/", name="Subscribers", description="", tags="", version=1)
    assert live(sandbox).get(pk=segment.pk).name == "Subscribers"
    set_state("inactive", actor=SYSTEM, sandbox=sandbox, segment_id=str(segment.pk))
    assert "Not counted while inactive" in page(signed_in, segment)
