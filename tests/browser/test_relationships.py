"""Relationships between schemas, made with the mouse in the dialog of the editor."""

import re

from playwright.sync_api import Page, expect

from tests.browser.accessibility import assert_accessible
from tests.browser.test_schemas import start_manually


def add_field(page: Page, name: str, group: str) -> None:
    page.get_by_role("link", name="Add field", exact=True).click()
    page.get_by_label("Field name").fill(name)
    page.get_by_label("Name of the new field group").fill(group)
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("treeitem", name=re.compile(name))).to_be_visible()


def test_a_field_refers_to_another_schema(page: Page) -> None:
    start_manually(page, "Orders by hand")
    add_field(page, "memberKey", "Fields of orders by hand")
    editor = page.url
    page.get_by_role("link", name="Add relationship").click()
    dialog = page.get_by_role("dialog", name="Relationship")
    expect(dialog).to_be_visible()
    assert_accessible(page)
    dialog.get_by_label("Find a schema with a primary identity").press_sequentially("zzz")
    expect(dialog).to_contain_text("No schema with a primary identity has")
    dialog.get_by_label("Find a schema with a primary identity").fill("loyalty")
    choice = dialog.get_by_role("radio", name=re.compile("Demo loyalty members"))
    expect(dialog).to_contain_text("Reference identity namespace Loyalty")
    choice.check()
    dialog.get_by_role("button", name="Apply").click()

    item = page.get_by_role("treeitem", name=re.compile("memberKey"))
    expect(item).to_contain_text("Demo loyalty members")
    expect(page.get_by_role("heading", name="Relationships")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Orders by hand saved")

    _find_in_the_list(page)
    page.goto(editor)
    page.get_by_role("link", name="Edit relationship").click()
    expect(dialog.get_by_role("radio", checked=True)).to_have_count(1)
    dialog.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Delete relationship").click()
    expect(page.get_by_role("link", name="Add relationship")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Orders by hand saved")


def _find_in_the_list(page: Page) -> None:
    page.goto("/s/prod/schemas/")
    tabs = page.get_by_role("navigation", name="Schemas")
    tabs.get_by_role("link", name="Relationships").click()
    page.get_by_role("combobox", name="Destination schema").select_option(
        label="Demo loyalty members"
    )
    expect(page).to_have_url(re.compile("target="))
    row = page.get_by_role("table", name="Relationships").locator("tbody tr")
    expect(row.filter(has_text="Orders by hand")).to_contain_text("Loyalty")
    assert_accessible(page)
