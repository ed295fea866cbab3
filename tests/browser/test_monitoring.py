"""Monitoring as people use it: numbers that live, and the way from a number to a record."""

import json
import re
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from core.launcher.testing import Product
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import WIDE
from tests.browser.pages import PERSON, first_link
from tests.waiting import wait_until

STREAM = "Demo shop stream"


@pytest.fixture
def endpoint(page: Page) -> str:
    """Where the sample world's stream takes records."""
    page.goto(first_link(page, "/s/prod/sources/", STREAM))
    return page.locator("#endpoint-url").inner_text()


def send(endpoint: str, body: object, *, request_id: str = "") -> None:
    """As a client does; the answer does not matter."""
    headers = {"Content-Type": "application/json"}
    if request_id:
        headers["x-request-id"] = request_id
    data = json.dumps(body).encode()
    with urlopen(Request(endpoint, data=data, headers=headers)):  # noqa: S310 - a local address
        pass


def bad_record(page: Page) -> dict[str, object]:
    """The page's own sample record, with a value its schema refuses."""
    page.goto(first_link(page, "/s/prod/sources/", STREAM) + "?lang=javascript")
    code = page.locator("#try-code").inner_text()
    start = code.index("JSON.stringify(") + len("JSON.stringify(")
    message: dict[str, dict[str, dict[str, object]]]
    message = json.loads(code[start : code.rindex("),")])
    message["body"]["xdmEntity"]["_id"] = {"what": "no id at all"}
    return dict(message)


def assert_still_accessible(page: Page) -> None:
    """As assert_accessible, with nothing swapped meanwhile."""
    page.get_by_role("button", name="Pause").click()
    assert_accessible(page)
    page.get_by_role("button", name="Resume").click()


def stat(page: Page, label: str) -> str:
    """A number of the strip."""
    return page.locator(".stat", has=page.get_by_text(label, exact=True)).locator("dd").inner_text()


def test_numbers_live_and_lead_to_the_records_behind_them(page: Page, endpoint: str) -> None:
    message = bad_record(page)
    page.goto("/s/prod/monitoring/?span=1h")
    before = page.locator(".stat").first.inner_text()
    send(endpoint, message, request_id="browser-test:1")
    expect(page.locator(".stat").first).not_to_have_text(before, timeout=15_000)
    expect(page.get_by_role("table", name="Failed records by cause")).to_contain_text(
        "/_id", timeout=15_000
    )
    assert_still_accessible(page)
    page.get_by_role("link", name="Show failures only").click()
    expect(page).to_have_url(re.compile("failures=on"))
    row = page.get_by_role("table", name="Traffic by dataflow").locator("tbody tr")
    expect(row.filter(has_text=STREAM)).to_have_count(1)
    row.filter(has_text=STREAM).get_by_role("link", name=re.compile("failed through")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Failures")
    expect(page.get_by_text(f"through {STREAM}")).to_be_visible()
    page.wait_for_load_state()
    if page.get_by_role("heading", name="Records with this cause").count() == 0:
        cause = page.get_by_role("row", name=re.compile("/_id"))
        cause.get_by_role("rowheader").get_by_role("link").click()
    record = page.locator(".failed-record").first
    if record.get_attribute("open") is None:
        record.locator("summary").first.click()
    assert_accessible(page)
    text = record.get_by_label("Corrected record, JSON")
    fixed = json.loads(text.input_value())
    fixed["body"]["xdmEntity"]["_id"] = "mended"
    text.fill(json.dumps(fixed))
    record.get_by_role("button", name="Fix and replay").click()
    expect(page.get_by_role("status").first).to_contain_text("sent again as")
    expect(page.get_by_text("Profile updated")).to_be_visible()


def test_a_record_is_found_by_request_identity_and_text(page: Page, endpoint: str) -> None:
    message = bad_record(page)
    send(endpoint, message, request_id="browser-test:2")
    # The ids of requests are written by the second.
    wait_until(lambda: _finds(page, "browser-test:2", "Request id"))
    assert _finds(page, PERSON, "Identity")
    assert _finds(page, "no id at all", "Failed")
    assert_accessible(page)
    page.get_by_role("main").get_by_label("Find a record").fill("1-1")
    page.get_by_role("main").get_by_role("button", name="Find").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Record 1-1")


def _finds(page: Page, word: str, way: str) -> bool:
    page.goto("/s/prod/monitoring/find/")
    page.get_by_role("main").get_by_label("Find a record").fill(word)
    with page.expect_navigation():
        page.get_by_role("main").get_by_role("button", name="Find").click()
    return page.locator("tbody tr", has=page.get_by_text(way, exact=True)).count() > 0


def test_every_chart_gives_its_numbers_as_a_table(page: Page) -> None:
    page.goto("/s/prod/monitoring/?span=24h")
    for tab, series in (
        ("Throughput", "Processing throughput"),
        ("Ingestion", "Skipped"),
        ("Latency", "Profile updated"),
    ):
        page.get_by_role("navigation", name="Chart").get_by_role("link", name=tab).click()
        expect(page.locator(".chart-box svg")).to_be_visible()
        page.get_by_text("Show as table").click()
        table = page.locator(".chart-table")
        expect(table.get_by_role("columnheader", name=series)).to_be_visible()
        assert_still_accessible(page)
    page.get_by_role("navigation", name="Percentile").get_by_role("link", name="p99").click()
    expect(page.get_by_role("table", name=re.compile("Latency of each stage"))).to_be_visible()


def test_a_table_stays_open_and_the_chart_stays_put_while_numbers_change(page: Page) -> None:
    page.goto("/s/prod/monitoring/?span=15m")
    page.get_by_text("Show as table").click()
    page.evaluate("document.querySelector('.chart-box').dataset.kept = 'yes'")
    with page.expect_response(re.compile(r"monitoring/\?span=15m")):
        pass
    expect(page.locator(".chart-table")).to_have_attribute("open", "")
    expect(page.locator(".chart-box[data-kept=yes] svg")).to_be_visible()


def test_a_hidden_or_paused_page_asks_nothing(page: Page) -> None:
    page.add_init_script("Object.defineProperty(document, 'hidden', {get: () => window.unseen})")
    page.goto("/s/prod/monitoring/")
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url) if "monitoring/?" in r.url else None)
    page.evaluate("window.unseen = true")
    page.wait_for_timeout(6000)
    assert asked == []
    with page.expect_request(re.compile(r"monitoring/\?")):
        page.evaluate("window.unseen = false")
    page.get_by_role("button", name="Pause").click()
    page.wait_for_timeout(500)
    before = len(asked)
    page.wait_for_timeout(6000)
    assert len(asked) == before


def test_a_page_survives_a_restart_of_the_console(
    browser: Browser, product: Product, signed_in_state: StorageState
) -> None:
    """Last values stay, the page says since when, and it goes on by itself."""
    context = browser.new_context(
        base_url=product.url, storage_state=signed_in_state, viewport=WIDE
    )
    page = context.new_page()
    page.goto("/s/prod/monitoring/")
    received = stat(page, "Received")
    polls = re.compile(r"monitoring/\?")
    page.route(polls, lambda route: route.abort())
    expect(page.get_by_text("Numbers delayed since")).to_be_visible(timeout=15_000)
    assert stat(page, "Received") == received
    expect(page.locator(".toast-item")).to_have_count(0)
    product.kill("console")
    page.unroute(polls)
    expect(page.get_by_text("Numbers delayed since")).to_have_count(0, timeout=60_000)
    expect(page.locator("#live .as-of")).to_contain_text("just now")
    context.close()
