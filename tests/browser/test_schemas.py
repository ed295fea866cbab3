"""The Schemas workspace as people use it: with the mouse, with the keyboard alone, in a sample."""

import re

from playwright.sync_api import Page, expect

from tests.browser.accessibility import assert_accessible
from tests.browser.pages import first_link

LIST = "/s/prod/schemas/"
SAMPLE = '{"email": "ana@mail.example", "points": 3, "card": {"number": "1"}}'


def start_manually(page: Page, title: str) -> None:
    """Through the wizard to the editor of a new schema."""
    page.goto(LIST)
    page.get_by_role("link", name="Create schema").click()
    page.get_by_role("button", name="Start manually").click()
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Schema display name").fill(title)
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def test_schemas_are_found_filtered_and_sorted(page: Page) -> None:
    page.goto(LIST)
    page.get_by_label("Find a schema").press_sequentially("members")
    expect(page).to_have_url(re.compile(r"q=members"))
    expect(page.get_by_role("link", name="Demo loyalty members")).to_be_visible()
    page.goto(f"{LIST}?profile=on&identity=on&sort=name")
    expect(page.get_by_role("columnheader", name="Name")).to_have_attribute(
        "aria-sort", "ascending"
    )
    page.get_by_role("link", name="Remove filter Included in Profile").click()
    expect(page.get_by_role("checkbox", name="Has primary identity")).to_be_checked()
    assert_accessible(page)
    for tab in ("Classes", "Field groups", "Data types"):
        page.get_by_role("navigation", name="Schemas").get_by_role("link", name=tab).click()
        expect(page.get_by_role("table", name=tab)).to_be_visible()
        assert_accessible(page)
    page.get_by_role("main").locator("tbody th a").first.click()
    expect(page.get_by_role("tree")).to_be_visible()
    assert_accessible(page)


def test_a_schema_is_made_by_the_wizard_and_gets_a_primary_identity(page: Page) -> None:
    start_manually(page, "Guests made by hand")
    assert_accessible(page)
    page.get_by_role("link", name="Add field", exact=True).click()
    page.get_by_label("Field name").fill("guestId")
    page.get_by_label("Name of the new field group").fill("Fields of guests")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("treeitem", name=re.compile("guestId"))).to_have_attribute(
        "aria-selected", "true"
    )
    page.get_by_label("Identity namespace").select_option("Email")
    page.get_by_label("Primary identity").check()
    expect(page.get_by_text("becomes required")).to_be_visible()
    page.get_by_role("button", name="Mark as identity").click()
    assert_accessible(page)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Guests made by hand saved")

    page.get_by_role("link", name="Versions").click()
    expect(page.locator("ins").first).to_be_visible()
    assert_accessible(page)
    page.get_by_role("main").get_by_text("More").click()
    page.get_by_role("link", name="Enable for Profile").click()
    assert_accessible(page)
    page.get_by_label("Type Guests made by hand to confirm").fill("Guests made by hand")
    page.get_by_role("button", name="Enable for Profile").click()
    expect(page.get_by_text("Included in Profile", exact=True)).to_be_visible()


def test_a_sample_proposes_fields(page: Page) -> None:
    page.goto(f"{LIST}new/")
    assert_accessible(page)
    page.get_by_role("button", name="Start from a sample").click()
    assert_accessible(page)
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Sample", exact=True).fill("{")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("alert")).to_contain_text("No JSON")
    page.get_by_label("Sample", exact=True).fill(SAMPLE)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_label("email is an identity")).not_to_be_checked()
    page.get_by_label("email is an identity").check()
    page.get_by_label("Name of points").fill("score")
    assert_accessible(page)
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Schema display name").fill("Guests of a sample")
    assert_accessible(page)
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_role("status")).to_contain_text("Guests of a sample created")
    expect(page.get_by_role("link", name="personalEmail.address")).to_be_visible()


def test_a_field_is_added_and_saved_with_the_keyboard_alone(page: Page) -> None:
    start_manually(page, "Guests by keyboard")
    page.get_by_role("link", name="Add field", exact=True).focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/add/")
    page.get_by_label("Field name").focus()
    page.keyboard.type("tier")
    for _ in range(6):
        page.keyboard.press("Tab")
    expect(page.get_by_label("Name of the new field group")).to_be_focused()
    page.keyboard.type("Keyboard fields")
    page.keyboard.press("Enter")
    item = page.get_by_role("treeitem", name=re.compile("^tier"))
    expect(item).to_be_visible()
    item.focus()
    page.keyboard.press("ArrowLeft")
    parent = page.locator('[role="treeitem"][aria-level="1"]:focus')
    expect(parent).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    page.get_by_role("button", name="Save", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Guests by keyboard saved")


def test_branches_open_with_the_arrows_and_keep_the_focus(page: Page) -> None:
    page.goto(first_link(page, LIST, "Demo loyalty members"))
    person = page.locator("#field-person")
    expect(person).to_have_attribute("aria-expanded", "false")
    person.focus()
    page.keyboard.press("ArrowRight")
    expect(person).to_have_attribute("aria-expanded", "true")
    expect(person).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.locator('[role="treeitem"][aria-level="2"]:focus')).to_be_visible()


def test_fill_rates_and_deletion_say_what_is_at_stake(page: Page) -> None:
    members = first_link(page, LIST, "Demo loyalty members")
    page.goto(f"{members}fill/")
    expect(page.get_by_text(re.compile(r"^Last \d+ record"))).to_be_visible()
    assert_accessible(page)
    page.goto(f"{members}delete/")
    expect(page.get_by_text("cannot be deleted")).to_be_visible()
    assert_accessible(page)
