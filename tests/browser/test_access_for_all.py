"""Every page, on a phone and at a desk, light and dark: axe finds nothing, nothing overflows."""

from playwright.sync_api import Browser, Page, expect

from core.launcher.testing import Product
from tests.browser.accessibility import assert_accessible
from tests.browser.pages import all_addresses


def test_all_pages_are_accessible_and_fit(page: Page) -> None:
    for address in list(all_addresses(page)):
        page.goto(address)
        assert_accessible(page)


def test_signing_in_is_accessible(browser: Browser, product: Product) -> None:
    context = browser.new_context(base_url=product.url)
    page = context.new_page()
    page.goto("/sign-in/")
    assert_accessible(page)
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("This field is required")).to_be_visible()
    assert_accessible(page)
    context.close()
