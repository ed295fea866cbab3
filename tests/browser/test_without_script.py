"""The console works with scripts turned off."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.pages import first_link


def test_menus_theme_and_navigation_answer(plain: Page) -> None:
    plain.goto("/s/prod/")
    plain.get_by_label("Account of admin").click()
    plain.get_by_role("button", name="Dark").click()
    expect(plain.locator("html")).to_have_attribute("data-bs-theme", "dark")
    plain.get_by_role("button", name="Collapse").click()
    expect(plain.locator("body")).to_have_attribute("data-nav", "mini")
    plain.get_by_role("link", name="Schemas").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("Schemas")


def test_a_list_is_searched_by_its_form(plain: Page) -> None:
    plain.goto("/s/prod/datasets/")
    plain.get_by_label("Find a dataset").fill("events")
    plain.get_by_role("button", name="Find").click()
    expect(plain.locator("tbody tr")).to_have_count(1)


def test_languages_validation_and_test_records_are_plain_forms(plain: Page) -> None:
    plain.goto(first_link(plain, "/s/prod/sources/", "Demo shop stream"))
    plain.get_by_role("link", name="Python").click()
    expect(plain.locator("#try-code")).to_contain_text("import requests")
    plain.get_by_label("Record or whole message").fill("{}")
    plain.get_by_role("button", name="Validate").click()
    expect(plain.get_by_text("Expected").first).to_be_visible()
    plain.get_by_role("button", name="Send test record").click()
    expect(plain.get_by_role("heading", name="Accepted")).to_be_visible()


def test_the_bell_and_its_list_work_without_a_script(plain: Page) -> None:
    plain.goto("/s/prod/sandboxes/new/")
    plain.get_by_label("Name").fill("quiet")
    plain.get_by_label("Title").fill("Quiet room")
    plain.get_by_role("button", name="Create sandbox").click()
    plain.get_by_label("Reset keeps").fill("quiet")
    plain.get_by_role("button", name="Reset sandbox").click()
    plain.locator("#bell summary").click()
    expect(plain.locator("#bell")).to_contain_text("Sandbox Quiet room was reset")
    plain.locator("#bell").get_by_role("button", name="Mark all as read").click()
    expect(plain.locator("#bell summary")).to_have_attribute("aria-label", "Notifications")
    plain.locator("#bell summary").click()
    plain.get_by_role("link", name="View all").click()
    expect(plain.get_by_role("main")).to_contain_text("Sandbox Quiet room was reset")


def test_a_record_is_sent_as_it_is(plain: Page) -> None:
    plain.goto(first_link(plain, "/s/prod/sources/", "Demo shop stream"))
    plain.get_by_label("Record or whole message").fill('{"no": "message"}')
    plain.get_by_role("button", name="Send as is").click()
    expect(plain.get_by_role("heading", name="Refused, HTTP 400")).to_be_visible()


def test_charts_give_their_numbers_as_a_table(plain: Page, product: Any) -> None:
    plain.goto("/s/prod/monitoring/?span=24h")
    plain.get_by_text("Show as table").first.click()
    expect(plain.get_by_role("table", name="Records a second, 24 hours")).to_be_visible()


def test_columns_sizes_and_sorting_need_no_script(plain: Page) -> None:
    plain.goto("/s/prod/users/")
    plain.get_by_role("button", name="Customize table").click()
    plain.get_by_label("E-mail address").check()
    plain.get_by_role("button", name="Apply").click()
    expect(plain.get_by_role("columnheader", name="E-mail address")).to_be_visible()
    plain.get_by_role("button", name="Customize table").click()
    plain.get_by_role("button", name="Reset").click()
    expect(plain.get_by_role("columnheader", name="E-mail address")).to_have_count(0)
    plain.get_by_role("link", name="User name").click()
    expect(plain.get_by_role("columnheader", name="User name")).to_have_attribute(
        "aria-sort", "descending"
    )


def test_rows_are_selected_page_by_page_without_a_script(plain: Page) -> None:
    plain.goto("/s/prod/datasets/?q=loyalty members")
    plain.get_by_label("Select Demo loyalty members").check()
    plain.get_by_role("button", name="Keep selection").click()
    plain.goto("/s/prod/datasets/?q=shop events")
    expect(plain.get_by_text("1 selected")).to_be_visible()
    plain.get_by_label("Select Demo shop events").check()
    plain.get_by_role("button", name="Delete").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("Delete 2 datasets")
    plain.get_by_role("link", name="Cancel").click()
    plain.get_by_role("button", name="Clear selection").click()
    expect(plain.get_by_text("None selected")).to_be_visible()


def test_a_relationship_is_made_on_a_page_of_its_own(plain: Page) -> None:
    plain.goto(first_link(plain, "/s/prod/schemas/", "Demo shop events") + "?field=_id")
    plain.get_by_role("link", name="Add relationship").click()
    plain.get_by_label("Find a schema").fill("loyalty")
    plain.get_by_role("button", name="Find").click()
    plain.get_by_role("radio").first.check()
    plain.get_by_role("button", name="Apply").click()
    expect(plain.get_by_role("link", name="Edit relationship")).to_be_visible()
    plain.get_by_role("button", name="Discard 1 edit").click()
    expect(plain.get_by_role("link", name="Edit relationship")).to_have_count(0)
