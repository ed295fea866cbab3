"""Setting up sources as people do it: with mouse, keyboard alone, and from a file."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.accessibility import assert_accessible

MEMBERS = "Demo loyalty members"
SAMPLE = '{"mail": "nora@example.test", "first_name": "Nora", "member": "M-77"}'
CSV = b"mail,first_name,member\nola@example.test,Ola,M-78\nper@example.test,Per,M-79\n"


def _account(page: Page, name: str, *, raw: bool) -> None:
    page.goto("/s/prod/sources/catalog/")
    page.get_by_role("link", name="Set up HTTP API").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("radio", name="Any JSON" if raw else "XDM records").check()
    page.get_by_role("button", name="Next").click()


def _map(page: Page) -> None:
    """Fill what the suggestions left open: all required and identity fields."""
    page.get_by_label("Target of mail").fill("personalEmail.address")
    page.get_by_label("Target of first_name").fill("person.name.firstName")
    options = page.locator("#targets option").evaluate_all("all => all.map(o => o.value)")
    member = next(each for each in options if re.search(r"^_.*(member|loyalty)", each))
    page.get_by_label("Target of member").fill(member)


def test_a_raw_source_is_set_up_step_by_step(page: Page) -> None:
    _account(page, "Raw till", raw=True)
    page.get_by_label("Sample").fill(SAMPLE)
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Existing dataset", exact=True).nth(0).check()
    page.locator("select[name=dataset]").select_option(label=MEMBERS)
    page.get_by_role("button", name="Next").click()
    _map(page)
    page.get_by_role("button", name="Validate").click()
    expect(page.get_by_text("Preview of the first record")).to_be_visible()
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Dataflow name").fill("Raw till flow")
    page.get_by_role("button", name="Next").click()
    page.get_by_role("link", name="Edit Connection").click()
    expect(page.get_by_label("Name")).to_have_value("Raw till")
    page.get_by_role("button", name="Next").click()
    for _ in range(4):
        page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_role("status").first).to_contain_text("Connection Raw till created")
    expect(page.locator("#try-code")).to_contain_text("x-adobe-flow-id")
    page.get_by_role("button", name="Send test record").click()
    expect(page.get_by_role("heading", name="Accepted, HTTP 200")).to_be_visible()
    page.get_by_label("Record or whole message").fill(SAMPLE)
    page.get_by_role("button", name="Validate only").click()
    expect(page.get_by_role("heading", name="Valid")).to_be_visible()
    page.get_by_role("button", name="Send as is").click()
    verdict = page.locator("#verdict")
    expect(verdict.get_by_role("heading", name="Accepted, HTTP 200")).to_be_visible()
    verdict.get_by_role("link", name=re.compile("Follow record")).click()
    expect(page.get_by_text("Profile updated")).to_be_visible()
    page.goto("/s/prod/sources/dataflows/")
    row = page.get_by_role("row", name=re.compile("Raw till flow"))
    expect(row).to_contain_text("Raw, mapped")


def test_the_wizard_is_done_with_the_keyboard_alone(page: Page) -> None:
    page.goto("/s/prod/sources/new/")
    page.get_by_label("Name").focus()
    page.keyboard.type("Keyboard till")
    page.keyboard.press("Enter")
    expect(page.locator("[aria-current=step]")).to_have_text("Dataset")
    page.locator("input[name=mode]:checked").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="Named in each record")).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.locator("[aria-current=step]")).to_have_text("Review")
    page.get_by_role("button", name="Finish").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Connection Keyboard till created")


def test_a_draft_waits_in_the_catalog(page: Page) -> None:
    _account(page, "Half done", raw=True)
    page.get_by_role("link", name="Finish later").click()
    page.get_by_role("link", name="Half done").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("status").first).to_contain_text("Nothing was created")
    expect(page.get_by_role("link", name="Half done")).to_have_count(0)


def test_a_file_is_mapped_checked_and_imported(page: Page) -> None:
    page.goto("/s/prod/sources/catalog/")
    page.get_by_role("link", name="Upload a file").click()
    page.get_by_label("Dataset").select_option(label=MEMBERS)
    file: Any = {"name": "members.csv", "mimeType": "text/csv", "buffer": CSV}
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Next").click()
    _map(page)
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Validate all rows").click()
    expect(page.get_by_role("heading", name="All rows are valid")).to_be_visible()
    page.get_by_role("button", name="Import 2 rows").click()
    expect(page.get_by_role("status").first).to_contain_text("Success", timeout=30_000)
    page.get_by_role("link", name="Open dataset").click()
    expect(page.get_by_role("table")).to_contain_text("ola@example.test", timeout=15_000)


def test_every_step_is_accessible_and_fits(page: Page) -> None:
    for address in _addresses(page):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        assert_accessible(page)


def _addresses(page: Page) -> list[str]:
    """Every step of a half-done wizard, and the pages around it."""
    _account(page, "Accessible", raw=True)
    steps = [page.url]
    page.get_by_label("Sample").fill(SAMPLE)
    page.get_by_role("button", name="Next").click()
    steps.append(page.url)
    page.locator("select[name=dataset]").select_option(label=MEMBERS)
    page.get_by_role("button", name="Next").click()
    _map(page)
    page.get_by_role("button", name="Next").click()
    steps += [page.url.replace("/detail/", "/mapping/"), page.url]
    page.get_by_role("button", name="Next").click()
    steps.append(page.url)
    page.goto("/s/prod/datasets/")
    members = page.get_by_role("link", name=MEMBERS).first.get_attribute("href") or ""
    page.goto("/s/prod/datasets/new/schema/")
    page.get_by_role("button", name="Next").click()
    return [
        *steps,
        "/s/prod/sources/catalog/",
        "/s/prod/sources/dataflows/",
        "/s/prod/sources/upload/",
        "/s/prod/datasets/",
        "/s/prod/datasets/new/",
        "/s/prod/datasets/new/schema/",
        page.url,
        *(f"{members}{tab}" for tab in ("", "preview/", "failed/", "settings/")),
    ]
