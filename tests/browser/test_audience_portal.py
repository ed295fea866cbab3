"""The list of audiences as a marketer uses it: the switch of the schedule, and the summary."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from core.launcher.testing import Product
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import sign_in, watch
from tests.browser.shop import client_of

PORTAL = "/s/portal/audiences/"
EVALUATED_MS = 30_000


@pytest.fixture(scope="module")
def marketer(browser: Browser, product: Product) -> Iterator[Page]:
    """Somebody who builds audiences, in a sandbox with one of them that nobody has scheduled."""
    context = browser.new_context(base_url=product.url)
    page = context.new_page()
    sign_in(page, product)
    page.goto("/s/prod/sandboxes/new/")
    page.get_by_label("Name").fill("portal")
    page.get_by_label("Title").fill("Portal")
    page.get_by_role("button", name="Create sandbox").click()
    create_audience(product)
    page.goto("/s/prod/users/new/")
    page.get_by_label("User name").fill("mara")
    page.get_by_label("Marketer").check()
    page.get_by_role("button", name="Create user").click()
    link = page.locator("[data-copy*='/password/']").first.get_attribute("data-copy")
    assert link is not None
    context.close()
    context = browser.new_context(base_url=product.url)
    page = context.new_page()
    troubles = watch(page)
    page.goto(link)
    page.get_by_label("New password", exact=False).first.fill("a-long-new-secret")
    page.get_by_label("confirmation").fill("a-long-new-secret")
    page.get_by_role("button", name="Save password").click()
    page.wait_for_url("**/s/*/")
    yield page
    context.close()
    assert troubles == []


def create_audience(product: Product) -> None:
    client = client_of(product)
    elsewhere = replace(client, headers={**client.headers, "x-sandbox-name": "portal"})
    elsewhere.post(
        "/data/core/ups/segment/definitions",
        {
            "name": "Finns",
            "schema": {"name": "_xdm.context.profile"},
            "expression": {"type": "PQL", "format": "pql/text", "value": 'personID = "fi-1"'},
        },
    )


def test_a_marketer_turns_the_schedule_on_changes_its_time_and_reads_the_summary(
    marketer: Page,
) -> None:
    page = marketer
    page.goto(PORTAL)
    switch = page.get_by_role("switch", name="Schedule all audiences")
    expect(switch).not_to_be_checked()
    switch.focus()
    page.keyboard.press("Space")
    dialog = page.get_by_role("dialog", name="Schedule all audiences")
    expect(dialog.get_by_label("Time of day, UTC")).to_be_focused()
    assert_accessible(page)
    dialog.get_by_label("Time of day, UTC").fill("02:00")
    page.keyboard.press("Enter")
    expect(switch).to_be_checked()
    expect(page.get_by_text(re.compile(r"Every day at 02:00 UTC, next in \d+ "))).to_be_visible()
    assert_accessible(page)

    page.get_by_role("link", name="Change time").click()
    dialog = page.get_by_role("dialog", name="Change the time")
    dialog.get_by_label("Time of day, UTC").fill("04:30")
    dialog.get_by_role("button", name="Save time").click()
    expect(page.get_by_text("Every day at 04:30 UTC, next in")).to_be_visible()
    turn_off_and_on(page, switch)

    summary = page.get_by_role("dialog", name="Evaluation summary")
    page.goto(PORTAL)
    page.get_by_role("link", name="Evaluation summary").click()
    expect(summary).to_contain_text("Every day at 04:30 UTC")
    assert_accessible(page)
    summary.get_by_role("row", name=re.compile("Batch")).get_by_role("link", name="1").click()
    expect(page).to_have_url(re.compile(r"method=batch&state=published"))
    expect(page.get_by_role("link", name="Finns", exact=True)).to_be_visible()


def turn_off_and_on(page: Page, switch: Locator) -> None:
    """Neither asks anything, and the focus stays where it is."""
    words = page.locator("#schedule-words")
    switch.focus()
    page.keyboard.press("Enter")
    expect(switch).not_to_be_checked()
    expect(switch).to_be_focused()
    expect(words).to_contain_text("Off: batch audiences are evaluated on demand")
    expect(page.locator(".toast-item").last).to_contain_text("The schedule is off")
    page.keyboard.press("Enter")
    expect(switch).to_be_checked()
    expect(words).to_contain_text("Every day at 04:30 UTC, next in")


def test_the_last_job_is_reached_from_the_summary(marketer: Page) -> None:
    page = marketer
    page.goto("/s/portal/monitoring/segment-jobs/")
    row = page.get_by_role("row").filter(has_text="After a change")
    expect(row).to_contain_text("Success", timeout=EVALUATED_MS)
    page.goto(f"{PORTAL}evaluation/")
    expect(page.get_by_role("term").filter(has_text="Last evaluation")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name=re.compile(r"^Job \d+$")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Segment job")
    expect(page.get_by_role("link", name="Finns")).to_be_visible()


def test_an_audience_is_moved_to_a_folder_from_its_row(marketer: Page) -> None:
    page = marketer
    page.goto(PORTAL)
    page.get_by_role("button", name="Actions for Finns").click()
    page.get_by_role("link", name="Move to folder").click()
    dialog = page.get_by_role("dialog", name="Move 1 audience to a folder")
    expect(dialog.get_by_label("Folder")).to_be_focused()
    assert_accessible(page)
    dialog.get_by_label("Folder").fill("Countries")
    dialog.get_by_role("button", name="Move").click()
    expect(page.locator(".toast-item")).to_contain_text("1 audience moved to Countries.")
    row = page.get_by_role("row").filter(has_text="Finns")
    expect(row).to_contain_text("in Countries")
    assert_accessible(page)
    row.get_by_role("link", name="Countries").click()
    expect(page.get_by_role("link", name="Remove filter Folder: Countries")).to_be_visible()
    page.get_by_role("combobox", name="Folder", exact=True).select_option("")
    expect(page.get_by_role("list", name="Active filters")).to_have_count(0)


def test_the_switch_works_without_a_script(browser: Browser, product: Product) -> None:
    context = browser.new_context(base_url=product.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, product)
    page.goto("/s/prod/sandboxes/new/")
    page.get_by_label("Name").fill("bare")
    page.get_by_label("Title").fill("Bare")
    page.get_by_role("button", name="Create sandbox").click()
    page.goto("/s/bare/audiences/")
    switch = page.get_by_role("switch", name="Schedule all audiences")
    switch.click()
    page.get_by_label("Time of day, UTC").fill("03:15")
    page.get_by_role("button", name="Turn on").click()
    expect(switch).to_be_checked()
    switch.click()
    expect(switch).not_to_be_checked()
    page.get_by_role("link", name="Evaluation summary").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Evaluation summary")
    context.close()
