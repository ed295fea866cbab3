"""Datasets as people use them: create, look, correct what failed, switch, delete."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.pages import first_link
from tests.waiting import wait_until

MEMBERS = "Demo loyalty members"


def _open(page: Page, tab: str, name: str = MEMBERS) -> None:
    page.goto(first_link(page, "/s/prod/datasets/", name))
    page.get_by_role("navigation", name="Dataset").get_by_role("link", name=tab).click()


def test_a_dataset_is_found_created_and_deleted(page: Page) -> None:
    page.goto("/s/prod/datasets/")
    page.get_by_role("link", name="Create dataset").click()
    page.get_by_role("link", name="Choose a schema").click()
    page.get_by_label("Find a schema").fill("loyalty")
    schema = page.get_by_role("radio", name=MEMBERS)
    expect(schema).to_be_visible()
    schema.check()
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Name").fill("Partner members")
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_role("status").first).to_contain_text("Dataset Partner members created")
    expect(page.get_by_role("heading", level=1)).to_have_text("Partner members")

    page.goto("/s/prod/datasets/")
    page.get_by_label("Find a dataset").fill("partner")
    expect(page.get_by_role("table", name="Datasets").locator("tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile("q=partner"))

    _open(page, "Settings", "Partner members")
    page.get_by_role("link", name="Delete dataset").click()
    dialog = page.get_by_role("dialog", name="Delete dataset")
    expect(dialog).to_contain_text("0 records in the journal")
    dialog.get_by_role("textbox").fill("Partner members")
    dialog.get_by_role("button", name="Delete dataset").click()
    expect(page.get_by_role("status").first).to_contain_text("Dataset Partner members deleted")


def test_the_preview_leads_to_the_record(page: Page) -> None:
    _open(page, "Preview")
    table = page.get_by_role("table", name=f"Latest records of {MEMBERS}")
    expect(table.get_by_role("columnheader", name="personalEmail.address")).to_be_visible()
    table.locator("tbody a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"^Record 1-\d+$"))


def test_name_and_tags_are_kept(page: Page) -> None:
    _open(page, "Settings", "Demo shop events")
    page.get_by_label("Tags").fill("team: shop, web")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("saved")
    expect(page.get_by_label("Tags")).to_have_value("team: shop, web")


def test_switching_off_and_on_again_offers_a_backfill(page: Page) -> None:
    _open(page, "Settings")
    page.get_by_role("button", name="Disable for Profile").click()
    expect(page.get_by_role("status").first).to_contain_text("disabled for Profile")
    page.get_by_role("button", name="Enable for Profile").click()
    backfill = page.locator("#backfill")
    backfill.get_by_role("button", name=re.compile("^Backfill existing")).click()
    expect(backfill).to_contain_text("went through the pipeline again", timeout=30_000)


def test_a_failed_record_is_corrected_and_replayed(page: Page) -> None:
    failing = page.get_by_role("table", name="Datasets").locator(
        "tbody tr:has(td a[href$='/failed/'])"
    )
    if not _is_listed(page, failing):
        _send_a_bad_record(page)
        wait_until(lambda: _is_listed(page, failing))
    failing.first.locator("a[href$='/failed/']").click()
    page.get_by_role("table", name="Failed records by cause").locator("tbody a").first.click()
    record = page.locator(".failed-record").first
    record.wait_for()
    page.wait_for_load_state()
    if not record.get_by_role("button", name="Fix and replay").is_visible():
        record.locator("summary").first.click()
    expect(record.get_by_text("How to fix")).to_be_visible()
    record.get_by_role("button", name="Fix and replay").click()
    expect(page.get_by_role("status").first).to_contain_text("sent again as")


def _is_listed(page: Page, rows: Locator) -> bool:
    page.goto("/s/prod/datasets/")
    return rows.count() > 0


def _send_a_bad_record(page: Page) -> None:
    """Through an upload, as a person without a client does."""
    page.goto("/s/prod/sources/upload/")
    page.get_by_label("Dataset").select_option(label=MEMBERS)
    bad = {"name": "bad.json", "mimeType": "application/json", "buffer": b'{"person": 1}'}
    page.get_by_label("File").set_input_files(bad)  # type: ignore[arg-type]
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Validate all rows").click()
    page.get_by_role("button", name="Import anyway").click()
    expect(page.get_by_role("link", name="Open dataset")).to_be_visible(timeout=30_000)
