"""What people come for, with script, mouse and keyboard."""

import re

from playwright.sync_api import Browser, Page, expect

from core.launcher.testing import Product
from tests.browser.conftest import sign_in
from tests.browser.pages import PERSON, first_link, profile_address


def test_from_nothing_to_a_profile(page: Page) -> None:
    page.goto("/s/prod/sources/")
    page.get_by_role("link", name="Set up HTTP API").click()
    page.get_by_label("Name").fill("Till")
    page.get_by_role("button", name="Next").click()
    page.locator("select[name=dataset]").select_option(label="Demo shop events")
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_role("status")).to_contain_text("Connection Till created")
    expect(page.get_by_role("heading", name="Waiting for first record")).to_be_visible()

    page.get_by_role("button", name="Send test record").click()
    expect(page.get_by_role("heading", name="Accepted")).to_be_visible()
    row = page.get_by_role("region", name="Latest records").locator("tbody tr")
    expect(row).to_have_count(1)  # by itself, the tail is polled
    expect(row).to_contain_text("Ingested")

    page.get_by_role("link", name=re.compile("^Follow record")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"^Record 1-\d+$"))
    page.get_by_role("link", name="Open profile").click()
    expect(page.get_by_role("list", name="Identities")).to_contain_text("pat@example.test")


def test_the_live_tail_can_be_paused(page: Page) -> None:
    page.goto(first_link(page, "/s/prod/sources/", "Demo shop stream"))
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url) if r.url.endswith("/tail/") else None)
    pause = page.get_by_role("button", name="Pause")
    pause.click()
    resume = page.get_by_role("button", name="Resume")
    expect(resume).to_have_attribute("aria-pressed", "true")
    page.wait_for_timeout(300)
    before = len(asked)
    page.wait_for_timeout(2600)
    assert len(asked) == before
    with page.expect_request("**/tail/"):
        resume.click()


def test_validation_tells_path_and_rule_without_storing(page: Page) -> None:
    page.goto(first_link(page, "/s/prod/sources/", "Demo shop stream"))
    page.get_by_label("Record or whole message").fill('{"_id": 1, "timestamp": "yesterday"}')
    page.get_by_role("button", name="Validate").click()
    verdict = page.locator("#verdict")
    expect(verdict).to_contain_text("/_id")
    expect(verdict).to_contain_text("How to fix")


def test_a_person_is_found_by_any_identity(page: Page) -> None:
    page.goto("/s/prod/profiles/")
    page.get_by_label("Identity value").fill(PERSON)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Dario Castel")
    attributes = page.get_by_role("table", name="Merged attributes with their source")
    expect(attributes.get_by_role("row", name=re.compile("person.name.firstName"))).to_contain_text(
        "Demo loyalty members"
    )
    expect(page.get_by_role("columnheader", name="Why this value won")).to_be_visible()
    page.get_by_role("link", name="Events").click()
    first = page.locator(".event-list details").first
    first.locator("summary").first.click()
    expect(first.get_by_text("timestamp")).to_be_visible()
    page.get_by_role("link", name="Identities 3").click()
    expect(page.get_by_role("img", name=re.compile("^Identity graph"))).to_be_visible()
    page.get_by_role("link", name="View JSON").click()
    expect(page.locator("#profile-json")).to_contain_text('"firstName": "Dario"')


def test_search_finds_people_definitions_and_records(page: Page) -> None:
    page.goto("/s/prod/")
    page.keyboard.press("/")
    expect(page.get_by_label("Search everything in this sandbox")).to_be_focused()
    page.keyboard.type("demo")
    page.keyboard.press("Enter")
    for kind in ("Sources", "Schemas", "Datasets"):
        expect(page.get_by_role("heading", name=kind, level=2)).to_be_visible()
    page.get_by_label("Search everything in this sandbox").fill("1-5")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Record 1-5")


def test_the_keyboard_reaches_every_workspace_and_can_be_left_alone(page: Page) -> None:
    page.goto("/s/prod/")
    page.keyboard.press("g")
    page.keyboard.press("s")
    expect(page.get_by_role("heading", level=1)).to_have_text("Schemas")
    page.keyboard.press("?")
    shortcuts = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(shortcuts).to_be_visible()
    shortcuts.get_by_role("button", name="Off").click()
    page.keyboard.press("Escape")
    expect(shortcuts).to_be_hidden()
    page.keyboard.press("g")
    page.keyboard.press("d")
    page.keyboard.press("?")
    expect(shortcuts).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_have_text("Schemas")


def test_the_first_tab_stop_skips_to_the_content(page: Page) -> None:
    page.goto("/s/prod/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_the_chosen_theme_stays(page: Page) -> None:
    page.goto("/s/prod/")
    page.get_by_label("Account of admin").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    assert page.evaluate("getComputedStyle(document.body).colorScheme") == "dark"


def test_lists_filter_while_typing_and_keep_the_address(page: Page) -> None:
    page.goto("/s/prod/datasets/")
    page.get_by_label("Find a dataset").press_sequentially("members")
    expect(page.locator("#results tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"q=members"))
    expect(page.get_by_label("Find a dataset")).to_be_focused()
    page.reload()
    expect(page.locator("#results tbody tr")).to_have_count(1)


def test_ids_are_copied_whole(page: Page) -> None:
    page.goto(first_link(page, "/s/prod/sources/", "Demo shop stream"))
    page.get_by_role("button", name="Copy endpoint URL").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert re.search(r"/collection/[0-9a-f]{64}$", copied)


def test_charts_are_drawn_in_both_schemes(page: Page) -> None:
    page.goto("/s/prod/monitoring/?span=24h")
    expect(page.locator(".chart-box svg")).to_have_count(1)
    page.emulate_media(color_scheme="dark")
    expect(page.locator(".chart-box svg")).to_have_count(1)


def test_the_navigation_is_a_drawer_on_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/s/prod/")
    navigation = page.get_by_role("navigation", name="Main")
    expect(navigation).to_be_hidden()
    page.get_by_role("button", name="Navigation").click()
    expect(navigation).to_be_visible()
    page.keyboard.press("Escape")
    expect(navigation).to_be_hidden()


def test_deleting_a_source_is_confirmed_by_its_name(page: Page) -> None:
    page.goto("/s/prod/sources/new/")
    page.get_by_label("Name").fill("Short-lived")
    page.get_by_role("button", name="Next").click()
    page.locator("select[name=dataset]").select_option(label="Demo shop events")
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Finish").click()
    page.get_by_role("main").get_by_text("More").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    dialog = page.get_by_role("dialog", name="Delete connection")
    dialog.get_by_label("Type Short-lived to confirm").fill("Short-lived")
    dialog.get_by_role("button", name="Delete connection").click()
    expect(page.get_by_role("status")).to_contain_text("Connection Short-lived deleted")


def test_signing_out_closes_the_door(browser: Browser, product: Product) -> None:
    context = browser.new_context(base_url=product.url)
    page = context.new_page()
    sign_in(page, product)
    page.get_by_label("Account of admin").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in/")
    page.goto("/s/prod/profiles/")
    page.wait_for_url(re.compile(r"/sign-in/\?next="))
    context.close()


def test_a_profile_link_can_be_shared(page: Page) -> None:
    assert profile_address(page).startswith("/s/prod/profiles/")
