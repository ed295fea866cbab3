"""Monitoring: one definition for each number, from the total down to the record behind it."""

import re
from dataclasses import replace

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from console.traffic import SPANS, read_traffic, span_named
from core import clock, sql
from core.access.models import Role, User
from core.access.types import SYSTEM
from core.http.request_id import moment_of, new_request_id
from core.sandboxes.models import Sandbox
from ingestion.connections.http_api import open_stream
from ingestion.connections.models import Inlet
from ingestion.connections.types import InletInput, Writer
from ingestion.journal.append import append_in_django
from ingestion.journal.queries import add_counts, list_reject_groups, list_rejects
from ingestion.journal.search import list_by_request, record_requests
from ingestion.journal.types import RECEIVED, REFUSED, Append, Count, SentRequest
from profiles.monitoring.queries import get_totals, totals_by_inlet
from profiles.monitoring.types import Totals, window_of
from tests.console.conftest import World
from tests.factories.loyalty import process

pytestmark = pytest.mark.django_db(transaction=True)
_MINUTE_US = 60_000_000


def receive(
    world: World, inlet: Inlet, *payloads: bytes, ago_min: int = 0, refused: int = 0
) -> int:
    """What the collector does for one request; answers its receive time."""
    at = clock.now_us() - ago_min * _MINUTE_US
    stream, minute = world.loyalty.sandbox.number, at // _MINUTE_US
    with sql.connect(autocommit=True) as connection:
        add_counts(
            connection,
            [
                Count(stream, minute, inlet.number, 0, RECEIVED, len(payloads) + refused),
                Count(stream, minute, inlet.number, 0, REFUSED, refused),
            ],
        )
    append_in_django([Append(stream, inlet.number, at, payloads)])
    return at


@pytest.fixture
def second(world: World) -> Inlet:
    """Another connection."""
    return open_stream(
        writer=Writer(SYSTEM),
        sandbox=world.loyalty.sandbox,
        given=InletInput(name="Till stream"),
        dataset=world.loyalty.events,
    )


@pytest.fixture
def busy(world: World, second: Inlet) -> World:
    """Traffic through both connections: good, bad, known and refused, now and yesterday."""
    loyalty = world.loyalty
    bad = loyalty.member("c2", custom={"points": "many"})
    event = loyalty.event("e1", Email="ana@example.test")
    receive(world, world.inlet, loyalty.member("c1", email="ana@example.test"), bad, refused=2)
    receive(world, second, event, event, loyalty.event("e2", Email="bo@example.test"), b"{}")
    receive(world, world.inlet, bad, bad, ago_min=60 * 20)
    receive(world, second, bad, ago_min=60 * 24 * 5)
    process(loyalty.sandbox)
    return world


def stats(page: str) -> dict[str, str]:
    """The strip of a page: label -> value."""
    found = re.findall(r"<dt>([^<]+)</dt>\s*<dd>\s*(?:<a [^>]*>)?([^<]+?)\s*<", page)
    return {label: value.strip() for label, value in found}


def test_received_is_ingested_and_failed_and_skipped(busy: World) -> None:
    totals = get_totals(busy.loyalty.sandbox.number, span_named("24h").window)
    assert (totals.received, totals.ingested, totals.failed, totals.skipped) == (10, 3, 6, 1)
    assert totals.refused == 2


def test_a_number_is_the_same_on_every_page(signed_in: Client, busy: World) -> None:
    for span in SPANS:
        _compare_pages(signed_in, busy.loyalty.sandbox, span.name)


def _compare_pages(signed_in: Client, sandbox: Sandbox, span: str) -> None:
    page = signed_in.get(f"/s/prod/monitoring/?span={span}")
    shown = page.context["page"]
    rows = {row.inlet.number: row.totals for row in shown.rows if row.inlet}
    for inlet in Inlet.objects.all():
        metrics = signed_in.get(f"/s/prod/sources/{inlet.inlet_id}/metrics/?span={span}")
        assert metrics.context["page"].traffic.totals == rows[inlet.number]
    for name in ("received", "ingested", "failed", "refused", "skipped"):
        assert sum(getattr(each, name) for each in rows.values()) == getattr(shown.totals, name)
    assert read_traffic(sandbox.number, span_named(span)).totals == shown.totals
    strip = stats(page.content.decode())
    assert strip["Received"] == str(shown.totals.received)
    assert strip["Failed"] == str(shown.totals.failed)


def test_home_and_monitoring_agree_on_the_hour(signed_in: Client, busy: World) -> None:
    home = stats(signed_in.get("/s/prod/").content.decode())
    hour = stats(signed_in.get("/s/prod/monitoring/?span=1h").content.decode())
    assert home["Failed, 1 h"] == hour["Failed"] == "4"
    assert home["Event to profile, p95"] == hour["Event to profile, p95"]
    assert home["Ingested"] == hour["Ingested now"]


def test_charts_add_up_to_the_totals(signed_in: Client, busy: World) -> None:
    for span in SPANS:
        address = f"/s/prod/monitoring/?span={span.name}&chart=ingestion"
        shown = signed_in.get(address).context["page"]
        sums = {series.name: sum(series.values) for series in shown.chart.series}
        totals = shown.totals
        assert sums == {
            "Ingested": totals.ingested,
            "Failed": totals.failed,
            "Skipped": totals.skipped,
        }


def test_every_failure_has_a_cause_or_was_refused_at_the_door(
    signed_in: Client, busy: World
) -> None:
    for span in SPANS:
        _follow_failures(signed_in, span.name)


def _follow_failures(signed_in: Client, span: str) -> None:
    shown = signed_in.get(f"/s/prod/monitoring/?span={span}").context["page"]
    assert shown.rows[0].totals.failed
    assert shown.totals.failed == shown.totals.refused + sum(g.count for g, *_ in shown.groups)
    for row in shown.rows:
        behind = signed_in.get(row.failures_href).context["page"]
        assert behind.total == row.totals.failed
        causes = sum(group.count for group, *_ in behind.causes)
        assert causes == row.totals.failed - row.totals.refused


def test_a_failure_is_followed_from_the_number_to_the_corrected_record(
    signed_in: Client, busy: World
) -> None:
    loyalty = busy.loyalty
    shown = signed_in.get("/s/prod/monitoring/").context["page"]
    href = next(href for group, href, _ in shown.groups if group.path.endswith("/points"))
    causes = signed_in.get(href.partition("#")[0]).context["page"]
    assert [record.reject.path for record in causes.records] == [f"/{loyalty.tenant}/points"] * 3
    record = causes.records[0]
    assert b"Profile updated" in signed_in.get(record.href).content
    fixed = record.text.replace('"many"', "7")
    answer = signed_in.post(record.retry_href, {"payload": fixed, "code": "x", "path": "/"})
    process(loyalty.sandbox)
    assert b"Open profile" in signed_in.get(answer["Location"]).content
    replayed = {"code": causes.chosen.code, "path": causes.chosen.path}
    signed_in.post(causes.replay_href, replayed)
    # The one of five days ago is out of the range and stays as it is.
    open_ones = list_rejects(loyalty.sandbox.number, state="open", path=causes.chosen.path)
    assert [
        each.received_at // _MINUTE_US < clock.now_us() // _MINUTE_US - 1440 for each in open_ones
    ] == [True]


def test_failures_are_downloaded_with_their_reasons(signed_in: Client, busy: World) -> None:
    page = signed_in.get("/s/prod/monitoring/failures/?span=7d").context["page"]
    answer = signed_in.get(page.download_href)
    lines = b"".join(answer.streaming_content).splitlines()  # type: ignore[attr-defined]
    assert len(lines) == page.total - page.refused == 5


def test_only_failing_dataflows_are_shown_on_demand(
    signed_in: Client, world: World, second: Inlet
) -> None:
    receive(world, second, b"{}")
    receive(world, world.inlet, world.loyalty.member("c1"))
    process(world.loyalty.sandbox)
    page = signed_in.get("/s/prod/monitoring/?failures=on").context["page"]
    assert [row.inlet for row in page.rows] == [second]
    assert page.hidden == 1
    every = signed_in.get(f"/s/prod/monitoring/{page.toggle_href}").context["page"]
    assert len(every.rows) == 2


def test_the_lag_tells_what_waits_and_through_which_connection(
    signed_in: Client, world: World, second: Inlet
) -> None:
    at = receive(world, second, b"{}", world.loyalty.member("c1"))
    page = signed_in.get("/s/prod/monitoring/").context["page"]
    lags = {row.inlet.number: row.lag for row in page.rows}
    assert (lags[second.number].records, lags[second.number].oldest_at) == (2, at)
    assert lags[world.inlet.number].records == 0
    assert page.lag.records == 2
    process(world.loyalty.sandbox)
    assert signed_in.get("/s/prod/monitoring/").context["page"].lag.records == 0


def test_stages_are_measured_in_the_order_a_record_passes_them(
    signed_in: Client, world: World
) -> None:
    at = receive(world, world.inlet, world.loyalty.member("c1"), ago_min=2)
    process(world.loyalty.sandbox)
    shown = signed_in.get("/s/prod/monitoring/?chart=latency").context["page"]
    by_name = {stage.name: stage.values for stage in shown.stages}
    assert by_name["Stored"] == (None, None, None)  # the collector counts it
    passed = [by_name[name][1] for name in ("Validated", "Identity linked", "Profile updated")]
    assert passed == sorted(passed)
    assert all(each == 100_000 for each in passed), at
    assert [series.name for series in shown.chart.series] == list(by_name)


def test_a_record_that_is_sent_again_says_nothing_about_speed(
    signed_in: Client, busy: World
) -> None:
    stream = busy.loyalty.sandbox.number
    before = get_totals(stream, span_named("30d").window)
    group = next(g for g in list_reject_groups(stream) if g.path.endswith("/points"))
    signed_in.post(
        "/s/prod/monitoring/failures/replay/?span=30d", {"code": group.code, "path": group.path}
    )
    process(busy.loyalty.sandbox)
    after = get_totals(stream, span_named("30d").window)
    assert after.failed == before.failed + 4
    assert replace(after, failed=0) == replace(before, failed=0)


def test_hours_hold_the_sums_of_their_minutes(busy: World) -> None:
    with sql.connect() as connection:
        query = (
            "SELECT minute / 60 * 60 AS hour, inlet, dataset, name, sum(value)::bigint FROM {}"
            " GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"
        )
        minutes = connection.execute(query.format("metric_minute")).fetchall()
        hours = connection.execute(query.format("metric_hour")).fetchall()
    assert minutes == hours != []


def test_an_empty_sandbox_says_what_to_do(signed_in: Client, sandbox: Sandbox) -> None:
    page = signed_in.get("/s/prod/monitoring/").content.decode()
    assert "No data in this period" in page
    assert "Up to date" in page
    assert "No failures in this period" in page


def test_the_polled_part_costs_few_queries(signed_in: Client, busy: World) -> None:
    address, part = "/s/prod/monitoring/?span=30d&chart=latency", {"HX-Request": "true"}
    signed_in.get(address, headers=part)
    with CaptureQueriesContext(database) as queries:
        html = signed_in.get(address, headers=part).content.decode()
    assert html.lstrip().startswith('<section class="stack"')
    assert len(queries) <= 15, [q["sql"][:90] for q in queries]


def test_a_poll_after_the_session_ended_leads_to_signing_in(client: Client, world: World) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/s/prod/monitoring/?a=b"}
    answer = client.get("/s/prod/monitoring/", headers=headers)
    assert answer["HX-Redirect"] == "/sign-in/?next=/s/prod/monitoring/%3Fa%3Db"
    assert answer.content == b""


def find(client: Client, word: str) -> dict[str, tuple[str, ...]]:
    """Record id -> the ways it was found by."""
    page = client.get("/s/prod/monitoring/find/", {"word": word}).context["page"]
    return {match.line.record_id: match.ways for match in page.matches}


def test_a_record_is_found_by_all_that_people_know_of_it(signed_in: Client, busy: World) -> None:
    stream = busy.loyalty.sandbox.number
    for word in (f"{stream}-1", f"1780000000000:{stream}:1", f"1780000000000:{stream}:1-0"):
        answer = signed_in.get("/s/prod/monitoring/find/", {"word": word})
        assert answer["Location"] == f"/s/prod/records/{stream}-1/"
    for number in (1, 3):
        by_text_too = find(signed_in, "ana@example.test")[f"{stream}-{number}"]
        assert by_text_too == ("Identity", "Text")
        # The member's record came under its customer number, and is hers all the same.
        assert find(signed_in, "ANA@example.test")[f"{stream}-{number}"] == ("Identity",)
    failed = find(signed_in, "many")
    assert failed[f"{stream}-2"] == ("Failed", "Text")
    assert len(failed) == 4
    assert find(signed_in, "nowhere at all") == {}
    assert find(signed_in, "x") == {}
    refused = signed_in.get("/s/prod/monitoring/find/", {"word": "a\0b"})
    assert refused.status_code == 400


def test_a_record_is_found_by_the_request_that_brought_it(signed_in: Client, world: World) -> None:
    stream = world.loyalty.sandbox.number
    at = receive(world, world.inlet, world.loyalty.member("c1"), world.loyalty.member("c2"))
    own = new_request_id(at)
    assert moment_of(own) == at
    assert len(own) == 32
    with sql.connect(autocommit=True) as connection:
        record_requests(connection, [SentRequest(stream, "till-7:0001", at)])
        record_requests(connection, [SentRequest(stream + 1, "till-7:0002", at)])
    both = {f"{stream}-1": ("Request id",), f"{stream}-2": ("Request id",)}
    assert find(signed_in, own) == find(signed_in, "till-7:0001") == both
    assert find(signed_in, new_request_id(at + 1)) == {}
    assert list_by_request(stream, "till-7:0002") == []


def test_identities_are_not_looked_up_for_those_who_may_not_see_profiles(
    busy: World,
) -> None:
    user = User.objects.create_user(username="bo", password="correct horse")
    role = Role.objects.get(name="Viewer")
    role.permissions = ["view-monitoring-dashboard"]
    role.save()
    user.roles.set([role])
    client = Client()
    client.force_login(user)
    assert find(client, "ANA@example.test") == {}


def test_links_keep_their_range_when_time_goes_on(signed_in: Client, busy: World) -> None:
    window = window_of(minutes=60)
    old = f"from={window.since - 1440}&to={window.until - 60}"
    page = signed_in.get(f"/s/prod/monitoring/failures/?{old}&inlet={busy.inlet.number}")
    assert page.context["page"].total == 2
    for wrong in ("from=9&to=1", "from=x", "inlet=99999999999999", "from=1&to=99999999999999999"):
        assert signed_in.get(f"/s/prod/monitoring/failures/?{wrong}").status_code == 200


def test_totals_of_no_traffic_are_zero(world: World) -> None:
    window = span_named("1h").window
    assert totals_by_inlet(world.loyalty.sandbox.number, window) == {}
    assert get_totals(world.loyalty.sandbox.number, window) == Totals()
