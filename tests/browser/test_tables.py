"""Lists as people use them: choose columns, sort, filter, select rows and act on them."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import assert_accessible

DATASETS = "/s/prod/datasets/"


def make_dataset(page: Page, name: str) -> None:
    page.goto(f"{DATASETS}new/schema/?q=loyalty")
    page.get_by_role("radio", name="Demo loyalty members").check()
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


@pytest.fixture
def default_columns(page: Page) -> Iterator[None]:
    """Columns are remembered: other tests look at the list, too."""
    yield
    page.goto(DATASETS)
    page.get_by_role("button", name="Customize table").click()
    page.get_by_role("button", name="Reset").click()


@pytest.mark.usefixtures("default_columns")
def test_columns_are_chosen_and_remembered(page: Page) -> None:
    page.goto(DATASETS)
    page.get_by_role("button", name="Customize table").click()
    chooser = page.get_by_role("form", name="Columns of Datasets")
    expect(chooser).to_be_visible()
    assert_accessible(page)
    chooser.get_by_label("Tags").check()
    chooser.get_by_label("Failed").uncheck()
    chooser.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("columnheader", name="Tags")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Failed")).to_have_count(0)
    page.goto(f"{DATASETS}?q=demo&sort=name")
    expect(page.get_by_role("columnheader", name="Tags")).to_be_visible()


def test_escape_closes_the_chooser_without_a_change(page: Page) -> None:
    page.goto(DATASETS)
    button = page.get_by_role("button", name="Customize table")
    button.focus()
    page.keyboard.press("Enter")
    chooser = page.get_by_role("form", name="Columns of Datasets")
    chooser.get_by_label("Records").uncheck()
    page.keyboard.press("Escape")
    expect(chooser).to_be_hidden()
    expect(button).to_be_focused()
    page.reload()
    expect(page.get_by_role("columnheader", name="Records")).to_be_visible()


def test_a_click_on_a_head_sorts_and_filters_stay(page: Page) -> None:
    page.goto(f"{DATASETS}?profile=on")
    page.get_by_role("link", name="Name").click()
    head = page.get_by_role("columnheader", name="Name")
    expect(head).to_have_attribute("aria-sort", "ascending")
    expect(page).to_have_url(re.compile("profile=on"))
    page.get_by_role("link", name="Name").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    page.get_by_label("Find a dataset").press_sequentially("demo")
    expect(page).to_have_url(re.compile("q=demo"))
    expect(head).to_have_attribute("aria-sort", "descending")


def test_folded_filters_show_as_chips_and_clear(page: Page) -> None:
    page.goto(DATASETS)
    page.get_by_text("More filters").click()
    page.get_by_role("combobox", name="Created by").select_option(index=1)
    chip = page.get_by_role("link", name=re.compile("^Remove filter Created by"))
    expect(chip).to_be_visible()
    page.get_by_label("Created (UTC) from").fill("2020-01-01")
    page.get_by_label("Created (UTC) from").press("Tab")
    expect(page.get_by_role("link", name="Remove filter Created from 2020-01-01")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="Clear all").click()
    expect(page).to_have_url(re.compile("datasets/$"))
    expect(page.get_by_role("list", name="Active filters")).to_have_count(0)


def test_rows_selected_on_two_searches_get_one_tag_and_are_deleted(page: Page) -> None:
    for name in ("Bulk one", "Bulk two"):
        make_dataset(page, name)
    page.goto(f"{DATASETS}?q=bulk one")
    bar = page.locator(".selection-bar")
    expect(bar).to_be_hidden()
    page.get_by_label("Select Bulk one").check()
    expect(bar.get_by_role("status")).to_have_text("1 selected")
    page.get_by_label("Find a dataset").fill("bulk two")
    expect(page.get_by_label("Select Bulk two")).to_be_visible()
    expect(page.get_by_label("Select Bulk one")).to_have_count(0)
    page.get_by_label("Select all rows of this page").check()
    expect(bar.get_by_role("status")).to_have_text("2 selected")
    page.goto(f"{DATASETS}?q=bulk")
    for name in ("Bulk one", "Bulk two"):
        expect(page.get_by_label(f"Select {name}")).to_be_checked()
    assert_accessible(page)

    bar.get_by_role("button", name="Add tag").click()
    dialog = page.get_by_role("dialog", name="Add a tag to 2 datasets")
    expect(dialog.get_by_label("Tag")).to_be_focused()
    assert_accessible(page)
    dialog.get_by_label("Tag").fill("season")
    dialog.get_by_label("Value").fill("spring")
    dialog.get_by_role("button", name="Add tag").click()
    expect(page.locator(".toast-item")).to_contain_text("Tag season added to 2 datasets")
    page.goto(f"{DATASETS}?tag=season: spring")
    expect(page.get_by_role("table", name="Datasets").locator("tbody tr")).to_have_count(2)
    _delete_both(page)


def _delete_both(page: Page) -> None:
    """Cancelled in both ways first."""
    bar = page.locator(".selection-bar")
    bar.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog", name="Delete 2 datasets")
    expect(dialog).to_contain_text("0 records in the journal")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    bar.get_by_role("button", name="Delete").click()
    dialog.get_by_role("link", name="Cancel").click()
    expect(dialog).to_be_hidden()
    bar.get_by_role("button", name="Delete").click()
    assert_accessible(page)
    dialog.get_by_role("textbox").fill("delete 2")
    dialog.get_by_role("button", name="Delete 2 datasets").click()
    expect(page.locator(".toast-item")).to_contain_text("2 datasets deleted")
    expect(page.locator(".selection-bar")).to_be_hidden()


def test_the_selection_is_cleared_with_one_button(page: Page) -> None:
    page.goto(f"{DATASETS}?q=demo")
    page.get_by_label("Select all rows of this page").check()
    page.get_by_role("button", name="Clear selection").click()
    expect(page.get_by_label("Select Demo loyalty members")).not_to_be_checked()


def test_the_tab_used_by_leads_to_those_who_use_the_dataset(page: Page) -> None:
    page.goto(f"{DATASETS}?q=demo loyalty")
    page.get_by_role("main").get_by_role("link", name="Demo loyalty members").first.click()
    page.get_by_role("navigation", name="Dataset").get_by_role("link", name="Used by").click()
    page.get_by_role("link", name="Individual Profile").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Union schema")
