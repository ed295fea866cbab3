"""The console works with scripts turned off."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from core.launcher.testing import Product
from tests.browser.conftest import sign_in
from tests.browser.pages import first_link


@pytest.fixture
def plain(browser: Browser, product: Product) -> Iterator[Page]:
    """A browser without scripts, signed in through the form."""
    context = browser.new_context(base_url=product.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, product)
    yield page
    context.close()


def test_menus_theme_and_navigation_answer(plain: Page) -> None:
    plain.get_by_label("Account of admin").click()
    plain.get_by_role("button", name="Dark").click()
    assert plain.locator("html").get_attribute("data-bs-theme") == "dark"
    plain.get_by_role("button", name="Collapse").click()
    assert plain.locator("body").get_attribute("data-nav") == "mini"
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


def test_charts_give_their_numbers_as_a_table(plain: Page, product: Any) -> None:
    plain.goto("/s/prod/monitoring/?span=24h")
    plain.get_by_text("Show as table").first.click()
    expect(plain.get_by_role("table", name="Records ingested and failed, 24 hours")).to_be_visible()
