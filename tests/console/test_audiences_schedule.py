"""Above the list of audiences: the switch of their schedule, and the summary of evaluation."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core import clock
from core.access.models import Role, User
from core.access.types import SYSTEM
from core.audit.models import AuditEvent
from core.sandboxes.models import Sandbox
from profiles.segmentation.external import create_external
from profiles.segmentation.jobs import start_job
from profiles.segmentation.models import SegmentDefinition, SegmentJob, SegmentSchedule
from profiles.segmentation.schedules import schedule_all
from profiles.segmentation.types import ExternalInput
from tests.console.conftest import World
from tests.factories.segments import FINNISH, make_policy, make_segment

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/s/prod/audiences/"
SCHEDULE = f"{LIST}schedule/"
SWITCH = f"{SCHEDULE}switch/"
SUMMARY = f"{LIST}evaluation/"
HTMX = {"HX-Request": "true"}
MOST_QUERIES = 15
State = SegmentSchedule.State


def text(client: Client, address: str, **headers: str) -> str:
    """The page as it reads: without tags, blanks made one."""
    html = client.get(address, headers=headers).content.decode()
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def stored() -> SegmentSchedule:
    return SegmentSchedule.objects.get(kind="batch_segmentation")


def viewer() -> Client:
    user = User.objects.create_user(username="vera", password="correct horse")
    user.roles.set(Role.objects.filter(name="Viewer"))
    client = Client()
    client.force_login(user)
    return client


# --- The switch


def test_turning_it_on_first_asks_for_the_time_and_says_when_it_runs(
    signed_in: Client, world: World
) -> None:
    assert "evaluated on demand and after edits only" in text(signed_in, LIST)
    asked = signed_in.get(SCHEDULE, headers=HTMX).content.decode()
    assert 'value="01:00"' in asked
    assert "<html" not in asked
    answer = signed_in.post(SCHEDULE, {"time": "02:30"}, follow=True).content.decode()
    assert "All audiences are evaluated every day at 02:30 UTC." in answer
    assert re.search(r"Every day at 02:30 UTC, next in \d+ ", text(signed_in, LIST))
    assert (stored().schedule, stored().state) == ("0 30 2 * * ?", "active")


def test_no_time_is_refused_beside_the_field(signed_in: Client, world: World) -> None:
    answer = signed_in.post(SCHEDULE, {"time": "late"})
    assert answer.status_code == 422
    assert "Enter a valid time." in answer.content.decode()
    assert not SegmentSchedule.objects.exists()


def test_off_says_what_that_means_and_on_takes_the_old_time(
    signed_in: Client, world: World, sandbox: Sandbox
) -> None:
    schedule_all(State.ACTIVE, actor=SYSTEM, sandbox=sandbox, cron="0 15 4 * * ?")
    off = signed_in.post(SWITCH, {"to": "off"}, follow=True).content.decode()
    assert "batch audiences are evaluated on demand and after edits only" in off
    assert stored().state == "inactive"
    assert 'aria-checked="false"' in off
    part = signed_in.post(SWITCH, {"to": "on"}, headers=HTMX)
    assert 'aria-checked="true"' in part.content.decode()
    assert "<h1" not in part.content.decode()
    assert "every day at 04:15 UTC" in part["HX-Trigger"]
    assert (stored().schedule, stored().state) == ("0 15 4 * * ?", "active")
    actions = AuditEvent.objects.filter(asset_type="SegmentSchedule").order_by("pk")
    assert [each.action for each in actions] == ["Create", "Update", "Update"]


def test_another_time_keeps_the_days(signed_in: Client, world: World, sandbox: Sandbox) -> None:
    schedule_all(State.ACTIVE, actor=SYSTEM, sandbox=sandbox, cron="0 0 1 ? * MON,THU")
    assert "Every Monday and Thursday at 01:00 UTC" in text(signed_in, SCHEDULE)
    signed_in.post(SCHEDULE, {"time": "05:00"})
    assert stored().schedule == "0 0 5 ? * MON,THU"


def test_a_cron_expression_of_ones_own_is_edited_as_such(
    signed_in: Client, world: World, sandbox: Sandbox
) -> None:
    schedule_all(State.ACTIVE, actor=SYSTEM, sandbox=sandbox, cron="0 0 1 ? * FRI#2")
    assert signed_in.get(SCHEDULE)["Location"] == "/s/prod/monitoring/segment-jobs/schedule/"
    assert "By the cron expression 0 0 1 ? * FRI#2" in text(signed_in, LIST)


def test_it_stays_on_while_streaming_audiences_rest_on_it(
    signed_in: Client, world: World, sandbox: Sandbox
) -> None:
    schedule_all(State.ACTIVE, actor=SYSTEM, sandbox=sandbox)
    make_segment(sandbox, method="streaming")
    answer = signed_in.post(SWITCH, {"to": "off"}, follow=True).content.decode()
    assert "cannot be turned off while there are streaming or edge audiences" in answer
    assert stored().state == "active"
    assert "1 streaming or edge audience rests on it" in text(signed_in, SUMMARY)


def test_who_may_not_evaluate_reads_the_state_and_changes_nothing(
    world: World, sandbox: Sandbox
) -> None:
    schedule_all(State.ACTIVE, actor=SYSTEM, sandbox=sandbox, cron="0 0 3 * * ?")
    client = viewer()
    html = client.get(LIST).content.decode()
    assert "Every day at 03:00 UTC" in html
    assert 'role="switch"' not in html
    assert "Change time" not in html
    assert client.get(SUMMARY).status_code == 200
    assert client.get(SCHEDULE).status_code == 403
    assert client.post(SCHEDULE, {"time": "02:00"}).status_code == 403
    assert client.post(SWITCH, {"to": "off"}).status_code == 403
    assert (stored().schedule, stored().state) == ("0 0 3 * * ?", "active")


# --- The summary


def end(job: SegmentJob, **columns: object) -> SegmentJob:
    """The job as its worker leaves it: started now, done in two seconds."""
    now = clock.now_ms() + 1000
    values = {"status": "SUCCEEDED", "started_ms": now, "finished_ms": now + 2000, **columns}
    SegmentJob.objects.filter(pk=job.pk).update(**values)
    job.refresh_from_db()
    return job


def evaluated(job: SegmentJob, *segments: SegmentDefinition) -> None:
    keys = [each.pk for each in segments]
    SegmentDefinition.objects.filter(pk__in=keys).update(evaluated_ms=job.finished_ms)


def end_all(**columns: object) -> SegmentJob:
    SegmentJob.objects.filter(status="NEW").delete()
    job = start_job(["*"], actor=SYSTEM, sandbox=Sandbox.objects.get(name="prod"))
    return end(job, **columns)


def test_an_empty_sandbox_has_a_summary_too(signed_in: Client, world: World) -> None:
    shown = text(signed_in, SUMMARY)
    assert "Last evaluation Never" in shown
    assert "Never evaluated None" in shown
    assert "Left as they were None" in shown


def test_audiences_are_counted_by_frequency_and_status_and_the_lists_agree(
    signed_in: Client, world: World, sandbox: Sandbox
) -> None:
    make_segment(sandbox, "Batch one")
    make_segment(sandbox, "Batch two")
    make_segment(sandbox, "Streaming draft", method="streaming", state="draft")
    create_external(ExternalInput(name="Listed"), actor=SYSTEM, sandbox=sandbox)
    html = signed_in.get(SUMMARY).content.decode()
    found = re.findall(r'href="([^"]*\?method=[^"]*)">(\d+)</a>', html)
    assert {(unescape(href).partition("?")[2], count) for href, count in found} == {
        ("method=batch&state=published", "2"),
        ("method=streaming&state=draft", "1"),
        ("method=none&state=published", "1"),
    }
    for href, count in found:
        rows = signed_in.get(unescape(href)).content.decode().count('class="row-name"')
        assert rows == int(count), href


def test_the_last_job_is_told_with_what_it_left_and_why(
    signed_in: Client, world: World, sandbox: Sandbox
) -> None:
    done, slow = make_segment(sandbox, "Done"), make_segment(sandbox, "Slow")
    key = str(slow.pk)
    trouble = {"code": "x", "message": f"Audience {key}: It was too slow.", "audience": key}
    job = end_all(profiles_read=1200, errors=[trouble])
    evaluated(job, done)
    shown = text(signed_in, SUMMARY)
    assert "Completed with errors" in shown
    assert "took 2.0 s" in shown
    assert f"Job {job.number} , on demand: all audiences over 1,200 profiles" in shown
    assert "Never evaluated 1 audience" in shown
    assert "Left as they were Slow It was too slow. As of" in shown
    assert ">Slow</a>" in signed_in.get(f"{LIST}?evaluated=never").content.decode()
    assert ">Done</a>" not in signed_in.get(f"{LIST}?evaluated=never").content.decode()
    own = text(signed_in, f"/s/prod/monitoring/segment-jobs/{job.pk}/")
    assert "1 audience left as it was Slow : It was too slow." in own


def test_an_audience_whose_rule_no_longer_fits_is_named_with_the_reason(
    signed_in: Client, world: World, sandbox: Sandbox
) -> None:
    make_segment(sandbox, "Outgrown")
    SegmentDefinition.objects.update(expression='nothing.such = "x"')
    end_all()
    shown = text(signed_in, SUMMARY)
    assert "Left as they were Outgrown Members stay as they are: the rule no longer fits" in shown


def test_what_was_edited_or_evaluated_since_is_not_left_behind(
    signed_in: Client, world: World, sandbox: Sandbox
) -> None:
    slow = make_segment(sandbox, "Slow")
    key = str(slow.pk)
    trouble = {"code": "x", "message": f"Audience {key}: It was too slow.", "audience": key}
    job = end_all(errors=[trouble], status="FAILED")
    assert "Left as they were Slow It was too slow." in text(signed_in, SUMMARY)
    evaluated(job, slow)
    assert "Left as they were None" in text(signed_in, SUMMARY)
    SegmentDefinition.objects.update(evaluated_ms=None, updated_ms=job.finished_ms)
    assert "Left as they were None" in text(signed_in, SUMMARY)


def test_a_job_of_one_audience_stands_beside_the_last_of_all(
    signed_in: Client, world: World, sandbox: Sandbox
) -> None:
    segment = make_segment(sandbox, "Only")
    whole = end_all()
    one = end(start_job([str(segment.pk)], actor=SYSTEM, sandbox=sandbox))
    waiting = start_job(["*"], actor=SYSTEM, sandbox=sandbox)
    shown = text(signed_in, SUMMARY)
    assert re.search(rf"Last evaluation Success .{{0,60}} Job {one.number} ,", shown)
    assert re.search(rf"Last of all audiences Success .{{0,60}} Job {whole.number} ,", shown)
    assert f"Now Queued Job {waiting.number} , all audiences" in shown


def test_list_and_summary_cost_few_queries_whatever_they_show(
    signed_in: Client, world: World, sandbox: Sandbox
) -> None:
    policy = str(make_policy(sandbox).pk)
    for number in range(12):
        used = make_segment(sandbox, f"Used {number}", merge_policy_id=policy)
        rule = f'inSegment("{used.pk}") and {FINNISH}'
        make_segment(sandbox, f"User {number}", rule, merge_policy_id=policy)
    end_all()
    end(start_job([str(used.pk)], actor=SYSTEM, sandbox=sandbox))
    start_job(["*"], actor=SYSTEM, sandbox=sandbox)
    schedule_all(State.ACTIVE, actor=SYSTEM, sandbox=sandbox)
    assert "and 4 more" in text(signed_in, SUMMARY)
    signed_in.get(LIST)
    for address in (LIST, SUMMARY):
        with CaptureQueriesContext(connection) as queries:
            signed_in.get(address)
        assert len(queries) <= MOST_QUERIES, (address, [q["sql"][:90] for q in queries])
